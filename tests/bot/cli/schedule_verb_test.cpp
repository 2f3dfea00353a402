// The verb about schedules: from the configuration, and against a control socket.
#include "bot/cli/verbs.hpp"
#include "tests/bot/cli/bot_on_socket.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>
#include <vector>

using namespace bot::cli;
using namespace std::chrono;
using Catch::Contains;
using tests::BotOnSocket;
using tests::TempFolder;
using Verb = ScheduleRequest::Verb;

namespace {

struct Outcome {
    int exit_code = -1;
    std::string out;
    std::string err;
};

// At noon on 22 November 2026, with two schedules in a file.
class Shell {
public:
    Shell() {
        clock_.step_wall(sys_days(2026y / November / 22) + hours(12) - clock_.wall_now());
        folder_.write("r.mustache", "{{total}}");
        folder_.write("t.csv", "ticket,owner,age\nT1,ann,3\n");
        config_ = folder_.write("c.yaml", R"(
rooms:
  ops: {id: R1, title: Ops}
reports:
  aging: {title: Aging, summary: s, template: r.mustache, data: t.csv, item: ticket,
          group_by: owner, measure: age}
schedules:
  morning: {cron: "0 8 * * mon-fri", time_zone: Europe/Tallinn, report: aging, room: ops}
  often: {every_minutes: 90, report: aging, room: ops}
)");
    }

    Outcome run(std::vector<std::string> words, const std::string& state_dir = "") {
        words.insert(words.begin(), {"stentor", "schedule"});
        words.insert(words.end(), {"--env-file", "/dev/null", "--config", config_});
        if (!state_dir.empty()) words.insert(words.end(), {"--state-dir", state_dir});
        std::vector<const char*> argv;
        for (const auto& word : words)
            argv.push_back(word.c_str());
        std::istringstream input;
        std::ostringstream out;
        std::ostringstream err;
        Outcome outcome;
        outcome.exit_code = run_command_line(static_cast<int>(argv.size()), argv.data(),
                                             Terminal{input, out, err}, World{{}, clock_}, {});
        outcome.out = out.str();
        outcome.err = err.str();
        return outcome;
    }

private:
    TempFolder folder_;
    resilience::VirtualClock clock_;
    std::string config_;
};

}  // namespace

TEST_CASE("a command line that asks nothing about schedules is a usage error", "[cli][schedule]") {
    Shell shell;
    for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                   {"pause"},
                                                                   {"run"},
                                                                   {"explain"},
                                                                   {"explain", "today"},
                                                                   {"explain", "2026-02-30"},
                                                                   {"next", "--count", "0"}}) {
        INFO(words.size());
        CHECK(shell.run(words).exit_code == 64);
    }
}

TEST_CASE("without a bot the list cannot be told, but the times can", "[cli][schedule]") {
    Shell shell;
    TempFolder empty;
    const auto list = shell.run({"list"}, empty.path(""));
    CHECK(list.exit_code == 69);
    CHECK(list.out.empty());

    const auto next = shell.run({"next", "morning", "--count", "2"});
    CHECK(next.exit_code == 0);
    CHECK(next.out ==
          "morning (aging in ops)\n"
          "  Mon 23 Nov 2026, 08:00 Europe/Tallinn (06:00 UTC)\n"
          "  Tue 24 Nov 2026, 08:00 Europe/Tallinn (06:00 UTC)\n");
    CHECK_THAT(shell.run({"next"}).out,
               Contains("often (aging in ops)\n  Sun 22 Nov 2026, 13:30 UTC"));
    const auto nobody = shell.run({"next", "evening"});
    CHECK(nobody.exit_code == 1);
    CHECK(nobody.err == "stentor schedule: there is no schedule evening\n");
}

TEST_CASE("a date is explained for each schedule", "[cli][schedule]") {
    Shell shell;
    const auto told = shell.run({"explain", "2026-11-22"});
    CHECK(told.exit_code == 0);
    CHECK_THAT(told.out,
               Contains("morning: no run on Sunday, 22 November 2026: \"0 8 * * mon-fri\" "
                        "does not name this day\n"));
    CHECK_THAT(told.out, Contains("often: 16 runs on Sunday, 22 November 2026\n"
                                  "  Sun 22 Nov 2026, 00:00 UTC\n"));
    CHECK_THAT(told.out, Contains("  and 6 more\n"));
}

TEST_CASE("schedules of the running bot are listed and changed", "[cli][schedule]") {
    Shell shell;
    BotOnSocket bot;
    std::vector<ScheduleRequest> asked;
    ScheduleReply reply;
    bot.on_schedules = [&](const ScheduleRequest& request, const auto& done) {
        asked.push_back(request);
        done(reply);
    };
    const auto folder = bot.state_dir();
    using bot::schedule::WallTime;
    const WallTime next = sys_days(2026y / November / 23) + hours(6);
    reply.schedules = {{.name = "morning", .next = next},
                       {.name = "often", .next = next, .due = next - hours(24), .ok = true},
                       {.name = "gone", .paused = true}};
    const auto list = shell.run({"list"}, folder);
    INFO(list.err);
    CHECK(list.exit_code == 0);
    CHECK_THAT(list.out, Contains("morning   Mon 23 Nov 2026, 08:00 Europe/Tallinn (06:00 UTC)"));
    CHECK_THAT(list.out, Contains("Sun 22 Nov 2026, 06:00 UTC  ok\n"));
    CHECK_THAT(list.out, Contains("paused\n"));
    const auto json = shell.run({"list", "--json"}, folder);
    CHECK_THAT(json.out, Contains(R"("name":"morning","next_ms":1795413600000,)"));

    shell.run({"pause", "morning"}, folder);
    shell.run({"resume", "morning"}, folder);
    CHECK(asked.at(2) == ScheduleRequest{.verb = Verb::kPause, .name = "morning"});
    CHECK(asked.at(3) == ScheduleRequest{.verb = Verb::kResume, .name = "morning"});
    reply.refusal = "the last run of the schedule morning has not ended; wait for it";
    const auto refused = shell.run({"run", "morning"}, folder);
    CHECK(refused.exit_code == 1);
    CHECK(refused.out.empty());
    CHECK(refused.err == "stentor schedule: " + reply.refusal + "\n");
}
