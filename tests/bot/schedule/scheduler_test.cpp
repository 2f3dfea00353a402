#include "bot/schedule/scheduler.hpp"

#include <catch2/catch.hpp>

#include <set>

using bot::schedule::Missed;
using bot::schedule::Scheduler;
using bot::schedule::Skipped;
using bot::schedule::Spec;
using bot::schedule::WallTime;
using namespace std::chrono;

namespace {

WallTime at(int hour, int minute = 0, int second = 0, int day = 22) {
    return sys_days(2026y / November / day) + hours(hour) + minutes(minute) + seconds(second);
}

Spec spec(std::string name, std::string cron, Missed missed = Missed::kSkip) {
    return {.name = std::move(name),
            .cron = std::move(cron),
            .report = "aging",
            .room = "operations",
            .missed = missed};
}

Scheduler scheduler(const std::vector<Spec>& specs, WallTime now) {
    return std::move(Scheduler::create(specs, now)).value();
}

std::vector<std::string> names(const std::vector<bot::schedule::Due>& due) {
    std::vector<std::string> all;
    for (const auto& run : due)
        all.push_back(run.name);
    return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("unusable schedules are refused together", "[schedule]") {
    auto wrong_zone = spec("b", "@daily");
    wrong_zone.time_zone = "Mars/Olympus";
    const auto made = Scheduler::create(
        {spec("a", "61 * * * *"), wrong_zone, spec("c", "@daily"), spec("c", "@hourly")}, at(8));
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().message ==
          "schedule a: cron expression \"61 * * * *\": minute \"61\" is not a number from 0 to "
          "59. Write minute hour day-of-month month day-of-week, such as \"0 8 * * mon-fri\"\n"
          "schedule b: time zone \"Mars/Olympus\" is not known. Write an IANA name such as "
          "Europe/Tallinn or UTC\n"
          "schedule c: there are two of this name; rename one");
}

TEST_CASE("stored state that is damaged changes nothing", "[schedule]") {
    auto schedules = scheduler({spec("daily", "0 8 * * *", Missed::kOnce)}, at(10));
    const auto before = schedules.state();
    const auto daily = [](const std::string& members) {
        return R"({"version":1,"schedules":{"daily":{"cron":"0 8 * * *","time_zone":"UTC")" +
               members + "}}}";
    };
    const std::vector<std::string> damaged{
        "",
        "{",
        "[]",
        "{}",
        R"({"version":3,"schedules":{}})",
        R"({"version":1})",
        R"({"version":1,"schedules":{"daily":7}})",
        R"({"version":1,"schedules":{"daily":{"cron":1,"time_zone":"UTC","decided_ms":0}}})",
        daily(""),
        daily(R"(,"decided_ms":1e9)"),
        daily(R"(,"decided_ms":-1)"),
        daily(R"(,"decided_ms":18446744073709551615)"),
        daily(R"(,"decided_ms":0,"ok":1)"),
        daily(R"(,"decided_ms":0,"due_ms":"8")")};
    for (const auto& text : damaged) {
        INFO(text);
        const auto restored = schedules.restore(text, at(10));
        REQUIRE_FALSE(restored.ok());
        CHECK(restored.error().message.find("stored state of the schedules: ") == 0);
        CHECK(schedules.state() == before);
    }
}

TEST_CASE("a schedule runs at its times, once each", "[schedule]") {
    auto schedules = scheduler({spec("daily", "0 8 * * *"), spec("often", "*/30 * * * *")}, at(7));

    SECTION("not before, and not for a time that was past at the start") {
        CHECK(schedules.next_due() == at(7, 30));
        CHECK(schedules.tick(at(7)).empty());
        CHECK(schedules.tick(at(7, 29, 59)).empty());
    }
    SECTION("and says what, where and when") {
        CHECK(names(schedules.tick(at(7, 30))) == Names{"often"});
        schedules.finished("often", at(7, 30, 5), true);
        CHECK(schedules.next_due() == at(8));
        const auto due = schedules.tick(at(8, 0, 1));
        REQUIRE(names(due) == Names{"daily", "often"});
        CHECK(due[0].report == "aging");
        CHECK(due[0].room == "operations");
        CHECK(due[0].at == at(8));
        CHECK_FALSE(due[0].missed);
        CHECK(schedules.tick(at(8, 0, 2)).empty());
    }
    SECTION("with nothing to wait for while all are running") {
        CHECK(schedules.tick(at(8)).size() == 2);
        CHECK_FALSE(schedules.next_due().has_value());
        CHECK_FALSE(scheduler({}, at(8)).next_due().has_value());
    }
    SECTION("every one of a day, in steps of a second") {
        std::vector<WallTime> often;
        for (auto now = at(7); now < at(7, 0, 0, 23); now += seconds(1)) {
            for (const auto& run : schedules.tick(now)) {
                if (run.name == "often") often.push_back(run.at);
                schedules.finished(run.name, now, true);
            }
        }
        CHECK(often.size() == 47);
        CHECK(std::set<WallTime>(often.begin(), often.end()).size() == 47);
    }
}

TEST_CASE("a tick that is late", "[schedule]") {
    const auto policy = GENERATE(Missed::kSkip, Missed::kOnce);

    SECTION("by a little still runs") {
        auto schedules = scheduler({spec("daily", "0 8 * * *", policy)}, at(7));
        const auto due = schedules.tick(at(8, 5));
        REQUIRE(due.size() == 1);
        CHECK(due[0].at == at(8));
        CHECK_FALSE(due[0].missed);
        CHECK(schedules.take_skipped().empty());
    }
    SECTION("by more runs once or not at all, as the schedule says") {
        auto schedules = scheduler({spec("daily", "0 8 * * *", policy)}, at(7));
        const auto due = schedules.tick(at(8, 5, 1, 25));  // three days on
        const auto skipped = schedules.take_skipped();
        if (policy == Missed::kOnce) {
            REQUIRE(due.size() == 1);
            CHECK(due[0].at == at(8, 0, 0, 25));
            CHECK(due[0].missed);
            CHECK(skipped.empty());
        } else {
            CHECK(due.empty());
            REQUIRE(skipped.size() == 1);
            CHECK(skipped[0].name == "daily");
            CHECK(skipped[0].at == at(8, 0, 0, 25));
            CHECK(skipped[0].reason == Skipped::Reason::kMissed);
            CHECK(schedules.take_skipped().empty());
        }
        schedules.finished("daily", at(8, 6, 0, 25), true);
        CHECK(schedules.next_due() == at(8, 0, 0, 26));
        CHECK(schedules.tick(at(8, 6, 0, 25)).empty());
    }
    SECTION("over many times runs the latest only") {
        auto schedules = scheduler({spec("often", "* * * * *", policy)}, at(7));
        const auto due = schedules.tick(at(9, 0, 30));
        REQUIRE(due.size() == 1);
        CHECK(due[0].at == at(9));
        CHECK_FALSE(due[0].missed);
        schedules.finished("often", at(9, 0, 31), true);
        CHECK(schedules.next_due() == at(9, 1));
    }
    SECTION("starts what was due first, first") {
        auto schedules =
            scheduler({spec("b", "30 8 * * *", policy), spec("a", "29 8 * * *", policy)}, at(8));
        CHECK(names(schedules.tick(at(8, 31))) == Names{"a", "b"});
    }
}

TEST_CASE("one run at a time for each schedule", "[schedule]") {
    const auto policy = GENERATE(Missed::kSkip, Missed::kOnce);
    auto schedules =
        scheduler({spec("long", "*/10 * * * *", policy), spec("other", "5 * * * *")}, at(7, 1));
    REQUIRE(names(schedules.tick(at(7, 10))).size() == 2);  // "other" at 7:05 too
    schedules.finished("other", at(7, 10), true);

    SECTION("no second one starts, and others are not held up") {
        CHECK(schedules.tick(at(7, 20)).empty());
        CHECK(schedules.next_due() == at(8, 5));
        CHECK(names(schedules.tick(at(8, 5))) == Names{"other"});
    }
    SECTION("what fell due meanwhile is left out or runs once afterwards") {
        CHECK(schedules.tick(at(7, 20)).empty());
        CHECK(schedules.tick(at(7, 30)).empty());
        schedules.finished("long", at(7, 31), false);
        const auto due = schedules.tick(at(7, 31));
        const auto skipped = schedules.take_skipped();
        if (policy == Missed::kOnce) {
            REQUIRE(due.size() == 1);
            CHECK(due[0].at == at(7, 30));
            CHECK(skipped.empty());
        } else {
            CHECK(due.empty());
            REQUIRE(skipped.size() == 2);
            CHECK(skipped[1].at == at(7, 30));
            CHECK(skipped[1].reason == Skipped::Reason::kStillRunning);
        }
        schedules.finished("long", at(7, 32), true);
        CHECK(schedules.next_due() == at(7, 40));
    }
    SECTION("finishing what does not run, or does not exist, does nothing") {
        const auto before = schedules.state();
        schedules.finished("other", at(7, 15), false);
        schedules.finished("nobody", at(7, 15), false);
        CHECK(schedules.state() == before);
    }
}

TEST_CASE("a step of the wall clock does no harm", "[schedule]") {
    const auto policy = GENERATE(Missed::kSkip, Missed::kOnce);
    auto schedules = scheduler({spec("daily", "0 8 * * *", policy)}, at(7));
    REQUIRE(schedules.tick(at(8)).size() == 1);
    schedules.finished("daily", at(8, 0, 1), true);

    SECTION("back by a little: the run is not repeated") {
        CHECK(schedules.tick(at(7, 59, 59)).empty());
        CHECK(schedules.tick(at(8)).empty());
        CHECK(schedules.tick(at(7, 1)).empty());
        CHECK(schedules.tick(at(8)).empty());
        CHECK(schedules.next_due() == at(8, 0, 0, 23));
    }
    SECTION("years ahead and back again: it goes on from the true time") {
        const auto wrong = at(12) + days(4 * 365);
        for (const auto& run : schedules.tick(wrong))
            schedules.finished(run.name, wrong, true);
        CHECK(schedules.tick(at(12)).empty());
        CHECK(schedules.next_due() == at(8, 0, 0, 23));
        CHECK(schedules.tick(at(8, 0, 0, 23)).size() == 1);
    }
}

TEST_CASE("schedules survive a restart", "[schedule]") {
    const auto policy = GENERATE(Missed::kSkip, Missed::kOnce);
    const std::vector<Spec> specs{spec("daily", "0 8 * * *", policy)};
    auto before = scheduler(specs, at(7));
    REQUIRE(before.tick(at(8)).size() == 1);
    const auto interrupted = before.state();
    before.finished("daily", at(8, 0, 9), false);
    const auto state = before.state();

    SECTION("a run that was cut off is begun again, under its own time") {
        auto after = scheduler(specs, at(8, 1));
        REQUIRE(after.restore(interrupted, at(8, 1)).ok());
        CHECK(after.next_due() == at(8));
        const auto due = after.tick(at(8, 1));
        REQUIRE(due.size() == 1);
        CHECK(due[0].at == at(8));
        CHECK(due[0].again);
        CHECK(after.tick(at(8, 2)).empty());
        after.finished("daily", at(8, 3), true);
        CHECK(after.next_due() == at(8, 0, 0, 23));
    }
    SECTION("a run that was cut off long ago is told, and left") {
        auto after = scheduler(specs, at(12));
        REQUIRE(after.restore(interrupted, at(12)).ok());
        CHECK(after.tick(at(12)).empty());
        const auto skipped = after.take_skipped();
        REQUIRE(skipped.size() == 1);
        CHECK(skipped[0].reason == Skipped::Reason::kCutOff);
        CHECK(after.status()[0].ok == false);
        CHECK(after.next_due() == at(8, 0, 0, 23));
    }
    SECTION("the last run is remembered") {
        auto after = scheduler(specs, at(9));
        REQUIRE(after.restore(state, at(9)).ok());
        const auto status = after.status();
        REQUIRE(status.size() == 1);
        CHECK(status[0].name == "daily");
        CHECK(status[0].due == at(8));
        CHECK(status[0].finished == at(8, 0, 9));
        CHECK(status[0].ok == false);
        CHECK(status[0].next == at(8, 0, 0, 23));
        CHECK(after.state() == state);
    }
    SECTION("a restart over a due time costs nothing when it was short") {
        auto after = scheduler(specs, at(8, 2, 0, 23));
        REQUIRE(after.restore(state, at(8, 2, 0, 23)).ok());
        CHECK(after.tick(at(8, 2, 0, 23)).size() == 1);
    }
    SECTION("after a long time down the policy decides") {
        auto after = scheduler(specs, at(12, 0, 0, 26));
        REQUIRE(after.restore(state, at(12, 0, 0, 26)).ok());
        const auto due = after.tick(at(12, 0, 0, 26));
        CHECK(due.size() == (policy == Missed::kOnce ? 1U : 0U));
        CHECK(after.take_skipped().size() == (policy == Missed::kOnce ? 0U : 1U));
    }
    SECTION("other times or another zone start anew, for these were never missed") {
        auto earlier = specs;
        earlier[0].cron = "0 6 * * *";
        auto elsewhere = specs;
        elsewhere[0].time_zone = "Europe/Berlin";
        for (const auto& changed : {earlier, elsewhere}) {
            auto after = scheduler(changed, at(7, 30, 0, 23));
            REQUIRE(after.restore(state, at(7, 30, 0, 23)).ok());
            CHECK(after.tick(at(7, 30, 0, 23)).empty());
            CHECK(after.status()[0].due == at(8));
        }
    }
    SECTION("state from a clock that was years ahead does not stop a schedule") {
        auto ahead = scheduler(specs, at(7) + days(4000));
        auto after = scheduler(specs, at(9));
        REQUIRE(after.restore(ahead.state(), at(9)).ok());
        CHECK(after.next_due() == at(8, 0, 0, 23));
    }
    SECTION("new schedules start now, removed ones are forgotten") {
        auto after = scheduler({spec("new", "0 8 * * *", policy)}, at(9));
        REQUIRE(after.restore(state, at(9)).ok());
        CHECK(after.next_due() == at(8, 0, 0, 23));
        CHECK(after.state().find("daily") == std::string::npos);
    }
}
