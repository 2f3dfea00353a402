#include "bot/commands/command_table.hpp"

#include "bot/commands/standard.hpp"
#include "tests/bot/local_reader.hpp"
#include "tests/bot/read_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <stdexcept>

using bot::commands::Command;
using bot::commands::CommandTable;
using bot::commands::Invocation;
using bot::commands::Reply;

namespace {

struct Setup {
    tests::TempFolder folder;
    resilience::SystemClock clock;
    bot::config::Config config;
    tests::LocalReader reader{clock};
    bot::charts::Renderer renderer{{.cache_dir = folder.path("cache")}, reader, clock};
    bot::text::Scratch scratch{folder.path("answers")};
    CommandTable table = CommandTable::make(bot::commands::standard_commands()).value();
    bool direct = false;

    Setup() {
        bot::charts::Spec chart;
        chart.name = "mttr";
        chart.title = "Mean *time* to resolve";
        chart.summary = "Hours";
        chart.data = bot::sources::file(folder.write("mttr.csv", "week,p1\nW1,3\n"));
        chart.x = "week";
        chart.series = {{"p1"}};
        config.charts.push_back(chart);
        chart.name = "sla-breach";
        config.charts.push_back(chart);

        bot::reports::Spec report;
        report.name = "aging";
        report.title = "Aging";
        report.summary = "Old tickets";
        report.template_path = folder.write("t.mustache", "{{title}}: {{total}}");
        report.data =
            bot::sources::file(folder.write("tickets.csv", "ticket,owner,age\nT1,ann,3\n"));
        report.item = "ticket";
        report.group_by = "owner";
        report.measure = "age";
        report.chart = "mttr";
        config.reports.push_back(report);
    }

    std::optional<resilience::Clock::WallTime> next_run = std::nullopt;

    Reply ask(const std::string& text) const {
        const bot::commands::Services services{
            .config = config,
            .renderer = renderer,
            .reader = reader,
            .clock = clock,
            .scratch = scratch,
            .status = [] { return std::string("all well"); },
            .why = [](const std::string& id) { return "the story of " + id; },
            .next_run = [this](const std::string&) { return next_run; }};
        return table.answer({.text = text,
                             .person_id = "PERSON",
                             .person_email = "robin@example.com",
                             .person_name = "Robin <@all>",
                             .room_id = "ROOM",
                             .direct = direct},
                            services);
    }

