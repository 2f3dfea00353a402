#include "bot/config/config.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <variant>
#include <vector>

using namespace std::chrono_literals;
using bot::config::Loaded;
using bot::config::Sources;
using bot::sources::Format;

namespace {

// A configuration with one chart, whose data is described by `data`, in flow style.
Loaded load_data(const std::string& data,
                 const std::string& kind = "line",
                 const std::string& more = "") {
    const tests::TempFolder folder;
    const auto shape = kind == "picture" ? std::string{} : "  x: week\n    series: hours\n";
    return load(Sources{
        .yaml_path = folder.write("c.yaml", "charts:\n  c:\n    title: T\n    kind: " + kind +
                                                "\n    data: " + data + "\n" +
                                                (shape.empty() ? "" : "  " + shape) + more)});
}

std::string problem(const std::string& data,
                    const std::string& kind = "line",
                    const std::string& more = "") {
    const auto loaded = load_data(data, kind, more);
    REQUIRE(loaded.problems.size() == 1);
    return loaded.problems[0].what;
}

bot::sources::Spec spec(const std::string& data, const std::string& kind = "line") {
    const auto loaded = load_data(data, kind);
    for (const auto& one : loaded.problems)
        FAIL_CHECK(to_string(one));
    REQUIRE(loaded.config.charts.size() == 1);
    return loaded.config.charts[0].data;
}

}  // namespace

TEST_CASE("mistakes in a source are found, each with its line and cure", "[config]") {
    CHECK(problem("{query: up}") == "The data of chart c names no source");
    CHECK(problem("{file: a.csv, url: \"https://a.example/b\"}") ==
          "The data of chart c names several sources");
    CHECK(problem("{url: \"ftp://a.example/b\"}") ==
          "The address \"ftp://a.example/b\" of data of chart c does not begin with https://");
    CHECK(
        problem("{url: \"http://a.example/b\", token_file: t}") ==
        "The address \"http://a.example/b\" of data of chart c uses plain http to another machine");
    CHECK(problem("{url: \"https://me:pw@a.example/b\"}") ==
          "The address \"https://me:pw@a.example/b\" of data of chart c holds a user name");
    CHECK(problem("{sqlite: t.db}").find("has no \"query\"") != std::string::npos);
    CHECK(problem("{sqlite: t.db, query: SELECT 1, label: a}") ==
          "The key label of data of chart c has no effect with sqlite");
    CHECK(problem("{command: tickets}") ==
          "The command of data of chart c does not begin with the whole path of a program");
    CHECK(problem("{file: a.csv, retry: often}") ==
          "The data of chart c names the unknown retry policy \"often\"");
    CHECK(problem("{file: a.csv, rows: /items}") == "\"rows\" of data of chart c is \"/items\"");
    CHECK(problem(
              "{prometheus: \"http://a.example\", query: up, range_hours: 24, step_minutes: 1}") ==
          "The data of chart c has 1440 steps, more than 400");
    CHECK(problem("a.png", "picture", "    unit: hours\n") ==
          "The key unit of the chart c has no effect with the kind picture");
    CHECK(problem("a.csv", "line", "    if_blank: warn\n") ==
          "The key if_blank of the chart c has no effect with the kind line");
    CHECK(problem("a.csv", "line", "    if_stale: never\n") ==
          "\"if_stale\" of chart c is \"never\"");
}

TEST_CASE("each kind of source is read with its defaults", "[config]") {
    const auto file = spec("weeks.json");
    CHECK(std::holds_alternative<bot::sources::File>(file.from));
    CHECK(file.format == Format::kJson);
    CHECK(spec("weeks.csv").format == Format::kCsv);
    CHECK(spec("map.png", "picture").format == Format::kPng);

    const auto url = spec("{url: \"http://a.example/weeks.json?x=1\", rows: /data, timeout_s: 5}");
    CHECK(std::get<bot::sources::Url>(url.from).url == "http://a.example/weeks.json?x=1");
    CHECK(url.format == Format::kJson);
    CHECK(url.rows == "/data");
    CHECK(url.retry == "api");
    CHECK(url.attempt_timeout == 5s);

    const auto sqlite = spec("{sqlite: t.db, query: SELECT week FROM t, retry: standard}");
    CHECK(std::get<bot::sources::Sqlite>(sqlite.from).query == "SELECT week FROM t");
    CHECK(sqlite.retry == "standard");

    const auto program = spec("{command: [/usr/bin/tickets, \"--week 3\"], memory_mb: 64}");
    CHECK(std::get<bot::sources::Program>(program.from).words ==
          std::vector<std::string>{"/usr/bin/tickets", "--week 3"});
    CHECK(std::get<bot::sources::Program>(program.from).memory_max == 64U << 20U);
}

TEST_CASE("a chart of Prometheus finds its series and its times by itself", "[config]") {
    const tests::TempFolder folder;
    const auto loaded = load(Sources{
        .yaml_path = folder.write(
            "c.yaml",
            "charts:\n  c: {title: T, kind: line, data: {prometheus: \"http://127.0.0.1:9090\", "
            "query: up, range_hours: 168, label: job}}\n")});
    CHECK(loaded.problems.empty());
    REQUIRE(loaded.config.charts.size() == 1);
    const auto& chart = loaded.config.charts[0];
    CHECK(chart.x == "time");
    CHECK(chart.series.empty());
    const auto& server = std::get<bot::sources::Prometheus>(chart.data.from);
    CHECK(server.range == 168h);
    CHECK(server.step == 105min);
    CHECK(server.label == "job");
}

TEST_CASE("what a chart does with doubtful data stands in its configuration", "[config]") {
    using bot::charts::Policy;
    const auto loaded = load_data("a.png", "picture",
                                  "    stale_after_hours: 30\n    if_stale: refuse\n"
                                  "    if_unchanged: warn\n    if_blank: send\n"
                                  "    if_unreadable: warn\n    unchanged_after_hours: 48\n");
    REQUIRE(loaded.config.charts.size() == 1);
    const auto& honesty = loaded.config.charts[0].honesty;
    CHECK(honesty.stale == Policy::kRefuse);
    CHECK(honesty.stale_after == 30h);
    CHECK(honesty.unchanged == Policy::kWarn);
    CHECK(honesty.unchanged_after == 48h);
    CHECK(honesty.blank == Policy::kSend);
    CHECK(honesty.unreadable == Policy::kWarn);
}
