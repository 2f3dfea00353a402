#include "bot/reports/report.hpp"

#include "bot/config/config.hpp"
#include "bot/reports/summary.hpp"
#include "bot/text/utf8.hpp"
#include "tests/bot/local_reader.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <sstream>

using bot::reports::build_report;
using bot::reports::Report;
using bot::reports::Spec;

namespace {

struct Setup {
    tests::TempFolder folder;
    resilience::SystemClock clock;
    tests::LocalReader reader{clock};
    bot::charts::Renderer renderer{{.cache_dir = folder.path("cache")}, reader, clock};
    std::vector<bot::charts::Spec> charts = {};
    Spec spec;

    Setup() {
        spec.name = "aging";
        spec.title = "Aging *tickets*";
        spec.template_path = folder.write(
            "t.mustache", "{{title}} {{total}} {{over}} {{mean}} {{oldest_item}} {{oldest_group}}");
        spec.data = bot::sources::file(folder.write(
            "t.csv", "ticket,owner,age_days\nT1,ann,3\nT2,bob,20\nT3,ann,15\nT4,,1\n"));
        spec.item = "ticket";
        spec.group_by = "owner";
        spec.measure = "age_days";
        spec.limit = 14;
    }

    resilience::Result<Report> build(const bot::charts::Spec* chart = nullptr) const {
        return build_report(spec, chart, {renderer, reader, clock, charts});
    }
    std::string error() const {
        const auto report = build();
        REQUIRE_FALSE(report.ok());
        return report.error().message;
    }
    std::string markdown(const std::string& form) {
        spec.template_path = folder.write("t.mustache", form);
        return build().value().messages.at(0).markdown;
    }
};

}  // namespace

TEST_CASE("a report that cannot be built names itself and the reason", "[reports]") {
    Setup setup;
    SECTION("data missing") {
        setup.spec.data = bot::sources::file(setup.folder.path("gone.csv"));
        CHECK(setup.error() == "I cannot build the report aging: its file gone.csv is missing.");
    }
    SECTION("data broken") {
        setup.folder.write("t.csv", "ticket,owner,age_days\nT1,ann\n");
        CHECK(setup.error().find("row 2 has 2 fields") != std::string::npos);
    }
    SECTION("no such column") {
        setup.spec.measure = "days";
        CHECK(setup.error().find("there is no column \"days\"") != std::string::npos);
    }
    SECTION("no number") {
        setup.folder.write("t.csv", "ticket,owner,age_days\nT1,ann,old\n");
        CHECK(setup.error().find("row 2 has no number in the column \"age_days\"") !=
              std::string::npos);
    }
    SECTION("template missing") {
        setup.spec.template_path = setup.folder.path("none.mustache");
        CHECK(setup.error().find("none.mustache is missing") != std::string::npos);
    }
    SECTION("template broken") {
        setup.folder.write("t.mustache", "{{#rows}} never closed");
        CHECK(setup.error().find("its template is broken") != std::string::npos);
    }
    SECTION("template without text") {
        setup.folder.write("t.mustache", "{{! nothing }}\n");
        CHECK(setup.error().find("gives no text") != std::string::npos);
    }
}

TEST_CASE("a chart that cannot be drawn leaves the report with a sentence", "[reports]") {
    Setup setup;
    bot::charts::Spec chart;
    chart.name = "aging";
    chart.data = bot::sources::file(setup.folder.path("gone.csv"));
    const auto report = setup.build(&chart);
    REQUIRE(report.ok());
    CHECK(report.value().messages.at(0).markdown.find("I cannot draw the chart aging") !=
          std::string::npos);
    CHECK(report.value().messages.at(0).files.empty());
    CHECK(report.value().problems.size() == 1);
}

TEST_CASE("the template gets the sums, and outside text is harmless", "[reports]") {
    Setup setup;
    CHECK(setup.markdown("{{title}} {{total}} {{groups_total}} {{over}} {{limit}} {{mean}}") ==
          "Aging \\*tickets\\* 4 3 2 14 9.8");
    CHECK(setup.markdown("{{oldest_item}} {{oldest_group}} {{oldest}}") == "T2 bob 20");
    CHECK(setup.markdown("{{#rows}}{{group}}={{count}}/{{over}}/{{oldest}} {{/rows}}") ==
          "bob=1/1/20 ann=2/1/15 (none)=1/0/1");
    CHECK(setup.markdown("{{as_of}} ({{age}})").find(" UTC (") != std::string::npos);
    setup.folder.write("t.csv", "ticket,owner,age_days\n<@all>,`x`,3\n");
    CHECK(setup.markdown("{{oldest_item}} {{oldest_group}}") == "&lt;@all&gt; \\`x\\`");
}

