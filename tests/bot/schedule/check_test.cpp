#include "bot/schedule/check.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using bot::schedule::check;
using bot::schedule::Spec;
using bot::schedule::zones_agree;
using namespace std::chrono;

namespace {

Spec spec(std::string cron, std::string zone) {
    return {.name = "s",
            .cron = std::move(cron),
            .time_zone = std::move(zone),
            .report = "aging",
            .room = "operations"};
}

}  // namespace

TEST_CASE("everything that is wrong with a schedule is told at once", "[schedule]") {
    const auto mistakes = check(spec("0 25 * * *", "Mars"));
    REQUIRE(mistakes.size() == 2);
    CHECK(mistakes[0].field == "cron");
    CHECK(mistakes[0].what ==
          "cron expression \"0 25 * * *\": hour \"25\" is not a number from 0 to 23");
    CHECK(mistakes[0].cure.find("such as") != std::string::npos);
    CHECK(mistakes[1].field == "time_zone");
    CHECK(mistakes[1].what == "time zone \"Mars\" is not known");
    CHECK_FALSE(mistakes[1].cure.empty());
}

TEST_CASE("a schedule in order has no mistakes", "[schedule]") {
    CHECK(check(spec("30 8 * * MON", "Europe/Berlin")).empty());
}

TEST_CASE("zones are judged by the year of the given time", "[schedule]") {
    const std::vector<Spec> schedules{spec("@daily", "UTC"), spec("@daily", "US/Eastern")};
    const auto late = zones_agree(schedules, sys_days(2040y / March / 1));
    REQUIRE_FALSE(late.ok());
    CHECK(late.error().message.find("July 2040") != std::string::npos);
    CHECK(zones_agree({}, sys_days(2040y / March / 1)).ok());
    CHECK(zones_agree(schedules, sys_days(2026y / March / 1)).ok());
}
