#include "bot/reports/due.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace std::chrono_literals;
using bot::reports::due_after;
using bot::reports::is_overdue;
using bot::reports::overdue_notice;
using bot::reports::overdue_rooms;
using bot::reports::parse_due_by;
using bot::reports::PartState;
using bot::reports::Run;
using bot::schedule::TimeZone;
using messaging::outbox::Millis;

namespace {

constexpr Millis kDue{1'795'766'400'000};  // 27 Nov 2026, 08:00 UTC

Run run_of(PartState second, const std::string& room = "room:ops") {
    Run run;
    run.report = "weekly";
    run.room = room;
    run.started = kDue - 10min;
    run.due_by = kDue;
    run.due_as = "10:00 (Europe/Tallinn)";
    run.parts = {{.name = "text", .state = PartState::kSent},
                 {.name = "chart *mttr*", .state = second}};
    return run;
}

}  // namespace

TEST_CASE("what is no time of day is no deadline", "[reports]") {
    for (const auto* text : {"", "8:30", "08:3", "24:00", "08:60", "08.30", "0830", "08:30 ",
                             "-1:30", "aa:bb", "08:30:00"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_due_by(text));
    }
    CHECK(parse_due_by("00:00") == 0min);
    CHECK(parse_due_by("23:59") == 23h + 59min);
}

TEST_CASE("a deadline is the next time that the zone's clocks show it", "[reports]") {
    const auto tallinn = TimeZone::find("Europe/Tallinn").value();
    const auto day = std::chrono::sys_days(2026y / 11 / 27);
    CHECK(due_after(8h + 30min, tallinn, day + 6h) == day + 6h + 30min);
    // A run at the very minute has a day.
    CHECK(due_after(8h, tallinn, day + 6h) == day + 30h);
    CHECK(due_after(6h, tallinn, day + 21h) == day + 28h);
    // A night in which clocks are changed is an hour longer, or shorter.
    const auto october = std::chrono::sys_days(2026y / 10 / 24);
    CHECK(due_after(8h, tallinn, october + 6h) == october + 30h);
    // A time that is jumped over comes with the jump.
    const auto march = std::chrono::sys_days(2027y / 3 / 28);
    CHECK(due_after(3h + 30min, tallinn, march) == march + 1h);
    CHECK(bot::reports::due_text(8h + 5min, tallinn) == "08:05 (Europe/Tallinn)");
}

TEST_CASE("a run is overdue from its deadline on, while it is not complete", "[reports]") {
    CHECK_FALSE(is_overdue(run_of(PartState::kWaiting), kDue - 1ms));
    CHECK(is_overdue(run_of(PartState::kWaiting), kDue));
    CHECK(is_overdue(run_of(PartState::kMissing), kDue));
    CHECK(is_overdue(run_of(PartState::kDoubtful), kDue));
    CHECK_FALSE(is_overdue(run_of(PartState::kSent), kDue + 24h));
    auto whenever = run_of(PartState::kMissing);
    whenever.due_by = {};
    CHECK_FALSE(is_overdue(whenever, kDue));
}

TEST_CASE("an overdue run is told once, with what is missing", "[reports]") {
    auto run = run_of(PartState::kLost);
    run.parts[1].reason = "no luck";
    CHECK_FALSE(overdue_notice(run, "Week *1*", kDue - 1ms));
    CHECK(overdue_notice(run, "Week *1*", kDue) ==
          "The report **Week \\*1\\*** was due by 10:00 (Europe/Tallinn) and is not complete: "
          "1/2 sent, 1 missing (chart \\*mttr\\*: no luck).");
    run.overdue_told = true;
    CHECK_FALSE(overdue_notice(run, "Week", kDue));
}

TEST_CASE("a later complete run in the same room makes up for one that is overdue", "[reports]") {
    using Rooms = std::map<std::string, std::size_t>;
    const auto late = run_of(PartState::kMissing);
    const auto whole = run_of(PartState::kSent);
    auto next = run_of(PartState::kWaiting);
    next.due_by = kDue + 24h;
    CHECK(overdue_rooms({}, kDue).empty());
    CHECK(overdue_rooms({late}, kDue) == Rooms{{"weekly", 1}});
    CHECK(overdue_rooms({late, next}, kDue) == Rooms{{"weekly", 1}});
    CHECK(overdue_rooms({late, whole}, kDue).empty());
    CHECK(overdue_rooms({whole, late}, kDue) == Rooms{{"weekly", 1}});
    const auto elsewhere = run_of(PartState::kMissing, "room:sales");
    CHECK(overdue_rooms({late, elsewhere}, kDue) == Rooms{{"weekly", 2}});
    CHECK(overdue_rooms({late, elsewhere, whole}, kDue) == Rooms{{"weekly", 1}});
}
