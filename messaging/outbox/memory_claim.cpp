// How a MemoryStore hands out what is due; its other changes are in memory_store.cpp.
#include "messaging/outbox/continuation.hpp"
#include "messaging/outbox/memory_store.hpp"

#include <utility>

namespace messaging::outbox {

void MemoryStore::promote(Millis now) {
    for (std::size_t n = 0; n < kPromotedPerClaim && !scheduled_.empty(); ++n) {
        const auto [due, id] = *scheduled_.begin();
        if (due > now) return;
        scheduled_.erase(scheduled_.begin());
        Row& row = rows_.at(id);
        row.scheduled = false;
        lanes_.count_scheduled(room_of(row.given.destination), false);
        enter_lane(row);
    }
}

void MemoryStore::claim(const Claim& claim, Applied& applied) {
    promote(claim.now);
    while (applied.expired.size() < kExpiredPerClaim) {
        const auto expired = lanes_.expire_one(claim.now);
        if (!expired) break;
        Row& row = rows_.at(expired->id.value);
        row.started = Millis{0};
        end(row, {.id = expired->id,
                  .to = State::kDead,
                  .reason = expiry_reason(row.repeats),
                  .at = claim.now,
                  .note = expired_note()});
        applied.expired.push_back(expired->id);
    }
    while (applied.intents.size() < claim.max && !unheard_.empty()) {
        const Row& row = rows_.at(unheard_.back().value);
        if (row.state == State::kSending) applied.intents.push_back(intent(row));
        unheard_.pop_back();
    }
    while (applied.intents.size() < claim.max && applied.expired.size() < kExpiredPerClaim) {
        const auto head = lanes_.pick(claim.now);
        if (!head) break;
        Row& row = rows_.at(head->id.value);
        if (!continues(row, claim.now)) {
            applied.expired.push_back(head->id);
            continue;
        }
        // First what needs memory: a row in `sending` is one that somebody hears of.
        auto& taken = applied.intents.emplace_back(intent(row));
        taken.attempt = row.attempts = head->standing.attempts;
        taken.started = row.started = claim.now;
        row.state = State::kSending;
        row.due = Millis{0};
        row.changed = claim.now;
    }
}

// Makes the payload of a row final that continues another one; false: it has ended instead.
bool MemoryStore::continues(Row& row, Millis now) {
    if (row.given.head.value == 0) return true;
    std::optional<HeadStanding> head;
    const auto found = rows_.find(row.given.head.value);
    if (found != rows_.end()) {
        const Row& first = found->second;
        head = {first.given.id, first.state, first.reason, first.message_id};
    }
    auto then = continue_after(head, row.given.payload);
    if (then.send) {
        row.given.payload = std::move(then.payload);
        row.given.head = {};
        return true;
    }
    row.started = Millis{0};
    end(row, {.id = row.given.id,
              .to = State::kDead,
              .reason = then.reason,
              .at = now,
              .note = std::move(then.note)});
    lanes_.finish(row.given.id);
    return false;
}

Intent MemoryStore::intent(const Row& row) {
    return {.id = row.given.id,
            .attempt = row.attempts,
            .destination = row.given.destination,
            .priority = row.given.priority,
            .payload = row.given.payload,
            .file = row.given.file,
            .accepted = row.given.accepted,
            .deadline = row.given.deadline,
            .started = row.started,
            .policy = row.given.policy,
            .max_attempts = row.given.max_attempts,
            .repeats = row.repeats};
}

}  // namespace messaging::outbox
