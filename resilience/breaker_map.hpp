#pragma once

#include "resilience/circuit_breaker.hpp"
#include "resilience/clock.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace resilience {

/// A circuit breaker for each of many services, by name: by host or by account, never by user or
/// message. The number of names is capped, so that names without end do not become memory without
/// end.
///
///     const auto breaker = breakers.at(host, clock.now());
///     const Guards guards{.breaker = breaker.get()};  // keep `breaker` until the call has ended
///
/// When the map is full, a name that is new takes the place of the one that was asked for longest
/// ago among those which nobody holds and which know nothing worth keeping: closed without a
/// failure in their window, or not asked for during the window and two of the longest open periods.
/// Where there is none, it shares one further breaker with all others that found no place: they are
/// guarded together rather than not at all.
///
/// All functions may be called from any thread; none blocks for long.
class BreakerMap {
public:
    static constexpr std::size_t kCapacity = 256;

    /// At least one name is kept, whatever `capacity` says.
    explicit BreakerMap(const BreakerPolicy& policy = {}, std::size_t capacity = kCapacity);

    /// The breaker of a name. Never null.
    std::shared_ptr<CircuitBreaker> at(std::string_view name, Instant now);

    /// How many names have a breaker of their own.
    std::size_t size() const noexcept;

private:
    struct Entry {
        std::shared_ptr<CircuitBreaker> breaker;
        Instant used{};
    };
    struct Hash {
        using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's name
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };

    bool make_room(Instant now);

    const BreakerPolicy policy_;
    const std::size_t capacity_;
    const Duration forgotten_after_;
    const std::shared_ptr<CircuitBreaker> shared_;
    mutable std::mutex mutex_;  // guards entries_
    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
};

}  // namespace resilience
