#include "bot/commands/command_table.hpp"
#include "bot/commands/standard.hpp"
#include "tests/bot/local_reader.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using bot::commands::CommandTable;
using bot::commands::Reply;
using bot::reports::PartState;
using bot::reports::Run;
using Catch::Contains;

namespace {

Run partial() {
    Run run;
    run.id = "schedule:weekly:1";
    run.report = "weekly";
    run.room = "room:R1";
    run.started = messaging::outbox::Millis{1'795'766'400'000};
    run.group = 123456789;
    run.parts = {{.name = "text", .state = PartState::kSent},
                 {.name = "chart mttr", .state = PartState::kMissing, .reason = "<@all> ```"}};
    return run;
}

constexpr const char* kGroup = "00000003NQK8N";

// Somebody who asks, and the runs there are.
struct Setup {
    tests::TempFolder folder;
    resilience::SystemClock clock;
    bot::config::Config config;
    tests::LocalReader reader{clock};
    bot::charts::Renderer renderer{{.cache_dir = folder.path("cache")}, reader, clock};
    bot::text::Scratch scratch{folder.path("answers")};
    bot::commands::Confirmations confirmations;
    CommandTable table = CommandTable::make(bot::commands::standard_commands()).value();
    std::vector<Run> runs{partial()};
    std::vector<std::string> redriven;
    bool confirmed = true;

    Setup() { config.admins = {"sam@example.com"}; }

    std::string ask(const std::string& text, const std::string& who = "sam@example.com") {
        const bot::commands::Services services{
            .config = config,
            .renderer = renderer,
            .reader = reader,
            .clock = clock,
            .scratch = scratch,
            .status = [] { return std::string(); },
            .room_name = [](const std::string&) { return std::string("operations"); },
            .confirmations = &confirmations,
            .chance = [] { return std::uint64_t{7}; },
            .report_runs = [this] { return runs; },
            .redrive_report = [this](const std::string& run) -> resilience::Result<std::size_t> {
                redriven.push_back(run);
                if (redriven.size() > 1) return resilience::permanent_error("it goes on");
                return std::size_t{1};
            }};
        const auto reply = table.answer({.text = text,
                                         .person_id = "P",
                                         .person_email = who,
                                         .room_id = "ROOM",
                                         .confirmed = confirmed},
                                        services);
        REQUIRE(reply.messages.size() == 1);
        return reply.messages[0].markdown;
    }
};

}  // namespace

TEST_CASE("runs of reports are for admins", "[commands]") {
    Setup setup;
    CHECK_THAT(setup.ask("report-runs", "robin@example.com"), Contains("Only admins"));
}

TEST_CASE("a run that there is not is told, and nothing is made again", "[commands]") {
    Setup setup;
    CHECK(setup.ask("report-runs *x*") ==
          "I know no run \"\\*x\\*\"; `report-runs` lists those that I keep.");
    CHECK_THAT(setup.ask("report-runs x redrive"), Contains("I know no run"));
    CHECK_THAT(setup.ask("report-runs x drop"), Contains("`show` or `redrive`"));
    CHECK(setup.redriven.empty());
    setup.runs.clear();
    CHECK(setup.ask("report-runs") == "No report of several parts was posted yet.");
}

TEST_CASE("runs of reports are listed and told, harmlessly", "[commands]") {
    Setup setup;
    CHECK_THAT(setup.ask("report-runs"),
               Contains("- **weekly** partial, 1/2 sent, 1 missing, 27 Nov 2026, 08:00 UTC, in "
                        "operations: `00000003NQK8N`\n"));
    const auto told = setup.ask("report-runs " + std::string(kGroup));
    CHECK_THAT(told, Contains("  room    operations\n"));
    CHECK_THAT(told, Contains("  2   missing   chart mttr: "));
    CHECK_THAT(told, !Contains("<@all>"));
    CHECK(told.find("```", 3) == told.size() - 3);
}

TEST_CASE("parts are made again when their asker has said that it is meant", "[commands]") {
    Setup setup;
    setup.confirmed = false;
    CHECK_THAT(setup.ask("report-runs " + std::string(kGroup) + " redrive"),
               Contains("Make 1 part of the report **weekly** again, into its room?"));
    CHECK(setup.redriven.empty());
    setup.confirmed = true;
    CHECK_THAT(setup.ask("report-runs " + std::string(kGroup) + " redrive"),
               Contains("1 part is made again"));
    CHECK(setup.redriven == std::vector<std::string>{"schedule:weekly:1"});
    CHECK_THAT(setup.ask("report-runs " + std::string(kGroup) + " redrive"),
               Contains("That cannot be done: it goes on."));
}
