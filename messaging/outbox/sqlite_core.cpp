#include "messaging/outbox/sqlite_core.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace messaging::outbox {

using resilience::Result;

SqliteStore::Core::Core(const SqliteOptions& options)
    : db_{{.path = options.path,
           .cache_kib = options.cache_kib,
           .checkpoint_frames = options.checkpoint_frames,
           .max_pages = options.max_pages,
           .busy_timeout = options.busy_timeout}},
      pending_limit_{options.pending_limit} {}

std::optional<resilience::Error> SqliteStore::Core::open() {
    if (auto error = db_.open()) return error;
    return ready();
}

std::optional<resilience::Error> SqliteStore::Core::ready() {
    if (db_.broken()) return db_.error();
    db_.clear_failure();
    if (lanes_behind_ && !take_over()) return db_.error();
    lanes_behind_ = false;
    return std::nullopt;
}

Result<Applied> SqliteStore::Core::apply(const Batch& batch) {
    Applied applied;
    db_.begin();
    applied.added.reserve(batch.add.size());
    for (std::size_t i = 0; i < batch.add.size(); i = applied.added.size())
        add_set(set_at(batch.add, i), applied.added);
    for (const auto& transition : batch.transitions) {
        if (db_.failed()) break;
        if (!move(transition)) applied.stale.push_back(transition.id);
    }
    for (const auto& hold : batch.holds)
        set_hold(hold);
    for (const auto& [name, value] : batch.settings)
        rows_.put_setting(name, value);
    applied.inbound_new.reserve(batch.inbound.size());
    for (const auto& record : batch.inbound) {
        applied.inbound_new.push_back(rows_.put_inbound(record));
    }
    for (const auto& id : batch.inbound_done)
        rows_.finish_inbound(id);
    if (batch.interrupt_runs) runs_.interrupt();
    for (const auto& run : batch.runs)
        runs_.put(run);
    if (batch.claim.now.count() != 0 && !db_.failed()) claim(batch.claim, applied);
    applied.next_due = next_due(batch.claim.now);
    if (!commit()) return db_.error();
    return applied;
}

void SqliteStore::Core::abandon() {
    db_.rollback();
    delivered_.forget();
    lanes_behind_ = true;
}

bool SqliteStore::Core::commit() {
    delivered_.write();
    if (db_.commit()) return true;
    delivered_.forget();
    lanes_behind_ = true;
    return false;
}

void SqliteStore::Core::add_set(std::span<const NewDelivery> set, std::vector<Added>& answers) {
    const auto room = pending_limit_ - std::min(lanes_.pending(), pending_limit_);
    const bool by_id =
        set.size() > room || std::any_of(set.begin(), set.end(),
                                         [](const NewDelivery& one) { return !one.key.empty(); });
    const auto refused = refusal(
        set, [&](const NewDelivery& one) { return known(one, by_id); }, room);
    for (const auto& one : set)
        answers.push_back(refused ? *refused : add(one));
}

// `by_id`: also when it has no key, which costs a look into the table. Only a batch that is applied
// again brings such a one; where nothing can be refused, storing it again does no harm.
std::optional<Added> SqliteStore::Core::known(const NewDelivery& added, bool by_id) {
    const auto key = added.key.empty() ? std::nullopt : rows_.key(key_fingerprint(added.key));
    if (key && key->expires > added.accepted) {
        if (key->content != content_fingerprint(added)) {
            return Added{Added::Kind::kKeyConflict, key->id};
        }
        const bool same = key->id == added.id;
        return Added{same ? Added::Kind::kStored : Added::Kind::kDuplicate, key->id};
    }
    if (by_id && rows_.exists(added.id)) return Added{Added::Kind::kStored, added.id};
    return std::nullopt;
}

Added SqliteStore::Core::add(const NewDelivery& added) {
    if (added.key.empty()) return store(added);
    if (const auto before = known(added, false)) return *before;
    const auto pending = lanes_.pending();
    const Added answer = store(added);
    if (lanes_.pending() != pending) {
        rows_.put_key(key_fingerprint(added.key),
                      {content_fingerprint(added), added.id, added.key_expires});
    }
    return answer;
}

Added SqliteStore::Core::store(const NewDelivery& added) {
    const std::uint32_t room = room_of(added.destination);
    const std::int64_t lane =
        lanes_.key(room) * kPriorityCount + static_cast<std::int64_t>(added.priority);
    const bool later = scheduled_later(added);
    if (!rows_.insert(added, lane, later ? 0 : position_ + 1)) {
        return {Added::Kind::kStored, added.id};
    }
    if (later) {
        lanes_.count_scheduled(room, true);
        if (first_scheduled_.count() == 0 || added.not_before < first_scheduled_) {
            first_scheduled_ = added.not_before;
        }
    } else {
        ++position_;
        lanes_.enter({.lane = {room, added.priority}}, added.id, added.deadline);
    }
    return {Added::Kind::kStored, added.id};
}

