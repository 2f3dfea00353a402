// docs/commands.md against the program: its command, its list, its sentences.
#include "bot/commands/command_table.hpp"
#include "bot/commands/standard.hpp"
#include "tests/bot/local_reader.hpp"
#include "tests/bot/read_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

namespace bot::commands {
/// Compiled from the block "days" of the page.
Command days_command();
}  // namespace bot::commands

using namespace bot::commands;
using Catch::Contains;

namespace {

std::string page() {
    return tests::read_file(std::string(SOURCE_ROOT) + "/docs/commands.md");
}

std::string ask(const std::string& text) {
    const tests::TempFolder folder;
    resilience::VirtualClock clock;  // 22 November 2026
    const bot::config::Config config;
    const tests::LocalReader reader(clock);
    const bot::charts::Renderer renderer({.cache_dir = folder.path("cache")}, reader, clock);
    const bot::text::Scratch scratch(folder.path("answers"));
    const Services services{config, renderer, reader, clock, scratch, [] { return std::string(); }};
    Invocation invocation;
    invocation.text = text;
    const auto table = CommandTable::make({days_command()});
    REQUIRE(table.ok());
    return table.value().answer(invocation, services).messages.at(0).markdown;
}

}  // namespace

TEST_CASE("the documented command checks what it takes, explains itself and answers",
          "[commands]") {
    CHECK(ask("days") == "`days` needs DATE. `help days` shows how to ask.");
    CHECK_THAT(ask("days soon"), Contains("DATE must be a date like `2026-11-27`"));
    CHECK(ask("days 2026-12-24") == "That is 32 days from today.");
    CHECK(ask("days date=yesterday") == "That is -1 days from today.");
    CHECK_THAT(ask("help days"),
               Contains("Usage: `days DATE`") && Contains("Example: `days 2026-12-24`"));
}

TEST_CASE("the documented command has twenty lines", "[commands]") {
    const auto text = page();
    const auto begin = text.find("```cpp days\n");
    REQUIRE(begin != std::string::npos);
    const auto end = text.find("\n```", begin);
    const auto lines = std::count(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                  text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    CHECK(lines <= 20);
}

TEST_CASE("each command is on the page, with its other names", "[commands]") {
    const auto text = page();
    const auto table = CommandTable::make(standard_commands()).value();
    for (const auto& command : standard_commands()) {
        INFO(command.name);
        CHECK((text.find("`" + command.name + "`") != std::string::npos ||
               text.find("`" + command.name + " ") != std::string::npos));
    }
    for (const auto* name : {"help", "confirm", "decline"})
        CHECK(table.find(name) != nullptr);
}
