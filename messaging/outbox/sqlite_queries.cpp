#include "messaging/outbox/sqlite_queries.hpp"

#include "messaging/outbox/sqlite_rows.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

namespace messaging::outbox {

namespace {

constexpr std::string_view kColumns =
    "SELECT d.id, r.name, d.lane, d.policy, d.max_attempts, d.accepted, d.not_before, d.deadline,"
    " d.call_group, d.has_file, d.origin, d.payload,"
    " q.state, ifnull(q.attempts, e.attempts), ifnull(q.repeats, e.repeats), q.due, q.touched,"
    " e.state, e.reason, e.at, e.late, e.status, e.message_id, e.rule, e.tracking_id, e.detail,"
    " EXISTS (SELECT 1 FROM hold h WHERE h.destination = r.name) ";

constexpr std::string_view kFromDeliveries =
    "FROM delivery d JOIN room r ON r.id = d.lane / 4"
    " LEFT JOIN queue q ON q.id = d.id LEFT JOIN ended e ON e.id = d.id WHERE true";
// CROSS JOIN makes SQLite read the first table first (sqlite.org/optoverview.html, 6.1).
constexpr std::string_view kFromQueue =
    "FROM queue q CROSS JOIN delivery d ON d.id = q.id JOIN room r ON r.id = d.lane / 4"
    " LEFT JOIN ended e ON e.id = d.id WHERE true";
constexpr std::string_view kFromEnded =
    "FROM ended e CROSS JOIN delivery d ON d.id = e.id JOIN room r ON r.id = d.lane / 4"
    " LEFT JOIN queue q ON q.id = d.id WHERE true";

AttemptNote read_note(const Statement::Rows& row, int first) {
    return {.status = static_cast<int>(row.integer(first)),
            .rule = std::string{row.text(first + 1)},
            .tracking_id = std::string{row.text(first + 2)},
            .detail = std::string{row.text(first + 3)}};
}

// Where a page is read from: the table that has the fewest rows to skip.
struct Source {
    std::string_view from;
    std::string id;  // of that table, so that its order serves for the page
};

Source source_of(const Filter& filter) {
    if (filter.group != 0) return {kFromDeliveries, "d.id"};
    if (filter.held.value_or(false)) return {kFromQueue, "q.id"};
    if (!filter.state) return {kFromDeliveries, "d.id"};
    if (*filter.state < State::kDelivered) return {kFromQueue, "q.id"};
    return {kFromEnded, "e.id"};
}

std::string_view state_condition(State state) {
    // The literals let SQLite use the index of the dead letters.
    if (state == State::kDead) return " AND e.state = 4";
    if (state == State::kDelivered) return " AND e.state = 3";
    return " AND q.state = ?2";
}

std::string select_page(const Filter& filter) {
    constexpr std::string_view kHeld =
        "(ifnull(q.state, 9) = 0"
        " AND EXISTS (SELECT 1 FROM hold h WHERE h.destination = r.name))";
    const Source source = source_of(filter);
    std::string sql{kColumns};
    sql += source.from;
    if (filter.group != 0) sql += " AND d.call_group = ?1 AND d.call_group <> 0";
    if (filter.state) sql += state_condition(*filter.state);
    if (filter.held) sql += (*filter.held ? " AND " : " AND NOT ") + std::string{kHeld};
    if (!filter.destination.empty()) sql += " AND r.name = ?3";
    if (filter.before.value != 0) sql += " AND " + source.id + " < ?4";
    sql += " ORDER BY " + source.id + " DESC LIMIT ?5";
    return sql;
}

}  // namespace

Delivery SqliteQueries::describe(const Statement::Rows& row) {
    Delivery found;
    found.id = from_row(row.integer(0));
    found.destination = row.text(1);
    found.priority = priority_of(row.integer(2));
    found.policy = static_cast<UncertainPolicy>(row.integer(3));
    found.max_attempts = static_cast<std::uint32_t>(row.integer(4));
    found.accepted = Millis{row.integer(5)};
    found.not_before = Millis{row.integer(6)};
    found.deadline = Millis{row.integer(7)};
    found.group = static_cast<std::uint64_t>(row.integer(8));
    found.origin = row.text(10);
    found.payload = row.text(11);
    found.attempts = static_cast<std::uint32_t>(row.integer(13));
    found.repeats = static_cast<std::uint32_t>(row.integer(14));
    found.changed = found.accepted;
    const bool ended = row.null(12);
    {
        auto last = last_note_.select(row.integer(0));
        if (!ended && last.next()) {
            found.changed = Millis{last.integer(0)};
            found.last = read_note(last, 1);
        }
    }
    if (ended) {
        found.state = static_cast<State>(row.integer(17));
        found.reason = static_cast<DeadReason>(row.integer(18));
        found.changed = Millis{row.integer(19)};
        found.confirmed_late = row.integer(20) != 0;
        found.message_id = row.text(22);
        found.last = {.status = static_cast<int>(row.integer(21)),
                      .rule = std::string{row.text(23)},
                      .tracking_id = std::string{row.text(24)},
                      .detail = std::string{row.text(25)}};
    } else {
        found.state = static_cast<State>(row.integer(12));
        if (found.state == State::kSending) found.changed = Millis{row.integer(16)};
    }
    if (found.state == State::kPending) {
        const Millis due{row.integer(15)};
        found.due = due.count() != 0 ? due : std::max(found.accepted, found.not_before);
        found.held = row.integer(26) != 0;
    }
    if (row.integer(9) != 0) {
        auto file = file_.select(row.integer(0));
        if (file.next()) {
            found.file =
                SpooledFile{std::string{file.text(0)}, std::string{file.text(1)},
                            std::string{file.text(2)}, static_cast<std::uint64_t>(file.integer(3))};
        }
    }
    return found;
}

std::optional<Delivery> SqliteQueries::get(DeliveryId id) {
    const std::string sql = std::string{kColumns} + std::string{kFromDeliveries} + " AND d.id = ?1";
    Statement statement{db_, sql};
    auto row = statement.select(to_row(id));
    if (!row.next()) return std::nullopt;
    return describe(row);
}

std::vector<Delivery> SqliteQueries::find(const Filter& filter) {
    const std::string sql = select_page(filter);
    Statement statement{db_, sql};
    std::vector<Delivery> page;
    // A parameter that the SQL does not name is not bound: SQLite ignores the call.
    auto row = statement.select(static_cast<std::int64_t>(filter.group),
                                filter.state ? static_cast<int>(*filter.state) : 0,
                                filter.destination, to_row(filter.before), filter.limit);
    while (row.next())
        page.push_back(describe(row));
    return page;
}

std::vector<JournalEntry> SqliteQueries::journal(DeliveryId id) {
    std::vector<JournalEntry> entries;
    const auto found = get(id);
    if (!found) return entries;
    const bool later = found->not_before > found->accepted;
    entries.push_back({.time = found->accepted, .next = later ? found->not_before : Millis{0}});
    Statement history{db_,
                      "SELECT time, attempt, state, reason, next, status, rule, tracking_id, detail"
                      " FROM journal WHERE delivery = ?1 ORDER BY n"};
    auto row = history.select(to_row(id));
    while (row.next()) {
        entries.push_back({.time = Millis{row.integer(0)},
                           .attempt = static_cast<std::uint32_t>(row.integer(1)),
                           .to = static_cast<State>(row.integer(2)),
                           .reason = static_cast<DeadReason>(row.integer(3)),
                           .next = Millis{row.integer(4)},
                           .note = read_note(row, 5)});
    }
    Statement start{db_,
                    "SELECT touched FROM queue WHERE id = ?1 AND state = 1 UNION ALL"
                    " SELECT started FROM ended WHERE id = ?1 AND started <> 0"};
    auto started = start.select(to_row(id));
    if (started.next()) {
        entries.push_back({.time = Millis{started.integer(0)},
                           .attempt = found->attempts,
                           .to = State::kSending});
    }
    if (found->state == State::kDelivered || found->state == State::kDead) {
        entries.push_back({.time = found->changed,
                           .attempt = found->attempts,
                           .to = found->state,
                           .reason = found->reason,
                           .note = found->last});
    }
    return entries;
}

std::vector<RoomHold> SqliteQueries::holds() {
    Statement statement{db_, "SELECT destination, since, cure FROM hold ORDER BY destination"};
    std::vector<RoomHold> holds;
    auto row = statement.select();
    while (row.next()) {
        holds.push_back({.destination = std::string{row.text(0)},
                         .held = true,
                         .since = Millis{row.integer(1)},
                         .cure = std::string{row.text(2)}});
    }
    return holds;
}

std::string SqliteQueries::setting(std::string_view name) {
    auto row = setting_.select(name);
    return row.next() ? std::string{row.text(0)} : std::string{};
}

std::vector<InboundRecord> SqliteQueries::inbound_open() {
    Statement statement{db_, "SELECT id, event, received FROM inbound WHERE done = 0 ORDER BY n"};
    std::vector<InboundRecord> open;
    auto row = statement.select();
    while (row.next()) {
        open.push_back({.id = std::string{row.text(0)},
                        .event = std::string{row.text(1)},
                        .received = Millis{row.integer(2)}});
    }
    return open;
}

std::vector<std::string> SqliteQueries::files_in_use() {
    Statement statement{db_,
                        "SELECT DISTINCT f.hash FROM file f CROSS JOIN queue q"
                        " ON q.id = f.delivery ORDER BY 1"};
    std::vector<std::string> hashes;
    auto row = statement.select();
    while (row.next())
        hashes.emplace_back(row.text(0));
    return hashes;
}

std::vector<std::string> SqliteQueries::files_of_dead() {
    Statement statement{db_,
                        "SELECT DISTINCT f.hash FROM file f CROSS JOIN ended e"
                        " ON e.id = f.delivery WHERE e.state = 4 AND e.reason NOT IN (3, 5)"
                        " ORDER BY 1"};
    std::vector<std::string> hashes;
    auto row = statement.select();
    while (row.next())
        hashes.emplace_back(row.text(0));
    return hashes;
}

Millis SqliteQueries::oldest_pending() {
    auto row = oldest_.select();
    return row.next() ? Millis{row.integer(0)} : Millis{0};
}

std::uint64_t SqliteQueries::count_dead() {
    Statement statement{db_, "SELECT count(*) FROM ended WHERE state = 4"};
    auto row = statement.select();
    return row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

}  // namespace messaging::outbox
