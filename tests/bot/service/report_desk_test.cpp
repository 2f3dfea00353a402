#include "bot/service/report_desk.hpp"

#include "tests/bot/service/report_bench.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <string>

using namespace std::chrono_literals;
using bot::cli::ReportRequest;
using bot::reports::PartState;
using bot::service::reports_now;
using bot::service::stored_reports;
using Catch::Matchers::Contains;
using Desk = tests::ReportBench;
using Verb = ReportRequest::Verb;

TEST_CASE("parts of a run that is unknown, goes on or is whole are not made again", "[reports]") {
    Desk desk;
    const ReportRequest again{.verb = Verb::kRedrive, .run = "schedule:weekly:1"};
    CHECK_THAT(reports_now(again, *desk.runs, desk.rooms, desk.clock).refusal,
               Contains("there is no run schedule:weekly:1"));
    desk.begin();
    CHECK_THAT(reports_now(again, *desk.runs, desk.rooms, desk.clock).refusal,
               Contains("is not over yet"));
    desk.deliver();
    desk.runs->look();
    CHECK_THAT(reports_now(again, *desk.runs, desk.rooms, desk.clock).refusal,
               Contains("nothing of the run"));
    CHECK_THAT(stored_reports(again, *desk.outbox, desk.rooms, desk.clock).error().message,
               Contains("only a running bot"));
}

TEST_CASE("the failed parts of a run are made again by whoever names its group", "[reports]") {
    Desk desk;
    std::filesystem::remove(desk.folder.path("part2.txt"));
    desk.begin();
    desk.deliver();
    desk.runs->look();
    desk.folder.write("part2.txt", "numbers, late");
    const auto group = to_string(messaging::outbox::DeliveryId{desk.only().group});
    const auto reply =
        reports_now({.verb = Verb::kRedrive, .run = group}, *desk.runs, desk.rooms, desk.clock);
    CHECK(reply.refusal.empty());
    CHECK(reply.redriven == 1);
    REQUIRE(reply.runs.size() == 1);
    CHECK(reply.runs[0].run.redriven == 1);
    desk.pool->drain();
    CHECK(desk.only().parts[1].state == PartState::kAccepted);
}

TEST_CASE("a run whose new beginning cannot be stored stays as it was", "[reports]") {
    Desk desk;
    std::filesystem::remove(desk.folder.path("part2.txt"));
    desk.begin();
    desk.deliver();
    desk.runs->look();
    desk.store.stop_accepting(true);
    CHECK_FALSE(desk.runs->redrive("schedule:weekly:1").ok());
    CHECK(desk.only().parts[1].state == PartState::kMissing);
    CHECK(desk.only().closed);
}

TEST_CASE("runs are listed newest first, with a bot and without", "[reports]") {
    Desk desk;
    for (const auto* id : {"a", "b", "c"}) {
        desk.begin(id);
        desk.clock.advance(1min);
    }
    const ReportRequest two{.limit = 2};
    for (const auto& reply : {reports_now(two, *desk.runs, desk.rooms, desk.clock),
                              stored_reports(two, *desk.outbox, desk.rooms, desk.clock).value()}) {
        REQUIRE(reply.runs.size() == 2);
        CHECK(reply.runs[0].run.id == "c");
        CHECK(reply.runs[1].run.id == "b");
        CHECK(count(reply.runs[1].run, reply.now).late == 7);
    }
    const auto one =
        stored_reports({.verb = Verb::kShow, .run = "a"}, *desk.outbox, desk.rooms, desk.clock);
    REQUIRE(one.value().runs.size() == 1);
    CHECK(one.value().runs[0].run.parts.size() == 7);
    CHECK(one.value().runs[0].room_name == "operations");
}
