#include "bot/config/config.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <sstream>

using bot::config::load;
using bot::config::Loaded;
using bot::config::Sources;

namespace {

Loaded load_yaml(const std::string& text) {
    const tests::TempFolder folder;
    return load(Sources{.yaml_path = folder.write("c.yaml", text)});
}

// "line: what" of the only problem there is.
std::string only_problem(const std::string& text) {
    const auto loaded = load_yaml(text);
    std::string all;
    for (const auto& problem : loaded.problems)
        all += to_string(problem) + "\n";
    INFO(all);
    REQUIRE(loaded.problems.size() == 1);
    return std::to_string(loaded.problems[0].line) + ": " + loaded.problems[0].what;
}

constexpr auto kPeople = "people:\n  ann: {email: ann@example.com}\n";

}  // namespace

TEST_CASE("mistakes in the YAML file have their line", "[config]") {
    CHECK(only_problem("bot: [\n").find("This is not YAML") != std::string::npos);
    CHECK(only_problem("bot:\n  name: A\nbot:\n  name: B\n") ==
          "3: The key \"bot\" is here again; line 1 has it already");
    CHECK(only_problem("bot:\n  name: A\n  name: B\n") ==
          "3: The key \"name\" is here again; line 2 has it already");
    CHECK(only_problem("cahrts: {}\n") == "1: the file has no key \"cahrts\"");
    CHECK(only_problem("bot: hello\n") == "1: bot is not a list of \"key: value\" lines");
    CHECK(only_problem("people:\n  Ann B: {email: a@b}\n") == "2: \"Ann B\" cannot be a name");
    CHECK(only_problem("people:\n  ann: {email: nobody}\n") ==
          "2: \"nobody\" is not an e-mail address");
    CHECK(only_problem("rooms:\n  ops: {members: [ann]}\n") ==
          "2: The room ops has the unknown member \"ann\"");
    CHECK(only_problem("rooms:\n  ops: {type: private}\n") ==
          "2: \"type\" of room ops is \"private\"");
    CHECK(only_problem(std::string(kPeople) + "rooms:\n  a: {type: direct}\n") ==
          "4: The direct room a has not exactly one member");
    CHECK(only_problem(std::string(kPeople) + "sandbox: {bot_token: x}\n") ==
          "3: The person ann has no sandbox token");
    CHECK(only_problem("sandbox:\n  bot_token: x\n  tokens: {bob: y}\n") ==
          "3: There is a token for nobody: \"bob\"");
    CHECK(only_problem("settings:\n  config_file: x\n") ==
          "2: A configuration file cannot name another one");
    CHECK(only_problem("settings:\n  workers: 0x4\n").find("2: WORKERS is not a whole") == 0);
}

