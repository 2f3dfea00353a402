// How a SqliteStore deletes what ended long ago.
#include "messaging/outbox/sqlite_core.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <vector>

namespace messaging::outbox {

using resilience::Result;

Result<std::size_t> SqliteStore::Core::trim(Millis older_than, std::size_t max) {
    std::size_t gone = 0;
    while (gone < max) {
        const std::size_t chunk = std::min(max - gone, kTrimmedPerTransaction);
        db_.begin();
        const std::size_t rows = trim_some(older_than, chunk);
        if (!commit()) return db_.error();
        gone += rows;
        if (rows < chunk) break;
    }
    return gone;
}

Result<std::size_t> SqliteStore::Core::trim_to(std::uint64_t keep, std::size_t max) {
    const auto now = counts();
    if (db_.failed()) return db_.error();
    const auto ended = now.delivered + now.dead;
    const auto excess = std::min<std::uint64_t>(max, ended - std::min(ended, keep));
    std::size_t gone = 0;
    while (gone < excess) {
        const auto chunk = std::min<std::size_t>(excess - gone, kTrimmedPerTransaction);
        db_.begin();
        const std::size_t rows = trim_ended(Millis::max(), chunk);
        if (!commit()) return db_.error();
        gone += rows;
        if (rows < chunk) break;
    }
    return gone;
}

Result<std::size_t> SqliteStore::Core::trim_runs(std::uint64_t keep, std::size_t max) {
    const auto there = runs_.count();
    if (db_.failed()) return db_.error();
    const auto excess = std::min<std::uint64_t>(max, there - std::min(there, keep));
    std::size_t gone = 0;
    while (gone < excess) {
        const auto chunk = std::min<std::size_t>(excess - gone, kTrimmedPerTransaction);
        db_.begin();
        const std::size_t rows = runs_.trim(Millis::max(), chunk);
        if (!commit()) return db_.error();
        gone += rows;
        if (rows < chunk) break;
    }
    return gone;
}

// Delivered ones first.
std::size_t SqliteStore::Core::trim_ended(Millis older_than, std::size_t max) {
    std::vector<std::int64_t> rows = delivered_.take(older_than, max);
    if (ends_) ends_->delivered -= rows.size();
    if (rows.size() < max) {
        Statement dead{db_,
                       "SELECT id FROM ended WHERE state = 4 AND at < ?1 ORDER BY at LIMIT ?2"};
        auto row = dead.select(older_than, max - rows.size());
        while (row.next()) {
            rows.push_back(row.integer(0));
            count_end(State::kDead, -1);
        }
    }
    Statement ended{db_, "DELETE FROM ended WHERE id = ?1"};
    Statement delivery{db_, "DELETE FROM delivery WHERE id = ?1"};
    Statement file{db_, "DELETE FROM file WHERE delivery = ?1"};
    Statement history{db_, "DELETE FROM journal WHERE delivery = ?1"};
    for (const std::int64_t row : rows) {
        ended.run(row);
        delivery.run(row);
        file.run(row);
        history.run(row);
    }
    return rows.size();
}

std::size_t SqliteStore::Core::trim_some(Millis older_than, std::size_t max) {
    std::size_t gone = trim_ended(older_than, max);
    const auto rest = [&](std::string_view sql) {
        if (gone >= max) return;
        Statement statement{db_, sql};
        statement.run(older_than, max - gone);
        if (!db_.failed()) gone += static_cast<std::size_t>(sqlite3_changes(db_.handle()));
    };
    rest(
        "DELETE FROM idempotency WHERE key IN"
        " (SELECT key FROM idempotency WHERE expires < ?1 ORDER BY expires LIMIT ?2)");
    rest(
        "DELETE FROM inbound WHERE n IN"
        " (SELECT n FROM inbound WHERE done = 1 AND received < ?1 ORDER BY received LIMIT ?2)");
    if (gone < max) gone += runs_.trim(older_than, max - gone);
    return gone;
}

}  // namespace messaging::outbox
