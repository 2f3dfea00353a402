#pragma once

#include "resilience/clock.hpp"

#include <condition_variable>
#include <mutex>

namespace tests {

/// A clock that stands still until the test moves it; whoever sleeps waits for that.
class ManualClock final : public resilience::Clock {
public:
    Instant now() const override { return time_.now(); }
    WallTime wall_now() const override { return time_.wall_now(); }
    bool sleep_until(Instant when, const std::stop_token& stop) override {
        std::unique_lock lock(mutex_);
        moved_.wait(lock, stop, [&] { return now() >= when; });
        return now() >= when;
    }

    void advance(std::chrono::nanoseconds step) {
        {
            const std::scoped_lock lock(mutex_);
            time_.advance(step);
        }
        moved_.notify_all();
    }

private:
    resilience::VirtualClock time_;
    std::mutex mutex_;
    std::condition_variable_any moved_;
};

}  // namespace tests
