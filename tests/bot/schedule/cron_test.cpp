#include "bot/schedule/cron.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using bot::schedule::Cron;
using bot::schedule::parse_cron;

namespace {

std::string mistake(const std::string& text) {
    const auto parsed = parse_cron(text);
    INFO(text);
    REQUIRE_FALSE(parsed.ok());
    return parsed.error().message;
}

Cron cron(const std::string& text) {
    const auto parsed = parse_cron(text);
    INFO(text << ": " << (parsed.ok() ? "" : parsed.error().message));
    REQUIRE(parsed.ok());
    return parsed.value();
}

template <std::size_t N>
std::vector<std::size_t> members(const std::bitset<N>& set) {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < N; ++i) {
        if (set[i]) all.push_back(i);
    }
    return all;
}

using Members = std::vector<std::size_t>;

}  // namespace

TEST_CASE("a wrong cron expression is refused with its field and the cure", "[schedule]") {
    const std::string text = "cron expression ";

    SECTION("when it has not five fields") {
        CHECK(mistake("") ==
              "cron expression is empty; write five fields, minute hour day-of-month month "
              "day-of-week, such as \"0 8 * * mon-fri\"");
        CHECK(mistake("* * * *") ==
              text +
                  "\"* * * *\": has 4 fields, not five: minute hour day-of-month month "
                  "day-of-week");
        CHECK(mistake("0 * * * * *").find("has 6 fields") != std::string::npos);
        CHECK(mistake(std::string(5000, '1')).find("longer than 1000") != std::string::npos);
        CHECK(mistake("@reboot") ==
              text +
                  "\"@reboot\": is not one of @hourly, @daily, @midnight, @weekly, @monthly, "
                  "@yearly, @annually");
    }
    SECTION("when its day fields never meet") {
        CHECK(mistake("0 0 */30 * mon#2") ==
              text +
                  "\"0 0 */30 * mon#2\": day-of-month \"*/30\" and day-of-week \"mon#2\" never "
                  "fall on the same day in month \"*\", so it would never run; both must match "
                  "where one begins with *");
        CHECK(mistake("0 0 */30,L 4 mon#2").find("never fall on the same day") !=
              std::string::npos);
    }
    SECTION("when a value is out of range or no value") {
        CHECK(mistake("60 * * * *") ==
              text + "\"60 * * * *\": minute \"60\" is not a number from 0 to 59");
        CHECK(mistake("0 24 * * *").find("hour \"24\" is not a number from 0 to 23") !=
              std::string::npos);
        CHECK(mistake("0 0 0 * *").find("day-of-month \"0\" is not a number from 1 to 31") !=
              std::string::npos);
        CHECK(mistake("0 0 * juli *")
                  .find("month \"juli\" is not a number from 1 to 12 or a name, jan to dec") !=
              std::string::npos);
        CHECK(mistake("0 0 * * 8")
                  .find("day-of-week \"8\" is not a number from 0 to 7 or a name, "
                        "sun to sat") != std::string::npos);
        for (const auto* wrong : {"-1", "+1", "1-", "-", "1--2", "1.5", "0x1", "**", "*-5", "?",
                                  "99999999999", "mon", "1\n"}) {
            CHECK(mistake(std::string(wrong) + " * * * *").find("minute \"") != std::string::npos);
        }
    }
    SECTION("when a list has a hole") {
        CHECK(mistake("1,,2 * * * *") == text +
                                             "\"1,,2 * * * *\": minute has an empty item; "
                                             "write a number from 0 to 59");
        CHECK(mistake(", * * * *").find("empty item") != std::string::npos);
    }
    SECTION("when a range runs backwards") {
        CHECK(mistake("0 22-6 * * *") ==
              text +
                  "\"0 22-6 * * *\": hour \"22-6\" ends before it starts; write it as two "
                  "ranges, 22-23,0-6");
        CHECK(cron("0 22-23,0-6 * * *").hours.count() == 9);
        CHECK(mistake("0 0 * * sat-mon").find("6-7,0-1") != std::string::npos);
    }
    SECTION("when a step says less than it seems to") {
        CHECK(mistake("*/0 * * * *").find("minute step \"0\" is not a number from 1 on") !=
              std::string::npos);
        CHECK(mistake("*/ * * * *").find("minute step \"\" is not") != std::string::npos);
        CHECK(mistake("*/5/5 * * * *").find("minute step \"5/5\" is not") != std::string::npos);
        CHECK(mistake("*/90 * * * *") ==
              text +
                  "\"*/90 * * * *\": minute step \"90\" is longer than its range and would "
                  "match only 0; write that if it is meant");
        CHECK(mistake("5/15 * * * *") ==
              text +
                  "\"5/15 * * * *\": minute \"5/15\" has a step without a range; write "
                  "5-59/15");
        CHECK(members(cron("5-59/15 * * * *").minutes) == Members{5, 20, 35, 50});
    }
    SECTION("when no such day exists") {
        CHECK(mistake("0 0 30 2 *") == text +
                                           "\"0 0 30 2 *\": day-of-month \"30\" does not exist "
                                           "in month \"2\", so it would never run");
        CHECK(mistake("0 0 31 apr,jun */2").find("never run") != std::string::npos);
        CHECK(parse_cron("0 0 29 2 *").ok());
        CHECK(parse_cron("0 0 30 2 mon").ok());  // every Monday in February
    }
}

