#include "resilience/guarded.hpp"

#include <algorithm>
#include <string>

namespace resilience {

namespace {

std::chrono::milliseconds rounded_up(Duration span) {
    return std::chrono::ceil<std::chrono::milliseconds>(span);
}

Error not_tried(std::string_view operation, const char* why, std::string_view rule) {
    return Error{ErrorClass::kTransient, Scope::kMessage,
                 std::string(operation) + " not tried: " + why, std::string(rule)};
}

}  // namespace

GuardedRun::GuardedRun(const RetryOptions& options,
                       const Guards& guards,
                       Clock& clock,
                       const std::stop_token& stop,
                       Instant now)
    : options_(options), guards_(guards), clock_(clock), stop_(stop), start_(now), now_(now) {
    if (options_.budget != nullptr) options_.budget->on_call(now);
}

std::optional<Error> GuardedRun::admit() {
    cause_ = GiveUp::kNone;
    admitted_ = false;
    if (guards_.limiter != nullptr) {
        if (auto refused = wait_for_limiter()) return refused;
    }
    if (guards_.breaker != nullptr) {
        auto admission = guards_.breaker->try_acquire(now_);
        if (!admission.permit) return circuit_open(admission.retry_in);
        permit_ = std::move(admission.permit);
    }
    if (guards_.bulkhead != nullptr) {
        place_ = guards_.bulkhead->try_acquire();
        if (!place_) {
            permit_.reset();
            return not_tried(options_.operation, "too many calls are running", "bulkhead_full");
        }
    }
    admitted_ = true;
    return std::nullopt;
}

Error GuardedRun::circuit_open(Duration retry_in) {
    cause_ = GiveUp::kCircuitOpen;
    auto error = not_tried(options_.operation, "its circuit breaker is open", "circuit_open");
    error.retry_after = rounded_up(retry_in);
    return error;
}

std::optional<Error> GuardedRun::wait_for_limiter() {
    for (;;) {
        const Duration wait = guards_.limiter->try_acquire(now_);
        if (wait == Duration::zero()) return std::nullopt;
        if (guards_.breaker != nullptr) {
            // Who would be refused at the end of the wait hears it before.
            const Duration open = guards_.breaker->open_for(now_);
            if (open > wait) return circuit_open(open);
        }
        if (options_.deadline != kNoDeadline && wait >= options_.deadline - now_) {
            cause_ = GiveUp::kDeadline;
            auto error =
                not_tried(options_.operation, "its turn comes after the deadline (rate limit)",
                          "rate_limiter");
            error.retry_after = rounded_up(wait);
            return error;
        }
        if (!clock_.sleep_until(now_ + wait, stop_)) {
            cause_ = GiveUp::kCancelled;
            return not_tried(options_.operation, "a stop was requested", "cancelled");
        }
        now_ += wait;
    }
}

Attempt GuardedRun::attempt() const noexcept {
    const Duration left =
        options_.deadline == kNoDeadline ? Duration::max() : options_.deadline - now_;
    return {attempts(), std::min(guards_.attempt_timeout, left)};
}

void GuardedRun::release(Health health, Instant now, double u) noexcept {
    if (permit_) permit_->report(health, now, u);
    permit_.reset();
    place_.reset();
}

void GuardedRun::succeeded() {
    // The time at which the attempt began is good enough here, and a clock read is not free.
    release(Health::kGood, now_, 0.0);
    if (guards_.limiter != nullptr) guards_.limiter->on_success(now_);
    if (!retry_ && options_.on_event) retry_.emplace(options_, clock_, stop_, start_);
    if (retry_) retry_->succeeded();
}

bool GuardedRun::again(const Error& error, double u) {
    const Instant now = clock_.now();
    release(health_of(error.cls), now, u);
    if (guards_.limiter != nullptr && error.cls == ErrorClass::kRateLimited) {
        guards_.limiter->on_rate_limited(now);
        const auto asked = to_failure(error).server_delay;
        // A wait that this call would not take is not imposed on all the others either.
        const Duration most = std::min<Duration>(options_.policy.max_server_delay, kDelayLimit);
        if (asked) guards_.limiter->pause_until(now + std::min<Duration>(*asked, most));
    }
    if (!retry_) {
        retry_.emplace(options_, clock_, stop_, start_);
        scope_.emplace(*retry_);
    }
    if (!admitted_) retry_->not_made();
    const bool goes_on = retry_->again_at(now, error, u, cause_);
    now_ = retry_->resumed_at();
    return goes_on;
}

}  // namespace resilience