std::uint32_t SqliteStore::Core::room_of(std::string_view destination) {
    const std::uint32_t room = lanes_.find_room(destination);
    if (room != Lanes::kNoRoom) return room;
    const std::uint32_t added =
        lanes_.add_room(std::string{destination}, rows_.room_key(destination));
    lanes_.hold(added, held_.contains(destination));
    return added;
}

bool SqliteStore::Core::move(const Transition& transition) {
    if (!allowed(transition.from, transition.to)) return false;
    if (transition.from == State::kPending) return cancel(transition);
    if (transition.from == State::kDead) return leave_dead(transition);
    const Standing* found = lanes_.active(transition.id);
    if (found == nullptr || found->state != transition.from ||
        found->attempts != transition.attempt) {
        return false;
    }
    leave_active(Standing{*found}, transition);
    return true;
}

void SqliteStore::Core::leave_active(const Standing& standing, const Transition& transition) {
    const DeliveryId id = transition.id;
    const bool answered = standing.state == State::kSending;
    if (transition.to == State::kDelivered || transition.to == State::kDead) {
        rows_.finish(id, {.state = transition.to,
                          .reason = transition.reason,
                          .at = transition.at,
                          .started = answered ? standing.started : Millis{0},
                          .attempts = standing.attempts,
                          .repeats = standing.repeats,
                          .late = transition.confirmed_late,
                          .message_id = transition.to == State::kDelivered
                                            ? std::string_view{transition.message_id}
                                            : std::string_view{},
                          .note = &transition.note});
        count_end(transition.to, 1);
        if (transition.to == State::kDelivered) {
            delivered_.note(id, transition.message_id, transition.at);
        }
        lanes_.finish(id);
        return;
    }
    if (answered) {
        rows_.journal(
            id, {.time = standing.started, .attempt = standing.attempts, .to = State::kSending});
    }
    rows_.journal(id, {.time = transition.at,
                       .attempt = standing.attempts,
                       .to = transition.to,
                       .reason = transition.reason,
                       .next = transition.next,
                       .note = transition.note});
    if (transition.to == State::kUncertain) {
        rows_.doubt(id);
        lanes_.doubt(id);
        return;
    }
    const bool give_back = transition.uncounted && standing.attempts > 0;
    const Standing next{.lane = standing.lane,
                        .attempts = standing.attempts - (give_back ? 1 : 0),
                        .repeats = standing.repeats + (transition.repeat ? 1 : 0),
                        .due = transition.next};
    rows_.retry(id, next);
    if (transition.content) rows_.replace_content(id, *transition.content);
    lanes_.retry(id, next.attempts, next.repeats, next.due);
}

bool SqliteStore::Core::cancel(const Transition& transition) {
    const auto queued = rows_.queued(transition.id);
    if (!queued || queued->standing.attempts != transition.attempt) return false;
    const std::uint32_t room = room_of(queued->room_name);
    rows_.finish(transition.id, {.state = transition.to,
                                 .reason = transition.reason,
                                 .at = transition.at,
                                 .attempts = queued->standing.attempts,
                                 .repeats = queued->standing.repeats,
                                 .late = transition.confirmed_late,
                                 .note = &transition.note});
    count_end(transition.to, 1);
    if (queued->position == 0) {
        lanes_.count_scheduled(room, false);
        first_scheduled_ = rows_.first_scheduled();
    } else {
        lanes_.withdraw({room, priority_of(queued->lane)}, transition.id);
    }
    return true;
}

bool SqliteStore::Core::leave_dead(const Transition& transition) {
    auto dead = rows_.dead(transition.id);
    if (!dead || dead->standing.attempts != transition.attempt) return false;
    rows_.journal_end(transition.id);
    rows_.forget_end(transition.id);
    count_end(State::kDead, -1);
    if (transition.to == State::kDead) {
        rows_.finish(transition.id, {.state = transition.to,
                                     .reason = transition.reason,
                                     .at = transition.at,
                                     .attempts = dead->standing.attempts,
                                     .repeats = dead->standing.repeats,
                                     .late = transition.confirmed_late,
                                     .note = &transition.note});
        count_end(State::kDead, 1);
        return true;
    }
    rows_.journal(transition.id, {.time = transition.at,
                                  .attempt = dead->standing.attempts,
                                  .to = State::kPending,
                                  .next = transition.next,
                                  .note = transition.note});
    dead->position = ++position_;
    dead->standing.lane = {room_of(dead->room_name), priority_of(dead->lane)};
    dead->standing.due = transition.next;
    if (transition.repeat) ++dead->standing.repeats;
    if (transition.deadline.count() != 0) dead->deadline = transition.deadline;
    rows_.redrive(*dead);
    lanes_.enter(dead->standing, transition.id, dead->deadline);
    return true;
}

