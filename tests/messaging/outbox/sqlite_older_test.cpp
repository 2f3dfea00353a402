// Outboxes as earlier versions of this program have left them, written by the SQL of their time:
// what stands in them must be found by the one of today.
#include "tests/messaging/outbox/store_subjects.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

using namespace store_conformance;

namespace {

// The first form of version 1. It was changed in place once, before anything bore a version number.
constexpr const char* kSqlFirst = R"sql(
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
CREATE INDEX ended_by_time ON ended (at);
CREATE INDEX ended_by_message ON ended (message_id) WHERE message_id <> '';
CREATE INDEX ended_dead ON ended (id) WHERE state = 4;
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

// The second form of version 1: a log of deliveries instead of two indexes.
constexpr const char* kSqlLog = R"sql(
DROP INDEX ended_by_time;
DROP INDEX ended_by_message;
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
)sql";

constexpr const char* kSql2 = "ALTER TABLE delivery ADD COLUMN head INTEGER NOT NULL DEFAULT 0;";

constexpr const char* kSql3 = R"sql(
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

// Delivery 3 under the message id "m-3", as the log has it.
constexpr const char* kLogged = R"sql(
INSERT INTO delivered (merged, taken, hashes, ids, times)
    VALUES (0, 0, x'2d97c010', x'0300000000000080', x'0151fb00a2010000');
)sql";

enum class Form : std::uint8_t { kFirst, kWithLog, kVersion2, kVersion3 };

std::string hex(std::span<const std::uint8_t> bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    std::string text;
    for (const auto byte : bytes) {
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 15U];
    }
    return "x'" + text + "'";
}

// An id as a row has it: the top bit flipped.
std::string row(std::uint64_t id) {
    return std::to_string(static_cast<std::int64_t>(id ^ (std::uint64_t{1} << 63U)));
}

struct Written {
    NewDelivery what;
    int room = 1;
};

std::string insert(const Written& written) {
    const auto& what = written.what;
    const auto time = [](Millis at) { return std::to_string(at.count()); };
    return "INSERT INTO delivery (id, lane, policy, max_attempts, accepted, not_before, deadline,"
           " call_group, has_file, origin, payload) VALUES (" +
           row(what.id.value) + "," + std::to_string(written.room * 4 + 3) + ",0,0," +
           time(what.accepted) + "," + time(what.not_before) + "," + time(what.deadline) + ",0," +
           (what.file ? "1" : "0") + ",'test','" + what.payload + "');";
}

std::string queue(const Written& written, int position, State state) {
    const auto& what = written.what;
    const auto accepted = std::to_string(what.accepted.count());
    return "INSERT INTO queue VALUES (" + row(what.id.value) + "," + std::to_string(position) +
           "," + std::to_string(written.room * 4 + 3) + "," +
           std::to_string(static_cast<int>(state)) + "," + (state == State::kSending ? "1" : "0") +
           ",0," + std::to_string(what.not_before.count()) + "," + accepted + "," +
           std::to_string(what.deadline.count()) + ");";
}

std::string end(std::uint64_t id, State state, DeadReason reason, const std::string& message) {
    const auto at = std::to_string(kStart.count() + 1);
    return "INSERT INTO ended VALUES (" + row(id) + "," + std::to_string(static_cast<int>(state)) +
           "," + std::to_string(static_cast<int>(reason)) + "," + at + "," + at + ",1,0,0,200,'" +
           message + "','rule','T-1','detail');";
}

const NewDelivery kKeyed = keyed(message(1), "k");
const NewDelivery kLater = scheduled(message(6, "room:c"), kStart + kHour);

// Six deliveries in every state that lasts, and one row of everything else.
std::string contents() {
    const Written waiting{kKeyed, 1};
    const Written sending{message(2, "room:b"), 2};
    const Written with{with_file(message(5, "room:c"), "abc"), 3};
    const Written later{kLater, 3};
    const auto now = std::to_string(kStart.count());
    return "INSERT INTO room VALUES (1,'room:a'),(2,'room:b'),(3,'room:c');" + insert(waiting) +
           insert(sending) + insert({message(3), 1}) + insert({message(4), 1}) + insert(with) +
           insert(later) + queue(waiting, 1, State::kPending) + queue(sending, 2, State::kSending) +
           queue(with, 3, State::kPending) + queue(later, 0, State::kPending) +
           end(3, State::kDelivered, DeadReason::kNone, "m-3") +
           end(4, State::kDead, DeadReason::kRejected, "") + "INSERT INTO file VALUES (" + row(5) +
           ",'abc','a.png','image/png',123);"
           "INSERT INTO journal VALUES (" +
           row(4) + ",1," + now + ",1,0,0," + now + ",503,'http_503','T-0','busy');" +
           "INSERT INTO idempotency VALUES (" + hex(key_fingerprint("k")) + "," +
           hex(content_fingerprint(kKeyed)) + "," + row(1) + "," +
           std::to_string(kKeyed.key_expires.count()) + ");" +
           "INSERT INTO hold VALUES ('room:c'," + now + ",'add the bot');" +
           "INSERT INTO setting VALUES ('bot_hold','token');" +
           "INSERT INTO inbound VALUES (1,'event-1','{}'," + now + ",0);";
}

