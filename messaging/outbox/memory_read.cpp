// The questions a MemoryStore answers; its changes are in memory_store.cpp.
#include "messaging/outbox/memory_store.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace messaging::outbox {

using resilience::Result;

Delivery MemoryStore::describe(const Row& row) const {
    const bool pending = row.state == State::kPending;
    const Millis due =
        row.due.count() != 0 ? row.due : std::max(row.given.accepted, row.given.not_before);
    return {.id = row.given.id,
            .destination = row.given.destination,
            .priority = row.given.priority,
            .state = row.state,
            .reason = row.reason,
            .policy = row.given.policy,
            .attempts = row.attempts,
            .max_attempts = row.given.max_attempts,
            .repeats = row.repeats,
            .held = pending && holds_.contains(row.given.destination),
            .confirmed_late = row.confirmed_late,
            .accepted = row.given.accepted,
            .not_before = row.given.not_before,
            .deadline = row.given.deadline,
            .due = pending ? due : Millis{0},
            .changed = row.changed,
            .group = row.given.group,
            .origin = row.given.origin,
            .message_id = row.message_id,
            .last = row.last,
            .payload = row.given.payload,
            .file = row.given.file};
}

Result<std::optional<Delivery>> MemoryStore::get(DeliveryId id) {
    const auto found = rows_.find(id.value);
    if (found == rows_.end()) return std::optional<Delivery>{};
    return std::optional<Delivery>{describe(found->second)};
}

Result<std::vector<JournalEntry>> MemoryStore::journal(DeliveryId id) {
    std::vector<JournalEntry> entries;
    const auto found = rows_.find(id.value);
    if (found == rows_.end()) return entries;
    const Row& row = found->second;
    entries.push_back({.time = row.given.accepted,
                       .next = scheduled_later(row.given) ? row.given.not_before : Millis{0}});
    entries.insert(entries.end(), row.history.begin(), row.history.end());
    const bool ended = row.state == State::kDelivered || row.state == State::kDead;
    if (row.started.count() != 0 && (row.state == State::kSending || ended)) {
        entries.push_back({.time = row.started, .attempt = row.attempts, .to = State::kSending});
    }
    if (ended) {
        entries.push_back({.time = row.changed,
                           .attempt = row.attempts,
                           .to = row.state,
                           .reason = row.reason,
                           .note = row.last});
    }
    return entries;
}

Result<std::vector<Delivery>> MemoryStore::find(const Filter& filter) {
    std::vector<Delivery> page;
    const auto end =
        filter.before.value == 0 ? rows_.end() : rows_.lower_bound(filter.before.value);
    for (auto it = std::make_reverse_iterator(end); it != rows_.rend(); ++it) {
        if (page.size() >= filter.limit) break;
        const Row& row = it->second;
        if (filter.state && row.state != *filter.state) continue;
        if (!filter.destination.empty() && row.given.destination != filter.destination) continue;
        if (filter.group != 0 && row.given.group != filter.group) continue;
        if (filter.held) {
            const bool held =
                row.state == State::kPending && holds_.contains(row.given.destination);
            if (held != *filter.held) continue;
        }
        page.push_back(describe(row));
    }
    return page;
}

Result<Counts> MemoryStore::counts() {
    Counts counts{.pending = lanes_.pending(),
                  .held = lanes_.held_pending(),
                  .sending = lanes_.sending(),
                  .uncertain = lanes_.uncertain(),
                  .delivered = delivered_,
                  .dead = dead_};
    if (counts.pending == 0) return counts;
    const auto oldest = std::find_if(rows_.begin(), rows_.end(), [](const auto& entry) {
        return entry.second.state == State::kPending;
    });
    counts.oldest_pending = oldest->second.given.accepted;
    return counts;
}

Result<std::vector<RoomHold>> MemoryStore::holds() {
    std::vector<RoomHold> holds;
    for (const auto& [destination, hold] : holds_) {
        holds.push_back({destination, true, hold.since, hold.cure});
    }
    return holds;
}

