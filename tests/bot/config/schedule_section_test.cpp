#include "bot/config/config.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

using namespace bot::config;
using bot::schedule::Gap;
using bot::schedule::Missed;
using namespace std::chrono;

namespace {

// Two rooms and a report, and then this text.
Loaded load_with(const std::string& text) {
    const tests::TempFolder folder;
    folder.write("r.mustache", "{{total}}");
    folder.write("t.csv", "ticket,owner,age\nT1,ann,3\n");
    return load(Sources{
        .yaml_path = folder.write("c.yaml",
                                  "reports:\n"
                                  "  r: {title: T, summary: s, template: r.mustache, data: t.csv,"
                                  " item: ticket, group_by: owner, measure: age}\n" +
                                      text)});
}

std::string problems(const std::string& text) {
    std::string all;
    for (const auto& problem : load_with(text).problems)
        all += std::to_string(problem.line) + ": " + problem.what + "\n";
    return all;
}

std::string schedule(const std::string& keys) {
    return "rooms: {a: id}\nschedules:\n  s: {report: r, room: a, " + keys + "}\n";
}

}  // namespace

TEST_CASE("what a schedule cannot be told is a mistake with its line", "[config]") {
    CHECK(problems(schedule("cron: \"0 8 * * *\", every_minutes: 5")) ==
          "5: The schedule s cannot be kept: both cron and an interval are given\n");
    CHECK(problems(schedule("time_zone: UTC")).find("schedule s has no \"cron\"") !=
          std::string::npos);
    CHECK(problems(schedule("every_minutes: 0")).find("every_minutes") != std::string::npos);
    CHECK(problems(schedule("every_minutes: 5, jitter_s: 300")) ==
          "5: The schedule s cannot be kept: the jitter is as long as the interval, or over 12 "
          "hours\n");
    CHECK(problems(schedule("every_minutes: 5, missed: twice")).find("\"missed\"") !=
          std::string::npos);
    CHECK(problems(schedule("cron: \"30 2 * * *\", dst: maybe")).find("\"dst\"") !=
          std::string::npos);
}

TEST_CASE("a schedule is told all that docs/schedules.md lists", "[config]") {
    const auto loaded =
        load_with(schedule("cron: \"30 2 * * friL\", time_zone: Europe/Tallinn, missed: all, "
                           "max_lateness_minutes: 120, jitter_s: 60, dst: skip"));
    REQUIRE(loaded.problems.empty());
    const auto& spec = loaded.config.schedules.at(0);
    CHECK(spec.missed == Missed::kAll);
    CHECK(spec.max_lateness == hours(2));
    CHECK(spec.jitter == minutes(1));
    CHECK(spec.gap == Gap::kSkip);
    const auto often = load_with(schedule("every_minutes: 90"));
    REQUIRE(often.problems.empty());
    CHECK(often.config.schedules.at(0).every == minutes(90));
    CHECK(often.config.schedules.at(0).gap == Gap::kUnstated);
}

TEST_CASE("quiet hours that cannot be kept are mistakes with their line", "[config]") {
    const auto with = [](const std::string& quiet) {
        return problems("rooms:\n  a:\n    id: R\n    quiet: " + quiet + "\n");
    };
    CHECK(with("{from: \"22:00\", to: \"25:00\"}") ==
          "6: The quiet hours of the room a have \"25:00\", which is no time of day\n");
    CHECK(with("{from: \"22:00\"}").find("has no \"to\"") != std::string::npos);
    CHECK(with("{from: \"22:00\", to: \"22:00\"}") ==
          "6: The quiet hours of the room a end when they begin\n");
    CHECK(with("{from: \"22:00\", to: \"07:00\", time_zone: Mars}")
              .find("time zone \"Mars\" is not known") != std::string::npos);

    const auto loaded = load_with(
        "rooms:\n  a: {id: R, quiet: {from: \"22:00\", to: \"07:30\", time_zone: "
        "Europe/Berlin}}\n");
    REQUIRE(loaded.problems.empty());
    const auto& quiet = loaded.config.rooms.at(0).quiet;
    REQUIRE(quiet);
    CHECK(quiet->from == hours(22));
    CHECK(quiet->to == hours(7) + minutes(30));
    CHECK(quiet->time_zone == "Europe/Berlin");
}
