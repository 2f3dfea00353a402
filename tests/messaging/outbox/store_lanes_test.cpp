// Conformance of every store, part one: who is claimed, and in which order.
#include "tests/messaging/outbox/store_subjects.hpp"

#include <algorithm>
#include <map>
#include <set>

using namespace store_conformance;

TEMPLATE_TEST_CASE("An attempt that must wait keeps its place at the head of its lane",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({message(1), message(2)});
    const auto first = desk.claim(8);
    REQUIRE(first.size() == 1);
    REQUIRE(desk.retry(first[0], kStart + Millis{500}));

    REQUIRE(desk.claim_ids(8, kStart + Millis{499}).empty());
    const auto waiting = desk.apply({.claim = {8, kStart + Millis{499}}});
    REQUIRE(waiting.next_due == kStart + Millis{500});
    const auto again = desk.claim(8, kStart + Millis{500});
    REQUIRE(again.size() == 1);
    REQUIRE(again[0].id.value == 1);
    REQUIRE(again[0].attempt == 2);
    REQUIRE(again[0].payload == first[0].payload);
}

TEMPLATE_TEST_CASE("A destination has one delivery in flight over all its lanes",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({message(1, "room:a", Priority::kBulk), message(2, "room:a", Priority::kReply),
                  message(3, "room:b", Priority::kBulk)});
    const auto claimed = desk.claim(8);
    REQUIRE(claimed.size() == 2);
    REQUIRE(claimed[0].id.value == 2);
    REQUIRE(claimed[1].id.value == 3);
    REQUIRE(desk.claim_ids(8).empty());
    REQUIRE(desk.deliver(claimed[0]));
    REQUIRE(desk.claim_ids(8) == Ids{1});
}

TEMPLATE_TEST_CASE("An uncertain head blocks its own lane only", "[store]", STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({message(1), message(2), message(3, "room:a", Priority::kReport)});
    const auto first = desk.claim(1);
    REQUIRE(first[0].id.value == 3);
    REQUIRE(desk.deliver(first[0]));
    const auto second = desk.claim(8);
    REQUIRE(second[0].id.value == 1);
    REQUIRE(desk.move_to(second[0], State::kUncertain));
    REQUIRE(desk.claim_ids(8).empty());

    desk.add(message(4, "room:a", Priority::kReport));
    const auto other_lane = desk.claim(8);
    REQUIRE(other_lane.size() == 1);
    REQUIRE(other_lane[0].id.value == 4);
    REQUIRE(desk.deliver(other_lane[0]));

    SECTION("confirmed late, the next one goes") {
        REQUIRE(desk.move({.id = DeliveryId{1},
                           .from = State::kUncertain,
                           .attempt = 1,
                           .to = State::kDelivered,
                           .at = kStart,
                           .confirmed_late = true,
                           .message_id = "late"}));
        REQUIRE(desk.get(1).confirmed_late);
        REQUIRE(desk.claim_ids(8) == Ids{2});
    }
    SECTION("repeated, it goes again before the next one, marked") {
        REQUIRE(desk.move({.id = DeliveryId{1},
                           .from = State::kUncertain,
                           .attempt = 1,
                           .to = State::kPending,
                           .at = kStart,
                           .repeat = true}));
        const auto repeated = desk.claim(8);
        REQUIRE(repeated[0].id.value == 1);
        REQUIRE(repeated[0].repeats == 1);
        REQUIRE(repeated[0].attempt == 2);
    }
    SECTION("given up, the next one goes") {
        REQUIRE(desk.move({.id = DeliveryId{1},
                           .from = State::kUncertain,
                           .attempt = 1,
                           .to = State::kDead,
                           .reason = DeadReason::kMaybeDelivered,
                           .at = kStart}));
        REQUIRE(desk.get(1).reason == DeadReason::kMaybeDelivered);
        REQUIRE(desk.claim_ids(8) == Ids{2});
    }
}

