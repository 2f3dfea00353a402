#pragma once

#include "messaging/outbox/continuation.hpp"
#include "messaging/outbox/lanes.hpp"
#include "messaging/outbox/rules.hpp"
#include "messaging/outbox/sqlite_statement.hpp"
#include "messaging/outbox/store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace messaging::outbox {

/// A DeliveryId as an SQLite rowid: signed there, so the top bit is flipped to keep the order.
inline std::int64_t to_row(DeliveryId id) {
    return static_cast<std::int64_t>(id.value ^ (std::uint64_t{1} << 63U));
}
inline DeliveryId from_row(std::int64_t row) {
    return DeliveryId{static_cast<std::uint64_t>(row) ^ (std::uint64_t{1} << 63U)};
}
inline Priority priority_of(std::int64_t lane) {
    return static_cast<Priority>(lane % kPriorityCount);
}

/// The rows of a SqliteStore, as typed statements: what is written, and what is read in order to
/// write. No rule is decided here. All inside the caller's transaction; failures go to the
/// Database and make the rest do nothing.
class SqliteRows {
public:
    explicit SqliteRows(Database& database) : db_{database} {}

    struct Key {
        Fingerprint content{};
        DeliveryId id;
        Millis expires{0};
    };
    /// A row of `queue`, with what the lanes need.
    struct Queued {
        DeliveryId id;
        std::int64_t position = 0;
        std::int64_t lane = 0;
        Standing standing;
        Millis deadline{0};
        std::string room_name;
    };
    /// A row of `ended`.
    struct Ended {
        State state = State::kDelivered;
        DeadReason reason = DeadReason::kNone;
        Millis at{0};
        Millis started{0};
        std::uint32_t attempts = 0;
        std::uint32_t repeats = 0;
        bool late = false;
        std::string_view message_id = {};
        const AttemptNote* note = nullptr;
    };

    /// Finds or adds a room; returns its key.
    std::int64_t room_key(std::string_view name);
    std::string room_name(std::int64_t key);

    bool exists(DeliveryId id);
    /// False when the id was there already: nothing was written. `position` 0: scheduled.
    bool insert(const NewDelivery& added, std::int64_t lane, std::int64_t position);
    std::optional<Key> key(const Fingerprint& key);
    void put_key(const Fingerprint& key, const Key& value);

    /// Fills what is not in the queue: payload, file, times, policy. `head`: the delivery that it
    /// continues, if that is not decided yet.
    bool read_intent(DeliveryId id, Intent& intent, std::optional<DeliveryId>& head);
    /// How a delivery stands that others continue; empty when it is gone.
    std::optional<HeadStanding> head_standing(DeliveryId id);
    void replace_content(DeliveryId id, const NewContent& content);
    /// What a delivery sends from now on, on its own.
    void settle_payload(DeliveryId id, const std::string& payload);
    void start(DeliveryId id, std::uint32_t attempts, Millis now);
    void doubt(DeliveryId id);
    void retry(DeliveryId id, const Standing& standing);
    void promote(DeliveryId id, std::int64_t position);
    void finish(DeliveryId id, const Ended& ended);
    /// Out of the dead letters, back into the queue.
    void redrive(const Queued& queued);
    void forget_end(DeliveryId id);
    void journal(DeliveryId id, const JournalEntry& entry);

    /// A delivery in `pending`; empty when it is none.
    std::optional<Queued> queued(DeliveryId id);
    /// A dead letter as it would be queued again. Its end is added to the journal when
    /// `to_journal`.
    std::optional<Queued> dead(DeliveryId id);
    void journal_end(DeliveryId id);
    /// The next that is due in the schedule.
    std::optional<Queued> next_scheduled(Millis now);
    Millis first_scheduled();

    void put_hold(const RoomHold& hold);
    void put_setting(const std::string& name, const std::string& value);
    bool put_inbound(const InboundRecord& record);
    void finish_inbound(const std::string& id);

private:
    void put_file(std::int64_t row, const SpooledFile& file);

