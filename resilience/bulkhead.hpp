#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace resilience {

/// Limits how many calls run at once, so that one slow service cannot take all threads. Refuses at
/// once instead of queueing: waiting is the business of the retry around it. May be used from any
/// thread; one atomic number.
class Bulkhead {
public:
    /// One of the places; returned when destroyed. Must not outlive its bulkhead.
    class Place {
    public:
        Place(Place&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
        Place& operator=(Place&& other) noexcept {
            std::swap(owner_, other.owner_);
            return *this;
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() {
            if (owner_ != nullptr) owner_->in_use_.fetch_sub(1, std::memory_order_release);
        }

    private:
        friend class Bulkhead;
        explicit Place(Bulkhead* owner) noexcept : owner_(owner) {}
        Bulkhead* owner_;
    };

    /// `places` calls may run at once; 0 lets nothing through.
    explicit Bulkhead(std::uint32_t places) noexcept : places_(places) {}

    /// Takes a place, if one is free.
    std::optional<Place> try_acquire() noexcept {
        std::uint32_t used = in_use_.load(std::memory_order_relaxed);
        while (used < places_) {
            if (in_use_.compare_exchange_weak(used, used + 1, std::memory_order_acquire)) {
                return Place(this);
            }
        }
        return std::nullopt;
    }

    std::uint32_t in_use() const noexcept { return in_use_.load(std::memory_order_relaxed); }

private:
    const std::uint32_t places_;
    std::atomic<std::uint32_t> in_use_{0};
};

}  // namespace resilience
