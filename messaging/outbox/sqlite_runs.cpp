#include "messaging/outbox/sqlite_runs.hpp"

#include "messaging/outbox/sqlite_rows.hpp"

#include <sqlite3.h>

#include <string>

namespace messaging::outbox {

namespace {

std::int64_t row_of(std::uint64_t id) {
    return to_row(DeliveryId{id});
}

std::string select_runs(const RunFilter& filter) {
    std::string sql =
        "SELECT id, kind, name, person, room, asked, started, took, outcome, reason FROM run"
        " WHERE true";
    if (filter.kind) sql += " AND kind = ?1";
    if (!filter.name.empty()) sql += " AND name = ?2";
    if (filter.before != 0) sql += " AND id < ?3";
    return sql + " ORDER BY id DESC LIMIT ?4";
}

}  // namespace

void SqliteRuns::put(const Run& run) {
    put_.run(row_of(run.id), static_cast<int>(run.kind), run.name, run.who, run.where, run.what,
             run.started, run.took, static_cast<int>(run.end), run.reason);
}

void SqliteRuns::interrupt() {
    interrupt_.run(kRunInterrupted);
}

std::vector<Run> SqliteRuns::find(const RunFilter& filter) {
    const std::string sql = select_runs(filter);
    Statement statement{db_, sql};
    std::vector<Run> page;
    // A parameter that the SQL does not name is not bound: SQLite ignores the call.
    auto row = statement.select(filter.kind ? static_cast<int>(*filter.kind) : 0, filter.name,
                                row_of(filter.before), filter.limit);
    while (row.next()) {
        page.push_back({.id = from_row(row.integer(0)).value,
                        .kind = static_cast<RunKind>(row.integer(1)),
                        .name = std::string{row.text(2)},
                        .who = std::string{row.text(3)},
                        .where = std::string{row.text(4)},
                        .what = std::string{row.text(5)},
                        .started = Millis{row.integer(6)},
                        .took = Millis{row.integer(7)},
                        .end = static_cast<RunEnd>(row.integer(8)),
                        .reason = std::string{row.text(9)}});
    }
    return page;
}

std::uint64_t SqliteRuns::count() {
    Statement statement{db_, "SELECT count(*) FROM run"};
    auto row = statement.select();
    return row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

std::size_t SqliteRuns::trim(Millis older_than, std::size_t max) {
    trim_.run(older_than, max);
    return db_.failed() ? 0 : static_cast<std::size_t>(sqlite3_changes(db_.handle()));
}

}  // namespace messaging::outbox
