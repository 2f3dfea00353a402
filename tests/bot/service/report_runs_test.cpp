#include "bot/service/report_runs.hpp"

#include "tests/bot/service/report_bench.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using bot::reports::Outcome;
using bot::reports::outcome_of;
using bot::reports::PartState;
using Catch::Matchers::Contains;
using messaging::outbox::RunEnd;

namespace {

using Desk = tests::ReportBench;

}  // namespace

TEST_CASE("an order for a report that has no parts is refused", "[reports]") {
    Desk desk;
    CHECK_FALSE(
        desk.runs->begin({.id = "x", .report = "daily", .to = messaging::room("ops")}).ok());
    desk.config.reports[0].parts.clear();
    CHECK_FALSE(
        desk.runs->begin({.id = "x", .report = "weekly", .to = messaging::room("ops")}).ok());
    CHECK(desk.posted().empty());
}

TEST_CASE("[S1.22] a part that cannot be built is missing, named in the header, the rest is sent",
          "[reports]") {
    Desk desk;
    std::filesystem::remove(desk.folder.path("part4.txt"));
    desk.begin();
    CHECK(desk.whole == false);
    desk.deliver();
    REQUIRE(desk.arrived.size() == 7);
    CHECK_THAT(desk.arrived[0], Contains("0/7 sent"));
    desk.clock.advance(10s);
    desk.runs->look();
    REQUIRE(desk.edits.size() == 1);
    CHECK_THAT(desk.edits[0], Contains("**Weekly \\*numbers\\***"));
    CHECK_THAT(desk.edits[0],
               Contains("6/7 sent, 1 missing (part4: its file part4.txt is missing)"));
    CHECK(outcome_of(desk.only()) == Outcome::kPartial);
    CHECK_THAT(desk.metrics.text(), Contains("stentor_report_runs_total{outcome=\"partial\"} 1"));

    // Nothing more is done about it, until somebody has it made again.
    desk.clock.advance(1h);
    desk.runs->look();
    CHECK(desk.edits.size() == 1);
    desk.folder.write("part4.txt", "numbers, late");
    REQUIRE(desk.runs->redrive("schedule:weekly:1").ok());
    desk.pool->drain();
    CHECK(desk.only().parts[3].state == PartState::kAccepted);
    CHECK(desk.posted().size() == 8);
    CHECK_FALSE(desk.runs->redrive("schedule:weekly:1").ok());
    CHECK_FALSE(desk.runs->redrive("nobody").ok());
}

TEST_CASE("[S1.22] a part whose result is empty is missing, and the header says so", "[reports]") {
    Desk desk;
    desk.folder.write("part4.txt", "");
    desk.begin();
    desk.deliver();
    desk.runs->look();
    REQUIRE(desk.edits.size() == 1);
    CHECK_THAT(desk.edits[0], Contains("6/7 sent, 1 missing (part4: its file part4.txt is empty)"));
}

TEST_CASE("[S1.22] the parts of a report come in order, in the thread of its header", "[reports]") {
    Desk desk;
    desk.begin();
    CHECK(desk.whole == true);
    desk.deliver();
    REQUIRE(desk.arrived.size() == 8);
    for (int i = 1; i <= 7; ++i)
        CHECK(desk.arrived.at(static_cast<std::size_t>(i)) == "part" + std::to_string(i));
    CHECK(desk.parents == std::vector<std::string>(7, "m1"));
    desk.runs->look();
    REQUIRE(desk.edits.size() == 1);
    CHECK_THAT(desk.edits[0], Contains(": 7/7 sent"));
    CHECK(outcome_of(desk.only()) == Outcome::kComplete);
    // The same order again is the same run, and whoever gives it hears how that stands.
    desk.whole.reset();
    desk.begin();
    CHECK(desk.whole == true);
    CHECK(desk.posted().size() == 8);
}

