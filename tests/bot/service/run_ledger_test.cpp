#include "bot/service/run_ledger.hpp"

#include "bot/service/operator_desk.hpp"
#include "tests/bot/service/bench.hpp"
#include "tests/support/troubled_store.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using bot::service::RunLedger;
using Catch::Contains;
using messaging::outbox::Run;
using messaging::outbox::RunEnd;
using messaging::outbox::RunKind;

using namespace std::chrono_literals;

namespace {

class Book : public tests::ServiceBench {
public:
    RunLedger ledger{*outbox, clock};

    std::vector<Run> runs() { return ledger.list({}).value(); }
    Run only() {
        const auto all = runs();
        REQUIRE(all.size() == 1);
        return all.front();
    }
};

}  // namespace

TEST_CASE("a run that cannot be written down costs a warning and nothing else", "[ledger]") {
    Book book;
    book.store.stop_accepting(true);
    const auto run = book.ledger.begin({.name = "chart"});
    CHECK_THAT(book.log(), Contains("a run is not in the ledger") && Contains("no space left"));
    CHECK(book.runs().empty());
    book.store.stop_accepting(false);
    book.ledger.end(run, RunEnd::kOk);  // it brings with it what the beginning could not write
    CHECK(book.only().name == "chart");
    CHECK(book.only().end == RunEnd::kOk);
}

TEST_CASE("the ledger does not open on a store that does not write", "[ledger]") {
    Book book;
    book.store.stop_accepting(true);
    CHECK_FALSE(book.ledger.open().ok());
}

TEST_CASE("a list that cannot be read says why", "[ledger]") {
    tests::TroubledStore store;
    const resilience::VirtualClock clock;
    resilience::VirtualClock moving;
    messaging::outbox::Outbox outbox(store, moving, {.inline_commits = true});
    const RunLedger ledger(outbox, clock);
    store.unreadable = true;
    CHECK_THAT(ledger.list({}).error().message, Contains("does not answer"));
    CHECK_FALSE(bot::service::runs_of(outbox, {}).ok());
}

TEST_CASE("a token that somebody types is not in the ledger", "[ledger]") {
    Book book;
    const auto run = book.ledger.begin({.name = "chart", .what = "chart mttr token=abc123secret"});
    book.ledger.end(run, RunEnd::kFailed, "Authorization: Bearer abc123secret");
    CHECK_THAT(book.only().what, Contains("chart mttr") && !Contains("abc123secret"));
    CHECK_THAT(book.only().reason, !Contains("abc123secret"));
}

TEST_CASE("what was asked is one line of bounded length", "[ledger]") {
    Book book;
    std::string text = "first\nsecond\x1b[2J";
    for (int i = 0; i < 100; ++i)
        text += " more";
    book.ledger.begin({.name = "echo", .what = text});
    const auto what = book.only().what;
    CHECK(what.size() < 200);
    CHECK_THAT(what, Contains("first") && Contains("…") && !Contains("\n") && !Contains("\x1b"));
    book.ledger.begin({.name = "echo", .what = "caf\xE9"});
    CHECK(book.runs().front().what == "(not readable)");
}

TEST_CASE("a run is in the ledger from its beginning, and has its time at its end", "[ledger]") {
    Book book;
    const auto run = book.ledger.begin({.kind = RunKind::kReport,
                                        .name = "aging-tickets",
                                        .who = "robin@example.com",
                                        .where = "R1",
                                        .what = "report aging-tickets"});
    CHECK(book.only() == run.run);
    CHECK(book.only().started == resilience::since_epoch(book.clock.wall_now()));
    book.clock.step_wall(-1h);  // lengths are not measured with the wall clock
    book.clock.advance(1500ms);
    book.ledger.end(run, RunEnd::kOk);
    const auto ended = book.only();
    CHECK(ended.end == RunEnd::kOk);
    CHECK(ended.took == 1500ms);
    CHECK(ended.who == "robin@example.com");
    CHECK(ended.where == "R1");
    CHECK(ended.what == "report aging-tickets");
    book.ledger.end(run, RunEnd::kTimedOut);  // the first end stands
    CHECK(book.only() == ended);
}

TEST_CASE("what a process did not end is interrupted when the next one opens the ledger",
          "[ledger]") {
    Book book;
    book.ledger.begin({.name = "slow"});
    REQUIRE(book.ledger.open().ok());
    CHECK(book.only().end == RunEnd::kInterrupted);
    CHECK_THAT(book.only().reason, Contains("the program ended"));
}

TEST_CASE("later runs have larger ids, whatever became of the wall clock", "[ledger]") {
    Book book;
    const auto first = book.ledger.begin({.name = "first"});
    book.clock.step_wall(-24h);
    messaging::outbox::Outbox again(book.store, book.clock, {.inline_commits = true});
    RunLedger ledger(again, book.clock);
    const auto second = ledger.begin({.name = "second"});
    CHECK(second.run.id > first.run.id);
    CHECK(book.runs().front().name == "second");
}
