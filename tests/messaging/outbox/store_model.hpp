#pragma once

#include "messaging/outbox/rules.hpp"
#include "messaging/outbox/store.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// The rules of store.hpp, written down the slow and obvious way: every question walks over all
/// rows. What a store answers is checked against it.
namespace store_conformance {

using namespace messaging::outbox;

class Model {
public:
    struct Row {
        NewDelivery given;
        State state = State::kPending;
        std::uint32_t attempts = 0;
        std::uint32_t repeats = 0;
        Millis due{0};
        Millis ended{0};
        bool scheduled = false;
        std::uint64_t position = 0;
    };

    /// Checks an answer and follows it. Returns what is wrong with it, or nothing.
    std::string follow(const Batch& batch, const Applied& applied) {
        wrong_.clear();
        expect(applied.added.size() == batch.add.size(), "one answer per addition");
        for (std::size_t i = 0; i < batch.add.size() && wrong_.empty();) {
            const std::size_t end =
                std::min<std::size_t>(i + batch.add[i].together, batch.add.size());
            const auto refused = end - i > 1 ? conflict(batch, i, end) : std::nullopt;
            for (; i < end; ++i) {
                if (!refused) {
                    add(batch.add[i], applied.added[i]);
                    continue;
                }
                expect(applied.added[i].kind == Added::Kind::kKeyConflict &&
                           applied.added[i].id == *refused,
                       "a set of which one is refused");
            }
        }
        std::vector<DeliveryId> stale;
        for (const auto& transition : batch.transitions) {
            if (!move(transition)) stale.push_back(transition.id);
        }
        expect(stale == applied.stale, "the stale transitions");
        for (const auto& hold : batch.holds) {
            if (hold.held) {
                held_.insert(hold.destination);
            } else {
                held_.erase(hold.destination);
            }
        }
        if (batch.claim.now.count() != 0) claim(batch.claim, applied);
        return wrong_;
    }

    /// A crash and the recovery after it; returns the ids that must be reported as uncertain.
    std::vector<std::uint64_t> recover() {
        std::vector<std::uint64_t> uncertain;
        for (auto& [id, row] : rows_) {
            if (row.state == State::kSending) row.state = State::kUncertain;
            if (row.state == State::kUncertain) uncertain.push_back(id);
        }
        return uncertain;
    }

    std::size_t trim(Millis older_than) {
        return std::erase_if(rows_, [older_than](const auto& entry) {
            return entry.second.state >= State::kDelivered && entry.second.ended < older_than;
        });
    }

    Counts counts() const {
        Counts counts;
        for (const auto& [id, row] : rows_) {
            const bool pending = row.state == State::kPending;
            if (pending && counts.pending == 0) counts.oldest_pending = row.given.accepted;
            counts.pending += pending ? 1U : 0U;
            counts.held += pending && held_.contains(row.given.destination) ? 1U : 0U;
            counts.sending += row.state == State::kSending ? 1U : 0U;
            counts.uncertain += row.state == State::kUncertain ? 1U : 0U;
            counts.delivered += row.state == State::kDelivered ? 1U : 0U;
            counts.dead += row.state == State::kDead ? 1U : 0U;
        }
        return counts;
    }

    const std::map<std::uint64_t, Row>& rows() const { return rows_; }

private:
    using Lane = std::pair<std::string, Priority>;

    void expect(bool holds, const std::string& what) {
        if (!holds && wrong_.empty()) wrong_ = what;
    }

    std::optional<Added> by_key(const NewDelivery& given) const {
        const auto known = keys_.find(given.key);
        const bool valid = !given.key.empty() && known != keys_.end() &&
                           known->second.key_expires > given.accepted;
        if (!valid) return std::nullopt;
        const auto& first = known->second;
        const bool same = content_fingerprint(first) == content_fingerprint(given);
        return Added{!same                  ? Added::Kind::kKeyConflict
                     : first.id == given.id ? Added::Kind::kStored
                                            : Added::Kind::kDuplicate,
                     first.id};
    }

    /// The delivery that stands in the way of a set: its key is taken, or used twice in the set, or
    /// the set was accepted before with fewer members.
    std::optional<DeliveryId> conflict(const Batch& batch, std::size_t begin, std::size_t end) {
        std::optional<DeliveryId> duplicate;
        bool fresh = false;
        for (std::size_t i = begin; i < end; ++i) {
            const auto& given = batch.add[i];
            const auto known = by_key(given);
            if (known && known->kind == Added::Kind::kKeyConflict) return known->id;
            if (known && known->kind == Added::Kind::kDuplicate && !duplicate)
                duplicate = known->id;
            fresh = fresh || (!known && !rows_.contains(given.id.value));
            for (std::size_t earlier = begin; earlier < i; ++earlier) {
                const bool twice = !given.key.empty() && batch.add[earlier].key == given.key;
                if (twice) return batch.add[earlier].id;
            }
        }
        return fresh ? duplicate : std::nullopt;
    }

