#include "bot/reports/run_text.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace std::chrono_literals;
using bot::reports::is_called;
using bot::reports::PartState;
using bot::reports::Run;
using bot::reports::run_text;
using bot::reports::runs_table;
using messaging::outbox::Millis;

namespace {

constexpr Millis kStart{1'795'766'400'000};  // 27 Nov 2026, 08:00 UTC

Run weekly() {
    Run run;
    run.id = "schedule:weekly:1";
    run.report = "weekly";
    run.origin = "schedule weekly";
    run.room = "room:ops";
    run.started = kStart;
    run.group = 123456789;
    run.parts = {{.name = "text", .state = PartState::kSent},
                 {.name = "chart mttr", .state = PartState::kMissing, .reason = "no\nluck\x1b[1m"},
                 {.name = "table", .state = PartState::kDoubtful, .round = 1}};
    return run;
}

}  // namespace

TEST_CASE("no runs make an empty table", "[reports]") {
    CHECK(runs_table({}, kStart).empty());
}

TEST_CASE("a run is called by its id or its group, and by nothing else", "[reports]") {
    auto run = weekly();
    CHECK(is_called(run, "schedule:weekly:1"));
    CHECK(is_called(run, "00000003NQK8N"));
    CHECK(is_called(run, "00000003nqk8n"));
    CHECK_FALSE(is_called(run, "schedule:weekly:"));
    CHECK_FALSE(is_called(run, "00000003NQK8P"));
    CHECK_FALSE(is_called(run, ""));
    run.group = 0;
    CHECK_FALSE(is_called(run, "0000000000000"));
}

TEST_CASE("runs are a table with columns", "[reports]") {
    auto other = weekly();
    other.report = "on-call";
    other.origin = "command";
    other.who = "robin@example.com";
    other.parts = {{.name = "text", .state = PartState::kAccepted}};
    CHECK(runs_table({weekly(), other}, kStart + 61s) ==
          "27 Nov 2026, 08:00 UTC  partial  weekly   1/3 sent, 1 may have arrived, 1 missing  "
          "00000003NQK8N  room:ops  by schedule weekly\n"
          "27 Nov 2026, 08:00 UTC  running  on-call  0/1 sent, 1 late                         "
          "00000003NQK8N  room:ops  by command of robin@example.com\n");
}

TEST_CASE("a run is told part by part, and no reason can command a terminal", "[reports]") {
    auto run = weekly();
    run.redriven = 1;
    CHECK(run_text(run, kStart) ==
          "weekly: partial, 1/3 sent, 1 may have arrived, 1 missing\n"
          "  run     schedule:weekly:1\n"
          "  group   00000003NQK8N\n"
          "  room    room:ops\n"
          "  began   27 Nov 2026, 08:00 UTC, by schedule weekly\n"
          "  made    2 times: failed parts again\n"
          "parts\n"
          "  1   sent      text\n"
          "  2   missing   chart mttr: no luck [1m\n"
          "  3   doubtful  table (round 2)\n");
}
