#include "bot/cli/doctor.hpp"

#include "bot/cli/verbs.hpp"
#include "tests/bot/cli/bot_on_socket.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace bot::cli;
using Catch::Contains;
using Level = Finding::Level;
using tests::BotOnSocket;
using tests::TempFolder;

namespace {

constexpr std::chrono::milliseconds kNow{1'795'312'800'000};

// A bot that is well.
Examined well() {
    Examined seen;
    seen.loaded.config.access_token = bot::config::Secret("secret-token");
    seen.loaded.config.ops_room = "ops";
    seen.loaded.config.spool_quota = 1'000'000;
    seen.machine.now = kNow;
    seen.machine.state_dir_there = true;
    seen.machine.state_dir_private = true;
    seen.machine.state_dir_writable = true;
    seen.machine.disk_free = 10ULL << 30U;
    seen.machine.disk_size = 20ULL << 30U;
    seen.owner = true;
    return seen;
}

std::vector<Finding> bad(const Examined& seen) {
    auto findings = diagnose(seen);
    std::erase_if(findings, [](const auto& finding) { return finding.level == Level::kOk; });
    return findings;
}

// The one thing that is not well.
Finding only(const Examined& seen) {
    const auto findings = bad(seen);
    std::string all;
    for (const auto& finding : findings)
        all += finding.about + ": " + finding.text + "\n";
    INFO(all);
    REQUIRE(findings.size() == 1);
    CHECK_FALSE(findings.front().cure.empty());
    return findings.front();
}

resilience::Error store_error(const std::string& rule) {
    auto error = resilience::permanent_error("the store says no");
    error.rule = rule;
    return error;
}

struct Run {
    int exit_code = -1;
    std::string out;
};

Run run(std::vector<std::string> words, const Actions& actions = {}) {
    words.insert(words.begin(), {"stentor", "doctor"});
    words.insert(words.end(), {"--env-file", "/dev/null"});
    std::vector<const char*> argv;
    for (const auto& word : words)
        argv.push_back(word.c_str());
    std::istringstream input;
    std::ostringstream out;
    std::ostringstream err;
    const resilience::SystemClock clock;
    Run result;
    const World world{{{"WEBEX_ACCESS_TOKEN", "secret-token"}, {"OPS_ROOM", "ops"}}, clock};
    result.exit_code = run_command_line(static_cast<int>(argv.size()), argv.data(),
                                        Terminal{input, out, err}, world, actions);
    result.out = out.str();
    return result;
}

}  // namespace

TEST_CASE("a bot that is well has no finding but ok", "[doctor]") {
    CHECK(bad(well()).empty());
    const auto findings = diagnose(well());
    CHECK(findings.size() >= 9);
    for (const auto& finding : findings)
        CHECK_THAT(finding.text, !Contains("secret-token"));
}

TEST_CASE("mistakes of the configuration fail with their own cure", "[doctor]") {
    auto seen = well();
    seen.loaded.problems = {{"stentor.yaml", 7, "There is no room x", "Add it"}};
    const auto found = only(seen);
    CHECK(found.level == Level::kFail);
    CHECK(found.text == "stentor.yaml:7: There is no room x");
    CHECK(found.cure == "Add it");
    seen.loaded.problems.clear();
    seen.loaded.warnings = {{"stentor.yaml", 8, "The data is not there", "Write it"}};
    CHECK(only(seen).level == Level::kWarn);
}

TEST_CASE("a token that is missing, unusable or open to others is found", "[doctor]") {
    auto seen = well();
    seen.loaded.config.access_token = {};
    CHECK(only(seen).level == Level::kFail);
    seen = well();
    seen.loaded.config.access_token_file = "/run/token";
    seen.machine.token_file_problem = "the token file '/run/token' is empty";
    CHECK_THAT(only(seen).text, Contains("/run/token"));
    seen.machine.token_file_problem.clear();
    seen.machine.token_file_open = true;
    CHECK(only(seen).cure == "chmod 600 /run/token");
}