TEST_CASE("a report without rows has zeros", "[reports]") {
    Setup setup;
    setup.folder.write("t.csv", "ticket,owner,age_days\n");
    CHECK(setup.markdown("{{total}} {{mean}} {{oldest}}") == "0 0 0");
}

TEST_CASE("the table fits a phone and sums up what it leaves out", "[reports]") {
    Setup setup;
    setup.spec.rows_max = 2;
    setup.folder.write("t.csv",
                       "ticket,owner,age_days\nT1,a-very-long-name-indeed,31\nT2,Ünal,20\n"
                       "T3,c```,15\nT4,d,1\n");
    CHECK(setup.markdown("{{{table}}}") ==
          "```\n"
          "Owner            Open   >14 Oldest\n"
          "a-very-long-nam…    1     1     31\n"
          "Ünal                1     1     20\n"
          "+ 2 more            2     1     15\n"
          "Total               4     3     31\n"
          "```");
    setup.spec.rows_max = 10;
    std::istringstream lines(setup.markdown("{{{table}}}"));
    for (std::string line; std::getline(lines, line);) {
        CHECK(bot::text::length(line) <= 34);
        CHECK((line == "```" || line.find('`') == std::string::npos));
    }
}

TEST_CASE("the shipped report builds with its chart", "[reports]") {
    const Setup setup;
    const auto config =
        bot::config::load({.yaml_path = std::string(SOURCE_ROOT) + "/assets/config/demo.yaml"})
            .config;
    REQUIRE(config.reports.size() == 2);
    const auto& spec = config.reports[0];
    const bot::charts::Spec* chart = nullptr;
    for (const auto& each : config.charts)
        chart = each.name == spec.chart ? &each : chart;
    REQUIRE(chart != nullptr);
    const auto report =
        build_report(spec, chart, {setup.renderer, setup.reader, setup.clock, setup.charts});
    REQUIRE(report.ok());
    CHECK(report.value().problems.empty());
    const auto& message = report.value().messages.at(0);
    CHECK(message.markdown.find("**Aging tickets**") == 0);
    CHECK(message.markdown.find("\n```\nOwner ") != std::string::npos);
    CHECK(message.markdown.size() < 2000);
    CHECK(message.files.size() == 1);
}

TEST_CASE("every part of the shipped report of several can be built", "[reports]") {
    const Setup setup;
    const auto config =
        bot::config::load({.yaml_path = std::string(SOURCE_ROOT) + "/assets/config/demo.yaml"})
            .config;
    const auto& spec = config.reports.at(1);
    const bot::text::Scratch scratch(setup.folder.path("scratch"));
    const bot::reports::Workshop workshop{setup.renderer, setup.reader, setup.clock, config.charts,
                                          &scratch};
    std::set<bot::reports::PartKind> kinds;
    for (const auto& part : spec.parts) {
        kinds.insert(part.kind);
        const auto message = build_part(part, spec.title, workshop);
        if (!message.ok()) FAIL(part.name << ": " << message.error().message);
        CHECK_FALSE(message.value().markdown.empty());
    }
    CHECK(kinds.size() == 5);
}

TEST_CASE("a part that cannot be built says why, without its name", "[reports]") {
    Setup setup;
    using bot::reports::PartKind;
    const auto reason = [&](PartKind kind, const std::string& value) {
        const bot::reports::Workshop workshop{setup.renderer, setup.reader, setup.clock,
                                              setup.charts};
        const auto message = build_part({.kind = kind, .name = "n", .value = value}, "T", workshop);
        REQUIRE_FALSE(message.ok());
        return message.error().message;
    };
    bot::charts::Spec chart;
    chart.name = "c";
    chart.x = "x";
    chart.data = bot::sources::file(setup.folder.path("gone.csv"));
    setup.charts = {chart};
    CHECK(reason(PartKind::kChart, "nosuch") == "there is no such chart");
    CHECK(reason(PartKind::kChart, "c") == "its file gone.csv is missing");
    CHECK(reason(PartKind::kTable, "c") == "its file gone.csv is missing");
    CHECK(reason(PartKind::kFile, setup.folder.path("a.txt")) == "its file a.txt is missing");
    CHECK(reason(PartKind::kCard, setup.folder.path("c.json")) == "its file c.json is missing");
    CHECK(reason(PartKind::kText, "") == "its file  is missing");
}
