#include "bot/cli/jsonl.hpp"

#include "bot/cli/failure_line.hpp"
#include "bot/cli/json_line.hpp"
#include "resilience/retry.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <istream>
#include <optional>
#include <ostream>
#include <utility>

namespace bot::cli {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using resilience::Duration;
using resilience::ErrorClass;
using resilience::Idempotency;
using resilience::Instant;
using resilience::Jitter;
using std::chrono::milliseconds;

constexpr double kMillisMax = 9e12;  // about 285 years: still fits nanoseconds

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

ordered_json classify_line(const json& object, const ClassifierOf& classifier_of) {
    const auto line = read_failure_line(object);
    const auto verdict = classifier_of(line.profile).classify(line.failure(), line.now);

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
ordered_json answered(const std::string& line, const Answer& answer) {
    const json object = parse_object(line);
    ordered_json written;
    written["id"] = object.contains("id") ? object["id"] : json(nullptr);
    written.update(answer(object));
    return written;
}

ordered_json refused(std::size_t number, const char* why) {
    ordered_json written;
    written["line"] = number;
    written["error"] = why;
    return written;
}

template <class Answer>
int filter(std::istream& in, std::ostream& out, const Answer& answer) {
    int exit_code = 0;
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        try {
            out << dumped(answered(line, answer)) << '\n';
        } catch (const std::exception& error) {
            out << dumped(refused(number, error.what())) << '\n';
            exit_code = kExitDataError;
        }
    }
    out.flush();
    return exit_code;
}

}  // namespace

int classify_jsonl(std::istream& in, std::ostream& out, const ClassifierOf& classifier_of) {
    return filter(in, out,
                  [&](const json& object) { return classify_line(object, classifier_of); });
}

int backoff_jsonl(std::istream& in, std::ostream& out) {
    return filter(in, out, backoff_line);
}

std::string classify_text(std::string_view text, const resilience::Classifier& classifier) {
    const auto verdict =
        classifier.classify({.kind = resilience::FailureKind::kException, .message = text},
                            resilience::Clock::WallTime{});
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