TEST_CASE("a clock that is wrong or was set back is found", "[doctor]") {
    auto seen = well();
    seen.machine.now = std::chrono::milliseconds{1'000};
    CHECK(only(seen).about == "clock");
    CHECK(only(seen).level == Level::kFail);
    seen = well();
    seen.facts.value().newest = kNow + 2h;
    CHECK(only(seen).about == "clock");
    seen.facts.value().newest = kNow + 10s;
    CHECK(bad(seen).empty());
}

TEST_CASE("a state folder that cannot be used is found", "[doctor]") {
    auto seen = well();
    seen.machine.state_dir_writable = false;
    CHECK(only(seen).level == Level::kFail);
    seen = well();
    seen.machine.state_dir_private = false;
    CHECK_THAT(only(seen).cure, Contains("chmod 700"));
    seen = well();
    seen.machine.disk_free = 1U << 20U;
    CHECK(only(seen).level == Level::kFail);
    seen.machine.disk_free = 300U << 20U;
    CHECK(only(seen).level == Level::kWarn);
    CHECK_THAT(only(seen).text, Contains("300 MB free of 20480"));
}

TEST_CASE("a store that cannot be read fails, one that is not there yet does not", "[doctor]") {
    auto seen = well();
    seen.facts = store_error("store_corrupt");
    CHECK(only(seen).level == Level::kFail);
    CHECK_THAT(only(seen).text, Contains("the store says no"));
    seen.facts = store_error("store_missing");
    CHECK(only(seen).level == Level::kWarn);
    seen.facts = store_error("store_in_use");
    CHECK(only(seen).level == Level::kWarn);
}

TEST_CASE("what waits too long, is held or was not delivered is found", "[doctor]") {
    auto seen = well();
    auto& facts = seen.facts.value();
    facts.counts.pending = 3;
    facts.counts.oldest_pending = kNow - 5min;
    CHECK(bad(seen).empty());
    facts.counts.oldest_pending = kNow - 3h;
    CHECK_THAT(only(seen).text, Contains("3 pending") && Contains("waits for 3 h"));
    seen.owner = false;
    CHECK_THAT(only(seen).cure, Contains("stentor serve"));

    seen = well();
    seen.facts.value().bot_hold = "HTTP 401";
    CHECK(only(seen).level == Level::kFail);
    seen = well();
    seen.facts.value().holds = {{"room:R", true, kNow - 1h, "add the bot to the room"}};
    CHECK(only(seen).cure == "add the bot to the room");
    seen = well();
    seen.facts.value().undecided = 2;
    CHECK_THAT(only(seen).text, Contains("2 messages were not delivered"));
}

TEST_CASE("files that are missing or that nobody needs are found", "[doctor]") {
    auto seen = well();
    seen.facts.value().files = {"aaa", "bbb"};
    seen.facts.value().dead_files = {"ddd"};
    seen.machine.spool = {{"aaa", 3h}, {"bbb", 3h}, {"ddd", 3h}, {"young", 10min}};
    CHECK(bad(seen).empty());
    seen.machine.spool.push_back({"nobody", 3h});
    CHECK(only(seen).level == Level::kWarn);
    seen.machine.spool = {{"aaa", 3h}};
    CHECK(only(seen).level == Level::kFail);
    CHECK_THAT(only(seen).text, Contains("bbb"));
    seen = well();
    seen.machine.spool_bytes = 950'000;
    CHECK_THAT(only(seen).cure, Contains("SPOOL_QUOTA_MB"));
}

TEST_CASE("alarms that were written down are told while they are fresh", "[doctor]") {
    auto seen = well();
    seen.machine.alarms = std::vector<bot::log::Alarm>{{kNow - 1h, "bot_held", "all is held"}};
    CHECK_THAT(only(seen).text, Contains("1 alarm was") && Contains("all is held"));
    seen.machine.alarms.value().push_back({kNow - 30min, "bot_released", "sending goes on"});
    CHECK(bad(seen).empty());
    seen.machine.alarms = std::vector<bot::log::Alarm>{{kNow - 48h, "bot_held", "long ago"}};
    CHECK(bad(seen).empty());
    seen.machine.alarms = resilience::permanent_error("cannot be read");
    CHECK(only(seen).level == Level::kWarn);
}

TEST_CASE("doctor asks the running bot, or looks for itself", "[doctor]") {
    BotOnSocket bot;
    StoreFacts facts;
    facts.bot_hold = "HTTP 401";
    bot.on_facts = [&](const auto& done) { done(facts); };
    const auto held = run({"--state-dir", bot.state_dir()});
    CHECK(held.exit_code == 1);
    CHECK_THAT(held.out, Contains("FAIL hold: all sending is held: HTTP 401\n     -> mend that"));
    CHECK_THAT(held.out, !Contains("secret-token"));
    facts.bot_hold.clear();
    const auto fine = run({"--state-dir", bot.state_dir()});
    CHECK(fine.exit_code == 0);
    CHECK_THAT(fine.out, Contains("ok   hold: nothing is held"));
    const auto json = run({"--json", "--state-dir", bot.state_dir()});
    CHECK(nlohmann::json::parse(json.out)["findings"].size() > 5);

    const TempFolder dir;
    Actions actions;
    actions.facts_without_owner = [](const ConfigOptions&) -> resilience::Result<StoreFacts> {
        return store_error("store_corrupt");
    };
    const auto damaged = run({"--state-dir", dir.path("")}, actions);
    CHECK(damaged.exit_code == 1);
    CHECK_THAT(damaged.out, Contains("FAIL store: the store says no"));
    CHECK(run({"--state-dir", dir.path("nosuch")}, actions).exit_code == 0);
}
