// What schedules can be told: intervals, spread, what is made up for, pauses, runs on demand.
#include "bot/schedule/check.hpp"
#include "bot/schedule/scheduler.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using bot::schedule::Gap;
using bot::schedule::Missed;
using bot::schedule::Scheduler;
using bot::schedule::Skipped;
using bot::schedule::Spec;
using bot::schedule::Timing;
using bot::schedule::WallTime;
using namespace std::chrono;

namespace {

WallTime at(int hour, int minute = 0, int second = 0, int day = 22) {
    return sys_days(2026y / November / day) + hours(hour) + minutes(minute) + seconds(second);
}

Spec cron(std::string text, std::string zone = "UTC") {
    return {.name = "s",
            .cron = std::move(text),
            .time_zone = std::move(zone),
            .report = "aging",
            .room = "operations"};
}

Scheduler scheduler(const Spec& spec, WallTime now) {
    return std::move(Scheduler::create({spec}, now)).value();
}

Timing timing(const Spec& spec) {
    return Timing::make(spec).value();
}

std::string mistake(const Spec& spec) {
    const auto all = bot::schedule::check(spec);
    return all.empty() ? "" : std::string(all.front().field) + ": " + all.front().what;
}

}  // namespace

TEST_CASE("an interval that cannot be kept is refused", "[schedule]") {
    auto spec = cron("0 8 * * *");
    spec.every = minutes(15);
    CHECK(mistake(spec) == "cron: both cron and an interval are given");
    spec.cron.clear();
    CHECK(mistake(spec).empty());
    spec.every = seconds(59);
    CHECK(mistake(spec).find("every_minutes: ") == 0);
    spec.every = minutes(15);
    spec.jitter = minutes(15);
    CHECK(mistake(spec).find("jitter_s: ") == 0);
    spec.jitter = minutes(14);
    CHECK(mistake(spec).empty());
}

TEST_CASE("an interval counts from 1970, whenever the bot was started", "[schedule]") {
    auto spec = cron("");
    spec.every = minutes(15);
    CHECK(timing(spec).next_after(at(8, 1)) == at(8, 15));
    CHECK(timing(spec).next_after(at(8, 15)) == at(8, 30));
    CHECK(timing(spec).last_between(at(7), at(8, 29, 59)) == at(8, 15));
    CHECK(timing(spec).last_between(at(8, 15), at(8, 29)) == std::nullopt);
    CHECK(timing(spec).next_after(WallTime(seconds(-1))) == WallTime(seconds(0)));
    CHECK(timing(spec).next_after(WallTime::max()) == std::nullopt);
    auto schedules = scheduler(spec, at(8, 1));
    CHECK(schedules.tick(at(8, 14, 59)).empty());
    const auto due = schedules.tick(at(8, 15));
    REQUIRE(due.size() == 1);
    CHECK(due[0].at == at(8, 15));
}

TEST_CASE("jitter starts a run later, never earlier, under its own time", "[schedule]") {
    auto spec = cron("*/10 * * * *");
    spec.jitter = minutes(5);
    const auto times = timing(spec);
    std::set<WallTime::duration> delays;
    for (int i = 0; i < 6 * 24; ++i) {
        const auto time = at(0) + minutes(10 * i);
        const auto delay = times.start_of(time) - time;
        CHECK(delay >= seconds(0));
        CHECK(delay < minutes(5));
        CHECK(times.start_of(time) == time + delay);
        delays.insert(delay);
    }
    CHECK(delays.size() > 100);  // spread out
    CHECK(*delays.begin() < seconds(30));
    CHECK(*delays.rbegin() > seconds(270));

    auto schedules = scheduler(spec, at(8, 1));
    const auto start = times.start_of(at(8, 10));
    CHECK(schedules.next_due() == start);
    CHECK(schedules.tick(start - milliseconds(1)).empty());
    const auto due = schedules.tick(start);
    REQUIRE(due.size() == 1);
    CHECK(due[0].at == at(8, 10));
    CHECK_FALSE(due[0].missed);
}

