#include "resilience/retry.hpp"

#include "resilience/retry_after.hpp"
#include "resilience/time_math.hpp"

#include <algorithm>

namespace resilience {

namespace {

constexpr double kSpreadMax = 1.0;

Duration saturating_add(Duration a, Duration b) noexcept {
    return a > Duration::max() - b ? Duration::max() : a + b;
}

/// The wait asked for, spread upwards so that clients told the same do not return together.
Duration spread_upwards(Duration asked, double share, double u) noexcept {
    const double room = static_cast<double>((Duration::max() - asked).count());
    const double extra = static_cast<double>(asked.count()) * std::clamp(share, 0.0, kSpreadMax) *
                         std::clamp(u, 0.0, 1.0);
    return extra < room ? asked + Duration{static_cast<Duration::rep>(extra)} : asked;
}

/// Milliseconds reach further than nanoseconds; nothing above the limit is waited for anyway.
std::optional<Duration> within_limits(std::optional<std::chrono::milliseconds> asked) noexcept {
    if (!asked) return std::nullopt;
    return std::clamp(*asked, std::chrono::milliseconds::zero(), kServerDelayLimit);
}

}  // namespace

std::string_view mistake_in(const RetryPolicy& policy) noexcept {
    if (policy.max_attempts < 1) return "fewer than one attempt is allowed";
    if (policy.max_elapsed <= Duration::zero()) return "maximal elapsed time is not above zero";
    if (policy.max_server_delay < Duration::zero()) return "maximal server delay is negative";
    if (policy.rate_limited_floor < Duration::zero()) return "rate-limited floor is negative";
    if (policy.rate_limited_floor > kDelayLimit) return "rate-limited floor is longer than 30 days";
    if (!(policy.server_spread >= 0.0 && policy.server_spread <= kSpreadMax)) {
        return "server spread is not within 0 and 1";
    }
    return mistake_in(policy.backoff);
}

std::string_view to_string(GiveUp reason) noexcept {
    switch (reason) {
        case GiveUp::kNone:
            return "none";
        case GiveUp::kCancelled:
            return "cancelled";
        case GiveUp::kCircuitOpen:
            return "circuit_open";
        case GiveUp::kPermanent:
            return "permanent";
        case GiveUp::kAuth:
            return "auth";
        case GiveUp::kMaybeExecuted:
            return "maybe_executed";
        case GiveUp::kAttemptsExhausted:
            return "attempts_exhausted";
        case GiveUp::kServerDelayTooLong:
            return "server_delay_too_long";
        case GiveUp::kDeadline:
            return "deadline";
        case GiveUp::kBudgetExhausted:
            return "budget_exhausted";
    }
    return "none";
}

Failure to_failure(const Error& error) noexcept {
    return Failure{.cls = error.cls,
                   .server_delay = within_limits(error.retry_after),
                   .repeats_max = error.repeats_max};
}

Failure to_failure(const Verdict& verdict) noexcept {
    return Failure{.cls = verdict.cls,
                   .server_delay = within_limits(verdict.server_delay),
                   .repeats_max = verdict.repeats_max};
}

Duration retry_delay(const RetryPolicy& policy,
                     const Failure& failure,
                     std::uint32_t n,
                     Duration previous,
                     double u) noexcept {
    const Duration own = backoff_delay(policy.backoff, n, previous, u);
    Duration asked = failure.server_delay.value_or(Duration::zero());
    if (!failure.server_delay && failure.cls == ErrorClass::kRateLimited) {
        asked = std::min<Duration>(policy.rate_limited_floor, kDelayLimit);
    }
    if (asked <= Duration::zero()) return own;
    return std::max(own, spread_upwards(asked, policy.server_spread, u));
}

RetryState::RetryState(const RetryPolicy& policy,
                       Idempotency idempotency,
                       Instant start,
                       Instant deadline) noexcept
    : policy_(policy),
      deadline_(std::min(deadline, saturating_add(start, policy.max_elapsed))),
      idempotency_(idempotency) {}

void RetryState::resume(std::uint32_t attempts, Duration previous_delay) noexcept {
    attempt_ = attempts < kUnlimitedAttempts ? attempts + 1 : attempts;
    previous_delay_ = previous_delay;
}

GiveUp RetryState::reason_to_stop(const Failure& failure) const noexcept {
    if (failure.cause != GiveUp::kNone) return failure.cause;
    if (!is_repeatable(failure.cls, idempotency_)) {
        if (failure.cls == ErrorClass::kAuth) return GiveUp::kAuth;
        const bool ambiguous = failure.cls == ErrorClass::kAmbiguous;
        return ambiguous ? GiveUp::kMaybeExecuted : GiveUp::kPermanent;
    }
    const bool limited = policy_.max_attempts != kUnlimitedAttempts;
    if (limited && attempt_ >= policy_.max_attempts) return GiveUp::kAttemptsExhausted;
    if (failure.repeats_max && attempt_ > *failure.repeats_max) return GiveUp::kAttemptsExhausted;
    if (failure.server_delay && *failure.server_delay > policy_.max_server_delay) {
        return GiveUp::kServerDelayTooLong;
    }
    return GiveUp::kNone;
}

Decision RetryState::on_failure(const Failure& failure, Instant now, double u) noexcept {
    if (const GiveUp reason = reason_to_stop(failure); reason != GiveUp::kNone) {
        return {.reason = reason};
    }
    const Duration delay = retry_delay(policy_, failure, attempt_, previous_delay_, u);
    // A wait that leaves nothing for the attempt itself is not worth waiting.
    if (deadline_ != kNoDeadline &&
        (now >= deadline_ || delay >= saturating_span(now, deadline_))) {
        return {.reason = GiveUp::kDeadline};
    }
    previous_delay_ = delay;
    total_delay_ = saturating_add(total_delay_, delay);
    if (attempt_ < kUnlimitedAttempts) ++attempt_;
    return {.retry = true, .delay = delay};
}

}  // namespace resilience
