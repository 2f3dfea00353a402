// What every store must make of the run ledger.

#include "tests/messaging/outbox/store_subjects.hpp"

using namespace store_conformance;

namespace {

Run run(std::uint64_t id, std::string name = "chart", RunKind kind = RunKind::kCommand) {
    return {.id = id,
            .kind = kind,
            .name = std::move(name),
            .who = "robin@example.com",
            .where = "Y2lzY29zcGFyaz",
            .what = "chart mttr „dunkel“",
            .started = kStart + Millis{static_cast<std::int64_t>(id)}};
}

Run ended(Run run, RunEnd end, std::string reason = {}) {
    run.end = end;
    run.took = Millis{250};
    run.reason = std::move(reason);
    return run;
}

std::vector<Run> runs(Store& store, const RunFilter& filter = {}) {
    auto page = store.runs(filter);
    INFO((page.ok() ? std::string{} : page.error().message));
    REQUIRE(page.ok());
    return std::move(page).value();
}

Ids ids(Store& store, const RunFilter& filter = {}) {
    Ids ids;
    for (const auto& one : runs(store, filter))
        ids.push_back(one.id);
    return ids;
}

}  // namespace

TEMPLATE_TEST_CASE("A run without an end is running until the next start interrupts it",
                   "[store][runs]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.apply({.runs = {run(1), ended(run(2), RunEnd::kOk)}});
    desk.restart();
    REQUIRE(runs(desk.store())[1] == run(1));
    // In one transaction the start of the program comes before what begins after it.
    desk.apply({.interrupt_runs = true, .runs = {run(3)}});
    desk.restart();
    const auto found = runs(desk.store());
    REQUIRE(found.size() == 3);
    REQUIRE(found[0] == run(3));
    REQUIRE(found[1] == ended(run(2), RunEnd::kOk));
    REQUIRE(found[2].end == RunEnd::kInterrupted);
    REQUIRE(found[2].reason == kRunInterrupted);
    REQUIRE(found[2].what == run(1).what);
}

TEMPLATE_TEST_CASE("The first end of a run stands", "[store][runs]", STORES_UNDER_TEST) {
    Desk<TestType> desk;
    const auto timed_out = ended(run(1), RunEnd::kTimedOut, "no answer within 60 s");
    desk.apply({.runs = {run(1)}});
    desk.apply({.runs = {timed_out, ended(run(1), RunEnd::kOk)}});
    desk.apply({.runs = {ended(run(1), RunEnd::kFailed)}});
    REQUIRE(runs(desk.store()) == std::vector<Run>{timed_out});
}

TEMPLATE_TEST_CASE("An end whose start was never written stands alone",
                   "[store][runs]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    const auto refused = ended(run(~std::uint64_t{0}), RunEnd::kRefused, "");
    desk.apply({.runs = {refused}});
    REQUIRE(runs(desk.store()) == std::vector<Run>{refused});
}

TEMPLATE_TEST_CASE("Runs are listed newest first, by kind, name and page",
                   "[store][runs]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    REQUIRE(runs(desk.store()).empty());
    desk.apply({.runs = {run(1), run(2, "nightly", RunKind::kSchedule), run(3, "ping"),
                         run(4, "nightly", RunKind::kReport), run(5)}});
    REQUIRE(ids(desk.store()) == Ids{5, 4, 3, 2, 1});
    REQUIRE(ids(desk.store(), {.limit = 2}) == Ids{5, 4});
    REQUIRE(ids(desk.store(), {.before = 4, .limit = 2}) == Ids{3, 2});
    REQUIRE(ids(desk.store(), {.kind = RunKind::kCommand}) == Ids{5, 3, 1});
    REQUIRE(ids(desk.store(), {.name = "nightly"}) == Ids{4, 2});
    REQUIRE(ids(desk.store(), {.kind = RunKind::kReport, .name = "nightly"}) == Ids{4});
    REQUIRE(ids(desk.store(), {.kind = RunKind::kCommand, .name = "chart", .before = 5}) == Ids{1});
    REQUIRE(ids(desk.store(), {.name = "nosuch"}).empty());
    REQUIRE(ids(desk.store(), {.limit = 0}).empty());
}

TEMPLATE_TEST_CASE("Runs that ended go by age and by number, those that run stay",
                   "[store][runs]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.apply({.runs = {run(1), ended(run(2), RunEnd::kOk), ended(run(3), RunEnd::kFailed),
                         ended(run(4), RunEnd::kOk), ended(run(5), RunEnd::kOk)}});
    SECTION("by age, at most so many at a time") {
        REQUIRE(desk.store().trim(kStart + Millis{4}, 1).value() == 1);
        REQUIRE(ids(desk.store()) == Ids{5, 4, 3, 1});
        REQUIRE(desk.store().trim(kStart + Millis{4}, 100).value() == 1);
        REQUIRE(desk.store().trim(kStart + Millis{4}, 100).value() == 0);
        REQUIRE(ids(desk.store()) == Ids{5, 4, 1});
    }
    SECTION("by number, oldest first") {
        REQUIRE(desk.store().trim_runs(5, 100).value() == 0);
        REQUIRE(desk.store().trim_runs(3, 1).value() == 1);
        REQUIRE(ids(desk.store()) == Ids{5, 4, 3, 1});
        REQUIRE(desk.store().trim_runs(3, 100).value() == 1);
        REQUIRE(ids(desk.store()) == Ids{5, 4, 1});
        REQUIRE(desk.store().trim_runs(0, 100).value() == 2);
        REQUIRE(ids(desk.store()) == Ids{1});
    }
    SECTION("deliveries are another matter") {
        desk.add(message(7));
        REQUIRE(desk.cancel(7));
        REQUIRE(desk.store().trim_runs(0, 100).value() == 4);
        REQUIRE(desk.state(7) == State::kDead);
        REQUIRE(desk.store().trim_to(0, 100).value() == 1);
        REQUIRE(ids(desk.store()) == Ids{1});
    }
}

TEST_CASE("Each kind and end of a run has a name, and each name is one of them", "[runs]") {
    for (const auto kind : {RunKind::kCommand, RunKind::kSchedule, RunKind::kReport})
        CHECK(parse_run_kind(to_string(kind)) == kind);
    for (const auto end : {RunEnd::kRunning, RunEnd::kOk, RunEnd::kRefused, RunEnd::kFailed,
                           RunEnd::kTimedOut, RunEnd::kCancelled, RunEnd::kInterrupted}) {
        CHECK(parse_run_end(to_string(end)) == end);
    }
    CHECK_FALSE(parse_run_kind("Command").has_value());
    CHECK_FALSE(parse_run_end("").has_value());
}
