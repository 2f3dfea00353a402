#include "messaging/outbox/sqlite_rows.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace messaging::outbox {

namespace {

template <class Enum>
int number(Enum value) {
    return static_cast<int>(value);
}

SqliteRows::Queued read_queued(const Statement::Rows& row) {
    SqliteRows::Queued queued;
    queued.id = from_row(row.integer(0));
    queued.position = row.integer(1);
    queued.lane = row.integer(2);
    queued.standing.attempts = static_cast<std::uint32_t>(row.integer(3));
    queued.standing.repeats = static_cast<std::uint32_t>(row.integer(4));
    queued.standing.due = Millis{row.integer(5)};
    queued.deadline = Millis{row.integer(6)};
    queued.room_name = row.text(7);
    return queued;
}

}  // namespace

std::int64_t SqliteRows::room_key(std::string_view name) {
    {
        auto row = find_room_.select(name);
        if (row.next()) return row.integer(0);
    }
    add_room_.run(name);
    return sqlite3_last_insert_rowid(db_.handle());
}

std::string SqliteRows::room_name(std::int64_t key) {
    auto row = room_name_.select(key);
    return row.next() ? std::string{row.text(0)} : std::string{};
}

bool SqliteRows::exists(DeliveryId id) {
    return exists_.select(to_row(id)).next();
}

bool SqliteRows::insert(const NewDelivery& added, std::int64_t lane, std::int64_t position) {
    const std::int64_t id = to_row(added.id);
    insert_delivery_.run(id, lane, number(added.policy), added.max_attempts, added.accepted,
                         added.not_before, added.deadline, static_cast<std::int64_t>(added.group),
                         added.file ? 1 : 0, added.origin, added.payload,
                         added.head.value == 0 ? 0 : to_row(added.head));
    if (db_.failed() || sqlite3_changes(db_.handle()) == 0) return false;
    const Millis due = position == 0 ? added.not_before : Millis{0};
    insert_queue_.run(id, position, lane, 0, 0, due, added.accepted, added.deadline);
    if (added.file) put_file(id, *added.file);
    return true;
}

void SqliteRows::put_file(std::int64_t row, const SpooledFile& file) {
    insert_file_.run(row, file.hash, file.name, file.content_type,
                     static_cast<std::int64_t>(file.size));
}

void SqliteRows::replace_content(DeliveryId id, const NewContent& content) {
    replace_content_.run(to_row(id), content.payload, content.file ? 1 : 0);
    delete_file_.run(to_row(id));
    if (content.file) put_file(to_row(id), *content.file);
}

std::optional<SqliteRows::Key> SqliteRows::key(const Fingerprint& key) {
    auto row = find_key_.select(std::span<const std::uint8_t>{key});
    if (!row.next()) return std::nullopt;
    Key found;
    const auto content = row.bytes(0);
    std::copy_n(content.begin(), std::min(content.size(), found.content.size()),
                found.content.begin());
    found.id = from_row(row.integer(1));
    found.expires = Millis{row.integer(2)};
    return found;
}

void SqliteRows::put_key(const Fingerprint& key, const Key& value) {
    put_key_.run(std::span<const std::uint8_t>{key}, std::span<const std::uint8_t>{value.content},
                 to_row(value.id), value.expires);
}

bool SqliteRows::read_intent(DeliveryId id, Intent& intent, std::optional<DeliveryId>& head) {
    auto row = read_intent_.select(to_row(id));
    if (!row.next()) {
        // The queue knows it and the deliveries do not: nothing here can be relied upon.
        db_.fail(SQLITE_CORRUPT, "reading delivery " + to_string(id) + ", which is queued");
        return false;
    }
    intent.id = id;
    intent.policy = static_cast<UncertainPolicy>(row.integer(0));
    intent.max_attempts = static_cast<std::uint32_t>(row.integer(1));
    intent.accepted = Millis{row.integer(2)};
    intent.deadline = Millis{row.integer(3)};
    intent.payload = row.text(5);
    if (row.integer(6) != 0) head = from_row(row.integer(6));
    if (row.integer(4) != 0) {
        auto file = read_file_.select(to_row(id));
        if (file.next()) {
            intent.file =
                SpooledFile{std::string{file.text(0)}, std::string{file.text(1)},
                            std::string{file.text(2)}, static_cast<std::uint64_t>(file.integer(3))};
        }
    }
    return true;
}

