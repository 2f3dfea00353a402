#pragma once

#include "resilience/clock.hpp"
#include "resilience/event.hpp"
#include "resilience/result.hpp"
#include "resilience/retry.hpp"
#include "resilience/retry_budget.hpp"

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>
#include <type_traits>
#include <utility>

namespace resilience {

inline constexpr std::string_view kUnnamedOperation = "operation";

/// Everything about one call that may be repeated, except what it does. Callbacks run on the
/// calling thread, without any lock held. What they throw is counted and otherwise ignored: a
/// callback never changes the outcome.
struct RetryOptions {
    RetryPolicy policy = {};
    Idempotency idempotency = Idempotency::kIdempotent;
    Instant deadline = kNoDeadline;  ///< No attempt begins at or after it.
    std::string_view operation = kUnnamedOperation;
    /// Shared by all calls to one service; must outlive the call. Asked before each wait.
    RetryBudget* budget = nullptr;
    /// Attempts made earlier, as counted in a database: numbering and waits go on behind them, and
    /// when they have used up the policy no attempt is made. Store the count from `on_retry` and
    /// `on_failure`.
    std::uint32_t attempts_before = 0;

    /// Where set, failures for which it says no end the call, and permanent ones and refused
    /// credentials for which it says yes are repeated: for a token that will be replaced. An
    /// ambiguous failure of a non-idempotent call is never repeated. A predicate that throws ends
    /// the call.
    std::function<bool(const Error&)> retry_on = {};
    /// Where set, failures for which it says yes end the call. Stronger than `retry_on`.
    std::function<bool(const Error&)> never_on = {};

    /// Before each wait: number of the failed attempt, its error, the wait.
    std::function<void(std::uint32_t attempt, const Error& error, Duration delay)> on_retry = {};
    /// At the end of a call that failed: its last error, the number of attempts.
    std::function<void(const Error& error, std::uint32_t attempts)> on_failure = {};
    /// Both of the above, and successes.
    std::function<void(const Event& event)> on_event = {};
};

/// How a call ended: the value or the last error, and what it took.
template <class T>
struct [[nodiscard]] Outcome {
    Result<T> result;
    GiveUp reason = GiveUp::kNone;  ///< kNone on success.
    std::uint32_t attempts = 0;     ///< Zero if it was stopped before the first.
    Duration total_delay{0};
    std::uint32_t callback_errors = 0;  ///< How many callbacks have thrown.
};

/// The decisions and waits of one call, shared by the drivers below. Not synchronised.
class RetryRun {
public:
    /// Keeps references to all arguments. `start` is when the first attempt began; it matters for
    /// `max_elapsed` alone.
    RetryRun(const RetryOptions& options, Clock& clock, std::stop_token stop, Instant start);

    /// The start time, if anybody needs it: reading the clock is most of what a retry costs. Tells
    /// the budget of the call.
    static Instant start(const RetryOptions& options, const Clock& clock);

    /// Why not even the first attempt may begin; empty if it may.
    static std::optional<GiveUp> refusal(const RetryOptions& options,
                                         const Clock& clock,
                                         const std::stop_token& stop);
    /// As above, where the time is known.
    static std::optional<GiveUp> refusal_at(Instant now,
                                            const RetryOptions& options,
                                            const std::stop_token& stop);
    /// The error of a call that was refused before its first attempt.
    static Error refused(GiveUp reason, std::string_view operation);

    /// Decides about a failed attempt and waits. True when the next attempt may begin. Blocks for
    /// the wait, or until stopped. `cause` is kCircuitOpen where a breaker refused the attempt.
    bool again(const Error& error, double u, GiveUp cause = GiveUp::kNone);
    /// As above, for an attempt that failed at `now`.
    bool again_at(Instant now, const Error& error, double u, GiveUp cause = GiveUp::kNone);
    /// As above, but leaves the wait to the caller: how long it is, or empty at the end.
    std::optional<Duration> decide(Instant now,
                                   const Error& error,
                                   double u,
                                   GiveUp cause = GiveUp::kNone);
    /// The current attempt was refused by a guard: it takes its turn in the policy, but does not
    /// count as made. Before `again`.
    void not_made() noexcept { ++unmade_; }
    /// Ends the call during a wait, with the error of the attempt before it.
    void cancel(const Error& error);
    /// When the last wait ended.
    Instant resumed_at() const noexcept { return resumed_at_; }
    /// Reports the success of the current attempt.
    void succeeded();

    /// Number of the current attempt, from 1; at the end, of the last one made.
    std::uint32_t attempt() const noexcept {
        return reason_ != GiveUp::kNone ? attempts_ : state_.attempt() - unmade_;
    }
    GiveUp reason() const noexcept { return reason_; }
    Duration total_delay() const noexcept { return state_.total_delay(); }
    /// How many callbacks have thrown.
    std::uint32_t callback_errors() const noexcept { return callback_errors_; }

private:
    friend class RepeatScope;

    Failure judge(const Error& error);
    void end(GiveUp reason, std::uint32_t attempts, const Error& error);
    template <class Callback>
    void guarded(const Callback& callback);

