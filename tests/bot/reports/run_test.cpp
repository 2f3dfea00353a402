#include "bot/reports/run.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace std::chrono_literals;
using bot::reports::count;
using bot::reports::edit_due;
using bot::reports::header_text;
using bot::reports::Outcome;
using bot::reports::outcome_of;
using bot::reports::parse_run;
using bot::reports::PartRun;
using bot::reports::PartState;
using bot::reports::Run;
using messaging::outbox::Millis;

namespace {

constexpr Millis kStart{1'795'766'400'000};  // 27 Nov 2026, 08:00 UTC

// One letter for each part: waiting, missing, accepted, sent, doubtful, lost.
Run run_of(const std::string& states) {
    Run run;
    run.id = "r";
    run.report = "weekly";
    run.started = kStart;
    run.header = {7};
    int number = 0;
    for (const char state : states) {
        const auto at = std::string("wmasdl").find(state);
        run.parts.push_back({.name = "part " + std::to_string(++number),
                             .state = static_cast<PartState>(at),
                             .reason = state == 'm' || state == 'l' ? "no *luck*" : "",
                             .ids = {}});
    }
    return run;
}

std::string line(const std::string& states, Millis after = 0s) {
    return header_text(run_of(states), "Weekly", kStart + after);
}

}  // namespace

TEST_CASE("a run that was not written by this program is refused", "[reports]") {
    CHECK_FALSE(parse_run("").ok());
    CHECK_FALSE(parse_run("{}").ok());
    CHECK_FALSE(parse_run(R"({"id":5})").ok());
    auto text = to_json(run_of("s"));
    text.replace(text.find("\"sent\""), 6, "\"gone\"");
    CHECK(parse_run(text).error().message == "a report run has the unknown state gone");
}

TEST_CASE("[S1.22] the line above a report counts what has arrived and names what is missing",
          "[reports]") {
    const std::string head = "**Weekly**, 27 Nov 2026, 08:00 UTC: ";
    CHECK(line("wwa") == head + "0/3 sent");
    CHECK(line("ssa", 60s) == head + "2/3 sent");
    CHECK(line("ssaw", 61s) == head + "2/4 sent, 2 late");
    CHECK(line("sss", 61s) == head + "3/3 sent");
    CHECK(line("sssssam", 61s) == head + "5/7 sent, 1 late, 1 missing (part 7: no \\*luck\\*)");
    CHECK(line("sd") == head + "1/2 sent, 1 may have arrived (part 2)");
    CHECK(line("ml") ==
          head + "0/2 sent, 2 missing (part 1: no \\*luck\\*; part 2: no \\*luck\\*)");
}

TEST_CASE("a run is complete when all has arrived and failed when nothing has", "[reports]") {
    CHECK(outcome_of(run_of("sws")) == Outcome::kRunning);
    CHECK(outcome_of(run_of("sas")) == Outcome::kRunning);
    CHECK(outcome_of(run_of("sss")) == Outcome::kComplete);
    CHECK(outcome_of(run_of("sms")) == Outcome::kPartial);
    CHECK(outcome_of(run_of("dml")) == Outcome::kPartial);
    CHECK(outcome_of(run_of("mlm")) == Outcome::kFailed);
}

TEST_CASE("the header is edited for what is new, in time, and once more at the end", "[reports]") {
    auto run = run_of("saw");
    run.shown = line("www");
    run.edited = kStart;
    CHECK_FALSE(edit_due(run, "Weekly", kStart + 9s));
    CHECK(edit_due(run, "Weekly", kStart + 10s) == line("saw", 10s));
    run.shown = line("saw");
    CHECK_FALSE(edit_due(run, "Weekly", kStart + 30s));
    CHECK(edit_due(run, "Weekly", kStart + 61s) == line("saw", 61s));

    // The ninth was the last of a run that goes on; the tenth is for its end.
    run.edits = 9;
    CHECK_FALSE(edit_due(run, "Weekly", kStart + 61s));
    auto over = run_of("sss");
    over.shown = run.shown;
    over.edits = 9;
    over.edited = kStart;
    CHECK(edit_due(over, "Weekly", kStart + 1s) == line("sss"));
    over.edits = 10;
    CHECK_FALSE(edit_due(over, "Weekly", kStart + 1s));
    over.edits = 0;
    over.header = {};
    CHECK_FALSE(edit_due(over, "Weekly", kStart + 1s));
}

TEST_CASE("a header that cannot be edited is tried again after a time that grows", "[reports]") {
    using bot::reports::edit_wait;
    CHECK(edit_wait(0, {}) == 10s);
    CHECK(edit_wait(1, {}) == 10s);
    CHECK(edit_wait(2, {}) == 20s);
    CHECK(edit_wait(6, {}) == 320s);
    CHECK(edit_wait(7, {}) == 10min);
    CHECK(edit_wait(4'000'000'000, {}) == 10min);
    CHECK(edit_wait(1, 90s) == 90s);
    CHECK(edit_wait(3, 1s) == 40s);
    CHECK(edit_wait(3, 1h) == 1h);
}

TEST_CASE("what failed is made again, under an origin of its own", "[reports]") {
    auto run = run_of("smdl");
    CHECK(part_origin(run, 1) == "report weekly, part 2, part 2");
    CHECK(redrive(run) == 2);
    CHECK(run.parts[0].state == PartState::kSent);
    CHECK(run.parts[1].state == PartState::kWaiting);
    CHECK(run.parts[2].state == PartState::kDoubtful);
    CHECK(part_origin(run, 1) == "report weekly, part 2, round 2, part 2");
    CHECK(run.redriven == 1);
    CHECK(redrive(run) == 0);
    CHECK(run.redriven == 1);
}

TEST_CASE("a run is read as it was written", "[reports]") {
    auto run = run_of("smdlaw");
    run.origin = "schedule weekly";
    run.who = "robin@example.com";
    run.room = "room:ops";
    run.group = 5;
    run.shown = "a \"line\"\n";
    run.edits = 3;
    run.edited = kStart + 5s;
    run.parts[0].ids = {{11}, {12}};
    run.parts[1].round = 2;
    run.redriven = 2;
    run.due_by = kStart + 30min;
    run.due_as = "08:30 (UTC)";
    run.overdue_told = true;
    const auto read = parse_run(to_json(run));
    REQUIRE(read.ok());
    CHECK(to_json(read.value()) == to_json(run));
    CHECK(read.value().parts[0].ids.size() == 2);
    CHECK(read.value().parts[1].round == 2);
    CHECK(read.value().parts[4].state == PartState::kAccepted);
    CHECK(read.value().header.value == 7);
    CHECK(read.value().edited == run.edited);
    CHECK(read.value().redriven == 2);
    CHECK(read.value().due_by == kStart + 30min);
    CHECK(read.value().due_as == "08:30 (UTC)");
    CHECK(read.value().overdue_told);
    CHECK_FALSE(read.value().closed);
}

TEST_CASE("a run that does not say whether it is closed is so when it is over", "[reports]") {
    const auto unsaid = [](const std::string& states) {
        auto text = to_json(run_of(states));
        text.erase(text.find("\"closed\":false,"), 15);
        text.erase(text.find("\"due_by\":0,"), 11);
        return parse_run(text).value().closed;
    };
    CHECK(unsaid("sm"));
    CHECK_FALSE(unsaid("sw"));
}
