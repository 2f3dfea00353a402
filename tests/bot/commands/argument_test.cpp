#include "bot/commands/argument.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using bot::commands::Argument;
using bot::commands::Arguments;
using bot::commands::ArgumentType;
using bot::commands::declaration_mistake;
using bot::commands::parse_command_line;
using bot::commands::read_arguments;

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::sys_days kToday = 2026y / 11 / 27;

const std::vector<Argument> kPositions{{.name = "name", .help = "the chart", .required = true}};
const std::vector<Argument> kOptions{
    {.name = "last",
     .help = "rows",
     .type = ArgumentType::kInteger,
     .min = 1,
     .max = 400,
     .also = {"weeks"}},
    {.name = "as",
     .help = "how",
     .type = ArgumentType::kChoice,
     .fallback = "picture",
     .choices = {"picture", "table"}},
    {.name = "since", .help = "from when on", .type = ArgumentType::kDate},
    {.name = "for", .help = "how long", .type = ArgumentType::kDuration, .min = 60, .max = 86'400},
    {.name = "delta", .help = "how many more", .type = ArgumentType::kInteger},
};

resilience::Result<Arguments> read(const std::string& text) {
    return read_arguments("chart", kPositions, kOptions, parse_command_line(text).value(), kToday);
}

std::string mistake(const std::string& text) {
    const auto arguments = read(text);
    return arguments.ok() ? "none" : arguments.error().message;
}

Arguments given(const std::string& text) {
    auto arguments = read(text);
    INFO(text << ": " << (arguments.ok() ? "" : arguments.error().message));
    REQUIRE(arguments.ok());
    return std::move(arguments).value();
}

}  // namespace

TEST_CASE("what is missing is named with what it is", "[arguments]") {
    CHECK(mistake("chart") == "`chart` needs NAME, the chart. `help chart` shows how to ask.");
    CHECK(mistake("chart mttr --weeks") ==
          "`--weeks` needs a value: a whole number from 1 to 400. `help chart` shows how to ask.");
    CHECK(mistake("chart mttr --as --weeks 3") ==
          "`--as` needs a value: `picture` or `table`. `help chart` shows how to ask.");
    const std::vector<Argument> needed{{.name = "room", .help = "where", .required = true}};
    const auto line = parse_command_line("move").value();
    CHECK(read_arguments("move", {}, needed, line, kToday).error().message ==
          "`move` needs `--room`, where. `help move` shows how to ask.");
}

TEST_CASE("a value of another kind is told what it must be", "[arguments]") {
    CHECK(mistake("chart mttr --weeks six") ==
          "`--weeks` must be a whole number from 1 to 400, not \"six\". "
          "`help chart` shows how to ask.");
    for (const auto* number :
         {"0", "401", "-1", "1.5", "6x", "", "++6", "0x10", "99999999999999999999", "\xff"}) {
        INFO(number);
        CHECK(mistake("chart mttr last=" + std::string(number)).find("must be a whole number") !=
              std::string::npos);
    }
    CHECK(mistake("chart mttr --as tabel") ==
          "`--as` must be `picture` or `table`, not \"tabel\". Did you mean `table`? "
          "`help chart` shows how to ask.");
    for (const auto* date : {"2026-02-29", "2026-13-01", "26-11-27", "2026-1-1", "tomorrow",
                             "+026-11-27", "2026/11/27", "2026-11-2 "}) {
        INFO(date);
        CHECK(mistake("chart mttr \"since=" + std::string(date) + "\"") != "none");
        CHECK(mistake("chart mttr since=\"" + std::string(date) + "\"").find("a date like") !=
              std::string::npos);
    }
    for (const auto* time : {"59s", "2d", "90", "m", "1y", "1.5h", "99999999999999w"}) {
        INFO(time);
        CHECK(mistake("chart mttr for=" + std::string(time)) ==
              "`--for` must be a time like `90s`, `15m`, `2h` or `3d` from 1m to 1d, not \"" +
                  std::string(time) + "\". `help chart` shows how to ask.");
    }
}

TEST_CASE("an option that there is not gets the closest one", "[arguments]") {
    CHECK(mistake("chart mttr --week 6") ==
          "I do not know the option \"week\" here. Did you mean `--weeks`? "
          "`help chart` shows how to ask.");
    CHECK(mistake("chart mttr colour=red") ==
          "I do not know the option \"colour\" here. `help chart` shows how to ask.");
}

