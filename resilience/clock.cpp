#include "resilience/clock.hpp"

#include <condition_variable>

namespace resilience {

Clock::Instant SystemClock::now() const {
    return std::chrono::steady_clock::now();
}

Clock::WallTime SystemClock::wall_now() const {
    return std::chrono::system_clock::now();
}

bool SystemClock::sleep_until(Instant when, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable wake;
    bool stopped = false;
    // Notified without the lock, so that the sleeper does not wake up only to wait for it. Both are
    // there until this has returned: its destructor waits for it.
    const std::stop_callback on_stop(stop, [&] {
        {
            const std::scoped_lock lock(mutex);
            stopped = true;
        }
        wake.notify_one();
    });
    std::unique_lock lock(mutex);
    return !wake.wait_until(lock, when, [&] { return stopped; });
}

VirtualClock::VirtualClock(WallTime wall) : wall_(wall) {}

Clock::Instant VirtualClock::now() const {
    const std::scoped_lock lock(mutex_);
    return now_;
}

Clock::WallTime VirtualClock::wall_now() const {
    const std::scoped_lock lock(mutex_);
    return wall_;
}

bool VirtualClock::sleep_until(Instant when, const std::stop_token& stop) {
    if (stop.stop_requested()) return false;
    const std::scoped_lock lock(mutex_);
    if (when <= now_) return true;
    const auto step = std::chrono::duration_cast<std::chrono::nanoseconds>(when - now_);
    slept_ += step;
    now_ = when;
    wall_ += step;
    return true;
}

void VirtualClock::advance(std::chrono::nanoseconds step) {
    const std::scoped_lock lock(mutex_);
    now_ += step;
    wall_ += step;
}

void VirtualClock::step_wall(std::chrono::nanoseconds step) {
    const std::scoped_lock lock(mutex_);
    wall_ += step;
}

std::chrono::nanoseconds VirtualClock::slept() const {
    const std::scoped_lock lock(mutex_);
    return slept_;
}

}  // namespace resilience
