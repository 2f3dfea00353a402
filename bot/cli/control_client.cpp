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
constexpr std::chrono::seconds kManyWait{120};
constexpr std::chrono::seconds kRecallWait{1800};

resilience::Error refusal(const UnixResponse& response) {
    return permanent_error("the bot refused: " + error_from_json(response.body));
}

}  // namespace

ControlClient::ControlClient(const std::string& state_dir, const resilience::Clock& clock)
    : socket_path_(state_dir + "/" + std::string(kControlSocket)), clock_(clock) {}

template <class Reply>
Result<Reply> ControlClient::ask(std::string method,
                                 std::string path,
                                 std::string body,
                                 std::chrono::seconds timeout,
                                 Result<Reply> (*read)(std::string_view)) const {
    const auto response = unix_fetch({.socket_path = socket_path_,
                                      .method = std::move(method),
                                      .path = std::move(path),
                                      .body = std::move(body),
                                      .timeout = timeout},
                                     clock_);
    if (!response.ok()) return response.error();
    if (response.value().status != 200) return refusal(response.value());
    return read(response.value().body);
}

Result<SendReply> ControlClient::send(const SendRequest& request) const {
    return ask("POST", "/send", to_json(request), request.wait.value_or(kWaitDefault) + kGrace,
               send_reply_from_json);
}

Result<FanOutReply> ControlClient::send_many(const FanOutRequest& request) const {
    return ask("POST", "/send-many", to_json(request),
               request.message.wait.value_or(kWaitDefault) + kGrace, fan_out_reply_from_json);
}

Result<StatusReport> ControlClient::status() const {
    return ask("GET", "/status", {}, kGrace, status_from_json);
}

Result<DeadReply> ControlClient::dead(const DeadRequest& request) const {
    return ask("POST", "/dead", to_json(request), kManyWait, dead_reply_from_json);
}

Result<RecallReply> ControlClient::recall(const RecallRequest& request) const {
    return ask("POST", "/recall", to_json(request), kRecallWait, recall_reply_from_json);
}

Result<ReleaseReply> ControlClient::release(const ReleaseRequest& request) const {
    return ask("POST", "/release", to_json(request), kGrace, release_reply_from_json);
}

Result<ReportReply> ControlClient::reports(const ReportRequest& request) const {
    return ask("POST", "/reports", to_json(request), kGrace, report_reply_from_json);
}

Result<ScheduleReply> ControlClient::schedules(const ScheduleRequest& request) const {
    return ask("POST", "/schedules", to_json(request), kGrace, schedule_reply_from_json);
}

Result<RunsReply> ControlClient::runs(const RunsRequest& request) const {
    return ask("POST", "/runs", to_json(request), kGrace, runs_reply_from_json);
}

Result<StoreFacts> ControlClient::facts() const {
    return ask("GET", "/facts", {}, kGrace, facts_from_json);
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