void SqliteStore::Core::count_end(State state, std::int64_t by) {
    if (!ends_) return;
    auto& count = state == State::kDelivered ? ends_->delivered : ends_->dead;
    count += static_cast<std::uint64_t>(by);
}

void SqliteStore::Core::set_hold(const RoomHold& hold) {
    rows_.put_hold(hold);
    if (hold.held) {
        held_.insert(hold.destination);
    } else {
        held_.erase(hold.destination);
    }
    const std::uint32_t room = lanes_.find_room(hold.destination);
    if (room != Lanes::kNoRoom) lanes_.hold(room, hold.held);
}

void SqliteStore::Core::promote(Millis now) {
    if (first_scheduled_.count() == 0 || first_scheduled_ > now) return;
    for (std::size_t n = 0; n < kPromotedPerClaim; ++n) {
        auto next = rows_.next_scheduled(now);
        if (!next) break;
        rows_.promote(next->id, ++position_);
        next->standing.lane = {room_of(next->room_name), priority_of(next->lane)};
        next->standing.due = Millis{0};
        lanes_.count_scheduled(next->standing.lane.room, false);
        lanes_.enter(next->standing, next->id, next->deadline);
    }
    first_scheduled_ = rows_.first_scheduled();
}

void SqliteStore::Core::claim(const Claim& claim, Applied& applied) {
    promote(claim.now);
    while (applied.expired.size() < kExpiredPerClaim && !db_.failed()) {
        const auto expired = lanes_.expire_one(claim.now);
        if (!expired) break;
        end_unsent(*expired, expiry_reason(expired->standing.repeats), expired_note(), claim.now);
        applied.expired.push_back(expired->id);
    }
    while (applied.intents.size() < claim.max && applied.expired.size() < kExpiredPerClaim &&
           !db_.failed()) {
        const auto next = lanes_.pick(claim.now);
        if (!next) break;
        start(*next, claim.now, applied);
    }
}

void SqliteStore::Core::end_unsent(const Lanes::Head& next,
                                   DeadReason reason,
                                   const AttemptNote& note,
                                   Millis now) {
    rows_.finish(next.id, {.state = State::kDead,
                           .reason = reason,
                           .at = now,
                           .attempts = next.standing.attempts,
                           .repeats = next.standing.repeats,
                           .note = &note});
    count_end(State::kDead, 1);
}

// Hands out a head that was picked, unless it continues a text whose first part is dead.
void SqliteStore::Core::start(const Lanes::Head& next, Millis now, Applied& applied) {
    std::optional<DeliveryId> first;
    auto intended = intent(next.id, next.standing, first);
    if (first) {
        auto then = continue_after(rows_.head_standing(*first), std::move(intended.payload));
        if (!then.send) {
            auto unsent = next;
            --unsent.standing.attempts;
            end_unsent(unsent, then.reason, then.note, now);
            lanes_.finish(next.id);
            applied.expired.push_back(next.id);
            return;
        }
        intended.payload = std::move(then.payload);
        rows_.settle_payload(next.id, intended.payload);
    }
    rows_.start(next.id, next.standing.attempts, now);
    applied.intents.push_back(std::move(intended));
}

Intent SqliteStore::Core::intent(DeliveryId id,
                                 const Standing& standing,
                                 std::optional<DeliveryId>& head) {
    Intent intent;
    rows_.read_intent(id, intent, head);
    intent.attempt = standing.attempts;
    intent.destination = lanes_.name(standing.lane.room);
    intent.priority = standing.lane.priority;
    intent.started = standing.started;
    intent.repeats = standing.repeats;
    return intent;
}

Millis SqliteStore::Core::next_due(Millis now) {
    const Millis due = lanes_.next_due(now);
    if (first_scheduled_.count() == 0) return due;
    return due.count() == 0 ? first_scheduled_ : std::min(due, first_scheduled_);
}

Result<std::vector<Intent>> SqliteStore::Core::recover(Millis now) {
    std::vector<Intent> uncertain;
    db_.begin();
    for (const DeliveryId id : lanes_.active_ids()) {
        const Standing standing = *lanes_.active(id);
        if (standing.state == State::kSending) {
            leave_active(standing, {.id = id,
                                    .attempt = standing.attempts,
                                    .to = State::kUncertain,
                                    .at = now,
                                    .note = interrupted_note()});
        }
        std::optional<DeliveryId> none;  // decided when it was claimed
        uncertain.push_back(intent(id, standing, none));
    }
    if (!commit()) return db_.error();
    return uncertain;
}

Counts SqliteStore::Core::counts() {
    if (!ends_) ends_ = Ends{.delivered = delivered_.count(), .dead = queries_.count_dead()};
    return {.pending = lanes_.pending(),
            .held = lanes_.held_pending(),
            .sending = lanes_.sending(),
            .uncertain = lanes_.uncertain(),
            .delivered = ends_->delivered,
            .dead = ends_->dead,
            .oldest_pending = queries_.oldest_pending()};
}

}  // namespace messaging::outbox
