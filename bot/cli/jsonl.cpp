#include "bot/cli/jsonl.hpp"

#include "resilience/retry.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <istream>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <utility>

namespace bot::cli {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using resilience::Duration;
using resilience::ErrorClass;
using resilience::FailureKind;
using resilience::Idempotency;
using resilience::Instant;
using resilience::Jitter;
using std::chrono::milliseconds;

constexpr double kMillisMax = 9e12;                     // about 285 years: still fits nanoseconds
constexpr std::int64_t kUnixTimeMax = 253'402'300'799;  // end of the year 9999

/// What is wrong with a line. Thrown and caught in this file alone.
class LineError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

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

constexpr auto kClasses = std::to_array<std::pair<std::string_view, ErrorClass>>({
    {"transient", ErrorClass::kTransient},
    {"rate_limited", ErrorClass::kRateLimited},
    {"ambiguous", ErrorClass::kAmbiguous},
    {"permanent", ErrorClass::kPermanent},
    {"auth", ErrorClass::kAuth},
});

constexpr auto kIdempotencies = std::to_array<std::pair<std::string_view, Idempotency>>({
    {"idempotent", Idempotency::kIdempotent},
    {"non_idempotent", Idempotency::kNonIdempotent},
    {"at_least_once", Idempotency::kAtLeastOnce},
});

constexpr auto kJitters = std::to_array<std::pair<std::string_view, Jitter>>({
    {"none", Jitter::kNone},
    {"full", Jitter::kFull},
    {"equal", Jitter::kEqual},
    {"proportional", Jitter::kProportional},
    {"decorrelated", Jitter::kDecorrelated},
});

template <class T, std::size_t N>
T named(const std::string& name,
        const std::array<std::pair<std::string_view, T>, N>& names,
        const char* what) {
    for (const auto& [known, value] : names) {
        if (known == name) return value;
    }
    throw LineError(std::string("unknown ") + what + " \"" + name + "\"");
}

/// Null and absent are the same.
const json* find(const json& object, const char* key) {
    const auto at = object.find(key);
    return at == object.end() || at->is_null() ? nullptr : &*at;
}

std::string text_at(const json& object, const char* key, std::string otherwise) {
    const json* value = find(object, key);
    if (value == nullptr) return otherwise;
    if (!value->is_string()) throw LineError(std::string("\"") + key + "\" is not a string");
    return value->get<std::string>();
}

std::string needed_text_at(const json& object, const char* key) {
    if (find(object, key) == nullptr) throw LineError(std::string("\"") + key + "\" is missing");
    return text_at(object, key, {});
}

std::optional<double> number_at(const json& object, const char* key) {
    const json* value = find(object, key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) throw LineError(std::string("\"") + key + "\" is not a number");
    return value->get<double>();
}

/// A whole number from `min` to `max`; numbers such as 3.0 count as whole.
std::optional<std::int64_t> whole_at(const json& object,
                                     const char* key,
                                     std::int64_t min,
                                     std::int64_t max) {
    const auto value = number_at(object, key);
    if (!value) return std::nullopt;
    const bool whole = std::nearbyint(*value) == *value && *value >= static_cast<double>(min) &&
                       *value <= static_cast<double>(max);
    if (!whole) {
        throw LineError(std::string("\"") + key + "\" is not a whole number from " +
                        std::to_string(min) + " to " + std::to_string(max));
    }
    return static_cast<std::int64_t>(*value);
}

/// Milliseconds in JSON, with fractions.
std::optional<Duration> span_at(const json& object, const char* key) {
    const auto value = number_at(object, key);
    if (!value) return std::nullopt;
    if (!(*value >= -kMillisMax && *value <= kMillisMax)) {
        throw LineError(std::string("\"") + key + "\" is out of range");
    }
    return Duration{static_cast<Duration::rep>(std::llround(*value * 1e6))};
}

json to_millis(Duration span) {
    constexpr Duration kMilli = milliseconds{1};
    if (span % kMilli == Duration::zero()) return span / kMilli;
    return static_cast<double>(span.count()) / 1e6;
}

json parse_object(const std::string& line) {
    json object = json::parse(line, nullptr, false);
    if (object.is_discarded()) throw LineError("is not JSON");
    if (!object.is_object()) throw LineError("is not a JSON object");
    return object;
}

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

ordered_json classify_line(const json& object) {
    const auto kind = named(needed_text_at(object, "kind"), kKinds, "kind");
    const auto profile_name = text_at(object, "profile", "default");
    const auto profile = resilience::parse_profile(profile_name);
    if (!profile) throw LineError("unknown profile \"" + profile_name + "\"");
    const auto status = whole_at(object, "status", 0, 999);
    if (kind == FailureKind::kHttpStatus && !status) throw LineError("\"status\" is missing");
    const auto bytes = whole_at(object, "bytes_sent", 0, std::int64_t{1} << 53);
    const auto now = whole_at(object, "now_unix", 0, kUnixTimeMax);

    const std::string code = text_at(object, "code", {});
    const std::string retry_after = retry_after_of(object);
    const std::string message = text_at(object, "message", {});
    resilience::FailureInfo failure{.kind = kind,
                                    .code = code,
                                    .status = static_cast<int>(status.value_or(0)),
                                    .retry_after = retry_after,
                                    .message = message};
    if (bytes) failure.bytes_sent = static_cast<std::uint64_t>(*bytes);
    using WallTime = resilience::Clock::WallTime;
    const auto wall_now =
        now ? WallTime{std::chrono::seconds{*now}} : resilience::SystemClock{}.wall_now();
    const auto verdict = resilience::Classifier(*profile).classify(failure, wall_now);

    ordered_json answer;
    answer["class"] = to_string(verdict.cls);
    answer["scope"] = to_string(verdict.scope);
    answer["rule"] = verdict.rule;
    answer["retry_idempotent"] = is_repeatable(verdict.cls, Idempotency::kIdempotent);
    answer["retry_non_idempotent"] = is_repeatable(verdict.cls, Idempotency::kNonIdempotent);
    answer["server_delay_ms"] =
        verdict.server_delay ? json(verdict.server_delay->count()) : json(nullptr);
    return answer;
}

resilience::RetryPolicy policy_of(const json& object) {
    const json* given = find(object, "policy");
    if (given == nullptr) throw LineError("\"policy\" is missing");
    if (!given->is_object()) throw LineError("\"policy\" is not an object");
    resilience::RetryPolicy policy;
    policy.backoff.initial = span_at(*given, "initial_ms").value_or(policy.backoff.initial);
    policy.backoff.max = span_at(*given, "max_ms").value_or(policy.backoff.max);
    policy.backoff.multiplier = number_at(*given, "multiplier").value_or(policy.backoff.multiplier);
    policy.backoff.ratio = number_at(*given, "jitter_ratio").value_or(policy.backoff.ratio);
    policy.backoff.jitter = named(text_at(*given, "jitter", "proportional"), kJitters, "jitter");
    policy.max_attempts = static_cast<std::uint32_t>(
        whole_at(*given, "max_attempts", 1, resilience::kUnlimitedAttempts)
            .value_or(policy.max_attempts));
    policy.max_server_delay =
        span_at(*given, "max_server_delay_ms").value_or(policy.max_server_delay);
    policy.server_spread = number_at(*given, "server_jitter_ratio").value_or(policy.server_spread);
    policy.rate_limited_floor =
        span_at(*given, "rate_limited_floor_ms").value_or(policy.rate_limited_floor);
    // The cap is stronger than the first wait.
    policy.backoff.initial = std::min(policy.backoff.initial, policy.backoff.max);
    const auto mistake = resilience::mistake_in(policy);
    if (!mistake.empty()) throw LineError("policy: " + std::string(mistake));
    return policy;
}

ordered_json backoff_line(const json& object) {
    const auto policy = policy_of(object);
    const auto attempt = whole_at(object, "failed_attempt", 1, resilience::kUnlimitedAttempts);
    if (!attempt) throw LineError("\"failed_attempt\" is missing");
    const double u = number_at(object, "u").value_or(0.0);
    if (!(u >= 0.0 && u <= 1.0)) throw LineError("\"u\" is not within 0 and 1");
    const auto previous = span_at(object, "previous_delay_ms").value_or(Duration::zero());
    const auto remaining = span_at(object, "remaining_ms");
    resilience::Failure failure{ErrorClass::kTransient, span_at(object, "server_delay_ms")};
    const char* assumed = failure.server_delay ? "rate_limited" : "transient";
    failure.cls = named(text_at(object, "class", assumed), kClasses, "class");
    const auto idempotency =
        named(text_at(object, "idempotency", "idempotent"), kIdempotencies, "idempotency");

    const Instant now{std::chrono::hours{1}};
    const Instant deadline = remaining ? now + *remaining : resilience::kNoDeadline;
    const auto n = static_cast<std::uint32_t>(*attempt);
    resilience::RetryState state(policy, idempotency, now, deadline);
    state.resume(n - 1, previous);
    const auto decision = state.on_failure(failure, now, u);

    ordered_json answer;
    answer["action"] = decision.retry ? "retry" : "give_up";
    if (!decision.retry) {
        answer["delay_ms"] = nullptr;
        answer["bounds_ms"] = nullptr;
        answer["reason"] = to_string(decision.reason);
        return answer;
    }
    const auto bound = [&](double point) {
        return to_millis(resilience::retry_delay(policy, failure, n, previous, point));
    };
    answer["delay_ms"] = to_millis(decision.delay);
    answer["bounds_ms"] = json::array({bound(0.0), bound(1.0)});
    answer["reason"] = nullptr;
    return answer;
}

/// Text that is no UTF-8 must not end the run.
std::string dumped(const ordered_json& object) {
    return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

template <class Answer>
int filter(std::istream& in, std::ostream& out, const Answer& answer) {
    int exit_code = 0;
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        ordered_json written;
        try {
            const json object = parse_object(line);
            written["id"] = object.contains("id") ? object["id"] : json(nullptr);
            written.update(answer(object));
        } catch (const std::exception& error) {
            written = {{"line", number}, {"error", error.what()}};
            exit_code = kExitDataError;
        }
        out << dumped(written) << '\n';
    }
    out.flush();
    return exit_code;
}

}  // namespace

int classify_jsonl(std::istream& in, std::ostream& out) {
    return filter(in, out, classify_line);
}

int backoff_jsonl(std::istream& in, std::ostream& out) {
    return filter(in, out, backoff_line);
}

std::string classify_text(std::string_view text, resilience::Profile profile) {
    const auto verdict = resilience::Classifier(profile).classify(
        {.kind = FailureKind::kException, .message = text}, resilience::Clock::WallTime{});
    const auto yes_no = [&](Idempotency idempotency) {
        return is_repeatable(verdict.cls, idempotency) ? "yes" : "no";
    };
    std::string out;
    const auto line = [&out](std::string_view name, std::string_view value) {
        out.append(name).append(value).append("\n");
    };
    line("class:   ", to_string(verdict.cls));
    line("scope:   ", to_string(verdict.scope));
    line("rule:    ", verdict.rule);
    line("repeat:  ", std::string(yes_no(Idempotency::kIdempotent)) + " if twice does no harm, " +
                          yes_no(Idempotency::kNonIdempotent) + " otherwise");
    return out;
}

}  // namespace bot::cli
