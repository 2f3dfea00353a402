#include "bot/charts/code_table.hpp"

#include "bot/text/scratch.hpp"
#include "bot/text/utf8.hpp"
#include "tests/bot/read_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <sstream>
#include <string>

using bot::charts::code_table;
using bot::charts::csv_table;
using bot::charts::Plot;
using bot::charts::Spec;
using bot::text::Scratch;

namespace {

Spec spec(std::vector<bot::charts::Series> series) {
    Spec made;
    made.name = "mttr";
    made.x = "week";
    made.series = std::move(series);
    return made;
}

std::size_t widest_line(const std::string& table) {
    std::istringstream lines(table);
    std::size_t width = 0;
    for (std::string line; std::getline(lines, line);)
        width = std::max(width, bot::text::length(line));
    return width;
}

}  // namespace

TEST_CASE("a table that does not fit a phone is none", "[code_table]") {
    Plot long_one{std::vector<std::string>(31, "W"), {std::vector<std::optional<double>>(31, 1)}};
    CHECK_FALSE(code_table(spec({{"p1"}}), long_one).has_value());
    Plot wide{{"W1"}, {}};
    std::vector<bot::charts::Series> series;
    for (int i = 0; i < 8; ++i) {
        series.push_back({"s" + std::to_string(i)});
        wide.values.push_back({123'456});
    }
    CHECK_FALSE(code_table(spec(series), wide).has_value());
}

TEST_CASE("what stands in the data cannot leave the code block", "[code_table]") {
    const Plot plot{{"```<@all>"}, {{1}}};
    const auto table = code_table(spec({{"a`b"}}), plot);
    REQUIRE(table.has_value());
    CHECK(table->find("<@") == std::string::npos);
    CHECK(table->find('`', 3) == table->size() - 3);
}

TEST_CASE("labels stand to the left, numbers to the right", "[code_table]") {
    const Plot plot{{"W1", "W10"}, {{3, 12.5}, {std::nullopt, -4}}};
    CHECK(code_table(spec({{"p1", "Open"}, {"p2", "Closed"}}), plot) ==
          "```\n"
          "week Open Closed\n"
          "W1      3       \n"
          "W10  12.5     -4\n"
          "```");
}

TEST_CASE("headings are cut to the space there is, and lettered when they look alike then",
          "[code_table]") {
    const Plot plot{{"2026-W40"}, {{3.2}, {5.1}, {9}}};
    const auto cut =
        code_table(spec({{"a", "Opened this week"}, {"b", "Closed"}, {"c", "Rest"}}), plot);
    REQUIRE(cut.has_value());
    CHECK(widest_line(*cut) <= 34);
    CHECK(cut->find("Opened this …") != std::string::npos);
    CHECK(cut->find("Closed") != std::string::npos);
    const auto alike =
        code_table(spec({{"a", "Priority 1"}, {"b", "Priority 2"}, {"c", "Priority 3"}}), plot);
    REQUIRE(alike.has_value());
    CHECK(widest_line(*alike) <= 34);
    CHECK(*alike ==
          "```\n"
          "week       A   B C\n"
          "2026-W40 3.2 5.1 9\n"
          "A = Priority 1\n"
          "B = Priority 2\n"
          "C = Priority 3\n"
          "```");
}

TEST_CASE("the same numbers as CSV are quoted where they must be", "[code_table]") {
    const Plot plot{{"a,b", "say \"x\""}, {{1, std::nullopt}}};
    CHECK(csv_table(spec({{"p1", "Priority 1"}}), plot) ==
          "week,Priority 1\r\n\"a,b\",1\r\n\"say \"\"x\"\"\",\r\n");
}

TEST_CASE("a file for an answer that cannot be written says where and why", "[scratch]") {
    const tests::TempFolder folder;
    const auto file = folder.write("file", "in the way");
    const auto refused = Scratch(file + "/below").write("x", ".csv");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message.find("/file/below failed: ") != std::string::npos);
}

TEST_CASE("files for answers are new ones, and only the last are kept", "[scratch]") {
    const tests::TempFolder folder;
    const Scratch scratch(folder.path("answers"), 2);
    const auto first = scratch.write("first", ".csv").value();
    CHECK(first.ends_with(".csv"));
    CHECK(tests::read_file(first) == "first");
    const auto other = folder.write("answers/mine", "stays");
    for (int i = 0; i < 4; ++i)
        REQUIRE(scratch.write("x", ".csv").value() != first);
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path("answers")))
        count += entry.path() == other ? 0U : 1U;
    CHECK(count == 2);
    CHECK(std::filesystem::exists(other));
}
