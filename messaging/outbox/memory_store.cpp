#include "messaging/outbox/memory_store.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <utility>

namespace messaging::outbox {

using resilience::Result;

MemoryStore::MemoryStore(std::uint64_t pending_limit) : pending_limit_{pending_limit} {}

Result<Applied> MemoryStore::apply(const Batch& batch) {
    if (auto error = ordered_failure()) return std::move(*error);
    if (cut_short_) rebuild();
    Applied applied;
    cut_short_ = true;  // unless it comes to its end
    try {
        change(batch, applied);
    } catch (...) {
        take_back(applied.intents);
        throw;
    }
    cut_short_ = false;
    if (lost_answers_ == 0) return applied;
    --lost_answers_;
    for (const auto& intent : applied.intents)
        unheard_.push_back(intent.id);
    return resilience::Error{.cls = resilience::ErrorClass::kAmbiguous,
                             .scope = resilience::Scope::kBot,
                             .message =
                                 "the outbox in memory has written, but its answer was "
                                 "lost as ordered by lose_answers; apply it again",
                             .rule = "store_fault"};
}

void MemoryStore::change(const Batch& batch, Applied& applied) {
    applied.added.reserve(batch.add.size());
    fresh_.clear();
    fresh_.reserve(batch.add.size());
    for (std::size_t i = 0; i < batch.add.size(); i = applied.added.size())
        add_set(set_at(batch.add, i), applied.added);
    for (const auto& transition : batch.transitions) {
        if (!move(transition)) applied.stale.push_back(transition.id);
    }
    for (const auto& hold : batch.holds)
        set_hold(hold);
    put_settings(batch);
    for (const auto& record : batch.inbound)
        applied.inbound_new.push_back(add_inbound(record));
    for (const auto& id : batch.inbound_done) {
        const auto found = inbound_.find(id);
        if (found != inbound_.end()) found->second.done = true;
    }
    if (batch.interrupt_runs) runs_.interrupt();
    for (const auto& run : batch.runs)
        runs_.put(run);
    if (batch.claim.now.count() != 0) claim(batch.claim, applied);
    applied.next_due = next_due(batch.claim.now);
}

// Takes back what nobody will hear of because memory ran out behind it.
void MemoryStore::take_back(const std::vector<Intent>& intents) noexcept {
    for (const auto& intent : intents) {
        Row& row = rows_.find(intent.id.value)->second;
        row.state = State::kPending;
        row.attempts = intent.attempt - 1;
        row.started = Millis{0};
    }
    for (const auto id : fresh_) {
        const auto row = rows_.find(id);
        if (row == rows_.end()) continue;
        const auto key = keys_.find(row->second.given.key);
        if (key != keys_.end() && key->second.id.value == id) keys_.erase(key);
        scheduled_.erase({row->second.given.not_before, id});
        rows_.erase(row);
    }
}

std::optional<resilience::Error> MemoryStore::ordered_failure() {
    if (stopped_) return disk_full_error("in memory");
    if (failures_ == 0) return std::nullopt;
    --failures_;
    return resilience::Error{.cls = resilience::ErrorClass::kTransient,
                             .scope = resilience::Scope::kBot,
                             .message =
                                 "writing to the outbox in memory failed as ordered by "
                                 "fail_next; nothing was changed",
                             .rule = "store_fault"};
}

void MemoryStore::put_settings(const Batch& batch) {
    for (const auto& [name, value] : batch.settings) {
        if (value.empty()) {
            settings_.erase(name);
        } else {
            settings_[name] = value;
        }
    }
}

Millis MemoryStore::next_due(Millis now) const {
    const Millis due = lanes_.next_due(now);
    if (scheduled_.empty()) return due;
    const Millis first = scheduled_.begin()->first;
    return due.count() == 0 ? first : std::min(due, first);
}

void MemoryStore::add_set(std::span<const NewDelivery> set, std::vector<Added>& answers) {
    const auto taken = std::min(lanes_.pending(), pending_limit_);
    const auto refused = refusal(
        set, [this](const NewDelivery& one) { return known(one); }, pending_limit_ - taken);
    for (const auto& one : set)
        answers.push_back(refused ? *refused : add(one));
}

std::optional<Added> MemoryStore::known(const NewDelivery& added) const {
    const auto key = added.key.empty() ? keys_.end() : keys_.find(added.key);
    if (key != keys_.end() && key->second.expires > added.accepted) {
        if (key->second.content != content_fingerprint(added)) {
            return Added{Added::Kind::kKeyConflict, key->second.id};
        }
        const bool same = key->second.id == added.id;
        return Added{same ? Added::Kind::kStored : Added::Kind::kDuplicate, key->second.id};
    }
    if (rows_.contains(added.id.value)) return Added{Added::Kind::kStored, added.id};
    return std::nullopt;
}

Added MemoryStore::add(const NewDelivery& added) {
    if (const auto before = known(added)) return *before;
    fresh_.push_back(added.id.value);
    Row fresh;
    fresh.given = added;
    fresh.changed = added.accepted;
    fresh.scheduled = scheduled_later(added);
    Row& row = rows_.try_emplace(rows_.end(), added.id.value, std::move(fresh))->second;
    if (!added.key.empty()) {
        keys_[added.key] = {content_fingerprint(added), added.id, added.key_expires};
    }
    if (row.scheduled) {
        scheduled_.emplace(added.not_before, added.id.value);
        lanes_.count_scheduled(room_of(added.destination), true);
    } else {
        enter_lane(row);
    }
    return {Added::Kind::kStored, added.id};
}

std::uint32_t MemoryStore::room_of(const std::string& destination) {
    const std::uint32_t room = lanes_.find_room(destination);
    if (room != Lanes::kNoRoom) return room;
    const std::uint32_t added = lanes_.add_room(destination, 0);
    lanes_.hold(added, holds_.contains(destination));
    return added;
}

void MemoryStore::enter_lane(Row& row) {
    row.position = ++position_;
    lanes_.enter({.lane = {room_of(row.given.destination), row.given.priority},
                  .state = row.state,
                  .attempts = row.attempts,
                  .repeats = row.repeats,
                  .due = row.due,
                  .started = row.started},
                 row.given.id, row.given.deadline);
}

bool MemoryStore::move(const Transition& transition) {
    const auto found = rows_.find(transition.id.value);
    if (found == rows_.end()) return false;
    Row& row = found->second;
    if (row.state != transition.from || row.attempts != transition.attempt ||
        !allowed(transition.from, transition.to)) {
        return false;
    }
    if (row.state == State::kPending) {
        const std::uint32_t room = room_of(row.given.destination);
        if (row.scheduled) {
            scheduled_.erase({row.given.not_before, row.given.id.value});
            lanes_.count_scheduled(room, false);
            row.scheduled = false;
        } else {
            lanes_.withdraw({room, row.given.priority}, row.given.id);
        }
        row.started = Millis{0};
        end(row, transition);
    } else if (row.state == State::kDead) {
        redrive(row, transition);
    } else {
        move_active(row, transition);
    }
    return true;
}

void MemoryStore::move_active(Row& row, const Transition& transition) {
    const DeliveryId id = row.given.id;
    if (transition.to == State::kDelivered || transition.to == State::kDead) {
        lanes_.finish(id);
        if (row.state == State::kUncertain) row.started = Millis{0};
        end(row, transition);
        return;
    }
    if (row.state == State::kSending) {
        row.history.push_back({row.started, row.attempts, State::kSending, {}, Millis{0}, {}});
    }
    row.history.push_back({transition.at, row.attempts, transition.to, transition.reason,
                           transition.next, transition.note});
    row.changed = transition.at;
    row.last = transition.note;
    if (transition.to == State::kUncertain) {
        lanes_.doubt(id);
    } else {
        if (transition.uncounted && row.attempts > 0) --row.attempts;
        if (transition.repeat) ++row.repeats;
        if (transition.content) {
            row.given.payload = transition.content->payload;
            row.given.file = transition.content->file;
        }
        row.due = transition.next;
        row.started = Millis{0};
        lanes_.retry(id, row.attempts, row.repeats, row.due);
    }
    row.state = transition.to;
}

void MemoryStore::end(Row& row, const Transition& transition) {
    row.state = transition.to;
    row.reason = transition.reason;
    row.changed = transition.at;
    row.last = transition.note;
    row.due = Millis{0};
    row.confirmed_late = transition.confirmed_late;
    if (transition.to == State::kDelivered) {
        ++delivered_;
        row.message_id = transition.message_id;
        if (!row.message_id.empty()) messages_[row.message_id] = row.given.id;
    } else {
        ++dead_;
    }
}

void MemoryStore::redrive(Row& row, const Transition& transition) {
    if (row.started.count() != 0) {
        row.history.push_back({row.started, row.attempts, State::kSending, {}, Millis{0}, {}});
    }
    row.history.push_back(
        {row.changed, row.attempts, State::kDead, row.reason, Millis{0}, row.last});
    row.started = Millis{0};
    --dead_;
    if (transition.to == State::kDead) {
        end(row, transition);
        return;
    }
    row.history.push_back({transition.at, row.attempts, State::kPending, DeadReason::kNone,
                           transition.next, transition.note});
    row.state = State::kPending;
    row.reason = DeadReason::kNone;
    row.changed = transition.at;
    row.last = transition.note;
    row.due = transition.next;
    if (transition.repeat) ++row.repeats;
    if (transition.deadline.count() != 0) row.given.deadline = transition.deadline;
    enter_lane(row);
}

void MemoryStore::set_hold(const RoomHold& hold) {
    if (hold.held) {
        holds_[hold.destination] = {hold.since, hold.cure};
    } else {
        holds_.erase(hold.destination);
    }
    const std::uint32_t room = lanes_.find_room(hold.destination);
    if (room != Lanes::kNoRoom) lanes_.hold(room, hold.held);
}

bool MemoryStore::add_inbound(const InboundRecord& record) {
    return inbound_.try_emplace(record.id, Inbound{record, ++inbound_position_}).second;
}

void MemoryStore::crash() {
    unheard_.clear();
    rebuild();
}

void MemoryStore::rebuild() {
    lanes_ = Lanes{};
    std::vector<Row*> waiting;
    for (auto& [id, row] : rows_) {
        if (in_lane(row)) {
            waiting.push_back(&row);
        } else if (row.state == State::kPending) {
            lanes_.count_scheduled(room_of(row.given.destination), true);
        }
    }
    std::sort(waiting.begin(), waiting.end(),
              [](const Row* a, const Row* b) { return a->position < b->position; });
    position_ = 0;
    for (Row* row : waiting)
        enter_lane(*row);
}

Result<std::vector<Intent>> MemoryStore::recover(Millis now) {
    unheard_.clear();
    std::vector<Intent> uncertain;
    for (const DeliveryId id : lanes_.active_ids()) {
        Row& row = rows_.at(id.value);
        if (row.state == State::kSending) {
            move_active(row, {.id = id,
                              .attempt = row.attempts,
                              .to = State::kUncertain,
                              .at = now,
                              .note = interrupted_note()});
        }
        uncertain.push_back(intent(row));
    }
    return uncertain;
}

}  // namespace messaging::outbox
