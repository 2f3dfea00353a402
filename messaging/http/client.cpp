#include "messaging/http/client.hpp"

#include <algorithm>
#include <optional>

namespace messaging::http {
namespace {

// How long one poll may last while a stop request could arrive; `wake` normally ends it sooner.
constexpr std::chrono::milliseconds kStopCheck{50};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [](char x, char y) { return lower(x) == lower(y); });
}

Failure cancelled(std::optional<std::uint64_t> bytes_sent) {
    Failure failure;
    failure.kind = resilience::FailureKind::kCancelled;
    failure.bytes_sent = bytes_sent;
    failure.message = "stopped before an answer came";
    return failure;
}

}  // namespace

std::string_view find_header(const Headers& headers, std::string_view name) {
    const auto found = std::find_if(headers.begin(), headers.end(), [name](const auto& header) {
        return same_name(header.first, name);
    });
    return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

resilience::FailureInfo Failure::info() const {
    resilience::FailureInfo info;
    info.kind = kind;
    info.code = code;
    info.status = status;
    info.bytes_sent = bytes_sent;
    info.message = message;
    return info;
}

Outcome fetch(Client& client, Request request, const std::stop_token& stop) {
    if (stop.stop_requested()) return cancelled(0);
    std::optional<Outcome> outcome;
    const auto id = client.start(std::move(request),
                                 [&outcome](Outcome ended) { outcome.emplace(std::move(ended)); });
    const std::stop_callback wake(stop, [&client] { client.wake(); });
    while (!outcome) {
        if (stop.stop_requested()) {
            client.cancel(id);
            return cancelled(std::nullopt);
        }
        client.poll(kStopCheck);
    }
    return std::move(*outcome);
}

}  // namespace messaging::http