TEST_CASE("mistakes in charts, reports and schedules are found", "[config]") {
    const std::string chart = "charts:\n  c: {title: T, data: d.csv, x: x, series: s";
    CHECK(only_problem(chart + ", width: 012}\n") == "2: \"width\" of chart c is \"012\"");
    CHECK(only_problem(chart + ", width: 20}\n") == "2: \"width\" of chart c is \"20\"");
    CHECK(only_problem(chart + ", kind: pie}\n") == "2: \"kind\" of chart c is \"pie\"");
    CHECK(only_problem("charts:\n  c: {title: T, data: d.csv, x: x}\n") ==
          "2: The chart c has no series");
    CHECK(only_problem(chart + ", kind: line, full: 5}\n") ==
          "2: The chart c has the key full but is of kind line");
    CHECK(only_problem(chart + ", kind: number, full: much}\n") ==
          "2: The key full of the chart c is \"much\", not a number above 0");
    CHECK(only_problem("charts:\n  c: {title: T, data: d.csv, x: x, kind: number, "
                       "series: [a, b]}\n") ==
          "2: The chart c is of kind number but has several series");
    CHECK(only_problem("charts:\n  c: {title: T, data: d.csv, x: x, kind: table, "
                       "series: [a, b, c, d, e, f, g, h, i]}\n") ==
          "2: The chart c has 9 series, more than 8");
    CHECK(only_problem("charts:\n  c: {title: T, data: d.csv, x: x, series: [a, b]}\n") ==
          "2: The chart c is of kind bar but has several series");
    const std::string report =
        "reports:\n  r: {title: T, data: d.csv, item: i, group_by: g, measure: m, template: ";
    CHECK(only_problem(report + "none.mustache}\n").find("There is no template") !=
          std::string::npos);
    CHECK(only_problem(report + "c.yaml, chart: x}\n") ==
          "2: The report r names the unknown chart \"x\"");
    CHECK(only_problem(report + "c.yaml, rooms: [a]}\n") ==
          "2: The report r has the key rooms and no parts");
    CHECK(only_problem("reports:\n  r: {title: T, parts: [{file: c.yaml}], rooms: [a]}\n") ==
          "2: The report r names the unknown room \"a\"");
    CHECK(only_problem(report + "c.yaml, due_by: \"08:30\"}\n") ==
          "2: The report r has the key due_by and no parts");
    CHECK(only_problem("reports:\n  r: {title: T, parts: [{file: c.yaml}], due_by: \"8:30\"}\n") ==
          "2: The key due_by of the report r is \"8:30\", not a time of day");
    CHECK(only_problem(
              "rooms: {a: id}\nschedules:\n  s: {cron: \"* * * * *\", report: r, room: a}") ==
          "3: The schedule s names the unknown report \"r\"");
    CHECK(only_problem(report + "c.yaml}\nschedules:\n  s: {cron: \"* * * * *\", report: r, "
                                "room: b}") == "4: The schedule s names the unknown room \"b\"");
}

TEST_CASE("schedules that cannot be kept are mistakes like any other", "[config]") {
    const auto loaded = load_yaml(
        "rooms: {ops: id}\n"
        "reports:\n"
        "  r: {title: T, data: c.yaml, item: i, group_by: g, measure: m, template: c.yaml,\n"
        "      colour: red}\n"
        "schedules:\n"
        "  early:\n"
        "    cron: 0 25 * * *\n"
        "    time_zone: Europe/Berlim\n"
        "    report: r\n"
        "    room: ops\n"
        "  late:\n"
        "    report: r\n"
        "    room: ops\n"
        "  never: {cron: 0 8 30 2 *, time_zone: Mars/Olympus, report: r, room: ops}\n");
    std::string all;
    for (const auto& problem : loaded.problems)
        all += to_string(problem).substr(problem.file.size() + 1) + "\n";
    const std::string cron =
        ". Write minute hour day-of-month month day-of-week, such as \"0 8 * * mon-fri\".\n";
    CHECK(all ==
          "4: report r has no key \"colour\". Known keys: title, summary, template, data, item, "
          "group_by, measure, limit, rows_max, chart, parts, rooms, due_by.\n"
          "7: The schedule early cannot be kept: cron expression \"0 25 * * *\": hour \"25\" is "
          "not a number from 0 to 23" +
              cron +
              "8: The schedule early cannot be kept: time zone \"Europe/Berlim\" is not known. Did "
              "you mean Europe/Berlin?\n"
              "12: schedule late has no \"cron\". Add \"cron: …\" to it.\n"
              "14: The schedule never cannot be kept: cron expression \"0 8 30 2 *\": day-of-month "
              "\"30\" does not exist in month \"2\", so it would never run" +
              cron +
              "14: The schedule never cannot be kept: time zone \"Mars/Olympus\" is not known. "
              "Write an IANA name such as Europe/Tallinn or UTC.\n");
}

TEST_CASE("the bot may say where people read about it", "[config]") {
    CHECK(load_yaml("bot:\n  name: Ada\n").config.docs.empty());
    CHECK(load_yaml("bot:\n  docs: https://wiki.example.com\n").config.docs ==
          "https://wiki.example.com");
}