TEMPLATE_TEST_CASE("A lane is served in order of acceptance, whatever the ids",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({message(50), message(7)});  // a wall clock that was set back
    desk.add(message(60));
    desk.restart();
    desk.add(message(1));
    Ids order;
    while (order.size() < 4) {
        const auto claimed = desk.claim(8);
        REQUIRE(claimed.size() == 1);
        order.push_back(claimed[0].id.value);
        REQUIRE(desk.deliver(claimed[0]));
    }
    REQUIRE(order == Ids{50, 7, 60, 1});
}

TEMPLATE_TEST_CASE("A cancelled delivery leaves the order of the others",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({message(1), message(2), message(3), message(4)});
    REQUIRE(desk.cancel(3));
    REQUIRE(desk.cancel(1));
    REQUIRE_FALSE(desk.cancel(1));
    const auto second = desk.claim(8);
    REQUIRE(second[0].id.value == 2);
    REQUIRE_FALSE(desk.cancel(2));
    REQUIRE(desk.deliver(second[0]));
    REQUIRE(desk.claim_ids(8) == Ids{4});
    REQUIRE(desk.get(3).reason == DeadReason::kCancelled);
}

TEMPLATE_TEST_CASE("A re-driven dead letter goes to the end of its lane and keeps its attempts",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({message(1), message(2), message(3)});
    const auto claimed = desk.claim(8);
    REQUIRE(desk.move({.id = DeliveryId{1},
                       .attempt = 1,
                       .to = State::kDead,
                       .reason = DeadReason::kRejected,
                       .at = kStart,
                       .note = {.status = 400, .rule = "http_400"}}));
    REQUIRE(desk.cancel(2));
    const Transition redrive{.id = DeliveryId{1},
                             .from = State::kDead,
                             .attempt = 1,
                             .to = State::kPending,
                             .at = kStart + Millis{1},
                             .deadline = kStart + 2 * kHour};
    SECTION("with the wrong attempt it is stale") {
        auto wrong = redrive;
        wrong.attempt = 0;
        REQUIRE_FALSE(desk.move(wrong));
    }
    SECTION("it follows those that waited") {
        REQUIRE(desk.move(redrive));
        REQUIRE_FALSE(desk.move(redrive));
        REQUIRE(desk.get(1).deadline == kStart + 2 * kHour);
        const auto third = desk.claim(8);
        REQUIRE(third[0].id.value == 3);
        REQUIRE(desk.deliver(third[0]));
        const auto again = desk.claim(8, kStart + kHour + Millis{5});
        REQUIRE(again.size() == 1);
        REQUIRE(again[0].attempt == 2);
        REQUIRE(desk.deliver(again[0]));
        REQUIRE(desk.timeline(1) == std::vector<State>{State::kPending, State::kSending,
                                                       State::kDead, State::kPending,
                                                       State::kSending, State::kDelivered});
        REQUIRE(desk.journal(1)[2].note.rule == "http_400");
    }
    SECTION("not before its time, and the one behind it waits") {
        auto later = redrive;
        later.next = kStart + Millis{900};
        REQUIRE(desk.move(later));
        REQUIRE(desk.deliver(desk.claim(8).at(0)));
        desk.add(message(9));
        REQUIRE(desk.claim_ids(8, kStart + Millis{899}).empty());
        REQUIRE(desk.claim_ids(8, kStart + Millis{900}) == Ids{1});
    }
    SECTION("cancelled while it waits behind its own old place") {
        auto two = redrive;
        two.id = DeliveryId{2};
        two.attempt = 0;
        REQUIRE(desk.move(two));
        REQUIRE(desk.cancel(2));
        REQUIRE(desk.move(two));
        REQUIRE(desk.deliver(desk.claim(8).at(0)));
        REQUIRE(desk.claim_ids(8) == Ids{2});
    }
    SECTION("put away by a person") {
        REQUIRE(desk.move({.id = DeliveryId{1},
                           .from = State::kDead,
                           .attempt = 1,
                           .to = State::kDead,
                           .reason = DeadReason::kDropped,
                           .at = kStart + Millis{2}}));
        REQUIRE(desk.get(1).reason == DeadReason::kDropped);
        REQUIRE(desk.counts().dead == 2);
    }
}