    Database& db_;
    Statement find_room_{db_, "SELECT id FROM room WHERE name = ?1"};
    Statement add_room_{db_, "INSERT INTO room (name) VALUES (?1)"};
    Statement room_name_{db_, "SELECT name FROM room WHERE id = ?1"};
    Statement exists_{db_, "SELECT 1 FROM delivery WHERE id = ?1"};
    Statement insert_delivery_{
        db_,
        "INSERT INTO delivery (id, lane, policy, max_attempts, accepted, not_before, deadline,"
        " call_group, has_file, origin, payload, head)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING"};
    Statement insert_file_{db_, "INSERT OR REPLACE INTO file VALUES (?1, ?2, ?3, ?4, ?5)"};
    Statement insert_queue_{db_,
                            "INSERT INTO queue (id, position, lane, state, attempts, repeats, due,"
                            " touched, deadline) VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8)"};
    Statement find_key_{db_, "SELECT content, delivery, expires FROM idempotency WHERE key = ?1"};
    Statement put_key_{db_, "INSERT OR REPLACE INTO idempotency VALUES (?1, ?2, ?3, ?4)"};
    Statement read_intent_{
        db_,
        "SELECT policy, max_attempts, accepted, deadline, has_file, payload, head"
        " FROM delivery WHERE id = ?1"};
    Statement read_head_{db_,
                         "SELECT e.state, e.reason, e.message_id FROM delivery d"
                         " LEFT JOIN ended e ON e.id = d.id WHERE d.id = ?1"};
    Statement replace_content_{db_,
                               "UPDATE delivery SET payload = ?2, has_file = ?3 WHERE id = ?1"};
    Statement delete_file_{db_, "DELETE FROM file WHERE delivery = ?1"};
    Statement settle_payload_{db_, "UPDATE delivery SET payload = ?2, head = 0 WHERE id = ?1"};
    Statement read_file_{db_,
                         "SELECT hash, name, content_type, size FROM file WHERE delivery = ?1"};
    Statement start_{
        db_, "UPDATE queue SET state = 1, attempts = ?2, due = 0, touched = ?3 WHERE id = ?1"};
    Statement doubt_{db_, "UPDATE queue SET state = 2 WHERE id = ?1"};
    Statement retry_{db_,
                     "UPDATE queue SET state = 0, attempts = ?2, repeats = ?3, due = ?4"
                     " WHERE id = ?1"};
    Statement promote_{db_, "UPDATE queue SET position = ?2, due = 0 WHERE id = ?1"};
    Statement unqueue_{db_, "DELETE FROM queue WHERE id = ?1"};
    Statement insert_ended_{
        db_,
        "INSERT INTO ended (id, state, reason, at, started, attempts, repeats, late, status,"
        " message_id, rule, tracking_id, detail)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"};
    Statement delete_ended_{db_, "DELETE FROM ended WHERE id = ?1"};
    Statement set_deadline_{db_, "UPDATE delivery SET deadline = ?2 WHERE id = ?1"};
    Statement insert_journal_{
        db_,
        "INSERT INTO journal VALUES (?1, (SELECT ifnull(max(n), 0) + 1 FROM journal"
        " WHERE delivery = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"};
    Statement journal_started_{
        db_,
        "INSERT INTO journal SELECT id, (SELECT ifnull(max(n), 0) + 1 FROM journal WHERE"
        " delivery = ?1), started, attempts, 1, 0, 0, 0, '', '', ''"
        " FROM ended WHERE id = ?1 AND started <> 0"};
    Statement journal_ended_{
        db_,
        "INSERT INTO journal SELECT id, (SELECT ifnull(max(n), 0) + 1 FROM journal WHERE"
        " delivery = ?1), at, attempts, state, reason, 0, status, rule, tracking_id, detail"
        " FROM ended WHERE id = ?1"};
    Statement queued_{db_,
                      "SELECT q.id, q.position, q.lane, q.attempts, q.repeats, q.due, q.deadline,"
                      " r.name FROM queue q JOIN room r ON r.id = q.lane / 4"
                      " WHERE q.id = ?1 AND q.state = 0"};
    Statement dead_{db_,
                    "SELECT e.id, 0, d.lane, e.attempts, e.repeats, 0, d.deadline, r.name"
                    " FROM ended e JOIN delivery d ON d.id = e.id JOIN room r ON r.id = d.lane / 4"
                    " WHERE e.id = ?1 AND e.state = 4"};
    Statement next_scheduled_{
        db_,
        "SELECT q.id, q.position, q.lane, q.attempts, q.repeats, q.due, q.deadline, r.name"
        " FROM queue q JOIN room r ON r.id = q.lane / 4"
        " WHERE q.position = 0 AND q.due <= ?1 ORDER BY q.due, q.id LIMIT 1"};
    Statement first_scheduled_{db_,
                               "SELECT due FROM queue WHERE position = 0 ORDER BY due LIMIT 1"};
    Statement put_hold_{db_, "INSERT OR REPLACE INTO hold VALUES (?1, ?2, ?3)"};
    Statement delete_hold_{db_, "DELETE FROM hold WHERE destination = ?1"};
    Statement put_setting_{db_, "INSERT OR REPLACE INTO setting VALUES (?1, ?2)"};
    Statement delete_setting_{db_, "DELETE FROM setting WHERE name = ?1"};
    Statement put_inbound_{db_,
                           "INSERT INTO inbound (id, event, received, done) VALUES (?1, ?2, ?3, 0)"
                           " ON CONFLICT DO NOTHING"};
    Statement finish_inbound_{db_, "UPDATE inbound SET done = 1, event = '' WHERE id = ?1"};
};

}  // namespace messaging::outbox