TEST_CASE(
    "days that are named by the end or the weeks of the month are refused where they mean nothing",
    "[schedule]") {
    CHECK(mistake("0 0 * * L").find("day-of-week \"L\" names no weekday; write friL") !=
          std::string::npos);
    CHECK(mistake("0 0 5L * *")
              .find("day-of-month \"5L\" is not understood; L alone is the last "
                    "day of the month") != std::string::npos);
    CHECK(mistake("L 0 * * *").find("minute \"L\" is not a number") != std::string::npos);
    CHECK(mistake("0 0 * * mon#6").find("write mon#1 to mon#5, or monL for the last") !=
          std::string::npos);
    CHECK(mistake("0 0 * * mon#").find("mon#1 to mon#5") != std::string::npos);
    CHECK(mistake("0 0 * * 9#1").find("\"9\" in \"9#1\" is not a number from 0 to 7") !=
          std::string::npos);
    CHECK(mistake("0 0 * * #1").find("in \"#1\" is not") != std::string::npos);
    CHECK(mistake("0 0 L,,1 * *").find("day-of-month has an empty item") != std::string::npos);
    CHECK(mistake("0 0 L, * *").find("day-of-month has an empty item") != std::string::npos);
}

TEST_CASE("a cron expression names minutes, hours and days", "[schedule]") {
    SECTION("by numbers, lists, ranges and steps") {
        const auto parsed = cron(" 5,10-12\t*/6  1-10/3 * * ");
        CHECK(members(parsed.minutes) == Members{5, 10, 11, 12});
        CHECK(members(parsed.hours) == Members{0, 6, 12, 18});
        CHECK(members(parsed.days) == Members{1, 4, 7, 10});
        CHECK(members(parsed.months).size() == 12);
        CHECK_FALSE(parsed.months[0]);
        CHECK(parsed.weekdays.all());
    }
    SECTION("by names in any case") {
        const auto parsed = cron("0 0 * JAN,Mar-may Mon-FRI");
        CHECK(members(parsed.months) == Members{1, 3, 4, 5});
        CHECK(members(parsed.weekdays) == Members{1, 2, 3, 4, 5});
    }
    SECTION("with three names for Sunday, at both ends of the week") {
        CHECK(cron("0 0 * * 7") == cron("0 0 * * 0"));
        CHECK(cron("0 0 * * sun") == cron("0 0 * * 0"));
        CHECK(members(cron("0 0 * * fri-sun").weekdays) == Members{0, 5, 6});
        CHECK(members(cron("0 0 * * 5-7").weekdays) == Members{0, 5, 6});
        CHECK(members(cron("0 0 * * sun-tue").weekdays) == Members{0, 1, 2});
        CHECK(members(cron("0 0 * * */2").weekdays) == Members{0, 2, 4, 6});
    }
    SECTION("by shorthand") {
        CHECK(cron("@hourly") == cron("0 * * * *"));
        CHECK(cron("@Daily") == cron("0 0 * * *"));
        CHECK(cron("@midnight") == cron("0 0 * * *"));
        CHECK(cron("@weekly") == cron("0 0 * * 0"));
        CHECK(cron(" @monthly ") == cron("0 0 1 * *"));
        CHECK(cron("@yearly") == cron("0 0 1 1 *"));
        CHECK(cron("@annually") == cron("0 0 1 1 *"));
    }
}

TEST_CASE("two restricted day fields mean either, a starred one means both", "[schedule]") {
    using namespace std::chrono;
    const auto friday_13 = 2026y / November / 13;
    const auto friday_20 = 2026y / November / 20;
    const auto sunday_13 = 2026y / December / 13;

    const auto either = cron("0 0 13 * fri");
    CHECK(either.runs_on(friday_13));
    CHECK(either.runs_on(friday_20));
    CHECK(either.runs_on(sunday_13));
    CHECK_FALSE(either.runs_on(2026y / December / 14));

    CHECK_FALSE(cron("0 0 13 * *").runs_on(friday_20));
    CHECK_FALSE(cron("0 0 * * fri").runs_on(sunday_13));

    const auto odd_fridays = cron("0 0 */2 * fri");
    CHECK(odd_fridays.runs_on(friday_13));
    CHECK_FALSE(odd_fridays.runs_on(friday_20));
    CHECK_FALSE(odd_fridays.runs_on(sunday_13));
    CHECK_FALSE(cron("0 0 13 12 *").runs_on(friday_13));
}
