#pragma once

#include "resilience/backoff.hpp"
#include "resilience/classify.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace resilience {

inline constexpr std::uint32_t kUnlimitedAttempts = std::numeric_limits<std::uint32_t>::max();
inline constexpr Instant kNoDeadline = Instant::max();

/// When to repeat, and when to stop.
struct RetryPolicy {
    BackoffPolicy backoff = {};
    /// Counts the first attempt: 3 means at most two repeats. At least 1.
    std::uint32_t max_attempts = 3;
    /// From the start of the first attempt; no attempt begins later.
    Duration max_elapsed = Duration::max();
    /// A server that asks for a longer wait than this ends the call (kServerDelayTooLong).
    Duration max_server_delay = std::chrono::seconds{120};
    /// Spreads a wait asked for by the server upwards by up to this share, never downwards.
    double server_spread = 0.1;
    /// Wait assumed for a rate-limited failure that names none.
    Duration rate_limited_floor{0};
};

/// Says what is wrong with a policy, in words for the person who wrote it; empty if nothing is.
std::string_view mistake_in(const RetryPolicy& policy) noexcept;

/// Why a call is not repeated. The first reason that applies, in this order.
enum class GiveUp : std::uint8_t {
    kNone,
    kCancelled,           ///< The caller asked to stop.
    kCircuitOpen,         ///< A breaker refused; repeating would defeat it.
    kPermanent,           ///< It will fail again.
    kAuth,                ///< Credentials were refused.
    kMaybeExecuted,       ///< It may have happened, and twice does harm.
    kAttemptsExhausted,   ///< `max_attempts` have failed, or the `repeats_max` of the failure.
    kServerDelayTooLong,  ///< The server asks for more than `max_server_delay`.
    kDeadline,            ///< Nothing would be left after the wait.
    kBudgetExhausted      ///< The shared retry budget is used up.
};

/// "permanent", "attempts_exhausted" …, as in logs and metrics; "none" for kNone.
std::string_view to_string(GiveUp reason) noexcept;

/// A failed attempt, as far as the decision needs it.
struct Failure {
    ErrorClass cls = ErrorClass::kPermanent;
    /// The wait that the server asked for.
    std::optional<Duration> server_delay = std::nullopt;
    /// kCancelled or kCircuitOpen where the attempt ended for that reason.
    GiveUp cause = GiveUp::kNone;
    /// More repeats than this are of no use for this failure.
    std::optional<std::uint32_t> repeats_max = std::nullopt;
};

Failure to_failure(const Error& error) noexcept;
Failure to_failure(const Verdict& verdict) noexcept;

/// What to do after a failed attempt.
struct Decision {
    bool retry = false;
    Duration delay{0};              ///< Wait this long first; zero when giving up.
    GiveUp reason = GiveUp::kNone;  ///< Why not, when `retry` is false.
};

/// The wait after failed attempt `n`, regardless of limits: own backoff, but never shorter than the
/// server asked for. Grows with `u` (0 to 1); u = 0 and u = 1 give its bounds. Pure.
Duration retry_delay(const RetryPolicy& policy,
                     const Failure& failure,
                     std::uint32_t n,
                     Duration previous,
                     double u) noexcept;

/// The state of one call that may be repeated: no clock, no sleep, no allocation, no exceptions.
/// Lives on the stack of the call or is rebuilt from storage; not synchronised.
///
///     RetryState state(policy, Idempotency::kIdempotent, clock.now());
///     for (;;) {
///         … attempt number state.attempt() …
///         const Decision next = state.on_failure(failure, clock.now(), random());
///         if (!next.retry) return next.reason;
///         … wait for next.delay …
///     }
class RetryState {
public:
    /// `start` is when the first attempt begins; no attempt begins at or after `deadline`.
    RetryState(const RetryPolicy& policy,
               Idempotency idempotency,
               Instant start,
               Instant deadline = kNoDeadline) noexcept;

    /// Continues a call of which `attempts` have failed before, the last after a wait of
    /// `previous_delay`: for attempts that are counted in a database.
    void resume(std::uint32_t attempts, Duration previous_delay = Duration::zero()) noexcept;

    /// Records that the current attempt failed at `now` and decides. `u` is random in [0, 1).
    /// After a decision not to repeat, the state stays at that attempt.
    Decision on_failure(const Failure& failure, Instant now, double u) noexcept;

    /// Number of the current attempt, from 1.
    std::uint32_t attempt() const noexcept { return attempt_; }
    /// The sum of all waits decided so far.
    Duration total_delay() const noexcept { return total_delay_; }
    /// The earlier of the caller's deadline and the end of `max_elapsed`.
    Instant deadline() const noexcept { return deadline_; }
    const RetryPolicy& policy() const noexcept { return policy_; }

private:
    GiveUp reason_to_stop(const Failure& failure) const noexcept;

    RetryPolicy policy_;
    Instant deadline_;
    Duration previous_delay_{0};
    Duration total_delay_{0};
    std::uint32_t attempt_ = 1;
    Idempotency idempotency_;
};

}  // namespace resilience
