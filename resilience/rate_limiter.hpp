#pragma once

#include "resilience/clock.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>

namespace resilience {

/// Lets through a steady rate with a bounded burst: the generic cell rate algorithm (ITU-T I.371),
/// which is an exact token bucket kept in one atomic number. In any span of time t it grants at
/// most `burst + rate * t` calls; there is no refill thread and no double burst at the edge of a
/// period.
///
/// The rate adapts to what the other side bears: `on_rate_limited` cuts it to 70 %, `on_success`
/// gives back 5 % of the ceiling per quiet second. Whoever never calls them has a fixed rate.
///
/// All functions may be called from any thread; `try_acquire` takes no lock and never blocks. It
/// costs a few nanoseconds: the clock is read by the caller, once per attempt.
class RateLimiter {
public:
    /// What one refusal leaves of the rate.
    static constexpr double kCut = 0.7;
    /// What a second without refusal gives back, as a share of the ceiling.
    static constexpr double kRecovery = 0.05;
    /// Adaptation never goes below this many calls per second (or the ceiling, if that is less).
    static constexpr double kRateFloor = 0.5;
    /// Refusals that come within this time belong to the same overload and cut the rate once.
    static constexpr Duration kRoundTrip = std::chrono::seconds{1};

    /// `per_second` is the ceiling, cut to [0.001, infinity]; from 1e9 on nothing but pauses
    /// limits. `burst` is how many calls may pass at once after a quiet time, cut to [1, 1e6]. The
    /// bucket starts full.
    RateLimiter(double per_second, double burst, Instant now) noexcept;

    /// Takes a place if there is one: zero means go. Otherwise nothing is taken, and the answer is
    /// how long to wait before asking again.
    Duration try_acquire(Instant now) noexcept;

    /// Grants nothing before `when` and empties the bucket, so that the way back is gentle: one
    /// call at once, then the steady rate. An earlier `when` than before changes nothing.
    void pause_until(Instant when) noexcept;

    /// Sets a new ceiling and makes it the current rate.
    void set_rate(double per_second, Instant now) noexcept;

    /// The other side said that it is too much (HTTP 429).
    void on_rate_limited(Instant now) noexcept;

    /// The other side answered. Cheap while the rate is at its ceiling.
    void on_success(Instant now) noexcept;

    /// Calls per second at the moment.
    double rate() const noexcept { return rate_.load(std::memory_order_relaxed); }

private:
    void change_rate(double per_second, Instant now) noexcept;
    std::int64_t tolerance(std::int64_t interval) const noexcept;

    const double burst_extra_;  // calls beyond the first that may pass at once
    /// When the bucket will be full again, in nanoseconds of the monotonic clock: the only state
    /// that `try_acquire` changes.
    std::atomic<std::int64_t> full_at_;
    std::atomic<std::int64_t> interval_;  // nanoseconds per call
    std::atomic<double> rate_;
    std::atomic<double> ceiling_;

    std::mutex mutex_;  // guards adaptation: the members below, and changes of the rate
    Instant last_cut_;
    Instant last_change_;
};

}  // namespace resilience
