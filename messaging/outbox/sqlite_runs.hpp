#pragma once

#include "messaging/outbox/run.hpp"
#include "messaging/outbox/sqlite_statement.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace messaging::outbox {

/// The run ledger of a SqliteStore. Complete only when the Database has not failed: the caller
/// checks, and owns the transactions. Not thread-safe.
class SqliteRuns {
public:
    explicit SqliteRuns(Database& database) : db_{database} {}

    /// Writes a run down, or how it ended; the first end stands.
    void put(const Run& run);
    /// Whatever has not ended has ended with the program.
    void interrupt();
    std::vector<Run> find(const RunFilter& filter);
    std::uint64_t count();
    /// Deletes up to `max` ended runs that began before `older_than`, oldest first.
    std::size_t trim(Millis older_than, std::size_t max);

private:
    Database& db_;
    Statement put_{db_,
                   "INSERT INTO run (id, kind, name, person, room, asked, started, took, outcome,"
                   " reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
                   " ON CONFLICT (id) DO UPDATE SET took = ?8, outcome = ?9, reason = ?10"
                   " WHERE outcome = 0"};
    Statement interrupt_{db_, "UPDATE run SET outcome = 6, reason = ?1 WHERE outcome = 0"};
    Statement trim_{db_,
                    "DELETE FROM run WHERE id IN (SELECT id FROM run"
                    " WHERE outcome <> 0 AND started < ?1 ORDER BY started, id LIMIT ?2)"};
};

}  // namespace messaging::outbox
