#include "messaging/outbox/dead_letters.hpp"

#include "messaging/outbox/memory_store.hpp"
#include "messaging/outbox/outbox.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace messaging::outbox;
using Catch::Matchers::Contains;

namespace {

constexpr Millis kHour{3'600'000};

// An outbox whose deliveries end as the test says.
class Desk {
public:
    DeliveryId add(const std::string& destination,
                   const std::string& text,
                   const std::string& key = {}) {
        NewDelivery delivery;
        delivery.destination = destination;
        delivery.payload = R"({"text":")" + text + R"("})";
        delivery.deadline = now() + kHour;
        delivery.key = key;
        delivery.key_expires = now() + 24 * kHour;
        auto added = outbox.add({std::move(delivery)});
        REQUIRE(added.ok());
        REQUIRE(added.value().front().kind != Added::Kind::kKeyConflict);
        return added.value().front().id;
    }
    // Sends what is due and ends it so.
    void end_all(DeadReason reason) {
        for (const auto& intent : claim()) {
            Transition dead;
            dead.id = intent.id;
            dead.attempt = intent.attempt;
            dead.to = State::kDead;
            dead.reason = reason;
            dead.at = now();
            dead.note = {.status = 400, .rule = "http_400", .detail = "no"};
            move(std::move(dead));
        }
    }
    std::vector<Intent> claim() {
        Batch batch;
        batch.claim = {.max = 100, .now = now()};
        return store.apply(batch).value().intents;
    }
    void move(Transition transition) {
        Batch batch;
        batch.transitions.push_back(std::move(transition));
        REQUIRE(outbox.apply(std::move(batch)).value().stale.empty());
    }
    DeliveryId dead(const std::string& destination,
                    const std::string& text,
                    DeadReason reason = DeadReason::kRejected) {
        const auto id = add(destination, text);
        end_all(reason);
        return id;
    }
    std::vector<DeadOutcome> redrive(const DeadFilter& filter, bool dry_run = false) {
        DeadChange change;
        change.now = now();
        change.dry_run = dry_run;
        return std::move(change_dead(outbox, filter, change)).value();
    }
    std::vector<DeliveryId> list(const DeadFilter& filter) {
        std::vector<DeliveryId> ids;
        const auto found = find_dead(outbox, filter, {}, 1'000);
        REQUIRE(found.ok());
        for (const auto& letter : found.value())
            ids.push_back(letter.id);
        return ids;
    }
    Delivery get(DeliveryId id) { return store.get(id).value().value(); }
    Millis now() const { return resilience::since_epoch(clock.wall_now()); }

    resilience::VirtualClock clock;
    MemoryStore store;
    Outbox outbox{store, clock, {.inline_commits = true}};
};

using Ids = std::vector<DeliveryId>;

}  // namespace

TEST_CASE("what cannot be sent again is left and says why", "[dead]") {
    Desk desk;
    const auto waiting = desk.add("room:a", "waits");
    const auto outcomes = desk.redrive({.ids = {DeliveryId{77}, waiting}});
    REQUIRE(outcomes.size() == 2);
    CHECK_FALSE(outcomes[0].done);
    CHECK_THAT(outcomes[0].detail, Contains("no such delivery"));
    CHECK_FALSE(outcomes[1].done);
    CHECK(outcomes[1].detail == "it is pending");
    CHECK(desk.get(waiting).state == State::kPending);
}

TEST_CASE("a store that fails is an error and nothing is changed", "[dead]") {
    Desk desk;
    const auto id = desk.dead("room:a", "one");
    desk.store.stop_accepting(true);
    DeadChange change;
    change.now = desk.now();
    const auto changed = change_dead(desk.outbox, {}, change);
    REQUIRE_FALSE(changed.ok());
    CHECK_THAT(changed.error().message, Contains("of 1 dead letters 0 were changed before"));
    CHECK(desk.get(id).state == State::kDead);
}

TEST_CASE("a dead letter whose file is gone is not sent without it", "[dead]") {
    Desk desk;
    NewDelivery delivery;
    delivery.destination = "room:a";
    delivery.payload = "{}";
    delivery.deadline = desk.now() + kHour;
    delivery.file = SpooledFile{"abc", "chart.png", "image/png", 9};
    const auto id = desk.outbox.add({delivery}).value().front().id;
    desk.end_all(DeadReason::kRejected);
    DeadChange change;
    change.now = desk.now();
    change.has_file = [](const std::string&) { return false; };
    const auto left = change_dead(desk.outbox, {}, change).value();
    CHECK_FALSE(left.front().done);
    CHECK_THAT(left.front().detail, Contains("chart.png") && Contains("spool"));
    CHECK(desk.get(id).state == State::kDead);
    change.has_file = [](const std::string& hash) { return hash == "abc"; };
    CHECK(change_dead(desk.outbox, {}, change).value().front().done);
    CHECK(desk.get(id).state == State::kPending);
}

TEST_CASE("a dry run says what would be and changes nothing", "[dead]") {
    Desk desk;
    const auto id = desk.dead("room:a", "one");
    const auto outcomes = desk.redrive({}, true);
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes[0].done);
    CHECK(desk.get(id).state == State::kDead);
    CHECK(desk.store.journal(id).value().size() == 3);
}