TEST_CASE("with missed: all each missed run is made, the oldest first, one at a time",
          "[schedule]") {
    auto spec = cron("0 * * * *");
    spec.missed = Missed::kAll;
    auto schedules = scheduler(spec, at(7, 30));
    for (const int hour : {8, 9, 10}) {
        const auto due = schedules.tick(at(10, 5));
        REQUIRE(due.size() == 1);
        CHECK(due[0].at == at(hour));
        CHECK(schedules.tick(at(10, 5)).empty());
        schedules.finished("s", at(10, 5), true);
    }
    CHECK(schedules.tick(at(10, 6)).empty());
    CHECK(schedules.take_skipped().empty());
    CHECK(schedules.next_due() == at(11));
}

TEST_CASE("what is too late is not made up for, and told", "[schedule]") {
    auto spec = cron("0 * * * *");
    spec.max_lateness = hours(2);

    SECTION("all: the older ones") {
        spec.missed = Missed::kAll;
        auto schedules = scheduler(spec, at(0, 30));
        const auto due = schedules.tick(at(10, 5));
        REQUIRE(due.size() == 1);
        CHECK(due[0].at == at(9));
        const auto skipped = schedules.take_skipped();
        REQUIRE(skipped.size() == 1);
        CHECK(skipped[0].at == at(8));
        CHECK(skipped[0].reason == Skipped::Reason::kTooLate);
    }
    SECTION("all: never more than a hundred") {
        spec.missed = Missed::kAll;
        spec.max_lateness = seconds(0);
        auto schedules = scheduler(spec, at(0, 30));
        std::size_t runs = 0;
        for (auto due = schedules.tick(at(0, 5, 0, 29)); !due.empty();
             due = schedules.tick(at(0, 5, 0, 29))) {
            ++runs;
            schedules.finished("s", at(0, 5, 0, 29), true);
        }
        CHECK(runs == 100);
        CHECK(schedules.take_skipped().size() == 1);
    }
    SECTION("once and skip: the latest, as late as that") {
        spec.missed = GENERATE(Missed::kSkip, Missed::kOnce);
        spec.cron = "0 8 * * *";
        auto schedules = scheduler(spec, at(7));
        CHECK(schedules.tick(at(10, 0, 1)).empty());
        CHECK(schedules.take_skipped().at(0).reason == Skipped::Reason::kTooLate);
        schedules = scheduler(spec, at(7));
        CHECK(schedules.tick(at(10)).size() == 1);
    }
}

TEST_CASE("jitter does not make a run too late", "[schedule]") {
    auto spec = cron("0 * * * *");
    spec.missed = GENERATE(Missed::kSkip, Missed::kOnce, Missed::kAll);
    spec.jitter = minutes(50);
    spec.max_lateness = minutes(5);
    auto schedules = scheduler(spec, at(0, 30));
    int runs = 0;
    for (auto now = at(0, 30); now < at(23, 59); now += seconds(10)) {
        for (const auto& due : schedules.tick(now)) {
            ++runs;
            schedules.finished(due.name, now, true);
        }
    }
    CHECK(runs == 23);
    CHECK(schedules.take_skipped().empty());
}

TEST_CASE("with missed: all the last hundred are found without a walk through all", "[schedule]") {
    struct Sparse {
        const char* text;
        seconds every;
        WallTime oldest;
    };
    const auto [text, every, oldest] =
        GENERATE(Sparse{"* * * * *", seconds(0), at(6, 21)},
                 Sparse{"0 * * * *", seconds(0), at(5, 0, 0, 18)},
                 Sparse{"0 0 1 * *", seconds(0), WallTime(sys_days(2018y / August / 1))},
                 Sparse{"", minutes(1), at(6, 21)});
    auto spec = cron(text);
    spec.every = every;
    const auto years = timing(spec).last_runs(WallTime(), at(8), 100);
    INFO(text);
    REQUIRE(years.size() == 100);
    CHECK(years.front() == oldest);
    CHECK(std::is_sorted(years.begin(), years.end()));
    CHECK(timing(spec).last_runs(years[96], at(8), 100) ==
          std::vector<WallTime>(years.begin() + 97, years.end()));
    CHECK(timing(spec).last_runs(at(8), at(8), 100).empty());

    // A clock that began in 1970 and was then set: with all those minutes it took a minute.
    spec.missed = Missed::kAll;
    auto schedules = scheduler(spec, WallTime());
    const auto due = schedules.tick(at(8));
    REQUIRE(due.size() == 1);
    CHECK(due[0].at == oldest);
    CHECK(schedules.take_skipped().size() == 1);
}

