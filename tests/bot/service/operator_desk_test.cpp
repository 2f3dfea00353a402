#include "bot/service/operator_desk.hpp"

#include "bot/offline.hpp"
#include "bot/service/why_text.hpp"
#include "messaging/outbox/sqlite_store.hpp"
#include "tests/bot/service/bench.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

using bot::cli::DeadRequest;
using bot::service::dead_now;
using Catch::Contains;
using messaging::outbox::DeadReason;
using messaging::outbox::DeliveryId;
using messaging::outbox::State;
using messaging::outbox::Store;

using namespace std::chrono_literals;

namespace {

// Ends a pending delivery as expired.
void expire(messaging::outbox::Outbox& outbox, DeliveryId id, messaging::outbox::Millis at) {
    messaging::outbox::Transition dead;
    dead.id = id;
    dead.from = State::kPending;
    dead.to = State::kDead;
    dead.reason = DeadReason::kExpired;
    dead.at = at;
    dead.note = {.rule = "deadline", .detail = "too `late`\nfor <@all>"};
    messaging::outbox::Batch batch;
    batch.transitions.push_back(dead);
    REQUIRE(outbox.apply(std::move(batch)).value().stale.empty());
}

class Desk : public tests::ServiceBench {
public:
    Desk() { config.rooms = {{.name = "sales", .id = "SALES"}}; }

    DeliveryId dead(const messaging::Target& to, const std::string& text = "hello") {
        const auto id = messenger->post(to, {.text = text}).value().ids.front();
        expire(*outbox, id, resilience::since_epoch(clock.wall_now()));
        return id;
    }
    bot::service::DeskParts parts() { return {config, *outbox, spool.get(), rooms, clock}; }

    bot::service::RoomBook rooms{config};
};

// A state folder that no bot owns, with one dead letter.
class Folder {
public:
    Folder() {
        std::filesystem::create_directory(state());
        auto store = messaging::outbox::SqliteStore::open({.path = state() + "/outbox.db"}).value();
        resilience::SystemClock clock;
        messaging::outbox::Outbox outbox(*store, clock);
        messaging::Messenger messenger(outbox, nullptr, clock);
        id = messenger.post(messaging::room("R"), {.text = "hello"}).value().ids.front();
        expire(outbox, id, resilience::since_epoch(clock.wall_now()));
    }
    std::string state() const { return folder.path("state"); }
    bot::cli::ConfigOptions options() const {
        return {.env_file = "/dev/null", .state_dir = state()};
    }

    tests::TempFolder folder;
    DeliveryId id;
};

}  // namespace

TEST_CASE("dead letters of a room are meant by its name, its id or an address", "[desk]") {
    Desk desk;
    const auto sales = desk.dead(messaging::room("SALES"));
    const auto person = desk.dead(messaging::email("x@b.test"));
    const auto listed = [&](const std::string& room) {
        return dead_now({.room = room}, desk.parts()).value().items;
    };
    REQUIRE(listed("sales").size() == 1);
    CHECK(listed("sales")[0].letter.id == sales);
    CHECK(listed("sales")[0].letter.payload.empty());
    CHECK(listed("x@b.test")[0].letter.id == person);
    CHECK_FALSE(dead_now({.room = "salse"}, desk.parts()).ok());
    CHECK(dead_now({.with_content = true}, desk.parts()).value().items[0].letter.payload != "");
    desk.clock.advance(2h);
    CHECK(dead_now({.since = 1h}, desk.parts()).value().items.empty());
}

TEST_CASE("a dead letter that is sent again has the configured time anew", "[desk]") {
    Desk desk;
    const auto id = desk.dead(messaging::room("SALES"));
    desk.config.delivery_deadline = 10min;
    desk.clock.advance(5h);
    DeadRequest request{.verb = DeadRequest::Verb::kRedrive, .dry_run = true};
    CHECK(dead_now(request, desk.parts()).value().changed == 1);
    CHECK(desk.posted().front().state == State::kDead);
    request.dry_run = false;
    CHECK(dead_now(request, desk.parts()).value().changed == 1);
    const auto again = desk.posted().front();
    CHECK(again.id == id);
    CHECK(again.state == State::kPending);
    CHECK(again.deadline == resilience::since_epoch(desk.clock.wall_now()) + 10min);
    CHECK(dead_now(request, desk.parts()).value().matched == 0);
}

TEST_CASE("a room that is held is released by its name, and what waits goes on", "[desk]") {
    Desk desk;
    REQUIRE(desk.messenger->post(messaging::room("SALES"), {.text = "waits"}).ok());
    messaging::outbox::Batch batch;
    batch.holds = {{"room:SALES", true, messaging::outbox::Millis{1}, "add the bot"},
                   {"room:OTHER", true, messaging::outbox::Millis{1}, "add the bot"}};
    REQUIRE(desk.outbox->apply(std::move(batch)).ok());
    const auto release = [&](const std::string& room) {
        return bot::service::release_now({room}, desk.parts());
    };
    CHECK_THAT(release("salse").error().message, Contains("did you mean sales"));
    CHECK_THAT(release("x@b.test").error().message, Contains("is not held"));
    CHECK(desk.posted().front().held);
    CHECK(release("sales").value().released == std::vector<std::string>{"room:SALES"});
    CHECK_FALSE(desk.posted().front().held);
    CHECK_FALSE(release("sales").ok());
    CHECK(release("room:OTHER").value().released.size() == 1);
    CHECK(release("").value().released.empty());
}

