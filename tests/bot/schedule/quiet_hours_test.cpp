#include "bot/schedule/quiet_hours.hpp"

#include <catch2/catch.hpp>

using bot::schedule::parse_time_of_day;
using bot::schedule::quiet_until;
using bot::schedule::QuietHours;
using bot::schedule::TimeZone;
using bot::schedule::WallTime;
using namespace std::chrono;

namespace {

WallTime utc(year_month_day date, int hour, int minute = 0) {
    return sys_days(date) + hours(hour) + minutes(minute);
}

std::optional<WallTime> until(const QuietHours& quiet, WallTime now) {
    return quiet_until(quiet, TimeZone::find(quiet.time_zone).value(), now);
}

}  // namespace

TEST_CASE("what is no time of day is refused", "[schedule]") {
    for (const auto* wrong : {"", "7:00", "24:00", "22:60", "22.00", "22:0x", "022:00", "-1:00"}) {
        INFO(wrong);
        CHECK_FALSE(parse_time_of_day(wrong));
    }
    CHECK(parse_time_of_day("00:00") == minutes(0));
    CHECK(parse_time_of_day("23:59") == minutes(1439));
}

TEST_CASE("quiet hours hold from their first minute to before their last", "[schedule]") {
    const QuietHours noon{.from = hours(12), .to = hours(13)};
    const auto day = 2026y / November / 22;
    CHECK_FALSE(until(noon, utc(day, 11, 59)));
    CHECK(until(noon, utc(day, 12)) == utc(day, 13));
    CHECK(until(noon, utc(day, 12, 59)) == utc(day, 13));
    CHECK_FALSE(until(noon, utc(day, 13)));
}

TEST_CASE("quiet hours over midnight end on the next day, by the clocks of their zone",
          "[schedule]") {
    const QuietHours night{.from = hours(22), .to = hours(7), .time_zone = "Europe/Tallinn"};
    CHECK_FALSE(until(night, utc(2026y / November / 22, 19, 59)));
    CHECK(until(night, utc(2026y / November / 22, 20)) == utc(2026y / November / 23, 5));
    CHECK(until(night, utc(2026y / November / 23, 4, 59)) == utc(2026y / November / 23, 5));
    CHECK_FALSE(until(night, utc(2026y / November / 23, 5)));
    // The night in which summer begins has an hour less.
    CHECK(until(night, utc(2026y / March / 28, 20)) == utc(2026y / March / 29, 4));
}

TEST_CASE("quiet hours that end where clocks change end once", "[schedule]") {
    const QuietHours night{
        .from = hours(22), .to = hours(2) + minutes(30), .time_zone = "Europe/Berlin"};
    // Forward: 02:30 is jumped over, at 01:00Z.
    CHECK(until(night, utc(2026y / March / 29, 0, 30)) == utc(2026y / March / 29, 1));
    // Back: 02:30 comes at 00:30Z and at 01:30Z.
    CHECK(until(night, utc(2026y / October / 25, 0, 10)) == utc(2026y / October / 25, 0, 30));
    CHECK_FALSE(until(night, utc(2026y / October / 25, 1, 10)));
}
