#include "bot/sources/reader.hpp"
#include "messaging/http/curl_client.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <memory>
#include <utility>

using namespace std::chrono_literals;
using bot::sources::Reader;
using bot::sources::Spec;
using bot::sources::Sqlite;
using bot::sources::Table;

namespace {

// Moves on by itself, so that a query without end meets its time limit without anybody waiting.
class TickingClock final : public resilience::Clock {
public:
    Instant now() const override {
        time_.advance(1ms);
        return time_.now();
    }
    WallTime wall_now() const override { return time_.wall_now(); }
    bool sleep_until(Instant when, const std::stop_token& stop) override {
        return time_.sleep_until(when, stop);
    }

private:
    mutable resilience::VirtualClock time_;
};

struct Setup {
    tests::TempFolder folder;
    TickingClock clock;
    messaging::http::BlockingClient calls{
        []() -> resilience::Result<std::unique_ptr<messaging::http::Client>> {
            return resilience::permanent_error("no network here");
        }};
    Reader reader{{.calls = calls, .clock = clock}};
    std::string path = folder.path("tickets.db");
    sqlite3* writer = nullptr;

    Setup() {
        REQUIRE(sqlite3_open(path.c_str(), &writer) == SQLITE_OK);
        run("CREATE TABLE t(week TEXT, hours REAL); INSERT INTO t VALUES('W1', 4.5), ('W2', NULL)");
    }
    ~Setup() { sqlite3_close(writer); }
    Setup(const Setup&) = delete;
    Setup& operator=(const Setup&) = delete;

    void run(const char* sql) {
        REQUIRE(sqlite3_exec(writer, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    resilience::Result<bot::sources::Reading> read(const std::string& query) {
        return reader.read({.from = Sqlite{path, query}, .attempt_timeout = 200ms});
    }
    std::string error_of(const std::string& query) {
        const auto reading = read(query);
        REQUIRE_FALSE(reading.ok());
        return reading.error().message;
    }
};

}  // namespace

TEST_CASE("a query that does not only read one thing is refused", "[sources]") {
    Setup setup;
    CHECK(setup.error_of("DELETE FROM t") == "its query is not one statement that only reads");
    CHECK(setup.error_of("SELECT 1; DROP TABLE t") ==
          "its query is not one statement that only reads");
    CHECK(setup.error_of("  ") == "its query is not one statement that only reads");
    CHECK(
        setup.error_of("ATTACH '/etc/passwd' AS x").find("its database tickets.db gave an error") ==
        0);
    CHECK(setup.error_of("SELECT nought FROM t") ==
          "its database tickets.db gave an error: no such column: nought");
    setup.path = setup.folder.path("gone.db");
    CHECK(setup.error_of("SELECT 1") == "its file gone.db is missing");
    setup.path = setup.folder.write("text.db", std::string(2000, 'x'));
    CHECK(
        setup.error_of("SELECT 1 FROM t").find("its database text.db gave an error: file is not") ==
        0);
}

TEST_CASE("a query without end is ended, and tried again as its policy says", "[sources]") {
    Setup setup;
    CHECK(setup.error_of("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c) "
                         "SELECT count(*) FROM c") ==
          "its query of tickets.db took too long, after 3 attempts");
}

TEST_CASE("a database that is being written is waited for", "[sources]") {
    Setup setup;
    setup.run("BEGIN EXCLUSIVE");
    CHECK(setup.error_of("SELECT * FROM t") ==
          "its database tickets.db is locked by somebody who writes, after 3 attempts");
    setup.run("COMMIT");
    CHECK(setup.read("SELECT * FROM t").ok());
}

TEST_CASE("the rows of a query become a table", "[sources]") {
    Setup setup;
    const auto reading = setup.read("SELECT week, hours AS h FROM t ORDER BY week;");
    REQUIRE(reading.ok());
    const auto& table = std::get<Table>(reading.value().content);
    CHECK(table.columns == std::vector<std::string>{"week", "h"});
    CHECK(table.rows == std::vector<std::vector<std::string>>{{"W1", "4.5"}, {"W2", ""}});
    CHECK(reading.value().as_of == setup.clock.wall_now());
}
