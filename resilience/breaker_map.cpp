#include "resilience/breaker_map.hpp"

#include "resilience/backoff.hpp"

#include <algorithm>

namespace resilience {

BreakerMap::BreakerMap(const BreakerPolicy& policy, std::size_t capacity)
    : policy_(policy),
      capacity_(std::max<std::size_t>(capacity, 1)),
      forgotten_after_(std::clamp(policy.window, Duration::zero(), kDelayLimit) +
                       2 * std::clamp(policy.open_max, Duration::zero(), kDelayLimit)),
      shared_(std::make_shared<CircuitBreaker>(policy)) {}

std::shared_ptr<CircuitBreaker> BreakerMap::at(std::string_view name, Instant now) {
    const std::scoped_lock lock(mutex_);
    if (const auto found = entries_.find(name); found != entries_.end()) {
        found->second.used = std::max(found->second.used, now);
        return found->second.breaker;
    }
    if (entries_.size() >= capacity_ && !make_room(now)) return shared_;
    auto breaker = std::make_shared<CircuitBreaker>(policy_);
    entries_.emplace(std::string(name), Entry{breaker, now});
    return breaker;
}

std::size_t BreakerMap::size() const noexcept {
    const std::scoped_lock lock(mutex_);
    return entries_.size();
}

// Only with the lock held can a breaker that nobody holds be handed out again, so it stays unheld.
bool BreakerMap::make_room(Instant now) {
    auto oldest = entries_.end();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        const bool held = entry->second.breaker.use_count() > 1;
        const bool forgotten = now - entry->second.used >= forgotten_after_;
        if (held || (!forgotten && !entry->second.breaker->is_quiet(now))) continue;
        if (oldest == entries_.end() || entry->second.used < oldest->second.used) oldest = entry;
    }
    if (oldest == entries_.end()) return false;
    entries_.erase(oldest);
    return true;
}

}  // namespace resilience