    std::string say(const std::string& text) const {
        const auto reply = ask(text);
        REQUIRE(reply.messages.size() == 1);
        return reply.messages[0].markdown;
    }
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Reply nothing(const Invocation&, const bot::commands::Arguments&, const bot::commands::Services&) {
    return {};
}

Command command(const std::string& name, std::vector<std::string> aliases = {}) {
    return {.name = name, .aliases = std::move(aliases), .summary = "s", .handler = nothing};
}

}  // namespace

TEST_CASE("commands whose names conflict are refused at start", "[commands]") {
    CHECK(holds(CommandTable::make({command("a"), command("a")}).error().message, "\"a\""));
    CHECK(holds(CommandTable::make({command("a"), command("b", {"a"})}).error().message, "\"a\""));
    CHECK(holds(CommandTable::make({command("help")}).error().message, "\"help\""));
    CHECK_FALSE(CommandTable::make({command("confirm")}).ok());
    for (const auto* bad : {"", "Chart", "two words", "a=b"}) {
        CHECK_FALSE(CommandTable::make({command(bad)}).ok());
    }
    auto contradicting = command("a");
    contradicting.arguments = {{.name = "x"}, {.name = "x"}};
    CHECK(CommandTable::make({contradicting}).error().message ==
          "The command \"a\" is not well declared: two arguments have the name \"x\"");
}

TEST_CASE("reports says when each is next posted by itself", "[commands]") {
    Setup setup;
    CHECK_FALSE(holds(setup.say("reports"), "Next by themselves"));
    using namespace std::chrono;
    setup.next_run = sys_days(year(2026) / 11 / 23) + hours(6);
    CHECK(holds(setup.say("reports"),
                "\nNext by themselves:\n\n- `aging` on 23 Nov 2026, 06:00 UTC\n"));
}

TEST_CASE("an unknown word gets the closest command", "[commands]") {
    const Setup setup;
    CHECK_FALSE(setup.ask("chrat mttr").ok);
    CHECK(holds(setup.say("chrat mttr"), "Did you mean `chart`?"));
    CHECK(holds(setup.say("xyzzy"), "`help` lists"));
    CHECK_FALSE(holds(setup.say("xyzzy"), "Did you mean"));
    CHECK(holds(setup.say("chart-mttr"), "I do not know"));
    CHECK_FALSE(holds(setup.say("<@all> `x"), "<@"));
    CHECK(holds(setup.say("\xff\xfe"), "that word"));
}

TEST_CASE("an unknown chart gets the closest name", "[commands]") {
    const Setup setup;
    CHECK_FALSE(setup.ask("chart mtrr").ok);
    CHECK(holds(setup.say("chart mtrr"), "Did you mean `mttr`?"));
    CHECK(setup.say("chart nosuch") ==
          "There is no chart \"nosuch\". The closest name is `mttr`; `charts` lists all.");
    CHECK_FALSE(holds(setup.say("chart \"<@all>\""), "<@"));
    CHECK(setup.say("report agin") ==
          "There is no report \"agin\". Did you mean `aging`? `reports` lists all.");
}

TEST_CASE("a chart that cannot be drawn costs a sentence and a line in the log", "[commands]") {
    Setup setup;
    setup.config.charts[0].data = bot::sources::file(setup.folder.path("gone_now.csv"));
    const auto reply = setup.ask("chart mttr");
    CHECK_FALSE(reply.ok);
    CHECK(reply.messages.at(0).markdown ==
          "I cannot draw the chart mttr: its file gone\\_now.csv is missing.");
    CHECK(holds(reply.detail, "gone_now.csv"));
}

TEST_CASE("options that a command does not know are named", "[commands]") {
    const Setup setup;
    CHECK(holds(setup.say("chart mttr colour=red"), "\"colour\""));
    CHECK(holds(setup.say("chart mttr theme=pink"), "`light` or `dark`"));
    CHECK(holds(setup.say("report aging --fast"), "\"fast\""));
    CHECK(holds(setup.say("chart mttr --week 6"), "Did you mean `--weeks`?"));
    CHECK(holds(setup.say("chart mttr a=1 a=2"), "is there twice"));
}

TEST_CASE("what does not fit a command's arguments is told before it runs", "[commands]") {
    const Setup setup;
    CHECK(setup.say("chart mttr --weeks six") ==
          "`--weeks` must be a whole number from 1 to 400, not \"six\". "
          "`help chart` shows how to ask.");
    CHECK(setup.say("ping pong") ==
          "I do not know what \"pong\" is for: `ping` takes nothing here. "
          "`help ping` shows how to ask.");
    CHECK_FALSE(setup.ask("chart mttr 6").ok);
}

TEST_CASE("a table of data that cannot be used costs a sentence and a line in the log",
          "[commands]") {
    Setup setup;
    std::string reason;
    SECTION("missing") {
        setup.config.charts[0].data = bot::sources::file(setup.folder.path("gone_now.csv"));
        reason = "its file gone\\_now.csv is missing";
    }
    SECTION("broken") {
        setup.config.charts[0].data =
            bot::sources::file(setup.folder.write("b.csv", "week,p1\nW1\n"));
        reason = "its data file is broken, row 2 has 1 fields where the first row has 2";
    }
    SECTION("without numbers") {
        setup.config.charts[0].data =
            bot::sources::file(setup.folder.write("n.csv", "week,p1\nW1,many\n"));
        reason = "its data does not fit, row 2 has no number in the column \"p1\"";
    }
    const auto reply = setup.ask("chart mttr --as table");
    CHECK_FALSE(reply.ok);
    CHECK(reply.messages.at(0).markdown == "I cannot draw the chart mttr: " + reason + ".");
    CHECK(holds(reply.detail, "chart mttr failed: " + setup.folder.path("")));
}

TEST_CASE("a table too large for a message that cannot become a file is owned up to",
          "[commands]") {
    Setup setup;
    std::string rows = "week,p1\n";
    for (int i = 0; i < 31; ++i)
        rows += "W" + std::to_string(i) + ",1\n";
    setup.config.charts[0].data = bot::sources::file(setup.folder.write("long.csv", rows));
    setup.folder.write("answers", "a file where the folder should be");
    const auto reply = setup.ask("chart mttr --as table");
    CHECK_FALSE(reply.ok);
    CHECK(holds(reply.messages.at(0).markdown, "cannot write it into a file"));
    CHECK_FALSE(holds(reply.messages.at(0).markdown, setup.folder.path("")));
    CHECK(holds(reply.detail, "answers failed"));
}

TEST_CASE("a handler that throws costs its user one notice without detail", "[commands]") {
    Setup setup;
    auto throwing = command("boom");
    throwing.handler = [](const auto&, const auto&, const auto&) -> Reply {
        throw std::runtime_error("secret detail");
    };
    setup.table = CommandTable::make({throwing}).value();
    const auto reply = setup.ask("boom");
    CHECK_FALSE(reply.ok);
    REQUIRE(reply.messages.size() == 1);
    CHECK_FALSE(holds(reply.messages[0].markdown, "secret"));
    CHECK(reply.detail == "command boom threw: secret detail");
}

TEST_CASE("a chart comes with its picture, its asker and its age", "[commands]") {
    const Setup setup;
    const auto reply = setup.ask("Chart MTTR theme=dark");
    CHECK(reply.ok);
    REQUIRE(reply.messages.size() == 1);
    const auto& message = reply.messages[0];
    CHECK(holds(message.markdown, "**Mean \\*time\\* to resolve** (chart mttr), for Robin "));
    CHECK_FALSE(holds(message.markdown, "<@"));
    CHECK(holds(message.markdown, "Data as of "));
    CHECK(holds(message.markdown, " old)."));
    CHECK(holds(message.text, "Bar chart"));
    REQUIRE(message.files.size() == 1);
    CHECK(message.files[0].name == "mttr.png");
    CHECK(std::filesystem::exists(message.files[0].path));
}

TEST_CASE("a chart as a table is text in the room where it fits, and a file where not",
          "[commands]") {
    Setup setup;
    std::string rows = "week,p1\n";
    for (int i = 1; i <= 40; ++i)
        rows += "W" + std::to_string(i) + "," + std::to_string(i * 10) + "\n";
    setup.config.charts[0].data = bot::sources::file(setup.folder.write("mttr.csv", rows));
    const auto few = setup.ask("chart mttr --weeks 2 --as table");
    CHECK(few.ok);
    CHECK(few.messages.at(0).files.empty());
    CHECK(holds(few.messages[0].markdown,
                "Only its last 2 rows.\n\n```\nweek  p1\nW39  390\n"
                "W40  400\n```"));
    CHECK(holds(few.messages[0].markdown, "Data as of "));
    const auto all = setup.ask("chart mttr as=TABLE");
    CHECK(all.ok);
    CHECK(holds(all.messages.at(0).markdown, "too large for a message"));
    REQUIRE(all.messages[0].files.size() == 1);
    CHECK(all.messages[0].files[0].name == "mttr.csv");
    CHECK(all.messages[0].files[0].content_type == "text/csv");
    const auto csv = tests::read_file(all.messages[0].files[0].path);
    CHECK(csv.starts_with("week,p1\r\nW1,10\r\n"));
    CHECK(csv.ends_with("W40,400\r\n"));
}

TEST_CASE("a chart of the last rows is another picture, and says so", "[commands]") {
    Setup setup;
    setup.config.charts[0].data =
        bot::sources::file(setup.folder.write("mttr.csv", "week,p1\nW1,1\nW2,2\nW3,3\n"));
    const auto all = setup.ask("chart mttr");
    const auto last = setup.ask("chart mttr last=2");
    CHECK(all.messages.at(0).files.at(0).path != last.messages.at(0).files.at(0).path);
    CHECK_FALSE(holds(all.messages[0].markdown, "Only its last"));
    CHECK(holds(last.messages[0].markdown, "Only its last 2 rows."));
    CHECK(holds(last.messages[0].text, "W2 to W3"));
}

TEST_CASE("a report comes with its text and its chart", "[commands]") {
    const Setup setup;
    const auto reply = setup.ask("report aging");
    CHECK(reply.ok);
    REQUIRE(reply.messages.size() == 1);
    CHECK(reply.messages[0].markdown == "Aging: 1");
    CHECK(reply.messages[0].files.size() == 1);
}

TEST_CASE("help is made from the commands", "[commands]") {
    Setup setup;
    const auto overview = setup.say("help");
    for (const auto* name : {"help [COMMAND]", "chart [NAME]", "charts", "report [NAME]", "reports",
                             "status", "ping", "whoami", "hi"}) {
        CHECK(holds(overview, std::string("- `") + name));
    }
    CHECK(holds(overview, "mention me first"));
    CHECK(setup.say("") == overview);
    CHECK(setup.say("?") == overview);
    CHECK(holds(setup.say("help HELLO"), "**hi**: Greets."));
    CHECK(holds(setup.say("help HELLO"), "Also: `hello`, `hey`"));
    CHECK(holds(setup.say("help chrat"), "Did you mean `chart`?"));
    CHECK(setup.say("help chart") ==
          "**chart**: Draws a chart.\n\n"
          "Usage: `chart [NAME] [--last N] [--as picture|table] [--theme light|dark]`\n\n"
          "- `NAME`: the chart; `charts` lists them; may be left out\n"
          "- `--last N` (or `--weeks`): only the last rows of its data; a whole number from 1 to "
          "400; may be left out\n"
          "- `--as picture|table`: how to show it; `picture` or `table`; otherwise `picture`\n"
          "- `--theme light|dark`: colours of the picture; `light` or `dark`; may be left out\n\n"
          "Example: `chart mttr --weeks 6 --as table`");
    CHECK(holds(setup.say("help ping"), "Usage: `ping`"));
    setup.direct = true;
    CHECK_FALSE(holds(setup.say("help"), "mention me first"));
}

TEST_CASE("the small commands answer", "[commands]") {
    Setup setup;
    CHECK(holds(setup.say("PING"), "pong"));
    CHECK(setup.say("status") == "all well");
    CHECK(holds(setup.say("hello there"), "Hello Robin &lt;@all&gt;, I am Stentor."));
    CHECK(holds(setup.say("whoami"), "`PERSON`"));
    CHECK(holds(setup.say("whoami"), "(group): `ROOM`"));
    CHECK(holds(setup.say("about"), "I am **Stentor**, which is Stentor "));
    CHECK(holds(setup.say("about"), "Documentation: the folder `docs` of my source"));
    setup.config.docs = "https://wiki.example.com/stentor";
    CHECK(holds(setup.say("about"), "Documentation: https://wiki.example.com/stentor"));
    CHECK(holds(setup.say("charts"), "- `chart mttr` Hours"));
    CHECK(holds(setup.say("chart"), "- `chart mttr` Hours"));
    CHECK(holds(setup.say("reports"), "- `report aging` Old tickets"));
    setup.config.charts.clear();
    CHECK(setup.say("charts") == "No charts are configured.");
    CHECK(setup.say("chart x") == "There is no chart \"x\", nor any other.");
}

TEST_CASE("why is for admins alone", "[commands]") {
    Setup setup;
    CHECK_THAT(setup.say("why 0000000003NVT"), Catch::Contains("Only admins"));
    CHECK_FALSE(holds(setup.say("help"), "why ID"));
    setup.config.admins = {"sam@example.com"};
    CHECK_FALSE(setup.ask("why 0000000003NVT").ok);
    setup.config.admins = {"sam@example.com", "ROBIN@example.com"};
    CHECK_THAT(setup.say("why"), Catch::Contains("needs ID"));
    CHECK(setup.say("why 0000000003NVT") == "the story of 0000000003NVT");
}