TEST_CASE("filters mean by room, reason and time, and not what was decided already", "[dead]") {
    Desk desk;
    const auto old = desk.dead("room:a", "old");
    desk.clock.advance(std::chrono::hours{2});
    const auto in_a = desk.dead("room:a", "a");
    const auto in_b = desk.dead("room:b", "b", DeadReason::kMaybeDelivered);
    const auto dropped = desk.dead("room:a", "put away");
    DeadChange drop;
    drop.verb = DeadChange::Verb::kDrop;
    drop.now = desk.now();
    REQUIRE(change_dead(desk.outbox, {.ids = {dropped}}, drop).value().front().done);

    CHECK(desk.list({}) == Ids{in_b, in_a, old});
    CHECK(desk.list({.destination = "room:a"}) == Ids{in_a, old});
    CHECK(desk.list({.reason = DeadReason::kMaybeDelivered}) == Ids{in_b});
    CHECK(desk.list({.reason = DeadReason::kDropped}) == Ids{dropped});
    CHECK(desk.list({.since = desk.now() - kHour}) == Ids{in_b, in_a});
    CHECK(desk.list({.ids = {old, dropped, DeliveryId{7}}}) == Ids{dropped, old});
    CHECK(find_dead(desk.outbox, {}, in_b, 1).value().front().id == in_a);
    CHECK_THAT(desk.get(dropped).last.detail, Contains("was rejected: no"));
    // Only by its id does it come back.
    CHECK(desk.redrive({}).size() == 3);
    CHECK(desk.redrive({.ids = {dropped}}).front().done);
}

TEST_CASE("many that are sent again keep the order of each room", "[dead]") {
    Desk desk;
    std::vector<DeliveryId> a;
    std::vector<DeliveryId> b;
    for (int i = 0; i < 700; ++i) {  // more than one transaction and one page
        a.push_back(desk.dead("room:a", "a" + std::to_string(i)));
        if (i % 7 == 0) b.push_back(desk.dead("room:b", "b" + std::to_string(i)));
    }
    const auto fresh = desk.add("room:a", "written later");
    const auto outcomes = desk.redrive({});
    CHECK(outcomes.size() == a.size() + b.size());
    CHECK(outcomes.front().letter.payload.empty());
    std::vector<DeliveryId> seen_a;
    std::vector<DeliveryId> seen_b;
    for (auto intents = desk.claim(); !intents.empty(); intents = desk.claim()) {
        for (const auto& intent : intents) {
            (intent.destination == "room:a" ? seen_a : seen_b).push_back(intent.id);
            desk.move({.id = intent.id, .attempt = intent.attempt, .at = desk.now()});
        }
    }
    // What has not ended keeps its place before them.
    REQUIRE(seen_a.front() == fresh);
    seen_a.erase(seen_a.begin());
    CHECK(seen_a == a);
    CHECK(seen_b == b);
}

TEST_CASE("an old idempotency key does not swallow what is sent again", "[dead]") {
    Desk desk;
    const auto id = desk.add("room:a", "keyed", "k");
    desk.end_all(DeadReason::kRejected);
    CHECK(desk.redrive({.ids = {id}}).front().done);
    const auto intents = desk.claim();
    REQUIRE(intents.size() == 1);
    CHECK(intents.front().id == id);
    CHECK(intents.front().attempt == 2);
    CHECK(intents.front().deadline == desk.now() + kHour);
    CHECK(intents.front().repeats == 0);
    CHECK(desk.store.journal(id).value()[3].note.rule == "redrive");
    // The key still names it.
    CHECK(desk.add("room:a", "keyed", "k") == id);
}

TEST_CASE("what may have been delivered goes out again marked as a repeat", "[dead]") {
    Desk desk;
    desk.dead("room:a", "open", DeadReason::kMaybeDelivered);
    desk.redrive({});
    CHECK(desk.claim().front().repeats == 1);
}

TEST_CASE("what may have been delivered stays so when it is put away", "[dead]") {
    Desk desk;
    const auto open = desk.dead("room:a", "open", DeadReason::kMaybeDelivered);
    const auto refused = desk.dead("room:b", "refused");
    DeadChange drop;
    drop.verb = DeadChange::Verb::kDrop;
    drop.now = desk.now();
    for (int twice = 0; twice < 2; ++twice) {
        const auto dropped = change_dead(desk.outbox, {.ids = {open, refused}}, drop);
        for (const auto& outcome : dropped.value())
            REQUIRE(outcome.done);
    }
    desk.redrive({.ids = {open, refused}});
    const auto intents = desk.claim();
    REQUIRE(intents.size() == 2);
    for (const auto& intent : intents)
        CHECK(intent.repeats == (intent.id == open ? 1 : 0));
}
