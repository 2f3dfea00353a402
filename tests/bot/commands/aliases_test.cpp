#include "bot/commands/aliases.hpp"

#include "bot/commands/check.hpp"
#include "bot/commands/standard.hpp"
#include "tests/bot/local_reader.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using bot::commands::check_config;
using bot::commands::Command;
using bot::commands::CommandTable;
using bot::commands::expand;
using bot::commands::parse_command_line;
using bot::commands::standard_commands;
using Catch::Contains;
using Options = std::map<std::string, std::string>;

namespace {

bot::config::Config config_with(const std::string& name, const std::string& text) {
    bot::config::Config config;
    config.config_file = "bot.yaml";
    config.charts.push_back(
        {.name = "mttr", .title = "T", .data = bot::sources::file("d"), .x = "x"});
    config.reports.emplace_back().name = "aging";
    config.aliases = {{name, text, 12}};
    return config;
}

// "bot.yaml:12: what. cure." of the only mistake.
std::string mistake(const std::string& name, const std::string& text) {
    const auto problems = check_config(config_with(name, text));
    std::string all;
    for (const auto& problem : problems)
        all += to_string(problem);
    return all;
}

}  // namespace

TEST_CASE("an alias that conflicts or stands for nothing is told with file, line and cure",
          "[aliases]") {
    CHECK_THAT(mistake("chart", "report aging"),
               Contains("bot.yaml:12: ") && Contains("has the name of a command"));
    CHECK_THAT(mistake("hello", "chart mttr"), Contains("has the name of a command"));
    CHECK_THAT(mistake("help", "chart mttr"), Contains("has the name of a command"));
    CHECK_THAT(mistake("m", "chrat mttr"), Contains("stands for the unknown command \"chrat\"") &&
                                               Contains("Did you mean \"chart\"?"));
    CHECK_THAT(mistake("m", "xyzzy"), Contains("Begin it with a command"));
    CHECK_THAT(mistake("m", "m"), Contains("stands for another alias"));
    CHECK_THAT(mistake("m", "chart mtrr"), Contains("stands for the unknown chart \"mtrr\"") &&
                                               Contains("Did you mean \"mttr\"?"));
    CHECK_THAT(mistake("m", "report nosuch"), Contains("stands for the unknown report \"nosuch\""));
    CHECK_THAT(mistake("m", "chart mttr --weeks six"),
               Contains("does not fit the command chart") && Contains("a whole number"));
    CHECK_THAT(mistake("m", "chart mttr a=1 a=2"), Contains("cannot be read"));
}

TEST_CASE("what an alias leaves out may be written behind it", "[aliases]") {
    CHECK(mistake("w", "why").empty());
    CHECK(mistake("c", "chart").empty());
    CHECK(mistake("m", "chart MTTR --weeks 6").empty());
    CHECK(mistake("r", "report aging").empty());
}

TEST_CASE("a table refuses what the check would", "[aliases]") {
    for (const auto& [name, text] :
         std::vector<std::pair<std::string, std::string>>{{"ping", "chart mttr"},
                                                          {"m", "chrat"},
                                                          {"M", "chart mttr"},
                                                          {"two words", "chart mttr"},
                                                          {"m", "chart a=1 a=1"}}) {
        INFO(name << ": " << text);
        CHECK_FALSE(CommandTable::make(standard_commands(), {{name, text}}).ok());
    }
    CHECK_FALSE(
        CommandTable::make(standard_commands(), {{"m", "chart mttr"}, {"m", "chart x"}}).ok());
    CHECK_FALSE(CommandTable::make(standard_commands(), {{"m", "chart mttr"}, {"n", "m"}}).ok());
}

TEST_CASE("what is written behind an alias adds words and replaces options", "[aliases]") {
    const auto chart = bot::commands::chart_command();
    const auto meant = parse_command_line("chart mttr --weeks 6 --as table").value();
    const auto same = expand(chart, meant, parse_command_line("weekly").value());
    CHECK(same.verb == "chart");
    CHECK(same.words == std::vector<std::string>{"mttr"});
    CHECK(same.options == Options{{"weeks", "6"}, {"as", "table"}});
    const auto other = expand(chart, meant, parse_command_line("weekly x --last 3").value());
    CHECK(other.words == std::vector<std::string>{"mttr", "x"});
    CHECK(other.options == Options{{"last", "3"}, {"as", "table"}});
    CHECK(expand(chart, meant, parse_command_line("weekly --as").value()).bare.contains("as"));
}

TEST_CASE("an alias is found in any case, listed, explained and meant", "[aliases]") {
    const auto table =
        CommandTable::make(standard_commands(), {{"mttr_mttc", "chart mttr"}}).value();
    REQUIRE(table.find("MTTR_mttc") != nullptr);
    CHECK(table.find("MTTR_mttc")->name == "chart");
    const tests::TempFolder folder;
    resilience::SystemClock clock;
    const tests::LocalReader reader(clock);
    const auto config = config_with("mttr_mttc", "chart mttr");
    const bot::charts::Renderer renderer({.cache_dir = folder.path("cache")}, reader, clock);
    const bot::text::Scratch scratch(folder.path("answers"));
    const bot::commands::Services services{config, renderer, reader,
                                           clock,  scratch,  [] { return std::string("well"); }};
    const auto say = [&](const std::string& text) {
        bot::commands::Invocation invocation;
        invocation.text = text;
        return table.answer(invocation, services).messages.at(0).markdown;
    };
    CHECK_THAT(say("mttr_mttc"), Contains("I cannot draw the chart mttr"));
    CHECK_THAT(say("mttr_mttc --weeks six"), Contains("a whole number"));
    CHECK_THAT(say("mttr_mtc"), Contains("Did you mean `mttr_mttc`?"));
    CHECK_THAT(say("help"), Contains("Short forms: `mttr_mttc`."));
    CHECK_THAT(say("help mttr_mttc"),
               Contains("`mttr_mttc` is short for `chart mttr`.\n\n**chart**: "));
    CHECK(say("bot_status") == "well");
}

TEST_CASE("the aliases of the shipped configurations stand for something", "[aliases]") {
    for (const auto* name : {"demo", "example"}) {
        const auto path = std::string(SOURCE_ROOT) + "/assets/config/" + name + ".yaml";
        const auto config = bot::config::load({.yaml_path = path}).config;
        CHECK(config.aliases.size() >= 3);
        for (const auto& problem : check_config(config))
            FAIL_CHECK(to_string(problem));
        const auto table = CommandTable::make(standard_commands(), config.aliases);
        REQUIRE(table.ok());
        for (const auto* word : {"aging", "mttr_mttc", "aging_tickets_by_owner_report"})
            CHECK(table.value().find(word) != nullptr);
    }
}
