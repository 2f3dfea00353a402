#pragma once

#include "resilience/blocking.hpp"
#include "resilience/bulkhead.hpp"
#include "resilience/circuit_breaker.hpp"
#include "resilience/rate_limiter.hpp"

#include <optional>
#include <stop_token>
#include <utility>

namespace resilience {

/// What protects one service from its callers, and them from it. Each guard is optional, shared by
/// all calls to the service, and must outlive them. (The retry budget is in `RetryOptions`.)
struct Guards {
    RateLimiter* limiter = nullptr;
    CircuitBreaker* breaker = nullptr;
    Bulkhead* bulkhead = nullptr;
    Duration attempt_timeout = Duration::max();  ///< Of one attempt; the operation must keep it.
};

/// What an operation is told about the attempt that it makes.
struct Attempt {
    std::uint32_t number = 1;
    /// How long it may take: the attempt timeout or what is left until the deadline.
    Duration timeout = Duration::max();
};

/// The guards around one call, shared by all instances of `run_guarded`. Not synchronised.
class GuardedRun {
public:
    /// Keeps references to all arguments.
    GuardedRun(const RetryOptions& options,
               const Guards& guards,
               Clock& clock,
               const std::stop_token& stop,
               Instant now);

    /// Passes limiter, breaker and bulkhead, in this order; waits for the limiter. Empty when the
    /// attempt may be made, else why not.
    std::optional<Error> admit();
    Attempt attempt() const noexcept;

    /// Reports a successful attempt to the guards.
    void succeeded();
    /// Reports a failed one, or one that was not admitted, and decides as `RetryRun::again`.
    bool again(const Error& error, double u);

    std::uint32_t attempts() const noexcept {
        return retry_ ? retry_->attempt() : options_.attempts_before + 1;
    }
    GiveUp reason() const noexcept { return retry_ ? retry_->reason() : GiveUp::kNone; }
    Duration total_delay() const noexcept {
        return retry_ ? retry_->total_delay() : Duration::zero();
    }
    std::uint32_t callback_errors() const noexcept {
        return retry_ ? retry_->callback_errors() : 0;
    }

private:
    std::optional<Error> wait_for_limiter();
    Error circuit_open(Duration retry_in);
    void release(Health health, Instant now, double u) noexcept;

    const RetryOptions& options_;
    const Guards& guards_;
    Clock& clock_;
    const std::stop_token& stop_;
    const Instant start_;
    Instant now_;
    std::optional<RetryRun> retry_;  // success at the first attempt does not pay for it
    std::optional<RepeatScope> scope_;
    std::optional<CircuitBreaker::Permit> permit_;
    std::optional<Bulkhead::Place> place_;
    GiveUp cause_ = GiveUp::kNone;
    bool admitted_ = false;
};

/// Runs `operation(Attempt)`, which returns `Result<T>`, behind all guards. The order is fixed,
/// from the outside in: deadline, retry, budget, rate limiter, circuit breaker, bulkhead, attempt
/// timeout, operation. Each attempt passes limiter, breaker and bulkhead anew; a refusal by the
/// breaker ends the call (at once, where the breaker would still be open after the limiter's wait),
/// a full bulkhead is a transient failure that is repeated by the policy. Attempts that no guard
/// let through are not counted as made. One rate-limited answer pauses the limiter for everybody,
/// for at most the policy's `max_server_delay`.
///
/// Blocks for the waits. Reads the clock once per attempt.
template <class Random, class Operation>
auto run_guarded(const RetryOptions& options,
                 const Guards& guards,
                 Clock& clock,
                 const std::stop_token& stop,
                 Random&& random,
                 Operation&& operation)
    -> Outcome<typename detail::ValueOf<
        std::remove_cvref_t<decltype(operation(std::declval<Attempt>()))>>::Type> {
    using Answer = std::remove_cvref_t<decltype(operation(std::declval<Attempt>()))>;
    const Instant now = clock.now();
    if (const auto reason = RetryRun::refusal_at(now, options, stop)) {
        return {RetryRun::refused(*reason, options.operation), *reason};
    }
    GuardedRun run(options, guards, clock, stop, now);
    for (;;) {
        auto refused = run.admit();
        Answer result = refused ? Answer(std::move(*refused)) : operation(run.attempt());
        if (result.ok()) {
            run.succeeded();
            return {std::move(result), GiveUp::kNone, run.attempts(), run.total_delay(),
                    run.callback_errors()};
        }
        if (!run.again(result.error(), random())) {
            return {std::move(result), run.reason(), run.attempts(), run.total_delay(),
                    run.callback_errors()};
        }
    }
}

}  // namespace resilience
