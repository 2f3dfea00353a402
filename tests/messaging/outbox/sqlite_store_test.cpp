// What only a store on a disk can get wrong.
#include "tests/messaging/outbox/store_subjects.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <set>

using namespace store_conformance;
using Catch::Matchers::Contains;

namespace {

SqliteOptions at(const std::string& path) {
    return {.path = path};
}

resilience::Error refused(const SqliteOptions& options) {
    auto opened = SqliteStore::open(options);
    REQUIRE_FALSE(opened.ok());
    return opened.error();
}

void run_sql(const std::string& path, const std::string& sql) {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(db);
}

std::string read_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

TEST_CASE("A second process is refused and told who has the outbox", "[store][sqlite]") {
    tests::TempFolder folder;
    const auto store = open_sqlite(at(folder.path("outbox.db")));
    // flock belongs to the open file, so a second opening in this process stands for another one.
    const auto error = refused(at(folder.path("outbox.db")));
    REQUIRE(error.rule == "store_in_use");
    REQUIRE_THAT(error.message, Contains("process " + std::to_string(::getpid()) + ";"));
}

TEST_CASE("A file that is not ours is refused and left as it is", "[store][sqlite]") {
    tests::TempFolder folder;
    const std::string path = folder.path("outbox.db");
    SECTION("no database") {
        std::ofstream{path} << std::string(8192, 'x');
        const auto error = refused(at(path));
        REQUIRE(error.rule == "store_corrupt");
        REQUIRE_THAT(error.message, Contains(path) && Contains("left as it is"));
        REQUIRE(read_file(path) == std::string(8192, 'x'));
    }
    SECTION("the database of another program") {
        run_sql(path, "CREATE TABLE recipe (name TEXT)");
        REQUIRE(refused(at(path)).rule == "store_schema");
        run_sql(path, "INSERT INTO recipe VALUES ('soup')");
    }
    SECTION("a newer schema") {
        open_sqlite(at(path)).reset();
        run_sql(path, "PRAGMA user_version = 999");
        const auto error = refused(at(path));
        REQUIRE(error.rule == "store_schema");
        REQUIRE_THAT(error.message, Contains("999") && Contains("up to 3;"));
    }
    SECTION("a damaged one") {
        {
            auto store = open_sqlite(at(path));
            std::vector<NewDelivery> many;
            for (std::uint64_t i = 1; i <= 400; ++i)
                many.push_back(message(i));
            REQUIRE(store->apply({.add = many}).ok());
        }
        std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
        file.seekp(4096);
        file << std::string(200'000, '\xAB');
        file.close();
        const auto before = read_file(path);
        REQUIRE(refused(at(path)).rule == "store_corrupt");
        REQUIRE(read_file(path) == before);
    }
}

TEST_CASE("A folder that cannot be used is named", "[store][sqlite]") {
    tests::TempFolder folder;
    SECTION("missing") {
        const auto error = refused(at(folder.path("nowhere/outbox.db")));
        REQUIRE(error.rule == "store_unavailable");
        REQUIRE_THAT(error.message, Contains("nowhere/outbox.db") && Contains("No such file"));
    }
    SECTION("read-only") {
        REQUIRE(::chmod(folder.path(".").c_str(), S_IRUSR | S_IXUSR) == 0);
        // The superuser may write anywhere: nothing to be seen then.
        if (::access(folder.path(".").c_str(), W_OK) != 0) {
            REQUIRE(refused(at(folder.path("outbox.db"))).rule == "store_unavailable");
        }
        REQUIRE(::chmod(folder.path(".").c_str(), S_IRWXU) == 0);
    }
    SECTION("a folder in place of the file") {
        REQUIRE(refused(at(folder.path("."))).rule == "store_unavailable");
    }
}

TEST_CASE("An outbox is readable by its owner alone", "[store][sqlite]") {
    tests::TempFolder folder;
    const auto store = open_sqlite(at(folder.path("outbox.db")));
    REQUIRE(store->apply({.add = {message(1)}}).ok());
    for (const char* name : {"outbox.db", "outbox.db-wal", "outbox.db.lock"}) {
        struct stat info {};
        REQUIRE(::stat(folder.path(name).c_str(), &info) == 0);
        REQUIRE((info.st_mode & 0777U) == 0600U);
    }
}

TEST_CASE("A full disk changes nothing, and when there is space it goes on", "[store][sqlite]") {
    tests::TempFolder folder;
    SqliteOptions options = at(folder.path("outbox.db"));
    options.max_pages = 120;
    auto store = open_sqlite(options);
    std::uint64_t next = 1;
    const auto fill = [&] {
        std::vector<NewDelivery> batch;
        for (int i = 0; i < 20; ++i)
            batch.push_back(message(next + static_cast<unsigned>(i)));
        for (auto& delivery : batch)
            delivery.payload.assign(1000, 'p');
        const auto applied = store->apply({.add = batch});
        if (applied.ok()) next += 20;
        return applied;
    };
    for (int i = 0; i < 100 && fill().ok(); ++i) {
    }
    const auto full = fill();
    REQUIRE_FALSE(full.ok());
    REQUIRE(full.error().rule == "store_full");
    REQUIRE(full.error().cls == resilience::ErrorClass::kTransient);
    REQUIRE(next > 20);
    REQUIRE(store->counts().value().pending == next - 1);

    // What needs no new page still works, and so does reading.
    const auto claimed = store->apply({.claim = {4, kStart}});
    REQUIRE(claimed.ok());
    REQUIRE(claimed.value().intents.at(0).id.value == 1);
    REQUIRE(store->find({.limit = 1}).value()[0].id.value == next - 1);

    store.reset();
    options.max_pages = 0;
    store = open_sqlite(options);
    REQUIRE(store->counts().value().pending == next - 2);
    REQUIRE(fill().ok());
}

TEST_CASE("The log is folded into the file before it grows large", "[store][sqlite]") {
    tests::TempFolder folder;
    SqliteOptions options = at(folder.path("outbox.db"));
    options.checkpoint_frames = 20;
    auto store = open_sqlite(options);
    for (std::uint64_t i = 1; i <= 200; ++i)
        REQUIRE(store->apply({.add = {message(i)}}).ok());
    struct stat wal {};
    REQUIRE(::stat(folder.path("outbox.db-wal").c_str(), &wal) == 0);
    REQUIRE(wal.st_size < 60 * 4200);
    store.reset();
    REQUIRE(open_sqlite(options)->counts().value().pending == 200);
}

namespace {

// Applies batches until it is killed; says after each one which ids are durable, and which intents
// it holds.
[[noreturn]] void apply_for_ever(const std::string& path, std::uint64_t first, int acks) {
    auto opened = SqliteStore::open({.path = path, .checkpoint_frames = 50});
    if (!opened.ok()) ::_exit(3);
    auto& store = *opened.value();
    if (!store.recover(kStart).ok()) ::_exit(4);
    std::vector<Transition> outcomes;
    for (std::uint64_t id = first;; id += 3) {
        const std::string room = "room:" + std::to_string(id % 7);
        const Batch batch{.add = {message(id, room), message(id + 1, room), message(id + 2)},
                          .transitions = outcomes,
                          .claim = {2, kStart}};
        const auto applied = store.apply(batch);
        if (!applied.ok()) ::_exit(5);
        outcomes.clear();
        for (const auto& intent : applied.value().intents) {
            outcomes.push_back({.id = intent.id, .attempt = intent.attempt, .at = kStart});
        }
        if (::write(acks, &id, sizeof id) != static_cast<ssize_t>(sizeof id)) ::_exit(6);
    }
}

// Starts a child, reads `count` acknowledgements, kills it without warning and returns the last id
// that it has acknowledged (there may be more in the pipe).
std::uint64_t kill_in_the_middle(const std::string& path, std::uint64_t first, int count) {
    int pipe_ends[2] = {};
    REQUIRE(::pipe(pipe_ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::close(pipe_ends[0]);
        apply_for_ever(path, first, pipe_ends[1]);
    }
    ::close(pipe_ends[1]);
    std::uint64_t acked = 0;
    int seen = 0;
    while (seen < count && ::read(pipe_ends[0], &acked, sizeof acked) == sizeof acked)
        ++seen;
    ::kill(child, SIGKILL);
    while (::read(pipe_ends[0], &acked, sizeof acked) == sizeof acked) {
    }
    ::close(pipe_ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(seen == count);
    return acked;
}

}  // namespace

TEST_CASE("Nothing acknowledged is lost when the process is killed", "[store][sqlite]") {
    tests::TempFolder folder;
    const std::string path = folder.path("outbox.db");
    std::uint64_t first = 1;
    for (int round = 0; round < 20; ++round) {
        const std::uint64_t acked = kill_in_the_middle(path, first, 3 + round * 2);
        auto store = open_sqlite(at(path));
        for (std::uint64_t id = first; id <= acked + 2; ++id) {
            INFO("round " << round << ", id " << id);
            REQUIRE(store->get(DeliveryId{id}).value().has_value());
        }
        // Every row is in exactly one state, and at most two were under way.
        const auto before = store->counts().value();
        REQUIRE(before.sending <= 2);
        REQUIRE(store->recover(kStart).ok());
        const auto after = store->counts().value();
        REQUIRE(after.sending == 0);
        REQUIRE(after.uncertain == before.uncertain + before.sending);
        const auto newest = store->find({.limit = 1}).value().at(0).id.value;
        REQUIRE(after.pending + after.uncertain + after.delivered == newest);
        first = newest + 1;
    }
}

TEST_CASE("An outbox of the first schema is taken over with what it owes", "[store][sqlite]") {
    tests::TempFolder folder;
    const std::string path = folder.path("outbox.db");
    {
        const auto store = open_sqlite(at(path));
        REQUIRE(store->apply({.add = {message(1)}}).ok());
    }
    run_sql(path, "ALTER TABLE delivery DROP COLUMN head; DROP TABLE run; PRAGMA user_version = 1");
    const auto store = open_sqlite(at(path));
    const auto claimed = store->apply({.claim = {1, kStart}});
    REQUIRE(claimed.ok());
    REQUIRE(claimed.value().intents.at(0).payload == message(1).payload);
}
