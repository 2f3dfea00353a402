#include "bot/cli/control_client.hpp"

#include "bot/cli/unix_http.hpp"

#include <utility>

namespace bot::cli {

using resilience::permanent_error;
using resilience::Result;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds kWaitDefault{30};
constexpr std::chrono::seconds kGrace{10};

resilience::Error refusal(const UnixResponse& response) {
    return permanent_error("the bot refused: " + error_from_json(response.body));
}

}  // namespace

ControlClient::ControlClient(const std::string& state_dir, const resilience::Clock& clock)
    : socket_path_(state_dir + "/" + std::string(kControlSocket)), clock_(clock) {}

Result<SendReply> ControlClient::send(const SendRequest& request) const {
    const auto response = unix_fetch({.socket_path = socket_path_,
                                      .method = "POST",
                                      .path = "/send",
                                      .body = to_json(request),
                                      .timeout = request.wait.value_or(kWaitDefault) + kGrace},
                                     clock_);
    if (!response.ok()) return response.error();
    if (response.value().status != 200) return refusal(response.value());
    return send_reply_from_json(response.value().body);
}

Result<StatusReport> ControlClient::status() const {
    const auto response =
        unix_fetch({.socket_path = socket_path_, .path = "/status", .timeout = kGrace}, clock_);
    if (!response.ok()) return response.error();
    if (response.value().status != 200) return refusal(response.value());
    return status_from_json(response.value().body);
}

Result<std::optional<Timeline>> ControlClient::timeline(messaging::outbox::DeliveryId id) const {
    const auto response = unix_fetch(
        {.socket_path = socket_path_, .path = "/deliveries/" + to_string(id), .timeout = kGrace},
        clock_);
    if (!response.ok()) return response.error();
    if (response.value().status == 404) return std::optional<Timeline>{};
    if (response.value().status != 200) return refusal(response.value());
    auto timeline = timeline_from_json(response.value().body);
    if (!timeline.ok()) return std::move(timeline).error();
    return std::optional(std::move(timeline).value());
}

}  // namespace bot::cli
