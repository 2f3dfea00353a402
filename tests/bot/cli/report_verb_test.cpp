// The verb about runs of reports, against a control socket.
#include "bot/cli/verbs.hpp"
#include "tests/bot/cli/bot_on_socket.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>
#include <vector>

using namespace bot::cli;
using bot::reports::PartState;
using Catch::Contains;
using messaging::outbox::Millis;
using tests::BotOnSocket;
using tests::TempFolder;
using Verb = ReportRequest::Verb;

namespace {

struct Outcome {
    int exit_code = -1;
    std::string out;
    std::string err;
};

Outcome run(std::vector<std::string> words, const Actions& actions = {}) {
    words.insert(words.begin(), {"stentor", "report"});
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

bot::reports::Run partial() {
    bot::reports::Run run;
    run.id = "schedule:weekly:1";
    run.report = "weekly";
    run.origin = "schedule weekly";
    run.room = "room:ops";
    run.started = Millis{1'795'766'400'000};
    run.group = 123456789;
    run.parts = {{.name = "text", .state = PartState::kSent, .ids = {{11}}},
                 {.name = "chart mttr", .state = PartState::kMissing, .reason = "HTTP 503"}};
    return run;
}

ReportReply reply_of(const bot::reports::Run& one) {
    return {.runs = {{.run = one, .room_name = "operations"}}, .now = one.started};
}

constexpr const char* kGroup = "00000003NQK8N";

}  // namespace

TEST_CASE("a command line that asks nothing about reports is a usage error", "[cli][reports]") {
    for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                   {"lst"},
                                                                   {"show"},
                                                                   {"show", ""},
                                                                   {"redrive"},
                                                                   {"recall", "--dry-run"},
                                                                   {"list", "--limit", "0"},
                                                                   {"list", "--limit", "5000"},
                                                                   {"redrive", "x", "--dry-run"}}) {
        CAPTURE(words);
        CHECK(run(words).exit_code == 64);
    }
}

TEST_CASE("without a bot reports are looked at in the store, and no part is made",
          "[cli][reports]") {
    TempFolder folder;
    const std::vector<std::string> where{"--state-dir", folder.path("")};
    Actions actions;
    actions.reports_without_owner = [](const ConfigOptions&, const ReportRequest&) {
        return resilience::Result<ReportReply>(reply_of(partial()));
    };
    CHECK_THAT(run({"list", where[0], where[1]}, actions).out, Contains("1/2 sent, 1 missing"));
    const auto redriven = run({"redrive", "schedule:weekly:1", where[0], where[1]}, actions);
    CHECK(redriven.exit_code == 69);
    CHECK_THAT(redriven.err, Contains("no bot runs with this state folder"));
    CHECK(run({"list", where[0], where[1]}).exit_code == 69);
}

TEST_CASE("a request about reports that the bot cannot serve is told with exit code 1",
          "[cli][reports]") {
    BotOnSocket bot;
    bot.on_reports = [](const ReportRequest&, auto done) {
        done(ReportReply{.refusal = "there is no run x"});
    };
    for (const auto* verb : {"show", "redrive", "recall"}) {
        const auto outcome = run({verb, "x", "--state-dir", bot.state_dir()});
        CHECK(outcome.exit_code == 1);
        CHECK(outcome.err == "stentor report: there is no run x\n");
        CHECK(outcome.out.empty());
    }
}

TEST_CASE("runs of reports are listed and told part by part", "[cli][reports]") {
    BotOnSocket bot;
    ReportRequest asked;
    bot.on_reports = [&asked](const ReportRequest& request, auto done) {
        asked = request;
        done(reply_of(partial()));
    };
    const auto listed = run({"list", "--limit", "3", "--state-dir", bot.state_dir()});
    CHECK(listed.exit_code == 0);
    CHECK(listed.out == "27 Nov 2026, 08:00 UTC  partial  weekly  1/2 sent, 1 missing  " +
                            std::string(kGroup) + "  operations  by schedule weekly\n");
    const auto told = run({"show", kGroup, "--state-dir", bot.state_dir()});
    CHECK(told.exit_code == 0);
    CHECK_THAT(told.out, Contains("weekly: partial, 1/2 sent, 1 missing\n"));
    CHECK_THAT(told.out, Contains("  2   missing   chart mttr: HTTP 503\n"));
    const auto line = run({"show", kGroup, "--json", "--state-dir", bot.state_dir()});
    CHECK_THAT(line.out, Contains(R"("state":"partial")"));
    CHECK_THAT(line.out, Contains(R"("missing":1)"));
    CHECK_THAT(line.out, Contains(R"("room":"room:ops","room_name":"operations")"));
    CHECK_THAT(line.out, Contains("\"group\":\"" + std::string(kGroup) + "\""));
    const auto again = run({"redrive", kGroup, "--state-dir", bot.state_dir()});
    CHECK(again.exit_code == 0);
    CHECK_THAT(again.out, Contains("0 parts are made again\n"));
    bot.stop();
    CHECK(asked == ReportRequest{.verb = Verb::kRedrive, .run = kGroup});
}

TEST_CASE("what a run has posted is taken back by its group", "[cli][reports]") {
    BotOnSocket bot;
    auto told = partial();
    bot.on_reports = [&told](const ReportRequest&, auto done) { done(reply_of(told)); };
    RecallRequest asked;
    bot.on_recall = [&asked](const RecallRequest& request, auto done) {
        asked = request;
        done(RecallReply{.items = {{.id = {11}, .outcome = RecallItem::Outcome::kDeleted}}});
    };
    SECTION("when it is over") {
        const auto outcome = run({"recall", told.id, "--dry-run", "--state-dir", bot.state_dir()});
        CHECK(outcome.exit_code == 0);
        CHECK_THAT(outcome.out, Contains("would be deleted"));
        CHECK(outcome.err.empty());
        bot.stop();
        CHECK(asked.ids == std::vector{messaging::outbox::DeliveryId{told.group}});
        CHECK(asked.dry_run);
    }
    SECTION("with a word of warning when it goes on") {
        told.parts[1].state = PartState::kWaiting;
        const auto outcome = run({"recall", told.id, "--state-dir", bot.state_dir()});
        CHECK(outcome.exit_code == 0);
        CHECK_THAT(outcome.err, Contains("the run is not over"));
    }
}

TEST_CASE("what is no request about reports, and no answer to one, is refused", "[cli][reports]") {
    for (const auto* body :
         {"", "[]", R"({"verb":"drop"})", R"({"verb":"show"})", R"({"verb":"list","run":"x"})",
          R"({"limit":0})", R"({"limit":100000})", R"({"other":1})", R"({"run":5})"}) {
        CAPTURE(body);
        CHECK_FALSE(report_request_from_json(body).ok());
    }
    for (const auto* body : {"", "{}", R"({"runs":5})", R"({"runs":[5]})", R"({"runs":[{}]})",
                             R"({"runs":[{"group":"00000003NQK8N","parts":[{"state":"gone"}]}]})",
                             R"({"runs":[{"group":"00000003NQK8N","parts":[{"ids":["x"]}]}]})"}) {
        CAPTURE(body);
        CHECK_FALSE(report_reply_from_json(body).ok());
    }
    const ReportRequest request{.verb = Verb::kRedrive, .run = "x", .limit = 5};
    CHECK(report_request_from_json(to_json(request)).value() == request);
    const auto reply = reply_of(partial());
    CHECK(to_json(report_reply_from_json(to_json(reply)).value()) == to_json(reply));
}