TEST_CASE("the facts say what waits, what is held and what a person has to decide", "[desk]") {
    Desk desk;
    desk.dead(messaging::room("SALES"));
    const auto file = desk.folder.write("f.txt", "content");
    REQUIRE(
        desk.messenger->post(messaging::room("R"), {.text = "t", .files = {{.path = file}}}).ok());
    messaging::outbox::Batch batch;
    batch.holds = {{"room:R", true, messaging::outbox::Millis{1}, "add the bot"}};
    REQUIRE(desk.outbox->apply(std::move(batch)).ok());
    const auto facts = bot::service::facts_of(*desk.outbox).value();
    CHECK(facts.counts.pending == 1);
    CHECK(facts.undecided == 1);
    CHECK(facts.holds.at(0).destination == "room:R");
    CHECK(facts.files.size() == 1);
    CHECK(facts.newest == resilience::since_epoch(desk.clock.wall_now()));
}

TEST_CASE("why in chat tells the story as code that nobody can break out of", "[desk]") {
    Desk desk;
    const auto id = desk.dead(messaging::room("SALES"));
    const auto told = bot::service::why_text(*desk.outbox, to_string(id));
    CHECK_THAT(told, Catch::StartsWith("```\n") && Catch::EndsWith("\n```"));
    CHECK_THAT(told, Contains("rule deadline") && Contains("too 'late' for < @all>"));
    CHECK_THAT(told, !Contains("hello"));  // what it says is nobody's business
    CHECK_THAT(bot::service::why_text(*desk.outbox, "42"), Contains("no delivery id"));
    CHECK_THAT(bot::service::why_text(*desk.outbox, "0000000003NVT"),
               Contains("I know no delivery `0000000003NVT`"));
}

TEST_CASE("a long story in chat keeps its beginning and its end", "[desk]") {
    Desk desk;
    const auto id = desk.dead(messaging::room("SALES"));
    for (int i = 0; i < 200; ++i) {
        DeadRequest request{.verb = DeadRequest::Verb::kRedrive, .ids = {id}};
        REQUIRE(dead_now(request, desk.parts()).value().changed == 1);
        expire(*desk.outbox, id, resilience::since_epoch(desk.clock.wall_now()));
    }
    const auto told = bot::service::why_text(*desk.outbox, to_string(id));
    CHECK(told.size() < 7'000);
    CHECK_THAT(told, Contains("delivery " + to_string(id)) && Contains("\n  …\n"));
    CHECK_THAT(told, Catch::EndsWith("for < @all>\n```"));
}

TEST_CASE("without a bot the operator's verbs open the store themselves", "[desk]") {
    const Folder folder;
    const auto listed = bot::run_dead_without_owner(folder.options(), {});
    REQUIRE(listed.ok());
    CHECK(listed.value().items.at(0).letter.id == folder.id);
    const auto redriven = bot::run_dead_without_owner(
        folder.options(), {.verb = DeadRequest::Verb::kRedrive, .ids = {folder.id}});
    CHECK(redriven.value().changed == 1);
    const auto timeline = bot::run_timeline_without_owner(folder.options(), folder.id);
    REQUIRE(timeline.ok());
    REQUIRE(timeline.value());
    CHECK(timeline.value()->delivery.state == State::kPending);
    CHECK(bot::run_facts_without_owner(folder.options()).value().counts.pending == 1);
    // What waits can be withdrawn without Webex, but the verb wants to know that it could ask.
    const auto recalled = bot::run_recall_without_owner(folder.options(), {.ids = {folder.id}});
    REQUIRE_FALSE(recalled.ok());
    CHECK_THAT(recalled.error().message, Contains("WEBEX_ACCESS_TOKEN"));
}

TEST_CASE("a folder without an outbox is said so, and none is made", "[desk]") {
    const tests::TempFolder folder;
    const bot::cli::ConfigOptions options{.env_file = "/dev/null", .state_dir = folder.path("")};
    const auto listed = bot::run_dead_without_owner(options, {});
    REQUIRE_FALSE(listed.ok());
    CHECK(listed.error().rule == "store_missing");
    CHECK(bot::run_facts_without_owner(options).error().rule == "store_missing");
    CHECK_FALSE(std::filesystem::exists(folder.path("outbox.db")));
}

TEST_CASE("the facts of a damaged store are its damage", "[desk]") {
    const Folder folder;
    {
        std::fstream file(folder.state() + "/outbox.db",
                          std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(4096);
        file << std::string(30'000, '\xAB');
    }
    const auto facts = bot::run_facts_without_owner(folder.options());
    REQUIRE_FALSE(facts.ok());
    CHECK(facts.error().rule == "store_corrupt");
}
