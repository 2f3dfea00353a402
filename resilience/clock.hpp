#pragma once

#include <chrono>
#include <mutex>
#include <stop_token>

namespace resilience {

/// The only source of time and the only way to wait.
///
/// Everything that measures or waits takes a `Clock&`, so a test can run an hour of retries in a
/// millisecond. Implementations are safe to call from many threads.
class Clock {
public:
    using Instant = std::chrono::steady_clock::time_point;
    using WallTime = std::chrono::system_clock::time_point;

    virtual ~Clock() = default;

    /// Monotonic time, for measuring. Never goes backwards.
    virtual Instant now() const = 0;

    /// Wall-clock time, for what is stored or shown. May jump; never measure with it.
    virtual WallTime wall_now() const = 0;

    /// Waits until `now()` is at least `when`, or until `stop` is requested.
    /// Returns false if it was stopped early. Blocks the calling thread.
    virtual bool sleep_until(Instant when, const std::stop_token& stop) = 0;
};

/// The real clock. Stateless; one instance may serve the whole process.
class SystemClock final : public Clock {
public:
    Instant now() const override;
    WallTime wall_now() const override;
    bool sleep_until(Instant when, const std::stop_token& stop) override;
};

/// A clock that moves only when told to, or when someone sleeps on it: sleeping advances it to the
/// end of the sleep at once. For tests and simulation.
class VirtualClock final : public Clock {
public:
    /// `wall` is what `wall_now()` says at the start; both then advance together.
    explicit VirtualClock(WallTime wall = WallTime{std::chrono::seconds{1'795'312'800}});

    Instant now() const override;
    WallTime wall_now() const override;
    bool sleep_until(Instant when, const std::stop_token& stop) override;

    /// Moves both clocks forward.
    void advance(std::chrono::nanoseconds step);
    /// Moves the wall clock alone, either way: what an operator or NTP does.
    void step_wall(std::chrono::nanoseconds step);
    /// The sum of all sleeps so far.
    std::chrono::nanoseconds slept() const;

private:
    mutable std::mutex mutex_;
    Instant now_{std::chrono::hours{1}};  // not zero: a default Instant then stands out
    WallTime wall_;
    std::chrono::nanoseconds slept_{0};
};

using Instant = Clock::Instant;
/// A span of monotonic time, in nanoseconds.
using Duration = std::chrono::nanoseconds;

/// Milliseconds since 1970-01-01 UTC, the form in which times are stored.
inline std::chrono::milliseconds since_epoch(Clock::WallTime time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
}

}  // namespace resilience