Result<std::string> MemoryStore::setting(std::string_view name) {
    const auto found = settings_.find(name);
    return found == settings_.end() ? std::string{} : found->second;
}

Result<std::vector<InboundRecord>> MemoryStore::inbound_open() {
    std::vector<const Inbound*> open;
    for (const auto& [id, inbound] : inbound_) {
        if (!inbound.done) open.push_back(&inbound);
    }
    std::sort(open.begin(), open.end(),
              [](const Inbound* a, const Inbound* b) { return a->position < b->position; });
    std::vector<InboundRecord> records;
    records.reserve(open.size());
    for (const Inbound* inbound : open)
        records.push_back(inbound->record);
    return records;
}

Result<bool> MemoryStore::knows_message(std::string_view message_id) {
    return messages_.find(std::string{message_id}) != messages_.end();
}

Result<std::vector<std::string>> MemoryStore::files_in_use() {
    std::set<std::string> hashes;
    for (const auto& [id, row] : rows_) {
        if (row.given.file && row.state < State::kDelivered) hashes.insert(row.given.file->hash);
    }
    return std::vector<std::string>{hashes.begin(), hashes.end()};
}

Result<std::vector<std::string>> MemoryStore::files_of_dead() {
    std::set<std::string> hashes;
    for (const auto& [id, row] : rows_) {
        const bool undecided = row.state == State::kDead && row.reason != DeadReason::kCancelled &&
                               row.reason != DeadReason::kDropped;
        if (row.given.file && undecided) hashes.insert(row.given.file->hash);
    }
    return std::vector<std::string>{hashes.begin(), hashes.end()};
}

Result<std::size_t> MemoryStore::trim_to(std::uint64_t keep, std::size_t max) {
    const auto ended = delivered_ + dead_;
    const auto excess = std::min<std::uint64_t>(max, ended - std::min(ended, keep));
    std::vector<std::pair<State, std::pair<Millis, std::uint64_t>>> order;
    for (const auto& [id, row] : rows_) {
        if (row.state >= State::kDelivered) order.push_back({row.state, {row.changed, id}});
    }
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < excess; ++i)
        forget(rows_.find(order[i].second.second));
    return static_cast<std::size_t>(excess);
}

Result<std::size_t> MemoryStore::trim(Millis older_than, std::size_t max) {
    std::size_t gone = trim_rows(older_than, max);
    const auto erase_old = [&gone, max](auto& map, const auto& old) {
        for (auto it = map.begin(); it != map.end() && gone < max;) {
            const bool goes = old(it->second);
            it = goes ? map.erase(it) : std::next(it);
            gone += goes ? 1U : 0U;
        }
    };
    erase_old(keys_, [older_than](const Key& key) { return key.expires < older_than; });
    erase_old(inbound_, [older_than](const Inbound& inbound) {
        return inbound.done && inbound.record.received < older_than;
    });
    return gone + runs_.trim(older_than, max - gone);
}

Result<std::vector<Run>> MemoryStore::runs(const RunFilter& filter) {
    return runs_.find(filter);
}

Result<std::size_t> MemoryStore::trim_runs(std::uint64_t keep, std::size_t max) {
    const auto excess = runs_.count() - std::min(runs_.count(), keep);
    return runs_.trim(Millis::max(), std::min<std::size_t>(excess, max));
}

std::size_t MemoryStore::trim_rows(Millis older_than, std::size_t max) {
    std::size_t gone = 0;
    for (auto it = rows_.begin(); it != rows_.end() && gone < max;) {
        const Row& row = it->second;
        if (row.state < State::kDelivered || row.changed >= older_than) {
            ++it;
            continue;
        }
        it = forget(it);
        ++gone;
    }
    return gone;
}

// A row that has ended.
MemoryStore::Rows::iterator MemoryStore::forget(Rows::iterator at) {
    const Row& row = at->second;
    (row.state == State::kDelivered ? delivered_ : dead_) -= 1;
    const auto message = messages_.find(row.message_id);
    if (message != messages_.end() && message->second == row.given.id) messages_.erase(message);
    return rows_.erase(at);
}

}  // namespace messaging::outbox
