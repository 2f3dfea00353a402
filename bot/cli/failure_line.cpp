#include "bot/cli/failure_line.hpp"

#include "bot/cli/json_line.hpp"

#include <nlohmann/json.hpp>

namespace bot::cli {

namespace {

using nlohmann::json;
using resilience::FailureKind;

constexpr std::int64_t kUnixTimeMax = 253'402'300'799;  // end of the year 9999

constexpr auto kKinds = std::to_array<std::pair<std::string_view, FailureKind>>({
    {"http_status", FailureKind::kHttpStatus},
    {"dns_error", FailureKind::kDns},
    {"connect_error", FailureKind::kConnect},
    {"connect_timeout", FailureKind::kConnectTimeout},
    {"tls_error", FailureKind::kTls},
    {"send_error", FailureKind::kSend},
    {"receive_error", FailureKind::kReceive},
    {"read_timeout", FailureKind::kReadTimeout},
    {"http2_error", FailureKind::kHttp2},
    {"proxy_error", FailureKind::kProxy},
    {"malformed_response", FailureKind::kMalformedResponse},
    {"local_io", FailureKind::kLocalIo},
    {"programming_error", FailureKind::kProgramming},
    {"cancelled", FailureKind::kCancelled},
    {"circuit_open", FailureKind::kCircuitOpen},
    {"exception", FailureKind::kException},
    // As in the specification of the library.
    {"dns", FailureKind::kDns},
    {"connect", FailureKind::kConnect},
    {"tls", FailureKind::kTls},
    {"send", FailureKind::kSend},
    {"receive", FailureKind::kReceive},
    {"http2", FailureKind::kHttp2},
    {"proxy", FailureKind::kProxy},
    {"programming", FailureKind::kProgramming},
});

bool is_retry_after(std::string_view name) {
    constexpr std::string_view kName = "retry-after";
    if (name.size() != kName.size()) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool upper = name[i] >= 'A' && name[i] <= 'Z';
        if ((upper ? static_cast<char>(name[i] - 'A' + 'a') : name[i]) != kName[i]) return false;
    }
    return true;
}

std::string retry_after_of(const json& object) {
    const json* headers = find(object, "headers");
    if (headers == nullptr) return {};
    if (!headers->is_object()) throw LineError("\"headers\" is not an object");
    for (const auto& [name, value] : headers->items()) {
        if (!is_retry_after(name)) continue;
        if (!value.is_string()) throw LineError("header \"" + name + "\" is not a string");
        return value.get<std::string>();
    }
    return {};
}

}  // namespace

resilience::FailureInfo FailureLine::failure() const {
    return {.kind = kind,
            .code = code,
            .status = status,
            .bytes_sent = bytes_sent,
            .retry_after = retry_after,
            .message = message};
}

FailureLine read_failure_line(const json& object) {
    FailureLine line;
    line.kind = named(needed_text_at(object, "kind"), kKinds, "kind");
    const auto profile_name = text_at(object, "profile", "default");
    const auto profile = resilience::parse_profile(profile_name);
    if (!profile) throw LineError("unknown profile \"" + profile_name + "\"");
    line.profile = *profile;
    const auto status = whole_at(object, "status", 0, 999);
    if (line.kind == FailureKind::kHttpStatus && !status) throw LineError("\"status\" is missing");
    line.status = static_cast<int>(status.value_or(0));
    if (const auto bytes = whole_at(object, "bytes_sent", 0, std::int64_t{1} << 53)) {
        line.bytes_sent = static_cast<std::uint64_t>(*bytes);
    }
    const auto now = whole_at(object, "now_unix", 0, kUnixTimeMax);
    using WallTime = resilience::Clock::WallTime;
    line.now = now ? WallTime{std::chrono::seconds{*now}} : resilience::SystemClock{}.wall_now();
    line.code = text_at(object, "code", {});
    line.retry_after = retry_after_of(object);
    line.message = text_at(object, "message", {});
    return line;
}

}  // namespace bot::cli
