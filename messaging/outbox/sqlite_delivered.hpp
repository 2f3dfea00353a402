#pragma once

#include "messaging/outbox/sqlite_statement.hpp"
#include "messaging/outbox/store.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace messaging::outbox {

/// The log of deliveries in the order of their ends: which Webex message ids are ours, and what
/// may be trimmed.
///
/// An index of message ids and one of times would do the same, but message ids are random, so
/// each would change another page: measured, the two doubled the cost of a message. Here a
/// transaction appends one row with all it delivered, and a few hundred rows are merged into one
/// from time to time. A question reads 4 bytes for each delivery in the log: 1 ms for a million.
class SqliteDelivered {
public:
    explicit SqliteDelivered(Database& database) : db_{database} {}

    /// Adds a delivery to the transaction's row; `write` puts it into the file.
    void note(DeliveryId id, std::string_view message_id, Millis at);
    /// To be called once before each commit.
    void write();
    /// To be called after a rollback: forgets what was noted, and what is known of the file.
    void forget();

    /// True when a delivery in the store carries this message id.
    bool knows(std::string_view message_id);
    std::uint64_t count();
    /// Takes up to `max` of those that ended before `older_than` out of the log, oldest first, and
    /// returns their rows. Where the clock was set back, one waits for those before it.
    std::vector<std::int64_t> take(Millis older_than, std::size_t max);

private:
    void merge();

    Database& db_;
    std::vector<std::uint32_t> hashes_;
    std::vector<std::int64_t> ids_;
    std::vector<std::int64_t> times_;
    std::int64_t small_rows_ = -1;  // not merged yet; -1: not counted yet

    Statement insert_{db_,
                      "INSERT INTO delivered (merged, taken, hashes, ids, times)"
                      " VALUES (?1, ?2, ?3, ?4, ?5)"};
    Statement count_small_{db_, "SELECT count(*) FROM delivered WHERE merged = 0"};
    Statement hashes_of_all_{db_, "SELECT n, taken, hashes FROM delivered"};
    Statement ids_of_{db_, "SELECT ids FROM delivered WHERE n = ?1"};
    Statement carries_{db_, "SELECT 1 FROM ended WHERE id = ?1 AND message_id = ?2"};
};

}  // namespace messaging::outbox