TEST_CASE("aliases have names, texts and lines", "[config]") {
    CHECK(only_problem("aliases:\n  Two Words: chart mttr\n") ==
          "2: \"Two Words\" cannot be an alias");
    CHECK(only_problem("aliases:\n  a: []\n") ==
          "2: \"a\" of the section aliases is not a single text");
    CHECK(only_problem("aliases:\n  a: ''\n") == "2: \"a\" of the section aliases is empty");
    CHECK(only_problem("aliases:\n  a: chart x\n  a: chart y\n") ==
          "3: The key \"a\" is here again; line 2 has it already");
    const auto loaded = load_yaml("aliases:\n  heat_map: chart heat --weeks 6\n");
    REQUIRE(loaded.config.aliases.size() == 1);
    CHECK(loaded.config.aliases[0].name == "heat_map");
    CHECK(loaded.config.aliases[0].text == "chart heat --weeks 6");
    CHECK(loaded.config.aliases[0].line == 2);
}

TEST_CASE("permissions and cool-downs name what there is", "[config]") {
    const auto in_rooms = std::string(kPeople) + "rooms:\n  ops: {title: Operations}\n";
    CHECK(only_problem(in_rooms + "permissions:\n  chart: {people: [bob]}\n") ==
          "6: The permission chart names the unknown person \"bob\"");
    CHECK(only_problem(in_rooms + "permissions:\n  chart: {rooms: [other]}\n") ==
          "6: The permission chart names the unknown room \"other\"");
    CHECK(only_problem("permissions:\n  chart: {emails: [nobody]}\n") ==
          "2: \"nobody\" of permission chart is not an e-mail address");
    for (const std::string domain : {"ann@example.com", "'*'", "com", ".example.com", "\"\""}) {
        CHECK(only_problem("permissions:\n  chart: {domains: [" + domain + "]}\n")
                  .find("is not a domain") != std::string::npos);
    }
    CHECK(only_problem("permissions:\n  chart: {}\n") == "2: The permission chart says nothing");
    CHECK(only_problem("permissions:\n  chart: {persons: [ann]}\n") ==
          "2: permission chart has no key \"persons\"");
    CHECK(only_problem("cool_downs:\n  chart: {user_s: soon}\n") ==
          "2: \"user_s\" of cool-down chart is \"soon\"");
    const auto config = load_yaml(in_rooms +
                                  "permissions:\n"
                                  "  chart: {people: ann, emails: [x@y.org], rooms: ops}\n"
                                  "  why: {domains: example.com}\n"
                                  "cool_downs:\n"
                                  "  chart: {user_s: 10, room_s: 3}\n")
                            .config;
    REQUIRE(config.permissions.size() == 2);
    CHECK(config.permissions[0].command == "chart");
    CHECK(config.permissions[0].emails == std::vector<std::string>{"x@y.org", "ann@example.com"});
    CHECK(config.permissions[0].rooms == std::vector<std::string>{"ops"});
    CHECK(config.permissions[1].domains == std::vector<std::string>{"example.com"});
    CHECK(config.permissions[1].line == 7);
    REQUIRE(config.cool_downs.size() == 1);
    CHECK(config.cool_downs[0].user == std::chrono::seconds{10});
    CHECK(config.cool_downs[0].room == std::chrono::seconds{3});
}

TEST_CASE("a data file that is not there yet is a warning with its line", "[config]") {
    const auto loaded = load_yaml(
        "charts:\n"
        "  c: {title: T, data: soon.csv, x: x, series: s}\n"
        "  d: {title: T, data: ., x: x, series: s}\n"
        "  e: {title: T, data: c.yaml, x: x, series: s}\n"
        "reports:\n"
        "  r:\n"
        "    {title: T, item: i, group_by: g, measure: m, template: c.yaml,\n"
        "     data: soon.csv}\n");
    CHECK(loaded.problems.empty());
    REQUIRE(loaded.warnings.size() == 3);
    CHECK(loaded.warnings[0].line == 2);
    CHECK(loaded.warnings[0].what.find("The data of chart c is not there: \"/") == 0);
    CHECK(loaded.warnings[0].what.find("/soon.csv\"") != std::string::npos);
    CHECK_FALSE(loaded.warnings[0].cure.empty());
    CHECK(loaded.warnings[1].line == 3);  // A folder.
    CHECK(loaded.warnings[2].line == 8);
    CHECK(loaded.warnings[2].what.find("The data of report r is not there") == 0);
}

