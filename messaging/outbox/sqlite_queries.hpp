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
    std::vector<std::string> files_in_use();
    std::vector<std::string> files_of_dead();
    /// `accepted` of the pending delivery with the smallest id; 0: none.
    Millis oldest_pending();

    std::uint64_t count_dead();

private:
    Delivery describe(const Statement::Rows& row);

    Database& db_;
    Statement last_note_{db_,
                         "SELECT time, status, rule, tracking_id, detail FROM journal"
                         " WHERE delivery = ?1 ORDER BY n DESC LIMIT 1"};
    Statement file_{db_, "SELECT hash, name, content_type, size FROM file WHERE delivery = ?1"};
    Statement setting_{db_, "SELECT value FROM setting WHERE name = ?1"};
    Statement oldest_{db_,
                      "SELECT d.accepted FROM queue q JOIN delivery d ON d.id = q.id"
                      " WHERE q.state = 0 ORDER BY q.id LIMIT 1"};
};

}  // namespace messaging::outbox