std::optional<HeadStanding> SqliteRows::head_standing(DeliveryId id) {
    auto row = read_head_.select(to_row(id));
    if (!row.next()) return std::nullopt;
    if (row.null(0)) return HeadStanding{.id = id};
    return HeadStanding{.id = id,
                        .state = static_cast<State>(row.integer(0)),
                        .reason = static_cast<DeadReason>(row.integer(1)),
                        .message_id = std::string{row.text(2)}};
}

void SqliteRows::settle_payload(DeliveryId id, const std::string& payload) {
    settle_payload_.run(to_row(id), payload);
}

void SqliteRows::start(DeliveryId id, std::uint32_t attempts, Millis now) {
    start_.run(to_row(id), attempts, now);
}

void SqliteRows::doubt(DeliveryId id) {
    doubt_.run(to_row(id));
}

void SqliteRows::retry(DeliveryId id, const Standing& standing) {
    retry_.run(to_row(id), standing.attempts, standing.repeats, standing.due);
}

void SqliteRows::promote(DeliveryId id, std::int64_t position) {
    promote_.run(to_row(id), position);
}

void SqliteRows::finish(DeliveryId id, const Ended& ended) {
    static const AttemptNote nothing;
    const AttemptNote& note = ended.note == nullptr ? nothing : *ended.note;
    unqueue_.run(to_row(id));
    insert_ended_.run(to_row(id), number(ended.state), number(ended.reason), ended.at,
                      ended.started, ended.attempts, ended.repeats, ended.late ? 1 : 0, note.status,
                      ended.message_id, note.rule, note.tracking_id, note.detail);
}

void SqliteRows::redrive(const Queued& queued) {
    const auto& standing = queued.standing;
    set_deadline_.run(to_row(queued.id), queued.deadline);
    insert_queue_.run(to_row(queued.id), queued.position, queued.lane, standing.attempts,
                      standing.repeats, standing.due, 0, queued.deadline);
}

void SqliteRows::forget_end(DeliveryId id) {
    delete_ended_.run(to_row(id));
}

void SqliteRows::journal(DeliveryId id, const JournalEntry& entry) {
    insert_journal_.run(to_row(id), entry.time, entry.attempt, number(entry.to),
                        number(entry.reason), entry.next, entry.note.status, entry.note.rule,
                        entry.note.tracking_id, entry.note.detail);
}

void SqliteRows::journal_end(DeliveryId id) {
    journal_started_.run(to_row(id));
    journal_ended_.run(to_row(id));
}

std::optional<SqliteRows::Queued> SqliteRows::queued(DeliveryId id) {
    auto row = queued_.select(to_row(id));
    if (!row.next()) return std::nullopt;
    return read_queued(row);
}

std::optional<SqliteRows::Queued> SqliteRows::dead(DeliveryId id) {
    auto row = dead_.select(to_row(id));
    if (!row.next()) return std::nullopt;
    return read_queued(row);
}

std::optional<SqliteRows::Queued> SqliteRows::next_scheduled(Millis now) {
    auto row = next_scheduled_.select(now);
    if (!row.next()) return std::nullopt;
    return read_queued(row);
}

Millis SqliteRows::first_scheduled() {
    auto row = first_scheduled_.select();
    return row.next() ? Millis{row.integer(0)} : Millis{0};
}

void SqliteRows::put_hold(const RoomHold& hold) {
    if (hold.held) {
        put_hold_.run(hold.destination, hold.since, hold.cure);
    } else {
        delete_hold_.run(hold.destination);
    }
}

void SqliteRows::put_setting(const std::string& name, const std::string& value) {
    if (value.empty()) {
        delete_setting_.run(name);
    } else {
        put_setting_.run(name, value);
    }
}

bool SqliteRows::put_inbound(const InboundRecord& record) {
    put_inbound_.run(record.id, record.event, record.received);
    return !db_.failed() && sqlite3_changes(db_.handle()) > 0;
}

void SqliteRows::finish_inbound(const std::string& id) {
    finish_inbound_.run(id);
}

}  // namespace messaging::outbox