TEST_CASE("a paused schedule runs nothing and makes up for nothing", "[schedule]") {
    auto spec = cron("0 * * * *");
    spec.missed = GENERATE(Missed::kSkip, Missed::kOnce, Missed::kAll);
    auto schedules = scheduler(spec, at(7, 30));
    CHECK_FALSE(schedules.pause("nobody", true, at(7, 31)).ok());
    REQUIRE(schedules.pause("s", true, at(7, 31)).ok());
    CHECK(schedules.tick(at(8)).empty());
    CHECK(schedules.take_skipped().at(0).reason == Skipped::Reason::kPaused);
    CHECK(schedules.silent(at(12)).empty());

    auto after = scheduler(spec, at(9, 30));  // a restart
    REQUIRE(after.restore(schedules.state(), at(9, 30)).ok());
    CHECK(after.status().at(0).paused);
    CHECK(after.tick(at(9, 30)).empty());
    REQUIRE(after.pause("s", false, at(9, 31)).ok());
    CHECK(after.tick(at(9, 31)).empty());
    CHECK(after.next_due() == at(10));
    CHECK(after.tick(at(10)).size() == 1);
}

TEST_CASE("a paused schedule does not begin again what a restart cut off", "[schedule]") {
    auto schedules = scheduler(cron("0 8 * * *"), at(7));
    REQUIRE(schedules.tick(at(8)).size() == 1);
    REQUIRE(schedules.pause("s", true, at(8, 1)).ok());

    auto after = scheduler(cron("0 8 * * *"), at(8, 2));
    REQUIRE(after.restore(schedules.state(), at(8, 2)).ok());
    CHECK(after.tick(at(8, 2)).empty());
    const auto skipped = after.take_skipped();
    REQUIRE(skipped.size() == 1);
    CHECK(skipped[0].at == at(8));
    CHECK(skipped[0].reason == Skipped::Reason::kPaused);
    CHECK(after.status().at(0).ok == false);
    REQUIRE(after.pause("s", false, at(8, 3)).ok());
    CHECK(after.tick(at(8, 3)).empty());
    CHECK(after.next_due() == at(8, 0, 0, 23));
}

TEST_CASE("a run on demand is one like the others", "[schedule]") {
    auto schedules = scheduler(cron("0 * * * *"), at(7, 30));
    CHECK_FALSE(schedules.run_now("nobody", at(7, 31)).ok());
    const auto due = schedules.run_now("s", at(7, 31) + microseconds(5));
    REQUIRE(due.ok());
    CHECK(due.value().report == "aging");
    CHECK(due.value().at == at(7, 31));
    CHECK_FALSE(due.value().missed);
    CHECK(schedules.run_now("s", at(7, 32)).error().message.find("has not ended") !=
          std::string::npos);
    schedules.finished("s", at(7, 32), true);
    CHECK(schedules.next_due() == at(8));
}

TEST_CASE("a schedule of which nothing ends well has gone silent", "[schedule]") {
    auto schedules = scheduler(cron("0 * * * *"), at(7, 30));
    CHECK(schedules.tick(at(8)).size() == 1);
    CHECK(schedules.silent(at(8, 15)).empty());
    CHECK(schedules.silent(at(8, 15, 1)).size() == 1);  // it hangs
    schedules.finished("s", at(8, 16), false);
    const auto silent = schedules.silent(at(8, 20));  // it failed
    REQUIRE(silent.size() == 1);
    CHECK(silent[0].lacking == at(8));
    CHECK(schedules.tick(at(9)).size() == 1);
    CHECK(schedules.silent(at(9)).size() == 1);
    schedules.finished("s", at(9, 1), true);
    CHECK(schedules.silent(at(9, 50)).empty());
    CHECK(schedules.tick(at(10, 30)).empty());  // nobody looked, so it was skipped
    CHECK(schedules.silent(at(10, 30)).at(0).lacking == at(10));
}

