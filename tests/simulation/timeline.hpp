#pragma once

#include "resilience/clock.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace simulation {

/// What will happen, in the order of its times; what falls on one moment happens in the order in
/// which it was put down.
class Timeline {
public:
    explicit Timeline(resilience::VirtualClock& clock) : clock_(clock) {}

    void at(resilience::Instant when, std::function<void()> event) {
        events_.emplace(std::pair{when, ++count_}, std::move(event));
    }
    void in(std::chrono::nanoseconds wait, std::function<void()> event) {
        at(clock_.now() + wait, std::move(event));
    }

    bool has_event_until(resilience::Instant when) const {
        return !events_.empty() && events_.begin()->first.first <= when;
    }
    /// Moves the clock to the next event, and lets it happen.
    void step() {
        const auto next = events_.begin();
        move_to(next->first.first);
        const auto event = std::move(next->second);
        events_.erase(next);
        event();
    }
    void move_to(resilience::Instant when) {
        if (when > clock_.now()) clock_.advance(when - clock_.now());
    }

private:
    resilience::VirtualClock& clock_;
    std::map<std::pair<resilience::Instant, std::uint64_t>, std::function<void()>> events_;
    std::uint64_t count_ = 0;
};

}  // namespace simulation