TEST_CASE("a word too many and a value given twice are refused", "[arguments]") {
    CHECK(mistake("chart mttr aging") ==
          "I do not know what \"aging\" is for: `chart` takes only 1 word here. "
          "`help chart` shows how to ask.");
    const auto line = parse_command_line("ping pong").value();
    CHECK(read_arguments("ping", {}, {}, line, kToday).error().message ==
          "I do not know what \"pong\" is for: `ping` takes nothing here. "
          "`help ping` shows how to ask.");
    CHECK(mistake("chart mttr --last 3 --weeks 4") == "`--weeks` is there twice; give it once.");
    CHECK(mistake("chart mttr name=aging") == "`--name` is there twice; give it once.");
}

TEST_CASE("what somebody wrote cannot mention or format anything in the answer", "[arguments]") {
    CHECK(mistake("chart mttr \"<@all> **x**\"").find("<@") == std::string::npos);
    CHECK(mistake("chart mttr --weeks \"<@all>\"").find("<@") == std::string::npos);
    CHECK(mistake("chart mttr \xff").find("that is for") != std::string::npos);
    CHECK(mistake("chart mttr " + std::string(500, 'x')).size() < 200);
}

TEST_CASE("what is given comes typed, what is not is its fallback or nothing", "[arguments]") {
    const auto all =
        given("chart \"my chart\" --weeks 6 --as TABLE since=2026-02-28 for=2H --delta -3");
    CHECK(all.text("name") == "my chart");
    CHECK(all.integer("last") == 6);
    CHECK(all.text("as") == "table");
    CHECK(all.date("since") == 2026y / 2 / 28);
    CHECK(all.duration("for") == 2h);
    CHECK(all.integer("delta") == -3);
    const auto few = given("chart name=mttr");
    CHECK(few.text("name") == "mttr");
    CHECK(few.text("as") == "picture");
    CHECK_FALSE(few.has("last"));
    CHECK_FALSE(few.integer("last").has_value());
    CHECK_FALSE(few.date("since").has_value());
    CHECK_FALSE(few.duration("for").has_value());
    CHECK_FALSE(few.integer("as").has_value());  // of another kind
    CHECK(few.text("nosuch").empty());
    CHECK(given("chart x since=Yesterday").date("since") == 2026y / 11 / 26);
    CHECK(given("chart x since=today").date("since") == kToday);
    CHECK(given("chart x since=2028-02-29").date("since") == 2028y / 2 / 29);
}

TEST_CASE("a text takes all words that are left", "[arguments]") {
    const std::vector<Argument> positions{{.name = "who"},
                                          {.name = "words", .type = ArgumentType::kText}};
    const auto line = parse_command_line("tell robin that  \"it is\" done").value();
    const auto said = read_arguments("tell", positions, {}, line, kToday).value();
    CHECK(said.text("who") == "robin");
    CHECK(said.text("words") == "that it is done");
}

TEST_CASE("arguments that contradict each other are a mistake of the programmer", "[arguments]") {
    CHECK(declaration_mistake(kPositions, kOptions).empty());
    CHECK_FALSE(declaration_mistake(kPositions, {{.name = "name"}}).empty());
    CHECK_FALSE(declaration_mistake({}, {{.name = "a", .also = {"b"}}, {.name = "b"}}).empty());
    CHECK_FALSE(declaration_mistake({{.name = "Name"}}, {}).empty());
    CHECK_FALSE(declaration_mistake({{.name = ""}}, {}).empty());
    CHECK_FALSE(declaration_mistake({{.name = "a"}, {.name = "b", .required = true}}, {}).empty());
    CHECK_FALSE(declaration_mistake({{.name = "a", .type = ArgumentType::kText}, {.name = "b"}}, {})
                    .empty());
    CHECK_FALSE(declaration_mistake({}, {{.name = "a", .type = ArgumentType::kChoice}}).empty());
    CHECK_FALSE(declaration_mistake(
                    {}, {{.name = "a", .type = ArgumentType::kInteger, .fallback = "9", .max = 5}})
                    .empty());
}
