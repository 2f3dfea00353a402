#pragma once

#include "messaging/outbox/sqlite_statement.hpp"
#include "messaging/outbox/store.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace messaging::outbox {

/// What people and programs ask a SqliteStore. Answers are complete only when the Database has not
/// failed: the caller checks.
class SqliteQueries {
public:
    explicit SqliteQueries(Database& database) : db_{database} {}

    std::optional<Delivery> get(DeliveryId id);
    std::vector<JournalEntry> journal(DeliveryId id);
    std::vector<Delivery> find(const Filter& filter);
    std::vector<RoomHold> holds();
    std::string setting(std::string_view name);
    std::vector<InboundRecord> inbound_open();
    bool knows_message(std::string_view message_id);
    std::vector<std::string> files_in_use();
    /// `accepted` of the pending delivery with the smallest id; 0: none.
    Millis oldest_pending();

    struct Ends {
        std::uint64_t delivered = 0;
        std::uint64_t dead = 0;
    };
    Ends count_ends();

    /// Rows that one call of `trim` deletes, in a transaction of the caller.
    struct Trimmed {
        std::size_t rows = 0;
        Ends ends;
    };
    Trimmed trim(Millis older_than, std::size_t max);

private:
    Delivery describe(const Statement::Rows& row);

    Database& db_;
    Statement last_note_{db_,
                         "SELECT time, status, rule, tracking_id, detail FROM journal"
                         " WHERE delivery = ?1 ORDER BY n DESC LIMIT 1"};
    Statement file_{db_, "SELECT hash, name, content_type, size FROM file WHERE delivery = ?1"};
    Statement setting_{db_, "SELECT value FROM setting WHERE name = ?1"};
    Statement knows_message_{
        db_, "SELECT 1 FROM ended WHERE message_id = ?1 AND message_id <> '' LIMIT 1"};
    Statement oldest_{db_,
                      "SELECT d.accepted FROM queue q JOIN delivery d ON d.id = q.id"
                      " WHERE q.state = 0 ORDER BY q.id LIMIT 1"};
};

}  // namespace messaging::outbox