    void add(const NewDelivery& given, const Added& answer) {
        if (const auto known = by_key(given)) {
            expect(answer.kind == known->kind && answer.id == known->id, "a known key");
            return;
        }
        expect(answer.kind == Added::Kind::kStored && answer.id == given.id, "a new delivery");
        if (rows_.contains(given.id.value)) return;
        if (!given.key.empty()) keys_[given.key] = given;
        Row& row = rows_[given.id.value];
        row.given = given;
        row.scheduled = given.not_before > given.accepted;
        if (!row.scheduled) row.position = ++position_;
    }

    bool move(const Transition& transition) {
        const auto found = rows_.find(transition.id.value);
        if (found == rows_.end()) return false;
        Row& row = found->second;
        if (row.state != transition.from || row.attempts != transition.attempt) return false;
        if (!allowed(transition.from, transition.to)) return false;
        if (transition.from == State::kDead && transition.to == State::kPending) {
            row.position = ++position_;
            row.given.deadline = transition.deadline;
        }
        row.state = transition.to;
        row.scheduled = false;
        row.due = transition.to == State::kPending ? transition.next : Millis{0};
        if (transition.to >= State::kDelivered) row.ended = transition.at;
        if (transition.to == State::kPending && transition.uncounted) --row.attempts;
        if (transition.to == State::kPending && transition.repeat) ++row.repeats;
        return true;
    }

    /// The first of each lane, by lane.
    std::map<Lane, Row*> heads() {
        std::map<Lane, Row*> heads;
        for (auto& [id, row] : rows_) {
            if (row.state >= State::kDelivered || row.scheduled) continue;
            Row*& head = heads[{row.given.destination, row.given.priority}];
            if (head == nullptr || row.position < head->position) head = &row;
        }
        return heads;
    }

    bool busy(const std::string& destination) const {
        return std::any_of(rows_.begin(), rows_.end(), [&](const auto& entry) {
            return entry.second.state == State::kSending &&
                   entry.second.given.destination == destination;
        });
    }

    bool claimable(const Row& head, Millis now) const {
        return head.state == State::kPending && head.due <= now &&
               !held_.contains(head.given.destination) && !busy(head.given.destination);
    }

    void promote(Millis now) {
        std::vector<Row*> due;
        for (auto& [id, row] : rows_) {
            if (row.scheduled && row.given.not_before <= now) due.push_back(&row);
        }
        std::sort(due.begin(), due.end(), [](const Row* a, const Row* b) {
            return std::pair{a->given.not_before, a->given.id} <
                   std::pair{b->given.not_before, b->given.id};
        });
        for (Row* row : due) {
            row->scheduled = false;
            row->position = ++position_;
        }
    }

    static bool waits(const Row& row) { return row.state == State::kPending && !row.scheduled; }

    std::set<std::uint64_t> expire(Millis now) {
        std::set<std::uint64_t> expired;
        for (auto& [id, row] : rows_) {
            if (!waits(row) || row.given.deadline > now) continue;
            row.state = State::kDead;
            row.ended = now;
            expired.insert(id);
        }
        return expired;
    }

    void claim(const Claim& claim, const Applied& applied) {
        promote(claim.now);
        std::set<std::uint64_t> expired;
        for (const auto& id : applied.expired)
            expired.insert(id.value);
        expect(expired == expire(claim.now), "what has expired");
        for (const auto& intent : applied.intents) {
            const auto heads_now = heads();
            const auto head = heads_now.find({intent.destination, intent.priority});
            const bool right = head != heads_now.end() && head->second->given.id == intent.id;
            expect(right && claimable(*head->second, claim.now), "an intent that is claimable");
            if (!right) return;
            Row& row = *head->second;
            row.state = State::kSending;
            row.due = Millis{0};
            ++row.attempts;
            expect(intent.attempt == row.attempts && intent.repeats == row.repeats &&
                       intent.payload == row.given.payload && intent.file == row.given.file &&
                       intent.started == claim.now && intent.deadline == row.given.deadline,
                   "the content of an intent");
        }
        expect(applied.intents.size() <= claim.max, "no more intents than asked for");
        Millis next{0};
        const auto sooner = [&next](Millis when) {
            if (next.count() == 0 || when < next) next = when;
        };
        for (const auto& [lane, head] : heads()) {
            if (head->state != State::kPending || held_.contains(lane.first) || busy(lane.first))
                continue;
            sooner(std::max(head->due, claim.now));
            expect(head->due > claim.now || applied.intents.size() == claim.max,
                   "all that can be claimed is claimed");
        }
        for (const auto& [id, row] : rows_) {
            if (row.scheduled) sooner(row.given.not_before);
            if (waits(row)) sooner(row.given.deadline);
        }
        expect(applied.next_due == next, "when something is due next");
    }

    std::map<std::uint64_t, Row> rows_;
    std::map<std::string, NewDelivery> keys_;
    std::set<std::string> held_;
    std::uint64_t position_ = 0;
    std::string wrong_;
};

}  // namespace store_conformance