    const RetryOptions& options_;
    Clock& clock_;
    std::stop_token stop_;
    RetryState state_;
    Instant resumed_at_{};
    GiveUp reason_ = GiveUp::kNone;
    std::uint32_t attempts_ = 0;  // set at the end
    std::uint32_t unmade_ = 0;
    std::uint32_t callback_errors_ = 0;
    bool nested_ = false;
};

/// While it lives, the calling thread repeats the call of this run. A call of the same name that is
/// repeated inside of it says so in its events: three times three attempts are nine. Calls that
/// keep the default name are not compared. `RetryContext` and `retry_async` do not mark their
/// threads, because they may go on on another one. To be destroyed on its thread, in reverse order.
class RepeatScope {
public:
    explicit RepeatScope(RetryRun& run) noexcept;
    RepeatScope(const RepeatScope&) = delete;
    RepeatScope(RepeatScope&&) = delete;
    RepeatScope& operator=(const RepeatScope&) = delete;
    RepeatScope& operator=(RepeatScope&&) = delete;
    ~RepeatScope();

private:
    const std::string_view operation_;
    const RepeatScope* const around_;
};

namespace detail {

/// Operations take the number of the attempt, or nothing.
template <class Operation>
decltype(auto) attempt(Operation& operation, std::uint32_t number) {
    if constexpr (std::invocable<Operation&, std::uint32_t>) {
        return operation(number);
    } else {
        return operation();
    }
}

template <class Operation>
using ResultOf = std::remove_cvref_t<decltype(attempt(std::declval<Operation&>(), 1U))>;

template <class>
struct ValueOf;
template <class T>
struct ValueOf<Result<T>> {
    using Type = T;
};

}  // namespace detail

/// Runs `operation` until it succeeds or the policy gives up, and says how it went.
///
/// `operation` returns `Result<T>`; it may take the number of the attempt (from 1), to vary what it
/// asks for. `random` gives numbers in [0, 1) and is asked after failures alone. Waits on the
/// calling thread through `clock`; a requested stop ends a wait at once. Success at the first
/// attempt costs no clock read unless `max_elapsed` or a deadline is set.
template <class Random, class Operation>
auto try_retry(const RetryOptions& options,
               Clock& clock,
               const std::stop_token& stop,
               Random&& random,
               Operation&& operation)
    -> Outcome<typename detail::ValueOf<detail::ResultOf<Operation>>::Type> {
    if (const auto reason = RetryRun::refusal(options, clock, stop)) {
        return {RetryRun::refused(*reason, options.operation), *reason};
    }
    const Instant start = RetryRun::start(options, clock);
    const std::uint32_t first = options.attempts_before + 1;
    auto result = detail::attempt(operation, first);
    if (result.ok() && !options.on_event) return {std::move(result), GiveUp::kNone, first};

    RetryRun run(options, clock, stop, start);
    const RepeatScope scope(run);
    while (!result.ok() && run.again(result.error(), random())) {
        result = detail::attempt(operation, run.attempt());
    }
    if (result.ok()) run.succeeded();
    return {std::move(result), run.reason(), run.attempt(), run.total_delay(),
            run.callback_errors()};
}

/// As `try_retry`, giving the value or the error of the last attempt alone.
template <class Random, class Operation>
auto retry(const RetryOptions& options,
           Clock& clock,
           const std::stop_token& stop,
           Random&& random,
           Operation&& operation) -> detail::ResultOf<Operation> {
    return try_retry(options, clock, stop, random, operation).result;
}

/// As above, for an idempotent operation without callbacks.
template <class Random, class Operation>
auto retry(const RetryPolicy& policy,
           Clock& clock,
           const std::stop_token& stop,
           Random&& random,
           Operation&& operation) -> detail::ResultOf<Operation> {
    if (stop.stop_requested()) return RetryRun::refused(GiveUp::kCancelled, kUnnamedOperation);
    const bool timed = policy.max_elapsed != Duration::max();
    const Instant start = timed ? clock.now() : Instant{};
    auto result = detail::attempt(operation, 1);
    if (result.ok()) return result;
    const RetryOptions options{.policy = policy};
    RetryRun run(options, clock, stop, start);
    while (!result.ok() && run.again(result.error(), random())) {
        result = detail::attempt(operation, run.attempt());
    }
    return result;
}

/// The same as a loop that the caller writes, for attempts that do not fit one function:
///
///     RetryContext context(options, clock, stop, random);
///     while (context.should_retry()) {
///         if (auto sent = send(); sent.ok()) {
///             context.success();
///         } else {
///             context.failed(sent.error());
///         }
///     }
///     if (!context.succeeded()) { … context.reason() … }
///
/// Each round must end in `success` or `failed`; a round that ends in neither counts as success, so
/// that a forgotten call cannot loop for ever. Not synchronised.
class RetryContext {
public:
    RetryContext(RetryOptions options,
                 Clock& clock,
                 std::stop_token stop,
                 std::function<double()> random);
    RetryContext(const RetryContext&) = delete;
    RetryContext(RetryContext&&) = delete;
    RetryContext& operator=(const RetryContext&) = delete;
    RetryContext& operator=(RetryContext&&) = delete;
    ~RetryContext() = default;

    /// True when an attempt is to be made now. Blocks where a wait is due before it.
    bool should_retry();
    /// The attempt succeeded.
    void success();
    /// The attempt failed.
    void failed(Error error);

    bool succeeded() const noexcept { return phase_ == Phase::kSucceeded; }
    std::uint32_t attempt() const noexcept { return run_.attempt(); }
    GiveUp reason() const noexcept { return reason_; }
    /// The last failure, if there was one.
    const std::optional<Error>& error() const noexcept { return error_; }

private:
    enum class Phase : std::uint8_t { kNew, kAttempting, kFailed, kSucceeded, kEnded };

    RetryOptions options_;
    Clock& clock_;
    std::stop_token stop_;
    std::function<double()> random_;
    RetryRun run_;
    Phase phase_ = Phase::kNew;
    GiveUp reason_ = GiveUp::kNone;
    std::optional<Error> error_;
};

}  // namespace resilience