TEST_CASE("a report that was cut off goes on with its first part that was not sent", "[reports]") {
    Desk desk;
    desk.begin();
    const auto before = desk.posted().size();
    auto run = desk.only();
    SECTION("after everything") {}
    SECTION("after a part was accepted and before that was written down") {
        run.parts[3] = {.name = run.parts[3].name};
    }
    SECTION("after the fourth of seven") {
        for (std::size_t i = 4; i < 7; ++i)
            run.parts[i] = {.name = run.parts[i].name};
    }
    SECTION("before the header was written down") {
        run.header = {};
        run.shown.clear();
        for (auto& part : run.parts)
            part = {.name = part.name};
    }
    messaging::outbox::Batch batch;
    batch.settings.emplace_back("report_run:" + run.id, to_json(run));
    REQUIRE(desk.outbox->apply(std::move(batch)).ok());
    desk.start();
    desk.pool->drain();
    CHECK(desk.posted().size() == before);
    const auto after = desk.only();
    CHECK(after.header.value != 0);
    for (const auto& part : after.parts) {
        CHECK(part.state == PartState::kAccepted);
        CHECK(part.ids.size() == 1);
    }
    desk.deliver();
    desk.runs->look();
    CHECK(outcome_of(desk.only()) == Outcome::kComplete);
    CHECK(desk.arrived.size() == 8);
}

TEST_CASE("a part that Webex refuses is lost, and the header says why", "[reports]") {
    Desk desk;
    desk.refused = "part2";
    desk.begin();
    desk.deliver();
    desk.runs->look();
    CHECK(desk.only().parts[1].state == PartState::kLost);
    REQUIRE_FALSE(desk.edits.empty());
    CHECK_THAT(desk.edits.back(), Contains("1 missing (part2: "));
    CHECK(outcome_of(desk.only()) == Outcome::kPartial);
}

TEST_CASE("a header is edited when something has changed, and not oftener than it may be",
          "[reports]") {
    Desk desk;
    desk.begin();
    desk.runs->look();
    CHECK(desk.edits.empty());  // it has not arrived itself
    desk.clock.advance(61s);
    desk.deliver();
    desk.edit_answer = {.status = 503};
    desk.runs->look();
    const auto tried = desk.edits.size();
    CHECK(tried > 0);
    CHECK(desk.only().edits == 0);
    desk.edit_answer = {.status = 200, .body = R"({"id":"m1","roomId":"ops"})"};
    desk.clock.advance(10s);
    desk.runs->look();
    CHECK(desk.edits.size() == tried + 1);
    CHECK_THAT(desk.edits.back(), Contains("7/7 sent"));
    desk.runs->look();
    CHECK(desk.edits.size() == tried + 1);
}

TEST_CASE("a header whose edit fails is left alone for longer each time", "[reports]") {
    Desk desk;
    desk.begin();
    desk.deliver();
    // So many edits are asked for while the bot looks every two seconds.
    const auto asked_within = [&desk](std::chrono::seconds time) {
        const auto before = desk.edits.size();
        for (auto passed = 0s; passed < time; passed += 2s) {
            desk.runs->look();
            desk.clock.advance(2s);
        }
        return desk.edits.size() - before;
    };
    SECTION("when the token is refused") {
        desk.edit_answer = {.status = 401};
        CHECK(asked_within(5min) == 5);  // after 10, 20, 40, 80, 160 s
        CHECK(asked_within(1h) <= 8);
        desk.edit_answer = {.status = 200, .body = R"({"id":"m1","roomId":"ops"})"};
        CHECK(asked_within(10min) == 1);
        CHECK_THAT(desk.edits.back(), Contains("7/7 sent"));
    }
    SECTION("when Webex names a time") {
        desk.edit_answer = {.status = 429, .headers = {{"Retry-After", "90"}}};
        CHECK(asked_within(90s) == 1);
        CHECK(asked_within(90s) == 1);
    }
}

TEST_CASE("a header that can be edited no longer does not keep its run open", "[reports]") {
    Desk desk;
    desk.begin();
    desk.deliver();
    desk.edit_answer = {.status = 400, .body = R"({"message":"edit limit reached"})"};
    desk.runs->look();
    CHECK_THAT(desk.log(), Contains("the header of a report was not edited"));
    CHECK_THAT(desk.metrics.text(), Contains("stentor_report_runs_total{outcome=\"complete\"} 1"));
}

