// A disk and its files at their worst.
#include "messaging/outbox/sqlite_rescue.hpp"
#include "tests/messaging/outbox/store_subjects.hpp"

#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>

using namespace store_conformance;
using Catch::Matchers::Contains;

namespace {

std::string read_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

void run_sql(const std::string& path, const std::string& sql) {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(db);
}

// A store with deliveries 1 to `count` in it.
void fill(const std::string& path, std::uint64_t count) {
    const auto store = open_sqlite({.path = path});
    std::vector<NewDelivery> many;
    for (std::uint64_t i = 1; i <= count; ++i)
        many.push_back(message(i));
    REQUIRE(store->apply({.add = many}).ok());
}

void damage(const std::string& path) {
    std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
    file.seekp(4096);
    file << std::string(100'000, '\xAB');
}

// Runs a check in a process of its own, which may lose rights and limits for good. True: it held.
bool holds_elsewhere(const std::function<bool()>& check) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(check() ? 0 : 1);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// The superuser may write anywhere; nobody may not.
bool give_up_rights() {
    constexpr unsigned kNobody = 65'534;
    return ::geteuid() != 0 || ::setuid(kNobody) == 0;
}

}  // namespace

TEST_CASE("a damaged outbox is found, and kept under another name", "[store][sqlite]") {
    tests::TempFolder folder;
    const auto path = folder.path("outbox.db");
    fill(path, 400);
    REQUIRE_FALSE(check_file(path));
    damage(path);
    const auto before = read_file(path);
    const auto found = check_file(path);
    REQUIRE(found);
    CHECK(found->rule == "store_corrupt");
    CHECK_THAT(found->message, Contains(path) && Contains("--start-empty"));
    CHECK(read_file(path) == before);

    const auto aside = set_aside(path, kStart);
    REQUIRE(aside.ok());
    CHECK(aside.value() == path + ".damaged-" + std::to_string(kStart.count()));
    CHECK(read_file(aside.value()) == before);
    CHECK_FALSE(std::filesystem::exists(path));
    fill(path, 3);
    // A second one does not take the first one's place.
    damage(path);
    const auto second = set_aside(path, kStart);
    REQUIRE(second.ok());
    CHECK(second.value() != aside.value());
    CHECK(read_file(aside.value()) == before);
}

TEST_CASE("an outbox in use is neither checked nor moved", "[store][sqlite]") {
    tests::TempFolder folder;
    const auto path = folder.path("outbox.db");
    const auto store = open_sqlite({.path = path});
    const auto checked = check_file(path);
    REQUIRE(checked);
    CHECK(checked->rule == "store_in_use");
    CHECK(set_aside(path, kStart).error().rule == "store_in_use");
    CHECK(std::filesystem::exists(path));
}

TEST_CASE("an outbox that is not there is no damage", "[store][sqlite]") {
    tests::TempFolder folder;
    CHECK_FALSE(check_file(folder.path("outbox.db")));
    CHECK_FALSE(std::filesystem::exists(folder.path("outbox.db")));
}

TEST_CASE("another program that has the file open is told from damage", "[store][sqlite]") {
    tests::TempFolder folder;
    const auto path = folder.path("outbox.db");
    fill(path, 1);
    sqlite3* other = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &other) == SQLITE_OK);
    REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    const auto opened = SqliteStore::open({.path = path, .busy_timeout = Millis{1}});
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().rule == "store_in_use");
    CHECK_THAT(opened.error().message, Contains("another program"));
    sqlite3_close(other);
    CHECK(open_sqlite({.path = path})->counts().value().pending == 1);
}

TEST_CASE("a file that may not be written is named with its cure", "[store][sqlite]") {
    tests::TempFolder folder;
    const auto path = folder.path("outbox.db");
    fill(path, 1);
    REQUIRE(::chmod(folder.path(".").c_str(), 0755) == 0);
    REQUIRE(::chmod(path.c_str(), 0444) == 0);
    REQUIRE(::chmod((path + ".lock").c_str(), 0666) == 0);
    CHECK(holds_elsewhere([&] {
        if (!give_up_rights()) return false;
        const auto opened = SqliteStore::open({.path = path});
        return !opened.ok() && opened.error().rule == "store_unavailable" &&
               opened.error().message.find("writable") != std::string::npos;
    }));
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    CHECK(open_sqlite({.path = path})->counts().value().pending == 1);
}

// The same as a disk that refuses a write for another reason than being full.
TEST_CASE("a write that the system refuses accepts nothing, and nothing older is lost",
          "[store][sqlite]") {
    tests::TempFolder folder;
    const auto path = folder.path("outbox.db");
    fill(path, 10);
    CHECK(holds_elsewhere([&] {
        auto opened = SqliteStore::open({.path = path});
        if (!opened.ok()) return false;
        auto& store = *opened.value();
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{64U << 10U, 64U << 10U};
        if (::setrlimit(RLIMIT_FSIZE, &small) != 0) return false;
        std::uint64_t accepted = 10;
        for (std::uint64_t id = 11; id < 500; ++id) {
            auto one = message(id);
            one.payload.assign(4'000, 'p');
            const auto applied = store.apply({.add = {one}});
            if (applied.ok()) {
                accepted = id;
                continue;
            }
            // From here on it refuses everything, and says why.
            const bool told = !applied.error().message.empty() && !applied.error().rule.empty();
            return told && accepted > 10 && !store.apply({.add = {message(9'999)}}).ok();
        }
        return false;
    }));
    const auto store = open_sqlite({.path = path});
    const auto newest = store->find({.limit = 1}).value().front().id.value;
    CHECK(newest > 10);
    CHECK(store->counts().value().pending == newest);  // all that was acknowledged, without a gap
}

TEST_CASE("a file of a version before the first is migrated", "[store][sqlite]") {
    tests::TempFolder folder;
    const auto path = folder.path("outbox.db");
    // What a crash between making the file and its first transaction leaves.
    run_sql(path, "PRAGMA journal_mode = WAL");
    const auto store = open_sqlite({.path = path});
    REQUIRE(store->apply({.add = {message(1)}}).ok());
    CHECK(store->counts().value().pending == 1);
}
