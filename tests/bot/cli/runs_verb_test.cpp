// The verb that lists the run ledger, against a control socket.
#include "bot/cli/verbs.hpp"
#include "tests/bot/cli/bot_on_socket.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace bot::cli;
using Catch::Contains;
using messaging::outbox::RunEnd;
using messaging::outbox::RunKind;
using tests::BotOnSocket;
using tests::TempFolder;

namespace {

struct Outcome {
    int exit_code = -1;
    std::string out;
    std::string err;
};

Outcome run(std::vector<std::string> words, const Actions& actions = {}) {
    words.insert(words.begin(), {"stentor", "runs"});
    words.insert(words.end(), {"--env-file", "/dev/null"});
    std::vector<const char*> argv;
    for (const auto& word : words)
        argv.push_back(word.c_str());
    std::istringstream input;
    std::ostringstream out;
    std::ostringstream err;
    const resilience::SystemClock clock;
    Outcome outcome;
    outcome.exit_code = run_command_line(static_cast<int>(argv.size()), argv.data(),
                                         Terminal{input, out, err}, World{{}, clock}, actions);
    outcome.out = out.str();
    outcome.err = err.str();
    return outcome;
}

messaging::outbox::Run chart() {
    return {.id = 123456789,
            .kind = RunKind::kCommand,
            .name = "chart",
            .who = "robin@example.com",
            .where = "R1",
            .what = "chart mttr",
            .started = messaging::outbox::Millis{1'795'312'800'000},
            .took = 1234ms,
            .end = RunEnd::kFailed,
            .reason = "its file is missing"};
}

}  // namespace

TEST_CASE("a command line that asks for no runs is a usage error", "[cli][runs]") {
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"--kind", "coffee"}, {"--count", "0"}, {"--count", "1001"}, {"--count", "x"}}) {
        const auto refused = run(words);
        CHECK(refused.exit_code == 64);
        CHECK_THAT(refused.err, Contains(words[0]));
    }
}

TEST_CASE("without a bot and without its store there are no runs to list", "[cli][runs]") {
    const TempFolder folder;
    const auto refused = run({"--state-dir", folder.path("")});
    CHECK(refused.exit_code == 69);
    CHECK_THAT(refused.err, Contains("no bot runs"));
}

TEST_CASE("a bot that cannot read its ledger says so", "[cli][runs]") {
    BotOnSocket bot;
    bot.on_runs = [](auto, auto done) { done(resilience::permanent_error("the disk is gone")); };
    const auto refused = run({"--state-dir", bot.state_dir()});
    CHECK(refused.exit_code == 69);
    CHECK_THAT(refused.err, Contains("the disk is gone"));
}

TEST_CASE("what travels about runs comes back from JSON as it was", "[cli][runs]") {
    RunsRequest request;
    CHECK(to_json(runs_request_from_json(to_json(request)).value()) == to_json(request));
    request.filter = {.kind = RunKind::kReport, .name = "aging", .before = 77, .limit = 3};
    const auto back = runs_request_from_json(to_json(request)).value();
    CHECK(back.filter.kind == RunKind::kReport);
    CHECK(back.filter.name == "aging");
    CHECK(back.filter.before == 77);
    CHECK(back.filter.limit == 3);
    for (const auto* wrong : {"", R"({"limit":0})", R"({"limit":1001})", R"({"kind":"x"})",
                              R"({"before":"?"})", R"({"nmae":"x"})"}) {
        INFO(wrong);
        CHECK_FALSE(runs_request_from_json(wrong).ok());
    }
    const RunsReply reply{{chart(), {}}};
    CHECK(runs_reply_from_json(to_json(reply)).value().runs == reply.runs);
    for (const auto* wrong : {"", "{}", R"({"runs":[1]})", R"({"runs":[{"end":"x"}]})",
                              R"({"runs":[{"id":"?"}]})", R"({"runs":[{"took_ms":-1}]})"}) {
        INFO(wrong);
        CHECK_FALSE(runs_reply_from_json(wrong).ok());
    }
}

TEST_CASE("runs are listed one a line, with who, where, what, how long and how", "[cli][runs]") {
    BotOnSocket bot;
    RunsRequest asked;
    bot.on_runs = [&](RunsRequest request, auto done) {
        asked = std::move(request);
        auto running = chart();
        running.end = RunEnd::kRunning;
        running.who.clear();
        auto slow = chart();
        slow.took = 64s;
        done(RunsReply{{running, slow, chart()}});
    };
    const auto listed = run(
        {"--state-dir", bot.state_dir(), "--kind", "command", "--name", "chart", "--count", "3"});
    CHECK(listed.exit_code == 0);
    CHECK(listed.err.empty());
    CHECK_THAT(listed.out,
               Contains("2026-11-22 02:00:00.000Z  command   chart       running      -       -  "
                        "\"chart mttr\"") &&
                   Contains("failed       1 min 4 s  robin@example.com") &&
                   Contains("1.2 s   robin@example.com  \"chart mttr\"  in R1  "
                            "(its file is missing)\n"));
    bot.stop();
    CHECK(asked.filter.kind == RunKind::kCommand);
    CHECK(asked.filter.name == "chart");
    CHECK(asked.filter.limit == 3);
}

TEST_CASE("runs are printed as JSON lines, also from a store that no bot owns", "[cli][runs]") {
    const TempFolder folder;
    Actions actions;
    actions.runs_without_owner = [](const auto&, const RunsRequest& request) {
        CHECK(request.filter.limit == 20);
        return RunsReply{{chart(), chart()}};
    };
    const auto listed = run({"--state-dir", folder.path(""), "--json"}, actions);
    CHECK(listed.exit_code == 0);
    CHECK(listed.out == run_line(chart()) + "\n" + run_line(chart()) + "\n");
    CHECK_THAT(listed.out, Contains(R"("end":"failed")") && Contains(R"("took_ms":1234)"));

    actions.runs_without_owner = [](const auto&, const auto&) { return RunsReply{}; };
    const auto none = run({"--state-dir", folder.path("")}, actions);
    CHECK(none.exit_code == 0);
    CHECK_THAT(none.err, Contains("none of these"));
}