TEMPLATE_TEST_CASE("The lanes of one destination share its turns 8:4:2:1",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    std::vector<NewDelivery> many;
    for (std::uint64_t i = 0; i < 400; ++i) {
        many.push_back(message(i + 1, "room:a", static_cast<Priority>(i % 4)));
    }
    desk.add_all(many);
    std::map<Priority, int> served;
    for (int i = 0; i < 60; ++i) {
        const auto claimed = desk.claim(1);
        REQUIRE(claimed.size() == 1);
        ++served[claimed[0].priority];
        REQUIRE(desk.deliver(claimed[0]));
    }
    REQUIRE(served[Priority::kReply] == 32);
    REQUIRE(served[Priority::kAlert] == 16);
    REQUIRE(served[Priority::kReport] == 8);
    REQUIRE(served[Priority::kBulk] == 4);
}

TEMPLATE_TEST_CASE("No priority starves another: destinations share the slots 8:4:2:1",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    std::vector<NewDelivery> many;
    for (std::uint64_t i = 0; i < 400; ++i) {
        many.push_back(message(i + 1, "room:" + std::to_string(i), static_cast<Priority>(i % 4)));
    }
    desk.add_all(many);
    std::map<Priority, int> served;
    Priority first = Priority::kBulk;
    for (int i = 0; i < 10; ++i) {
        const auto claimed = desk.claim(6);
        REQUIRE(claimed.size() == 6);
        if (i == 0) first = claimed[0].priority;
        for (const auto& intent : claimed)
            ++served[intent.priority];
    }
    REQUIRE(first == Priority::kReply);
    REQUIRE(served[Priority::kReply] == 32);
    REQUIRE(served[Priority::kAlert] == 16);
    REQUIRE(served[Priority::kReport] == 8);
    REQUIRE(served[Priority::kBulk] == 4);
}

TEMPLATE_TEST_CASE("A held destination is not claimed, the others are",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all(
        {message(1, "room:a"), message(2, "room:a", Priority::kReply), message(3, "room:b")});
    desk.hold("room:a");
    REQUIRE(desk.claim_ids(8) == Ids{3});
    REQUIRE(desk.get(1).held);
    REQUIRE(desk.counts().held == 2);
    REQUIRE(desk.counts().pending == 2);
    REQUIRE(desk.find({.held = true}) == Ids{2, 1});
    REQUIRE(desk.find({.held = false}) == Ids{3});
    const auto holds = desk.store().holds();
    REQUIRE(holds.value().size() == 1);
    REQUIRE(holds.value()[0].cure == "add the bot to the room");
    REQUIRE(holds.value()[0].since == kStart);

    SECTION("the hold survives a restart") {
        desk.restart();
        REQUIRE(desk.claim_ids(8).empty());
        REQUIRE(desk.counts().held == 2);
    }
    SECTION("a hold of a room that has nothing yet counts for what comes") {
        desk.hold("room:new");
        desk.add(message(9, "room:new"));
        REQUIRE(desk.claim_ids(8).empty());
        REQUIRE(desk.counts().held == 3);
    }
    SECTION("released, it goes on in order") {
        desk.hold("room:a", false);
        desk.hold("room:a", false);
        REQUIRE(desk.claim_ids(8) == Ids{2});
        REQUIRE(desk.counts().held == 0);
        REQUIRE(desk.store().holds().value().empty());
    }
    SECTION("held deliveries still end at their deadline") {
        REQUIRE(desk.apply({.claim = {8, kStart + Millis{1}}}).next_due == kStart + kHour);
        REQUIRE(desk.expire(kStart + kHour) ==
                std::vector<DeliveryId>{DeliveryId{2}, DeliveryId{1}});
        REQUIRE(desk.counts().held == 0);
    }
}
