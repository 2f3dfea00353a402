// Whose deadline passes while it waits.

#include "messaging/outbox/lanes.hpp"

#include <algorithm>

namespace messaging::outbox {

namespace {

// For the heap functions, which keep the greatest on top.
constexpr auto kLaterFirst = [](const auto& a, const auto& b) { return a.deadline > b.deadline; };

}  // namespace

// Usually a lane's deadlines rise with their places, and its first that waits ends first. Only
// entries that end earlier than one before them are remembered apart: true for those.
bool Lanes::note_deadline(Lane& lane) {
    const Entry& added = lane.queue.back();
    if (added.deadline >= lane.latest) {
        lane.latest = added.deadline;
        return false;
    }
    lane.early.push_back({added.deadline, lane.erased + lane.queue.size() - 1, added.id});
    std::push_heap(lane.early.begin(), lane.early.end(), kLaterFirst);
    return true;
}

bool Lanes::waits(const Lane& lane, const Early& early) const {
    if (early.place < lane.erased + lane.first) return false;
    const bool active =
        early.place == lane.erased + lane.first && lane.head_state != State::kPending;
    return !active && lane.queue[early.place - lane.erased].id == early.id && !is_gone(early.id);
}

bool Lanes::is_gone(DeliveryId id) const {
    return id == kBuried || (!gone_.empty() && gone_.contains(id.value));
}

// A delivery that had been withdrawn comes back, at the end of its lane, before its old place was
// reached.
void Lanes::bury(Lane& lane, DeliveryId id) {
    const auto first = lane.queue.begin() + static_cast<std::ptrdiff_t>(lane.first);
    const auto old =
        std::find_if(first, lane.queue.end(), [id](const Entry& entry) { return entry.id == id; });
    if (old == lane.queue.end()) return;
    old->id = kBuried;
    gone_.erase(id.value);
}

// Null when nothing waits in the lane.
const Lanes::Entry* Lanes::first_to_end(Lane& lane) const {
    while (!lane.early.empty() && !waits(lane, lane.early.front())) {
        std::pop_heap(lane.early.begin(), lane.early.end(), kLaterFirst);
        lane.early.pop_back();
    }
    auto at = lane.first + (lane.head_state == State::kPending ? 0U : 1U);
    while (at < lane.queue.size() && is_gone(lane.queue[at].id))
        ++at;
    if (at >= lane.queue.size()) return nullptr;
    if (lane.early.empty() || lane.queue[at].deadline <= lane.early.front().deadline) {
        return &lane.queue[at];
    }
    return &lane.queue[lane.early.front().place - lane.erased];
}

std::optional<Lanes::Head> Lanes::expire_one(Millis now) {
    while (!heap_.empty() && rooms_[heap_.front()].wake <= now.count()) {
        const std::uint32_t index = heap_.front();
        Room& room = rooms_[index];
        for (int p = 0; p < kPriorityCount; ++p) {
            const auto& lane = room.lanes[static_cast<std::size_t>(p)];
            if (lane == nullptr || lane->empty()) continue;
            const Entry* const ending = first_to_end(*lane);
            if (ending != nullptr && ending->deadline <= now.count()) {
                const LaneRef ref{index, static_cast<Priority>(p)};
                Head expired{ending->id, waiting(ref, ending->id)};
                withdraw(ref, expired.id);
                return expired;
            }
            const bool pending = lane->head_state == State::kPending;
            if (pending && lane->head_due <= now.count()) lane->head_due = 0;
        }
        settle(index);
    }
    return std::nullopt;
}

}  // namespace messaging::outbox
