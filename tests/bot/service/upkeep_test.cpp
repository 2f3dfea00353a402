#include "bot/service/upkeep.hpp"

#include "bot/service/run_ledger.hpp"
#include "tests/bot/service/bench.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <vector>

using bot::service::Upkeep;
using Catch::Contains;
using messaging::outbox::DeliveryId;
using messaging::outbox::State;
using messaging::outbox::Store;

using namespace std::chrono_literals;

namespace {

class Desk : public tests::ServiceBench {
public:
    Upkeep upkeep{*outbox, *spool, clock, Upkeep::Limits{.ended_max = 3, .spool_quota = 100}};

    DeliveryId deliver(const std::string& text) {
        const auto id = messenger->post(messaging::room("r"), {.text = text}).value().ids.front();
        const auto now = resilience::since_epoch(clock.wall_now());
        messaging::outbox::Batch claim;
        claim.claim = {.max = 10, .now = now};
        REQUIRE(store.apply(claim).value().intents.size() == 1);
        messaging::outbox::Batch done;
        messaging::outbox::Transition transition;
        transition.id = id;
        transition.attempt = 1;
        transition.at = now;
        done.transitions = {transition};
        REQUIRE(outbox->apply(std::move(done)).value().stale.empty());
        return id;
    }
    bool knows(DeliveryId id) {
        return outbox->read([id](Store& s) { return s.get(id); }).value().has_value();
    }
};

}  // namespace

TEST_CASE("what ended before the retention time is cleared away", "[upkeep]") {
    Desk desk;
    const auto old = desk.deliver("old");
    const auto waiting = desk.messenger->post(messaging::room("other"), {.text = "waits"}).value();
    desk.clock.advance(20 * 24h);
    const auto young = desk.deliver("young");
    desk.clock.advance(11 * 24h);
    desk.upkeep.once();
    CHECK_FALSE(desk.knows(old));
    CHECK(desk.knows(young));
    CHECK(desk.knows(waiting.ids.front()));  // never one that has not ended
}

TEST_CASE("runs are cleared away by age and beyond their number", "[upkeep]") {
    Desk desk;
    bot::service::RunLedger ledger(*desk.outbox, desk.clock);
    const auto run = [&](const std::string& name) {
        ledger.end(ledger.begin({.name = name}), messaging::outbox::RunEnd::kOk);
        desk.clock.advance(1min);
    };
    const auto names = [&] {
        std::string all;
        const auto runs = ledger.list({});
        for (const auto& one : runs.value())
            all += one.name + " ";
        return all;
    };
    run("old");
    desk.clock.advance(31 * 24h);
    for (const auto* name : {"a", "b", "c", "d"})
        run(name);
    Upkeep by_age(*desk.outbox, *desk.spool, desk.clock, {});
    by_age.once();
    CHECK(names() == "d c b a ");
    Upkeep by_number(*desk.outbox, *desk.spool, desk.clock, {.runs_max = 3});
    by_number.once();
    CHECK(names() == "d c b ");
}

TEST_CASE("what has ended beyond its number is cleared away, oldest first", "[upkeep]") {
    Desk desk;
    std::vector<DeliveryId> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(desk.deliver("one"));
        desk.clock.advance(1s);
    }
    const auto waiting = desk.messenger->post(messaging::room("other"), {.text = "waits"}).value();
    desk.upkeep.once();
    CHECK_FALSE(desk.knows(ids[0]));
    CHECK_FALSE(desk.knows(ids[1]));
    CHECK(desk.knows(ids[2]));
    CHECK(desk.knows(ids[4]));
    CHECK(desk.knows(waiting.ids.front()));
}

TEST_CASE("files of dead letters stay while there is room in the spool", "[upkeep]") {
    Desk desk;
    const auto path = desk.folder.write("f.txt", "content");
    const auto id =
        desk.messenger->post(messaging::room("r"), {.text = "t", .files = {{.path = path}}})
            .value()
            .ids.front();
    messaging::outbox::Batch batch;
    messaging::outbox::Transition dead;
    dead.id = id;
    dead.from = State::kPending;
    dead.to = State::kDead;
    dead.reason = messaging::outbox::DeadReason::kExpired;
    dead.at = resilience::since_epoch(desk.clock.wall_now());
    batch.transitions.push_back(dead);
    REQUIRE(desk.outbox->apply(std::move(batch)).ok());
    const auto file = desk.spool->path(desk.posted().front().file->hash);
    // The spool goes by the times of its files, which are the system's.
    desk.clock.step_wall(resilience::SystemClock().wall_now() - desk.clock.wall_now() + 2h);
    desk.upkeep.once();
    CHECK(std::filesystem::exists(file));
    Upkeep tight(*desk.outbox, *desk.spool, desk.clock, Upkeep::Limits{.spool_quota = 13});
    tight.once();
    CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("files that no delivery needs leave the spool after an hour", "[upkeep]") {
    Desk desk;
    const auto path = desk.folder.write("f.txt", "content");
    const auto orphan = desk.spool->add({.path = path}).value();
    const auto needed = desk.folder.write("g.txt", "needed");
    const auto posted =
        desk.messenger->post(messaging::room("r"), {.text = "t", .files = {{.path = needed}}});
    REQUIRE(posted.ok());
    // The spool goes by the times of its files, which are the system's.
    const auto now = resilience::SystemClock().wall_now();
    desk.clock.step_wall(now - desk.clock.wall_now() + 59min);
    desk.upkeep.once();
    CHECK(std::filesystem::exists(desk.spool->path(orphan.hash)));
    desk.clock.step_wall(2min);
    desk.upkeep.once();
    CHECK_FALSE(std::filesystem::exists(desk.spool->path(orphan.hash)));
    const auto delivery = desk.posted().front();
    CHECK(std::filesystem::exists(desk.spool->path(delivery.file->hash)));
}

TEST_CASE("upkeep goes on every ten minutes until it is stopped", "[upkeep]") {
    Desk desk;
    std::stop_source stop;
    desk.deliver("old");
    desk.clock.advance(31 * 24h);
    stop.request_stop();
    const auto start = desk.clock.now();
    desk.upkeep.run(stop.get_token());  // one round even when it is stopped at once
    CHECK(desk.clock.now() == start);
    CHECK(desk.posted().empty());
}
