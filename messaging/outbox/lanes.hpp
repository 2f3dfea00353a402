#pragma once

#include "messaging/outbox/delivery.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace messaging::outbox {

/// One lane: a room (our number for a destination) and a priority.
struct LaneRef {
    std::uint32_t room = 0;
    Priority priority = Priority::kBulk;

    friend bool operator==(const LaneRef&, const LaneRef&) = default;
};

/// How far a delivery that has not ended has come. A fresh one has the defaults.
struct Standing {
    LaneRef lane = {};
    State state = State::kPending;  ///< Pending, sending or uncertain.
    std::uint32_t attempts = 0;
    std::uint32_t repeats = 0;
    Millis due{0};      ///< Pending: not to be tried before; 0: at once.
    Millis started{0};  ///< Sending and uncertain: when the last attempt began.
};

/// Who is next: the order of everything that has not ended, in memory, shared by all stores.
///
/// Pure: no I/O and no clock. A store keeps the durable rows, tells this class about each change
/// and asks it whom to claim. After a crash the store enters its rows again, in lane order.
/// Per waiting delivery it needs 16 bytes; every operation costs O(log rooms) whatever the backlog.
///
/// Rules (see delivery.hpp and store.hpp): a lane is served in order; its head blocks it until it
/// ends; a room has at most one delivery in `sending`; a hold stops a room; whatever waits beyond
/// its deadline is handed out by `expire_one`, wherever in its lane it stands and even when its
/// room is held, busy or backing off.
///
/// Fairness has two levels, both with the weights 8:4:2:1. Rooms queue by their most urgent lane
/// that is ready, and the four queues are served by weight. A room that is served sends from its
/// own lanes by weight, so that steady replies do not starve the same room's reports.
///
/// Not thread-safe.
class Lanes {
public:
    static constexpr std::uint32_t kNoRoom = std::numeric_limits<std::uint32_t>::max();

    struct Head {
        DeliveryId id;
        Standing standing;
    };

    /// The room with this name, or kNoRoom.
    std::uint32_t find_room(std::string_view name) const;
    /// Adds a room that does not exist yet. `key` is the store's own name for it.
    std::uint32_t add_room(std::string name, std::int64_t key);
    const std::string& name(std::uint32_t room) const { return rooms_[room].name; }
    std::int64_t key(std::uint32_t room) const { return rooms_[room].key; }
    bool held(std::uint32_t room) const { return rooms_[room].held; }

    /// Puts a delivery at the end of its lane. A standing of `sending` or `uncertain` is possible
    /// only for the first of a lane, after a crash. `deadline` 0: never expires.
    void enter(const Standing& standing, DeliveryId id, Millis deadline);
    /// Counts a delivery that is scheduled for later and so is in no lane yet.
    void count_scheduled(std::uint32_t room, bool added);

    /// The standing of a delivery in `sending` or `uncertain`; null for any other.
    const Standing* active(DeliveryId id) const;
    /// The standing of a delivery that waits in `lane`.
    Standing waiting(LaneRef lane, DeliveryId id) const;

    /// A delivery in `sending` or `uncertain` has ended.
    void finish(DeliveryId id);
    /// A delivery in `sending` or `uncertain` is pending again, still first in its lane.
    void retry(DeliveryId id, std::uint32_t attempts, std::uint32_t repeats, Millis due);
    /// A delivery in `sending` became uncertain: its lane waits, its room is free.
    void doubt(DeliveryId id);
    /// A delivery that waits in the lane `ref` has ended.
    void withdraw(LaneRef ref, DeliveryId id);
    /// Holds or releases the room `index`.
    void hold(std::uint32_t index, bool held);

    /// The next that waits and whose deadline has passed at `now`; it is removed. Also wakes what
    /// is due, so it has to be called until it returns nothing (or a limit is reached) before
    /// `pick`.
    std::optional<Head> expire_one(Millis now);
    /// The next head to be sent; it is in `sending` from now on, its attempt counted.
    std::optional<Head> pick(Millis now);
    /// When there will be something to do: 0 never, `now` (or 1 ms when `now` is 0) at once.
    Millis next_due(Millis now) const;

