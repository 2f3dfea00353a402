#include "resilience/retry_after.hpp"

#include <catch2/catch.hpp>

#include <string>

using resilience::parse_retry_after;
using namespace std::chrono_literals;

namespace {

// 2026-11-22 02:00:00 UTC, a Sunday.
constexpr resilience::Clock::WallTime kNow{std::chrono::seconds{1'795'312'800}};

}  // namespace

TEST_CASE("values that are no wait are ignored", "[retry_after]") {
    for (const char* text : {"",
                             "   ",
                             "soon",
                             "-5",
                             "+5",
                             "1e3",
                             "0x10",
                             "1.",
                             ".5",
                             "1.2.3",
                             "1,5",
                             "30, 60",
                             "30;60",
                             "rand(30),add(30)",
                             "5 seconds",
                             "9999999999999999999",
                             "12345678901234567890123",
                             "Sun, 31 Feb 2026 02:01:30 GMT",
                             "Sun, 22 Nov 2026 24:01:30 GMT",
                             "Sun, 22 Nov 2026 02:60:30 GMT",
                             "Sun, 22 Nov 2026 02:01:30",
                             "Sun, 22 Nov 2026",
                             "Sun, 22 Nov 2026 02:01:30 CET",
                             "Sun, 22 Nov 2026 :01:30 GMT",
                             "Sun, 22 Nov 2026 02::30 GMT",
                             "Sun, 22 Nov 2026 02:01: GMT",
                             "Sun, 22 Nov  02:01:30 GMT",
                             "Sunday, 22-Nov-26 02:02:00",
                             "Sunday, 22-Nov-26 02:02:00 GMT x",
                             "Sunday, 22-Nov-26 02:02:00 GMTGMT",
                             "1.1234567890123456789",
                             "Xyz, 22 Nov 2026 02:01:30 GMT",
                             "Sun, 22 Nvo 2026 02:01:30 GMT",
                             "Sun, 22 Nov 2026 02:01:30 GMT x",
                             "Sun Nov 22",
                             "Sun Nov 22 02:00:00 2026 x",
                             "22 Nov 2026 02:01:30 GMT"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_retry_after(text, kNow).has_value());
    }
}

TEST_CASE("seconds are read, blanks around them are not", "[retry_after]") {
    CHECK(parse_retry_after("0", kNow) == 0ms);
    CHECK(parse_retry_after("30", kNow) == 30s);
    CHECK(parse_retry_after(" \t30\r\n", kNow) == 30s);
    CHECK(parse_retry_after("0030", kNow) == 30s);
    CHECK(parse_retry_after("86400", kNow) == 24h);
    CHECK(parse_retry_after("999999999", kNow) == 999'999'999s);
}

TEST_CASE("a fraction of a second is rounded up", "[retry_after]") {
    CHECK(parse_retry_after("1.5", kNow) == 1500ms);
    CHECK(parse_retry_after("0.0001", kNow) == 1ms);
    CHECK(parse_retry_after("0.1230", kNow) == 123ms);
    CHECK(parse_retry_after("0.1231", kNow) == 124ms);
    CHECK(parse_retry_after("1.123456789012345678", kNow) == 1124ms);
}

TEST_CASE("numbers from a thousand million on are Unix times", "[retry_after]") {
    CHECK(parse_retry_after("1795312890", kNow) == 90s);
    CHECK(parse_retry_after("1795312800.25", kNow) == 250ms);
    CHECK(parse_retry_after("1795312000", kNow) == 0ms);
    CHECK(parse_retry_after("1000000000", kNow) == 0ms);
    CHECK(parse_retry_after("999999999999999999", kNow) == resilience::kServerDelayLimit);
}

TEST_CASE("the three date forms are read", "[retry_after]") {
    CHECK(parse_retry_after("Sun, 22 Nov 2026 02:01:30 GMT", kNow) == 90s);
    CHECK(parse_retry_after("sun, 22 nov 2026 02:01:30 GMT", kNow) == 90s);
    CHECK(parse_retry_after("Sunday, 22-Nov-26 02:02:00 GMT", kNow) == 120s);
    CHECK(parse_retry_after("Sun Nov 22 02:00:10 2026", kNow) == 10s);
    CHECK(parse_retry_after("Tue Dec  1 02:00:00 2026", kNow) == 24h * 9);
    CHECK(parse_retry_after("Sun, 22 Nov 2026 02:01:60 GMT", kNow) == 120s);
    CHECK(parse_retry_after("Sun, 22 Nov 2026 23:59:59 GMT", kNow) == 22h - 1s);
    CHECK(parse_retry_after("SUN, 01 AUG 2027 02:00:00 GMT", kNow) == 24h * 252);
}

TEST_CASE("a date in the past is no wait", "[retry_after]") {
    CHECK(parse_retry_after("Sun, 22 Nov 2026 01:59:59 GMT", kNow) == 0ms);
    CHECK(parse_retry_after("Sun Nov  1 02:00:00 2026", kNow) == 0ms);
    CHECK(parse_retry_after("Mon, 01 Jan 0001 00:00:00 GMT", kNow) == 0ms);
}

TEST_CASE("a two-digit year lies within fifty years of now", "[retry_after]") {
    CHECK(parse_retry_after("Tuesday, 22-Nov-94 02:02:00 GMT", kNow) == 0ms);
    CHECK(parse_retry_after("Monday, 22-Nov-27 02:00:00 GMT", kNow) == 24h * 365);
    const resilience::Clock::WallTime end_of_century{std::chrono::seconds{4'102'444'700}};  // 2099
    CHECK(parse_retry_after("Friday, 01-Jan-00 00:00:00 GMT", end_of_century) == 100s);
    // Fifty years to the day are not more than fifty.
    const resilience::Clock::WallTime in_2080{std::chrono::seconds{3'471'292'800}};
    CHECK(parse_retry_after("Tuesday, 01-Jan-30 00:00:00 GMT", in_2080) == 24h * 18262);
}

TEST_CASE("a date is never reached early when the clock stands between milliseconds",
          "[retry_after]") {
    const auto now = kNow + 500us;
    const auto wait = parse_retry_after("Sun, 22 Nov 2026 02:00:01 GMT", now);
    REQUIRE(wait.has_value());
    CHECK(now + *wait >= kNow + 1s);
}
