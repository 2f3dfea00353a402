#include "messaging/outbox/sqlite_schema.hpp"

#include "messaging/outbox/sqlite_delivered.hpp"
#include "messaging/outbox/sqlite_rows.hpp"
#include "messaging/outbox/sqlite_statement.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace messaging::outbox {

namespace {

// "STNR", so that file(1) and we know our own.
constexpr std::int64_t kApplicationId = 0x53544E52;

// What happens to a message in its usual life touches few pages, all at the end or the front of a
// table: one row in `delivery` that never changes, one in `queue` that is changed in place and
// deleted, one in `ended`. There is no index by lane: the order of a lane is kept in memory (see
// Lanes) and read back from `queue` at the start.
//
//   id        a DeliveryId with its top bit flipped, so that signed order is unsigned order
//   lane      room * 4 + priority
//   position  order of entry into the lanes; 0: scheduled for `due`, in no lane yet
//   touched   when the attempt began, while it is sending or uncertain
// Every time is in milliseconds since 1970-01-01 UTC.
constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE room (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    lane INTEGER NOT NULL,
    policy INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    call_group INTEGER NOT NULL,
    has_file INTEGER NOT NULL,
    origin TEXT NOT NULL,
    payload TEXT NOT NULL
) STRICT;
CREATE INDEX delivery_by_group ON delivery (call_group) WHERE call_group <> 0;
CREATE TABLE file (
    delivery INTEGER PRIMARY KEY,
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL
) STRICT;
CREATE TABLE queue (
    id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    repeats INTEGER NOT NULL,
    due INTEGER NOT NULL,
    touched INTEGER NOT NULL,
    deadline INTEGER NOT NULL
) STRICT;
CREATE INDEX queue_scheduled ON queue (due, id) WHERE position = 0;
CREATE TABLE ended (
    id INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    at INTEGER NOT NULL,
    started INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    repeats INTEGER NOT NULL,
    late INTEGER NOT NULL,
    status INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    tracking_id TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX ended_dead ON ended (id) WHERE state = 4;
CREATE INDEX ended_dead_by_time ON ended (at) WHERE state = 4;
CREATE TABLE delivered (
    n INTEGER PRIMARY KEY,
    merged INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    ids BLOB NOT NULL,
    times BLOB NOT NULL
) STRICT;
CREATE INDEX delivered_small ON delivered (n) WHERE merged = 0;
CREATE TABLE journal (
    delivery INTEGER NOT NULL,
    n INTEGER NOT NULL,
    time INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    state INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    next INTEGER NOT NULL,
    status INTEGER NOT NULL,
    rule TEXT NOT NULL,
    tracking_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (delivery, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE idempotency (
    key BLOB PRIMARY KEY,
    content BLOB NOT NULL,
    delivery INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_expiry ON idempotency (expires);
CREATE TABLE hold (
    destination TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    cure TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE inbound (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    event TEXT NOT NULL,
    received INTEGER NOT NULL,
    done INTEGER NOT NULL
) STRICT;
CREATE INDEX inbound_open ON inbound (n) WHERE done = 0;
CREATE INDEX inbound_by_time ON inbound (received) WHERE done = 1;
)sql";

// head      the delivery that this one continues, 0: none; flipped like an id
constexpr std::string_view kVersion2 = R"sql(
ALTER TABLE delivery ADD COLUMN head INTEGER NOT NULL DEFAULT 0;
)sql";

// person    e-mail address of who asked; asked: what they wrote, fit for a log
// outcome   a RunEnd; 0: it runs, or the program ended before it did
constexpr std::string_view kVersion3 = R"sql(
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    person TEXT NOT NULL,
    room TEXT NOT NULL,
    asked TEXT NOT NULL,
    started INTEGER NOT NULL,
    took INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX run_by_kind ON run (kind, id);
CREATE INDEX run_by_name ON run (name, id);
CREATE INDEX run_open ON run (id) WHERE outcome = 0;
CREATE INDEX run_by_time ON run (started, id) WHERE outcome <> 0;
)sql";

// The first stores of version 1 had two indexes where later ones have the log of deliveries, under
// the same number; so the table is asked for by its name, whatever the version says.
constexpr std::string_view kLogInsteadOfIndexes = R"sql(
DROP INDEX IF EXISTS ended_by_time;
DROP INDEX IF EXISTS ended_by_message;
CREATE INDEX IF NOT EXISTS ended_dead_by_time ON ended (at) WHERE state = 4;
CREATE TABLE delivered (
    n INTEGER PRIMARY KEY,
    merged INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    ids BLOB NOT NULL,
    times BLOB NOT NULL
) STRICT;
CREATE INDEX delivered_small ON delivered (n) WHERE merged = 0;
)sql";
constexpr std::size_t kLoggedPerRow = 10'000;  // bounds the memory that filling it takes

constexpr std::array<std::string_view, 3> kMigrations{kVersion1, kVersion2, kVersion3};
constexpr int kSchemaVersion = static_cast<int>(kMigrations.size());

std::int64_t read_integer(Database& database, std::string_view sql) {
    Statement statement{database, sql};
    auto row = statement.select();
    return row.next() ? row.integer(0) : 0;
}

resilience::Error refusal(const std::string& message) {
    return {.cls = resilience::ErrorClass::kPermanent,
            .scope = resilience::Scope::kBot,
            .message = message,
            .rule = "store_schema"};
}

// Makes and fills the log of deliveries in one transaction.
bool add_log(Database& database) {
    database.begin();
    database.execute(std::string{kLogInsteadOfIndexes});
    {
        SqliteDelivered log{database};
        Statement ended{database,
                        "SELECT id, message_id, at FROM ended WHERE state = 3 ORDER BY at, id"};
        auto row = ended.select();
        for (std::size_t n = 1; row.next(); ++n) {
            log.note(from_row(row.integer(0)), row.text(1), Millis{row.integer(2)});
            if (n % kLoggedPerRow == 0) log.write();
        }
        log.write();
    }
    return database.commit();
}

}  // namespace

std::optional<resilience::Error> migrate(Database& database) {
    const auto application = read_integer(database, "PRAGMA application_id");
    const auto tables = read_integer(database, "SELECT count(*) FROM sqlite_schema");
    auto version = read_integer(database, "PRAGMA user_version");
    if (database.failed()) return database.error();
    if (application != kApplicationId && (application != 0 || tables != 0)) {
        return refusal("the file " + database.path() +
                       " is the database of another program; it was left as it is. "
                       "Choose another state directory");
    }
    if (version > kSchemaVersion) {
        return refusal("the outbox " + database.path() + " has schema version " +
                       std::to_string(version) + ", but this program knows versions up to " +
                       std::to_string(kSchemaVersion) +
                       "; run the newer Stentor that wrote it, or restore an older copy");
    }
    const auto logs = read_integer(
        database, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'delivered'");
    if (database.failed()) return database.error();
    if (version > 0 && logs == 0 && !add_log(database)) return database.error();
    while (version < kSchemaVersion) {
        database.begin();
        database.execute(std::string{kMigrations.at(static_cast<std::size_t>(version))});
        ++version;
        database.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
        database.execute("PRAGMA user_version = " + std::to_string(version));
        if (!database.commit()) return database.error();
    }
    return std::nullopt;
}

}  // namespace messaging::outbox
