#include "messaging/outbox/lanes.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace messaging::outbox {

namespace {

constexpr std::size_t kCompactAfter = 256;  // popped entries before a lane's vector is cut

bool is_active(State state) {
    return state == State::kSending || state == State::kUncertain;
}

bool is_fresh(const Standing& standing) {
    return standing.state == State::kPending && standing.attempts == 0 && standing.repeats == 0 &&
           standing.due.count() == 0;
}

}  // namespace

std::uint32_t Lanes::find_room(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? kNoRoom : found->second;
}

std::uint32_t Lanes::add_room(std::string name, std::int64_t key) {
    if (by_name_.size() >= sweep_at_) forget_idle();
    std::uint32_t room = 0;
    if (free_.empty()) {
        room = static_cast<std::uint32_t>(rooms_.size());
        rooms_.emplace_back();
    } else {
        room = free_.back();
        free_.pop_back();
    }
    Room& added = rooms_[room];
    added.name = std::move(name);
    added.key = key;
    added.used = true;
    by_name_.emplace(added.name, room);
    return room;
}

void Lanes::forget_idle() {
    for (std::uint32_t i = 0; i < rooms_.size(); ++i) {
        Room& room = rooms_[i];
        const bool lanes_empty =
            std::all_of(room.lanes.begin(), room.lanes.end(),
                        [](const auto& lane) { return lane == nullptr || lane->empty(); });
        if (!room.used || room.held || room.busy || room.pending > 0 || !lanes_empty) continue;
        by_name_.erase(room.name);
        room = Room{};
        free_.push_back(i);
    }
    sweep_at_ = std::max<std::size_t>(65'536, by_name_.size() * 2);
}

Lanes::Lane& Lanes::lane_of(LaneRef ref) {
    auto& lane = rooms_[ref.room].lanes[static_cast<std::size_t>(ref.priority)];
    if (lane == nullptr) lane = std::make_unique<Lane>();
    return *lane;
}

void Lanes::change_pending(std::uint32_t index, bool added) {
    Room& room = rooms_[index];
    if (added) {
        ++room.pending;
        ++pending_;
        if (room.held) ++held_pending_;
    } else {
        assert(room.pending > 0);
        --room.pending;
        --pending_;
        if (room.held) --held_pending_;
    }
}

void Lanes::count_scheduled(std::uint32_t room, bool added) {
    change_pending(room, added);
}

void Lanes::enter(const Standing& standing, DeliveryId id, Millis deadline) {
    Lane& lane = lane_of(standing.lane);
    if (!gone_.empty() && gone_.contains(id.value)) bury(lane, id);
    const bool first = lane.empty();
    assert(first || standing.state == State::kPending);
    if (!is_fresh(standing)) marks_[id.value] = standing;
    lane.queue.push_back({id, deadline.count() == 0 ? kNever : deadline.count()});
    const bool early = note_deadline(lane);
    if (standing.state == State::kPending) {
        change_pending(standing.lane.room, true);
    } else {
        ++marks_active_;
        if (standing.state == State::kSending) {
            ++sending_;
            rooms_[standing.lane.room].busy = true;
        }
    }
    if (first) reveal_head(lane);
    if (first || early || lane.head_state != State::kPending) settle(standing.lane.room);
}

const Standing* Lanes::active(DeliveryId id) const {
    const auto found = marks_.find(id.value);
    return found != marks_.end() && is_active(found->second.state) ? &found->second : nullptr;
}

Standing Lanes::waiting(LaneRef lane, DeliveryId id) const {
    const auto found = marks_.find(id.value);
    if (found != marks_.end()) return found->second;
    return Standing{.lane = lane};
}

std::vector<DeliveryId> Lanes::active_ids() const {
    std::vector<DeliveryId> ids;
    for (const auto& [id, standing] : marks_) {
        if (is_active(standing.state)) ids.push_back(DeliveryId{id});
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

void Lanes::reveal_head(Lane& lane) {
    lane.head_state = State::kPending;
    lane.head_due = 0;
    if (lane.empty() || marks_.empty()) return;
    const auto mark = marks_.find(lane.head().id.value);
    if (mark == marks_.end()) return;
    lane.head_state = mark->second.state;
    lane.head_due = mark->second.due.count();
}

void Lanes::pop_head(LaneRef ref) {
    Lane& lane = lane_of(ref);
    ++lane.first;
    while (!lane.empty()) {
        const DeliveryId head = lane.head().id;
        if (head != kBuried && (gone_.empty() || gone_.erase(head.value) == 0)) break;
        ++lane.first;
    }
    if (lane.empty()) {
        lane.erased += lane.queue.size();
        if (lane.queue.capacity() > kCompactAfter) lane.queue = {};
        lane.queue.clear();
        lane.first = 0;
        lane.early = {};
        lane.latest = 0;
    } else if (lane.first >= kCompactAfter && lane.first * 2 >= lane.queue.size()) {
        lane.queue.erase(lane.queue.begin(),
                         lane.queue.begin() + static_cast<std::ptrdiff_t>(lane.first));
        lane.erased += lane.first;
        lane.first = 0;
        if (lane.queue.capacity() > 4 * lane.queue.size()) lane.queue.shrink_to_fit();
    }
    reveal_head(lane);
}

void Lanes::finish(DeliveryId id) {
    const auto mark = marks_.find(id.value);
    assert(mark != marks_.end() && is_active(mark->second.state));
    const LaneRef ref = mark->second.lane;
    if (mark->second.state == State::kSending) {
        --sending_;
        rooms_[ref.room].busy = false;
    }
    --marks_active_;
    marks_.erase(mark);
    pop_head(ref);
    settle(ref.room);
}

void Lanes::retry(DeliveryId id, std::uint32_t attempts, std::uint32_t repeats, Millis due) {
    const auto mark = marks_.find(id.value);
    assert(mark != marks_.end() && is_active(mark->second.state));
    const LaneRef ref = mark->second.lane;
    if (mark->second.state == State::kSending) {
        --sending_;
        rooms_[ref.room].busy = false;
    }
    --marks_active_;
    mark->second = Standing{.lane = ref, .attempts = attempts, .repeats = repeats, .due = due};
    if (is_fresh(mark->second)) marks_.erase(mark);
    change_pending(ref.room, true);
    reveal_head(lane_of(ref));
    settle(ref.room);
}

void Lanes::doubt(DeliveryId id) {
    const auto mark = marks_.find(id.value);
    assert(mark != marks_.end() && mark->second.state == State::kSending);
    mark->second.state = State::kUncertain;
    --sending_;
    const LaneRef ref = mark->second.lane;
    rooms_[ref.room].busy = false;
    reveal_head(lane_of(ref));
    settle(ref.room);
}

void Lanes::withdraw(LaneRef ref, DeliveryId id) {
    marks_.erase(id.value);
    change_pending(ref.room, false);
    Lane& lane = lane_of(ref);
    if (!lane.empty() && lane.head().id == id) {
        pop_head(ref);
    } else {
        gone_.insert(id.value);
    }
    settle(ref.room);
}

void Lanes::hold(std::uint32_t index, bool held) {
    Room& room = rooms_[index];
    if (room.held == held) return;
    room.held = held;
    held_pending_ += held ? room.pending : std::uint64_t{0} - room.pending;
    settle(index);
}

std::optional<Lanes::Head> Lanes::pick(Millis now) {
    for (;;) {
        std::array<bool, kPriorityCount> waiting_rooms{};
        for (std::size_t i = 0; i < rings_.size(); ++i) {
            waiting_rooms[i] = rings_[i].front != kNoRoom;
        }
        const int ring = choose(credits_, waiting_rooms);
        if (ring < 0) return std::nullopt;
        const std::uint32_t index = rings_[static_cast<std::size_t>(ring)].front;
        Room& room = rooms_[index];
        std::array<bool, kPriorityCount> ready{};
        for (int p = 0; p < kPriorityCount; ++p) {
            ready[static_cast<std::size_t>(p)] = ripe(room, p);
        }
        const int chosen = choose(room.credits, ready);
        assert(chosen >= 0);
        Lane& lane = *room.lanes[static_cast<std::size_t>(chosen)];
        if (lane.head().deadline <= now.count()) {
            // More has expired than one claim may end: its timer brings it back in the next one.
            ring_remove(index);
            continue;
        }
        const DeliveryId id = lane.head().id;
        Standing& mark = marks_[id.value];
        mark.lane = LaneRef{index, static_cast<Priority>(chosen)};
        mark.state = State::kSending;
        mark.due = Millis{0};
        mark.started = now;
        ++mark.attempts;
        ++marks_active_;
        ++sending_;
        change_pending(index, false);
        lane.head_state = State::kSending;
        room.busy = true;
        settle(index);
        return Head{id, mark};
    }
}

Millis Lanes::next_due(Millis now) const {
    for (const Ring& ring : rings_) {
        if (ring.front != kNoRoom) return std::max(now, Millis{1});
    }
    return heap_.empty() ? Millis{0} : Millis{rooms_[heap_.front()].wake};
}

bool Lanes::ripe(const Room& room, int priority) {
    const auto& lane = room.lanes[static_cast<std::size_t>(priority)];
    return lane != nullptr && !lane->empty() && lane->head_state == State::kPending &&
           lane->head_due == 0;
}

// The most urgent that has credit left; a new round for all when none of the ready has.
int Lanes::choose(Credits& credits, const std::array<bool, kPriorityCount>& ready) {
    for (int round = 0; round < 2; ++round) {
        for (std::size_t i = 0; i < credits.size(); ++i) {
            if (!ready[i] || credits[i] == 0) continue;
            --credits[i];
            return static_cast<int>(i);
        }
        credits = kWeights;
    }
    return -1;
}

// Brings the room's place in the ready queues and its timer in step with its lanes.
void Lanes::settle(std::uint32_t index) {
    Room& room = rooms_[index];
    const bool open = !room.held && !room.busy;
    int ring = -1;
    std::int64_t wake = kNever;
    for (int p = 0; p < kPriorityCount; ++p) {
        const auto& lane = room.lanes[static_cast<std::size_t>(p)];
        if (lane == nullptr || lane->empty()) continue;
        if (const auto* ending = first_to_end(*lane)) wake = std::min(wake, ending->deadline);
        if (!open || lane->head_state != State::kPending) continue;
        if (lane->head_due > 0) {
            wake = std::min(wake, lane->head_due);
        } else if (ring < 0) {
            ring = p;
        }
    }
    if (room.ring != ring) {
        if (room.ring >= 0) ring_remove(index);
        if (ring >= 0) ring_append(index, ring);
    }
    if (wake == kNever) {
        heap_remove(index);
    } else {
        heap_set(index, wake);
    }
}

void Lanes::ring_remove(std::uint32_t index) {
    Room& room = rooms_[index];
    Ring& ring = rings_[static_cast<std::size_t>(room.ring)];
    (room.previous == kNoRoom ? ring.front : rooms_[room.previous].next) = room.next;
    (room.next == kNoRoom ? ring.back : rooms_[room.next].previous) = room.previous;
    room.next = kNoRoom;
    room.previous = kNoRoom;
    room.ring = -1;
}

void Lanes::ring_append(std::uint32_t index, int which) {
    Room& room = rooms_[index];
    Ring& ring = rings_[static_cast<std::size_t>(which)];
    room.ring = which;
    room.previous = ring.back;
    (ring.back == kNoRoom ? ring.front : rooms_[ring.back].next) = index;
    ring.back = index;
}

void Lanes::heap_set(std::uint32_t index, std::int64_t wake) {
    Room& room = rooms_[index];
    room.wake = wake;
    if (room.heap_place == kNoPlace) {
        room.heap_place = heap_.size();
        heap_.push_back(index);
    }
    heap_down(heap_up(room.heap_place));
}

void Lanes::heap_remove(std::uint32_t index) {
    const std::size_t place = rooms_[index].heap_place;
    if (place == kNoPlace) return;
    heap_swap(place, heap_.size() - 1);
    heap_.pop_back();
    rooms_[index].heap_place = kNoPlace;
    if (place < heap_.size()) heap_down(heap_up(place));
}

void Lanes::heap_swap(std::size_t a, std::size_t b) {
    std::swap(heap_[a], heap_[b]);
    rooms_[heap_[a]].heap_place = a;
    rooms_[heap_[b]].heap_place = b;
}

std::size_t Lanes::heap_up(std::size_t place) {
    while (place > 0 && rooms_[heap_[place]].wake < rooms_[heap_[(place - 1) / 2]].wake) {
        heap_swap(place, (place - 1) / 2);
        place = (place - 1) / 2;
    }
    return place;
}

void Lanes::heap_down(std::size_t place) {
    for (;;) {
        std::size_t least = place;
        for (const std::size_t child : {2 * place + 1, 2 * place + 2}) {
            if (child < heap_.size() && rooms_[heap_[child]].wake < rooms_[heap_[least]].wake) {
                least = child;
            }
        }
        if (least == place) return;
        heap_swap(place, least);
        place = least;
    }
}

}  // namespace messaging::outbox