TEST_CASE("a time that clocks jump over wants a decision, and gets it", "[schedule]") {
    // Berlin: at 01:00Z on 29 March 2026 two o'clock becomes three o'clock.
    const WallTime winter = sys_days(2026y / January / 10);
    const WallTime before = sys_days(2026y / March / 28) + hours(12);
    auto spec = cron("30 2 * * *", "Europe/Berlin");
    const auto undecided = bot::schedule::gaps_decided({spec}, winter);
    REQUIRE_FALSE(undecided.ok());
    CHECK(undecided.error().message ==
          "schedule s: the clocks of Europe/Berlin jump over a time that it names (30 2 * * *) on "
          "Sunday, 29 March 2026. Write dst: run to run it right after the jump, or dst: skip");
    for (const auto* harmless :
         {"30 1 * * *", "0 3 * * *", "30 2 * * mon-fri", "*/15 * * * *", "30 2 1 * *"}) {
        CHECK(bot::schedule::gaps_decided({cron(harmless, "Europe/Berlin")}, winter).ok());
    }
    CHECK(bot::schedule::gaps_decided({cron("30 2 * * *")}, winter).ok());

    spec.gap = Gap::kRun;
    CHECK(bot::schedule::gaps_decided({spec}, winter).ok());
    CHECK(timing(spec).next_after(before) == sys_days(2026y / March / 29) + hours(1));
    CHECK(timing(spec).explain(2026y / March / 29).why ==
          "the clocks of Europe/Berlin jump over a time that it names on Sunday, 29 March 2026; it "
          "runs right after");
    spec.gap = Gap::kSkip;
    CHECK(bot::schedule::gaps_decided({spec}, winter).ok());
    CHECK(timing(spec).next_after(before) == sys_days(2026y / March / 30) + hours(0) + minutes(30));
    CHECK(timing(spec).last_between(before, sys_days(2026y / March / 29) + hours(12)) ==
          std::nullopt);
    CHECK(
        timing(spec).explain(2026y / March / 29).why ==
        "no run on Sunday, 29 March 2026: the clocks of Europe/Berlin jump over its time, and dst "
        "says skip");
}

TEST_CASE("it is explained why a day has its runs, or none", "[schedule]") {
    const auto times = timing(cron("0 8 * jan-jun mon#1", "Europe/Tallinn"));
    CHECK(times.explain(2026y / November / 2).why ==
          "no run on Monday, 2 November 2026: \"0 8 * jan-jun mon#1\" does not name this month");
    CHECK(times.explain(2026y / June / 8).why ==
          "no run on Monday, 8 June 2026: \"0 8 * jan-jun mon#1\" does not name this day");
    const auto day = times.explain(2026y / June / 1);
    CHECK(day.why == "1 run on Monday, 1 June 2026");
    CHECK(day.runs == std::vector<WallTime>{sys_days(2026y / June / 1) + hours(5)});
    auto spec = cron("");
    spec.every = hours(72);
    CHECK(timing(spec).explain(2026y / November / 22).why.find("every 3 days") !=
          std::string::npos);
    spec.every = hours(60);
    CHECK(timing(spec).explain(2026y / November / 22).why.find("every 60 hours") !=
          std::string::npos);
    spec.every = minutes(1'501);
    sys_days silent = 2026y / November / 1;  // one day of about 24 has no run
    while (!timing(spec).explain(silent).runs.empty())
        silent += days{1};
    CHECK(timing(spec).explain(silent).why.find("every 1501 minutes") != std::string::npos);
}

TEST_CASE("state of the first version is taken over", "[schedule]") {
    auto schedules = scheduler(cron("0 8 * * *"), at(7));
    const auto restored = schedules.restore(
        R"({"version":1,"schedules":{"s":{"cron":"0 8 * * *","time_zone":"UTC",)"
        R"("decided_ms":1795248000000,"due_ms":1795248000000,"started_ms":1795248000001,)"
        R"("finished_ms":1795248002000,"ok":true}}})",
        at(8, 10));
    REQUIRE(restored.ok());
    const auto status = schedules.status().at(0);
    CHECK(status.due == WallTime(milliseconds(1'795'248'000'000)));
    CHECK(status.ok == true);
    CHECK_FALSE(status.paused);
}
