#include "bot/service/report_rooms.hpp"

#include "tests/bot/service/report_bench.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

using namespace std::chrono_literals;
using bot::reports::Outcome;
using bot::service::begin_scheduled;
using Catch::Matchers::Contains;

namespace {

class Desk : public tests::ReportBench {
public:
    Desk() {
        config.rooms = {{.name = "ops", .id = "room-of-ops"},
                        {.name = "sales", .id = "room-of-sales"},
                        {.name = "lost", .title = "Nobody knows it"}};
        config.reports[0].rooms = {"sales", "ops"};
    }

    bool schedule(const std::string& room = "ops") {
        whole.reset();
        const bot::service::RoomBook book(config);
        const auto begun =
            begin_scheduled({.name = "weekly", .report = "weekly", .room = room, .at = due}, config,
                            book, *runs, [this](bool all) {
                                ++told;
                                whole = all;
                            });
        pool->drain();
        return begun.ok();
    }
    std::set<std::string> ids() const {
        std::set<std::string> all;
        for (const auto& run : runs->list())
            all.insert(run.id);
        return all;
    }

    const bot::schedule::WallTime due = std::chrono::sys_days(2026y / 11 / 27) + 8h;
    int told = 0;
};

}  // namespace

TEST_CASE("a report for rooms of which none can be used is not begun", "[reports]") {
    Desk desk;
    desk.config.reports[0].rooms.clear();
    CHECK_FALSE(desk.schedule("lost"));
    CHECK(desk.told == 0);
    CHECK(desk.ids().empty());
    CHECK_THAT(desk.log(), Contains("a scheduled report cannot be posted") && Contains("lost"));
}

TEST_CASE("a room that nobody knows costs the others nothing, and the schedule hears of it",
          "[reports]") {
    Desk desk;
    SECTION("when it is one of the report's") {
        desk.config.reports[0].rooms = {"lost"};
    }
    SECTION("when it is the schedule's own") {
        desk.config.reports[0].rooms = {"ops"};
        CHECK(desk.schedule("lost"));
    }
    if (desk.told == 0) CHECK(desk.schedule());
    CHECK(desk.runs->list().size() == 1);
    CHECK(desk.posted().size() == 8);
    CHECK(desk.told == 1);
    CHECK(desk.whole == false);
}

TEST_CASE("a report for several rooms is a run of its own in each, once", "[reports]") {
    Desk desk;
    CHECK(desk.schedule());
    CHECK(desk.ids() == std::set<std::string>{"schedule:weekly:1795766400000",
                                              "schedule:weekly:1795766400000:sales"});
    CHECK(desk.told == 1);
    CHECK(desk.whole == true);
    CHECK(desk.posted().size() == 16);
    CHECK(desk.schedule());  // again, as after a crash
    CHECK(desk.posted().size() == 16);
    CHECK(desk.told == 2);
}

TEST_CASE("each room of a report has an outcome and reasons of its own", "[reports]") {
    Desk desk;
    desk.refused_room = "room-of-sales";
    CHECK(desk.schedule());
    desk.deliver();
    desk.runs->look();
    for (const auto& run : desk.runs->list()) {
        const bool sales = run.room == "room:room-of-sales";
        CHECK(outcome_of(run) == (sales ? Outcome::kFailed : Outcome::kComplete));
        CHECK(count(run, run.started).missing == (sales ? 7 : 0));
        CHECK(reasons(run).empty() == !sales);
    }
    CHECK_THAT(desk.metrics.text(),
               Contains("stentor_report_runs_total{outcome=\"complete\"} 1") &&
                   Contains("stentor_report_runs_total{outcome=\"failed\"} 1"));
}