TEST_CASE("a document whose aliases multiply is refused", "[config]") {
    std::string text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
    for (char c = 'b'; c < 'i'; ++c) {
        text += std::string(1, c) + ": &" + c + " [";
        for (int i = 0; i < 10; ++i)
            text += std::string("*") + static_cast<char>(c - 1) + ", ";
        text += "]\n";
    }
    bool found = false;
    for (const auto& problem : load_yaml(text).problems) {
        found = found || problem.what.find("more than 20000 values") != std::string::npos;
    }
    CHECK(found);
}

TEST_CASE("an id that is none of Webex is worth a warning, not a stop", "[config]") {
    const tests::TempFolder folder;
    const auto path = folder.write("c.yaml",
                                   "rooms:\n  a: REPLACE-ME\n  b: {id: \"with blank\"}\n"
                                   "  c: Y2lzY29zcGFyazovL3VzL1JPT00vYTdjYzliNTI\n"
                                   "settings: {ops_room: nowhere}\n");
    const auto loaded = load(Sources{.yaml_path = path});
    CHECK(loaded.problems.empty());
    REQUIRE(loaded.warnings.size() == 3);
    CHECK_THAT(to_string(loaded.warnings[0]), Catch::Contains(":2: The room a has the id"));
    CHECK_THAT(to_string(loaded.warnings[1]), Catch::Contains(":3: The room b has the id"));
    CHECK_THAT(to_string(loaded.warnings[2]), Catch::Contains("OPS_ROOM names \"nowhere\""));
}

TEST_CASE("the shipped configurations are without mistakes", "[config]") {
    for (const std::string name : {"demo", "example"}) {
        const auto loaded = load(
            Sources{.yaml_path = std::string(SOURCE_ROOT) + "/assets/config/" + name + ".yaml"});
        for (const auto& problem : loaded.problems)
            FAIL_CHECK(to_string(problem));
        for (const auto& warning : loaded.warnings)
            FAIL_CHECK(to_string(warning));
    }
}

TEST_CASE("the demo has one person, two rooms, and every kind of chart", "[config]") {
    const auto config =
        load(Sources{.yaml_path = std::string(SOURCE_ROOT) + "/assets/config/demo.yaml"}).config;
    REQUIRE(config.people.size() == 1);
    REQUIRE(config.rooms.size() == 2);
    CHECK(config.rooms[0].type == bot::config::RoomType::kGroup);
    CHECK(config.rooms[1].type == bot::config::RoomType::kDirect);
    CHECK(config.rooms[1].members == std::vector<std::string>{config.people[0].name});
    REQUIRE(config.sandbox);
    CHECK(config.sandbox->tokens.count(config.people[0].name) == 1);
    std::string kinds;
    for (const auto& chart : config.charts) {
        kinds += std::to_string(static_cast<int>(chart.kind));
        CHECK(std::filesystem::exists(describe(chart.data)));
    }
    for (const char kind : std::string("012345678"))
        CHECK(kinds.find(kind) != std::string::npos);
    REQUIRE(config.schedules.size() == 1);
    CHECK(config.find_room(config.schedules[0].room) == &config.rooms[0]);
}

TEST_CASE("a room may be given by its id alone", "[config]") {
    const auto config = load_yaml("rooms:\n  ops: Y2lzY29\n").config;
    REQUIRE(config.find_room("ops") != nullptr);
    CHECK(config.find_room("ops")->id == "Y2lzY29");
    CHECK(config.find_room("dev") == nullptr);
}