TEST_CASE("a run that was cut off between its end and the edit of its header says how it ended",
          "[reports]") {
    Desk desk;
    for (int i = 1; i <= 7; ++i)
        std::filesystem::remove(desk.folder.path("part" + std::to_string(i) + ".txt"));
    desk.begin();
    desk.deliver();
    REQUIRE(outcome_of(desk.only()) == Outcome::kFailed);
    desk.start();
    desk.runs->look();
    REQUIRE(desk.edits.size() == 1);
    CHECK_THAT(desk.edits[0], Contains("0/7 sent, 7 missing"));
    CHECK_THAT(desk.metrics.text(), Contains("stentor_report_runs_total{outcome=\"failed\"} 1"));
    // What was said once is not said again, nor is the run counted twice.
    desk.config.reports[0].title = "Another title";
    desk.start();
    desk.runs->look();
    CHECK(desk.edits.size() == 1);
    CHECK_THAT(desk.metrics.text(), Contains("stentor_report_runs_total{outcome=\"failed\"} 1"));
}

TEST_CASE("what is being built when the service ends is left for the next start", "[reports]") {
    Desk desk;
    std::filesystem::remove(desk.folder.path("part1.txt"));
    desk.ending.request_stop();
    desk.start();
    desk.begin();
    CHECK(desk.only().parts[0].state == PartState::kWaiting);
    CHECK_FALSE(desk.whole);
    desk.ending = {};
    desk.folder.write("part1.txt", "numbers, after the restart");
    desk.start();
    desk.pool->drain();
    CHECK(desk.posted().size() == 8);
}

TEST_CASE("a part whose messages were forgotten by the store keeps no run open", "[reports]") {
    Desk desk;
    desk.begin();
    auto run = desk.only();
    run.parts[6].ids = {{12345}};
    messaging::outbox::Batch batch;
    batch.settings.emplace_back("report_run:" + run.id, to_json(run));
    REQUIRE(desk.outbox->apply(std::move(batch)).ok());
    desk.start();
    desk.deliver();
    desk.runs->look();
    CHECK(desk.only().parts[6].state == PartState::kDoubtful);
    CHECK(outcome_of(desk.only()) == Outcome::kPartial);
}

TEST_CASE("each run of a report is in the ledger, with how it ended", "[reports][ledger]") {
    Desk desk;
    std::filesystem::remove(desk.folder.path("part2.txt"));
    REQUIRE(desk.runs
                ->begin({.id = "command:1",
                         .report = "weekly",
                         .to = messaging::room("ops"),
                         .origin = "command",
                         .who = "robin@example.com"})
                .ok());
    desk.pool->drain();
    REQUIRE(desk.lines().size() == 1);
    CHECK(desk.lines()[0].end == RunEnd::kRunning);
    desk.start();  // the program ended while it ran, and the run goes on
    desk.clock.advance(30s);
    desk.deliver();
    desk.runs->look();
    REQUIRE(desk.lines().size() == 2);
    CHECK(desk.lines()[1].end == RunEnd::kInterrupted);
    const auto line = desk.lines()[0];
    CHECK(line.kind == messaging::outbox::RunKind::kReport);
    CHECK(line.name == "weekly");
    CHECK(line.who == "robin@example.com");
    CHECK(line.where == "ops");
    CHECK(line.what == "command, after a restart");
    CHECK(line.took >= 30s);
    CHECK(line.end == RunEnd::kFailed);
    CHECK(line.reason == "partial, 6/7 sent, 1 missing: part2: its file part2.txt is missing");
    desk.folder.write("part2.txt", "numbers, late");
    REQUIRE(desk.runs->redrive("command:1").ok());
    desk.pool->drain();
    CHECK(desk.lines()[0].what == "command, failed parts again");
    CHECK(desk.lines()[0].end == RunEnd::kRunning);
}

TEST_CASE("a run that cannot be read is dropped with a word in the log", "[reports]") {
    Desk desk;
    desk.begin();
    messaging::outbox::Batch batch;
    batch.settings.emplace_back("report_run:schedule:weekly:1", "{half");
    REQUIRE(desk.outbox->apply(std::move(batch)).ok());
    desk.start();
    CHECK(desk.runs->list().empty());
    CHECK_THAT(desk.log(), Contains("a report run cannot be read and is dropped"));
}