    std::uint64_t pending() const { return pending_; }
    std::uint64_t held_pending() const { return held_pending_; }
    std::uint64_t sending() const { return sending_; }
    std::uint64_t uncertain() const { return marks_active_ - sending_; }
    /// All deliveries in `sending` and `uncertain`, oldest id first.
    std::vector<DeliveryId> active_ids() const;

private:
    struct Entry {
        DeliveryId id;
        std::int64_t deadline = 0;  // milliseconds, kNever for none
    };
    /// An entry that ends before one that stands before it.
    struct Early {
        std::int64_t deadline = 0;
        std::uint64_t place = 0;  // counted from the lane's beginning
        DeliveryId id;
    };
    struct Lane {
        std::vector<Entry> queue;
        std::size_t first = 0;
        State head_state = State::kPending;
        std::int64_t head_due = 0;  // 0: ripe
        std::vector<Early> early;   // a heap, the first to end on top
        std::int64_t latest = 0;    // no entry ends later
        std::uint64_t erased = 0;   // entries that have left the front of the queue

        bool empty() const { return first == queue.size(); }
        const Entry& head() const { return queue[first]; }
    };
    using Credits = std::array<std::uint8_t, kPriorityCount>;
    struct Room {
        std::string name;
        std::int64_t key = 0;
        std::array<std::unique_ptr<Lane>, kPriorityCount> lanes;
        Credits credits = kWeights;
        std::uint64_t pending = 0;  // scheduled ones included
        bool used = false;
        bool held = false;
        bool busy = false;
        int ring = -1;  // which ready queue it stands in
        std::uint32_t next = kNoRoom;
        std::uint32_t previous = kNoRoom;
        std::int64_t wake = 0;
        std::size_t heap_place = kNoPlace;
    };
    struct Ring {
        std::uint32_t front = kNoRoom;
        std::uint32_t back = kNoRoom;
    };

    static constexpr DeliveryId kBuried{};  // in the place of a delivery that came back
    static constexpr Credits kWeights{8, 4, 2, 1};
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
    static constexpr std::size_t kNoPlace = std::numeric_limits<std::size_t>::max();

    Lane& lane_of(LaneRef ref);
    void reveal_head(Lane& lane);
    void pop_head(LaneRef ref);
    static bool note_deadline(Lane& lane);
    void bury(Lane& lane, DeliveryId id);
    bool is_gone(DeliveryId id) const;
    bool waits(const Lane& lane, const Early& early) const;
    const Entry* first_to_end(Lane& lane) const;
    void change_pending(std::uint32_t index, bool added);
    static bool ripe(const Room& room, int priority);
    static int choose(Credits& credits, const std::array<bool, kPriorityCount>& ready);

    void settle(std::uint32_t index);
    void ring_remove(std::uint32_t index);
    void ring_append(std::uint32_t index, int which);
    void heap_set(std::uint32_t index, std::int64_t wake);
    void heap_remove(std::uint32_t index);
    void heap_swap(std::size_t a, std::size_t b);
    std::size_t heap_up(std::size_t place);
    void heap_down(std::size_t place);
    void forget_idle();

    std::deque<Room> rooms_;  // a deque, because by_name_ points into the names
    std::vector<std::uint32_t> free_;
    std::unordered_map<std::string_view, std::uint32_t> by_name_;
    std::size_t sweep_at_ = 65'536;

    std::unordered_map<std::uint64_t, Standing> marks_;  // all that are not fresh
    std::unordered_set<std::uint64_t> gone_;             // withdrawn, still in a queue
    std::array<Ring, kPriorityCount> rings_;
    Credits credits_ = kWeights;
    std::vector<std::uint32_t> heap_;  // rooms by `wake`, the earliest first
    std::uint64_t pending_ = 0;
    std::uint64_t held_pending_ = 0;
    std::uint64_t sending_ = 0;
    std::uint64_t marks_active_ = 0;
};

}  // namespace messaging::outbox