void write_store(const std::string& path, Form form) {
    const int version = std::max(1, static_cast<int>(form));
    std::string sql = kSqlFirst;
    if (form >= Form::kWithLog) sql += kSqlLog;
    if (form >= Form::kVersion2) sql += kSql2;
    if (form >= Form::kVersion3) sql += kSql3;
    sql += contents();
    if (form >= Form::kWithLog) sql += kLogged;
    // "STNR"
    sql += "PRAGMA application_id = 1398034002; PRAGMA user_version = " + std::to_string(version);
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
    const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
    INFO(sqlite3_errmsg(db));
    REQUIRE(code == SQLITE_OK);
    sqlite3_close(db);
}

void check_deliveries(SqliteStore& store) {
    const auto get = [&store](std::uint64_t id) {
        return store.get(DeliveryId{id}).value().value();
    };
    CHECK(get(1).state == State::kPending);
    CHECK(get(1).payload == kKeyed.payload);
    CHECK(get(2).state == State::kUncertain);
    CHECK(get(3).state == State::kDelivered);
    CHECK(get(3).message_id == "m-3");
    CHECK(get(4).reason == DeadReason::kRejected);
    CHECK(get(5).file == with_file(message(5), "abc").file);
    CHECK(get(5).held);
    CHECK(get(6).not_before == kLater.not_before);
    const auto counts = store.counts().value();
    CHECK(counts.pending == 3);
    CHECK(counts.uncertain == 1);
    CHECK(counts.delivered == 1);
    CHECK(counts.dead == 1);
    CHECK(store.knows_message("m-3").value());
    CHECK_FALSE(store.knows_message("m-4").value());
}

void check_the_rest(SqliteStore& store) {
    const auto history = store.journal(DeliveryId{4}).value();
    CHECK(std::any_of(history.begin(), history.end(),
                      [](const auto& entry) { return entry.note.rule == "http_503"; }));
    CHECK(store.holds().value().at(0).cure == "add the bot");
    CHECK(store.setting("bot_hold").value() == "token");
    CHECK(store.inbound_open().value().at(0).id == "event-1");
    CHECK(store.files_in_use().value() == std::vector<std::string>{"abc"});
    CHECK(store.runs({}).value().empty());
}

}  // namespace

TEST_CASE("An outbox of every earlier schema is opened and everything in it found",
          "[store][sqlite]") {
    const auto form = GENERATE(Form::kFirst, Form::kWithLog, Form::kVersion2, Form::kVersion3);
    INFO("form " << static_cast<int>(form));
    tests::TempFolder folder;
    const std::string path = folder.path("outbox.db");
    write_store(path, form);
    for (int opening = 1; opening <= 2; ++opening) {
        INFO("opening " << opening);
        const auto store = open_sqlite({.path = path});
        const auto uncertain = store->recover(kStart).value();
        REQUIRE(uncertain.size() == 1);
        CHECK(uncertain[0].id.value == 2);
        check_deliveries(*store);
        check_the_rest(*store);
    }
    const auto store = open_sqlite({.path = path});
    auto again = kKeyed;
    again.id = DeliveryId{7};
    const auto added = store->apply({.add = {again}}).value().added.at(0);
    CHECK(added.kind == Added::Kind::kDuplicate);
    CHECK(added.id.value == 1);
    const auto intents = store->apply({.claim = {9, kStart + Millis{2}}}).value().intents;
    REQUIRE(intents.size() == 1);
    CHECK(intents[0].payload == kKeyed.payload);
    Transition done;
    done.id = DeliveryId{1};
    done.attempt = 1;
    done.at = kStart + Millis{3};
    done.message_id = "m-1";
    CHECK(store->apply({.transitions = {done}}).value().stale.empty());
    CHECK(store->knows_message("m-1").value());
    CHECK(store->trim(kStart + Millis{3}, 100).ok());
    CHECK_FALSE(store->get(DeliveryId{3}).value().has_value());
    CHECK(store->counts().value().delivered == 1);
}
