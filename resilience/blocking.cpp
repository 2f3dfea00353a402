#include "resilience/blocking.hpp"

#include <string>

namespace resilience {

RetryRun::RetryRun(const RetryOptions& options, Clock& clock, std::stop_token stop, Instant start)
    : options_(options),
      clock_(clock),
      stop_(std::move(stop)),
      state_(options.policy, options.idempotency, start, options.deadline) {
    if (options.attempts_before != 0) state_.resume(options.attempts_before);
}

Instant RetryRun::start(const RetryOptions& options, const Clock& clock) {
    const bool timed = options.policy.max_elapsed != Duration::max();
    if (!timed && options.budget == nullptr) return {};
    const Instant now = clock.now();
    if (options.budget != nullptr) options.budget->on_call(now);
    return now;
}

std::optional<GiveUp> RetryRun::refusal(const RetryOptions& options,
                                        const Clock& clock,
                                        const std::stop_token& stop) {
    const bool timed = options.deadline != kNoDeadline;
    return refusal_at(timed ? clock.now() : Instant{}, options, stop);
}

std::optional<GiveUp> RetryRun::refusal_at(Instant now,
                                           const RetryOptions& options,
                                           const std::stop_token& stop) {
    if (stop.stop_requested()) return GiveUp::kCancelled;
    if (options.deadline != kNoDeadline && now >= options.deadline) return GiveUp::kDeadline;
    const std::uint32_t most = options.policy.max_attempts;
    if (options.attempts_before >= most && most != kUnlimitedAttempts) {
        return GiveUp::kAttemptsExhausted;
    }
    return std::nullopt;
}

Error RetryRun::refused(GiveUp reason, std::string_view operation) {
    const char* why = "a stop was requested";
    if (reason == GiveUp::kDeadline) why = "its deadline has passed";
    if (reason == GiveUp::kAttemptsExhausted) why = "its attempts were used up earlier";
    Error error = permanent_error(std::string(operation) + " not tried: " + why);
    error.rule = std::string(to_string(reason));
    return error;
}

template <class Callback>
void RetryRun::guarded(const Callback& callback) {
    try {
        callback();
    } catch (...) {
        ++callback_errors_;
    }
}

Failure RetryRun::judge(const Error& error) {
    Failure failure = to_failure(error);
    if (options_.retry_on) {
        bool wanted = false;
        guarded([&] { wanted = options_.retry_on(error); });
        const bool sure = failure.cls == ErrorClass::kPermanent || failure.cls == ErrorClass::kAuth;
        if (!wanted) failure.cls = ErrorClass::kPermanent;
        if (wanted && sure) failure.cls = ErrorClass::kTransient;
    }
    if (options_.never_on) {
        bool refused = true;
        guarded([&] { refused = options_.never_on(error); });
        if (refused) failure.cls = ErrorClass::kPermanent;
    }
    return failure;
}

bool RetryRun::again(const Error& error, double u, GiveUp cause) {
    return again_at(clock_.now(), error, u, cause);
}

bool RetryRun::again_at(Instant now, const Error& error, double u, GiveUp cause) {
    const auto delay = decide(now, error, u, cause);
    if (!delay) return false;
    resumed_at_ = *delay < Instant::max() - now ? now + *delay : Instant::max();
    if (clock_.sleep_until(resumed_at_, stop_)) return true;
    cancel(error);
    return false;
}

void RetryRun::cancel(const Error& error) {
    // The state has moved on to the attempt that will not be made.
    end(GiveUp::kCancelled, state_.attempt() - 1 - unmade_, error);
}

std::optional<Duration> RetryRun::decide(Instant now, const Error& error, double u, GiveUp cause) {
    Failure failure = judge(error);
    failure.cause = stop_.stop_requested() ? GiveUp::kCancelled : cause;
    const std::uint32_t failed = state_.attempt() - unmade_;
    const Decision decision = state_.on_failure(failure, now, u);
    if (!decision.retry) {
        end(decision.reason, failed, error);
        return std::nullopt;
    }
    if (options_.budget != nullptr && !options_.budget->try_retry(now)) {
        end(GiveUp::kBudgetExhausted, failed, error);
        return std::nullopt;
    }
    if (options_.on_retry) {
        guarded([&] { options_.on_retry(failed, error, decision.delay); });
    }
    if (options_.on_event) {
        const Event event{.kind = EventKind::kRetry,
                          .operation = options_.operation,
                          .attempt = failed,
                          .max_attempts = options_.policy.max_attempts,
                          .delay = decision.delay,
                          .total_delay = state_.total_delay(),
                          .error = &error,
                          .maybe_duplicate = failure.cls == ErrorClass::kAmbiguous,
                          .nested = nested_};
        guarded([&] { options_.on_event(event); });
    }
    return decision.delay;
}

void RetryRun::end(GiveUp reason, std::uint32_t attempts, const Error& error) {
    reason_ = reason;
    attempts_ = attempts;
    if (options_.on_failure) {
        guarded([&] { options_.on_failure(error, attempts); });
    }
    if (options_.on_event) {
        const Event event{.kind = EventKind::kGaveUp,
                          .operation = options_.operation,
                          .attempt = attempts,
                          .max_attempts = options_.policy.max_attempts,
                          .total_delay = state_.total_delay(),
                          .error = &error,
                          .reason = reason};
        guarded([&] { options_.on_event(event); });
    }
}

void RetryRun::succeeded() {
    if (!options_.on_event) return;
    const Event event{.kind = EventKind::kSuccess,
                      .operation = options_.operation,
                      .attempt = state_.attempt() - unmade_,
                      .max_attempts = options_.policy.max_attempts,
                      .total_delay = state_.total_delay()};
    guarded([&] { options_.on_event(event); });
}

namespace {

thread_local const RepeatScope* innermost = nullptr;

}  // namespace

RepeatScope::RepeatScope(RetryRun& run) noexcept
    : operation_(run.options_.operation), around_(innermost) {
    innermost = this;
    if (operation_ == kUnnamedOperation) return;
    for (const RepeatScope* outer = around_; outer != nullptr; outer = outer->around_) {
        if (outer->operation_ == operation_) run.nested_ = true;
    }
}

RepeatScope::~RepeatScope() {
    innermost = around_;
}

RetryContext::RetryContext(RetryOptions options,
                           Clock& clock,
                           std::stop_token stop,
                           std::function<double()> random)
    : options_(std::move(options)),
      clock_(clock),
      stop_(std::move(stop)),
      random_(std::move(random)),
      run_(options_, clock_, stop_, RetryRun::start(options_, clock_)) {}

bool RetryContext::should_retry() {
    switch (phase_) {
        case Phase::kNew:
            if (const auto reason = RetryRun::refusal(options_, clock_, stop_)) {
                reason_ = *reason;
                error_ = RetryRun::refused(*reason, options_.operation);
                phase_ = Phase::kEnded;
                return false;
            }
            phase_ = Phase::kAttempting;
            return true;
        case Phase::kAttempting:
            success();
            return false;
        case Phase::kFailed:
            if (run_.again(*error_, random_())) {
                phase_ = Phase::kAttempting;
                return true;
            }
            reason_ = run_.reason();
            phase_ = Phase::kEnded;
            return false;
        case Phase::kSucceeded:
        case Phase::kEnded:
            return false;
    }
    return false;
}

void RetryContext::success() {
    if (phase_ != Phase::kAttempting) return;
    phase_ = Phase::kSucceeded;
    run_.succeeded();
}

void RetryContext::failed(Error error) {
    if (phase_ != Phase::kAttempting) return;
    error_ = std::move(error);
    phase_ = Phase::kFailed;
}

}  // namespace resilience
