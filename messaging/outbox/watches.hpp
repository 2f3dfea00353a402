#pragma once

#include "messaging/outbox/delivery.hpp"

#include <memory>
#include <mutex>
#include <stop_token>
#include <unordered_map>
#include <vector>

namespace messaging::outbox {

/// Who waits for the end of which delivery. Thread-safe.
class Watches {
    struct Watch;

public:
    /// Watches a delivery that is not stored yet, so that its end cannot be missed.
    void add(DeliveryId id);
    /// Stops watching: it was not stored after all.
    void remove(DeliveryId id) noexcept;
    using Found = std::vector<std::shared_ptr<Watch>>;
    /// Adds the watch of a delivery that has ended, if there is one.
    void find(DeliveryId id, Found& found) const noexcept;
    /// Wakes all who wait for those that were found.
    static void tell(const Found& ended) noexcept;
    /// Wakes all who wait, now and from now on.
    void close() noexcept;

    /// The place of one who waits. The last one to leave takes the watch away.
    class Vigil {
    public:
        Vigil(Watches& watches, DeliveryId id);
        ~Vigil();
        Vigil(const Vigil&) = delete;
        Vigil& operator=(const Vigil&) = delete;
        Vigil(Vigil&&) = delete;
        Vigil& operator=(Vigil&&) = delete;

        /// False: the delivery may have ended before it was watched.
        bool from_start() const;
        /// Stopped when the delivery has ended, or nobody is to wait any more.
        std::stop_token ended() const;

    private:
        Watches& watches_;
        DeliveryId id_;
        std::shared_ptr<Watch> watch_;
    };

private:
    struct Watch {
        std::stop_source ended = {};
        int waiting = 0;  // guarded by mutex_
        bool from_start = false;
    };

    mutable std::mutex mutex_;  // guards both below
    bool closed_ = false;
    std::unordered_map<std::uint64_t, std::shared_ptr<Watch>> by_id_;
};

}  // namespace messaging::outbox
