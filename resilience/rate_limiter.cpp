#include "resilience/rate_limiter.hpp"

#include <algorithm>
#include <cmath>

namespace resilience {

namespace {

constexpr double kRateMin = 0.001;
constexpr double kRateUnlimited = 1e9;
constexpr double kBurstMax = 1e6;
constexpr double kNanosPerSecond = 1e9;
// Far beyond any pause, and small enough that no sum below overflows.
constexpr std::int64_t kTimeMax = std::int64_t{4'000'000'000} * 1'000'000'000;

/// Rounded up, so that the rate is never exceeded.
std::int64_t interval_of(double per_second) noexcept {
    if (per_second >= kRateUnlimited) return 0;
    return static_cast<std::int64_t>(std::ceil(kNanosPerSecond / per_second));
}

double valid_rate(double per_second) noexcept {
    return per_second > kRateMin ? per_second : kRateMin;
}

std::int64_t nanoseconds_of(Instant instant) noexcept {
    return std::chrono::duration_cast<Duration>(instant.time_since_epoch()).count();
}

}  // namespace

RateLimiter::RateLimiter(double per_second, double burst, Instant now) noexcept
    : burst_extra_(burst > 1.0 ? std::min(burst, kBurstMax) - 1.0 : 0.0),
      full_at_(nanoseconds_of(now)),
      interval_(interval_of(valid_rate(per_second))),
      rate_(valid_rate(per_second)),
      ceiling_(valid_rate(per_second)),
      last_cut_(now - kRoundTrip),
      last_change_(now) {}

std::int64_t RateLimiter::tolerance(std::int64_t interval) const noexcept {
    return static_cast<std::int64_t>(burst_extra_ * static_cast<double>(interval));
}

Duration RateLimiter::try_acquire(Instant now) noexcept {
    const std::int64_t interval = interval_.load(std::memory_order_relaxed);
    const std::int64_t tolerated = tolerance(interval);
    const std::int64_t at = nanoseconds_of(now);
    std::int64_t full_at = full_at_.load(std::memory_order_relaxed);
    for (;;) {
        const std::int64_t wait = full_at - tolerated - at;
        if (wait > 0) return Duration{wait};
        const std::int64_t next = std::max(full_at, at) + interval;
        if (full_at_.compare_exchange_weak(full_at, next, std::memory_order_relaxed)) {
            return Duration::zero();
        }
    }
}

void RateLimiter::pause_until(Instant when) noexcept {
    const std::int64_t interval = interval_.load(std::memory_order_relaxed);
    const std::int64_t empty = std::min(nanoseconds_of(when), kTimeMax) + tolerance(interval);
    std::int64_t full_at = full_at_.load(std::memory_order_relaxed);
    while (full_at < empty &&
           !full_at_.compare_exchange_weak(full_at, empty, std::memory_order_relaxed)) {
    }
}

void RateLimiter::change_rate(double per_second, Instant now) noexcept {
    const std::int64_t before = interval_.load(std::memory_order_relaxed);
    const std::int64_t after = interval_of(per_second);
    rate_.store(per_second, std::memory_order_relaxed);
    interval_.store(after, std::memory_order_relaxed);
    last_change_ = now;
    if (before == 0 || before == after) return;
    // What is missing in the bucket is kept in calls, so the time to fill it changes with the rate.
    // A wait of more than one interval is a pause, which must not change.
    const std::int64_t at = nanoseconds_of(now);
    const double ratio = static_cast<double>(after) / static_cast<double>(before);
    const auto scale = [ratio](std::int64_t span) {
        return static_cast<std::int64_t>(std::ceil(static_cast<double>(span) * ratio));
    };
    std::int64_t full_at = full_at_.load(std::memory_order_relaxed);
    std::int64_t scaled = 0;
    do {
        const std::int64_t wait = std::max<std::int64_t>(full_at - tolerance(before) - at, 0);
        const std::int64_t missing = std::max<std::int64_t>(full_at - at - wait, 0);
        scaled = at + scale(missing) + (wait > before ? wait : scale(wait));
    } while (!full_at_.compare_exchange_weak(full_at, scaled, std::memory_order_relaxed));
}

void RateLimiter::set_rate(double per_second, Instant now) noexcept {
    const std::scoped_lock lock(mutex_);
    ceiling_.store(valid_rate(per_second), std::memory_order_relaxed);
    change_rate(valid_rate(per_second), now);
}

void RateLimiter::on_rate_limited(Instant now) noexcept {
    const std::scoped_lock lock(mutex_);
    if (now - last_cut_ < kRoundTrip) return;
    last_cut_ = now;
    const double ceiling = ceiling_.load(std::memory_order_relaxed);
    const double floor = std::min(kRateFloor, ceiling);
    change_rate(std::max(rate() * kCut, floor), now);
}

void RateLimiter::on_success(Instant now) noexcept {
    const double ceiling = ceiling_.load(std::memory_order_relaxed);
    if (rate() >= ceiling) return;
    const std::scoped_lock lock(mutex_);
    const auto quiet = std::chrono::floor<std::chrono::seconds>(now - last_change_);
    if (quiet < std::chrono::seconds{1}) return;
    const double gain = ceiling * kRecovery * static_cast<double>(quiet.count());
    change_rate(std::min(rate() + gain, ceiling), now);
}

}  // namespace resilience
