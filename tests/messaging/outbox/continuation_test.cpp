// A text that was split: its further parts against the first one, in every store.
#include "messaging/outbox/continuation.hpp"

#include "tests/messaging/outbox/store_subjects.hpp"

using namespace store_conformance;

namespace {

/// Part `id` of a text whose first part is delivery 1.
NewDelivery part(std::uint64_t id, std::string payload = {}) {
    auto made = message(id);
    if (!payload.empty()) made.payload = std::move(payload);
    made.continues = id > 1;
    if (id > 1) made.head = DeliveryId{1};
    if (id == 1) made.together = 3;
    return made;
}

Transition dead(const Intent& intent, DeadReason reason) {
    return {.id = intent.id,
            .attempt = intent.attempt,
            .to = State::kDead,
            .reason = reason,
            .at = kStart};
}

}  // namespace

TEST_CASE("the rest of a text is not sent without its beginning", "[continuation]") {
    const auto [state, reason] =
        GENERATE(table<State, DeadReason>({{State::kDead, DeadReason::kRejected},
                                           {State::kDead, DeadReason::kExpired},
                                           {State::kDead, DeadReason::kCancelled},
                                           {State::kDead, DeadReason::kDropped},
                                           {State::kPending, DeadReason::kNone},
                                           {State::kUncertain, DeadReason::kNone}}));
    const auto then = continue_after(HeadStanding{DeliveryId{7}, state, reason}, "{}");
    CHECK_FALSE(then.send);
    // Whatever is done to all that is dead in a room is done to the whole text.
    CHECK(then.reason == (state == State::kDead ? reason : DeadReason::kRejected));
    CHECK(then.note.rule == "first_part");
    CHECK(then.note.detail.find(to_string(DeliveryId{7})) != std::string::npos);
    CHECK(then.note.detail.find(to_string(state)) != std::string::npos);
    CHECK(then.note.detail.find("Re-drive") != std::string::npos);
}

TEST_CASE("where the first part's id is not known, the rest goes out without a thread",
          "[continuation]") {
    const std::string payload = R"({"text":"b","roomId":"r"})";
    CHECK(continue_after({}, payload).payload == payload);
    CHECK(continue_after(HeadStanding{.state = State::kDelivered}, payload).payload == payload);
    const HeadStanding maybe{.state = State::kDead, .reason = DeadReason::kMaybeDelivered};
    const auto then = continue_after(maybe, payload);
    CHECK(then.send);
    CHECK(then.payload == payload);
}

TEST_CASE("a further part replies to the first, unless it has a parent already", "[continuation]") {
    const HeadStanding head{.state = State::kDelivered, .message_id = "a\"b"};
    CHECK(continue_after(head, R"({"text":"b"})").payload == R"({"parentId":"a\"b","text":"b"})");
    const std::string reply = R"({"parentId":"root","text":"b"})";
    CHECK(continue_after(head, reply).payload == reply);
    // In a text it is only a text.
    CHECK(with_parent(R"({"text":"\"parentId\":1"})", "m") ==
          R"({"parentId":"m","text":"\"parentId\":1"})");
    CHECK(with_parent("", "m").empty());
    CHECK(with_parent("{}", "m") == "{}");
}

TEMPLATE_TEST_CASE("A further part is decided upon when it is claimed, once and for all",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({part(1), part(2), part(3, R"({"parentId":"root","text":"c"})")});
    const auto first = desk.claim(3).at(0);
    REQUIRE(first.payload == message(1).payload);
    REQUIRE(desk.deliver(first));
    const auto second = desk.claim(3).at(0);
    const std::string threaded = R"({"parentId":"message-1","text":"number 2"})";
    REQUIRE(second.payload == threaded);
    REQUIRE(desk.get(2).payload == threaded);
    SECTION("every attempt sends the same") {
        REQUIRE(desk.retry(second, kStart + Millis{10}));
        REQUIRE(desk.claim(1, kStart + Millis{10}).at(0).payload == threaded);
    }
    SECTION("also after the first part has left the store") {
        REQUIRE(desk.retry(second, kStart + Millis{10}));
        REQUIRE(desk.store().trim(kStart + kHour, 10).value() == 1);
        REQUIRE(desk.claim(1, kStart + Millis{10}).at(0).payload == threaded);
    }
    SECTION("also after a crash, which is when it is compared with what the room shows") {
        const auto uncertain = desk.restart();
        REQUIRE(uncertain.size() == 1);
        REQUIRE(uncertain[0].payload == threaded);
    }
    SECTION("a part with a parent of its own keeps it") {
        REQUIRE(desk.deliver(second));
        REQUIRE(desk.claim(1).at(0).payload == R"({"parentId":"root","text":"c"})");
    }
}

TEMPLATE_TEST_CASE("The rest of a text ends like its first part", "[store]", STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({part(1), part(2), part(3), message(4)});
    const auto first = desk.claim(4).at(0);
    REQUIRE(desk.move(dead(first, DeadReason::kRejected)));
    const auto applied = desk.apply({.claim = {4, kStart}});
    REQUIRE(applied.intents.size() == 1);  // the next one of the lane is not held up
    REQUIRE(applied.intents[0].id == DeliveryId{4});
    REQUIRE(applied.expired == std::vector<DeliveryId>{DeliveryId{2}, DeliveryId{3}});
    const auto ended = desk.get(3);
    REQUIRE(ended.state == State::kDead);
    REQUIRE(ended.reason == DeadReason::kRejected);
    REQUIRE(ended.attempts == 0);
    REQUIRE(ended.last.rule == "first_part");
    REQUIRE(desk.timeline(3) == std::vector<State>{State::kPending, State::kDead});
    REQUIRE(desk.counts().dead == 3);
    desk.crash();
    REQUIRE(desk.state(2) == State::kDead);

    SECTION("re-driven after the first part has arrived, it is a reply to it") {
        const auto redrive = [&](std::uint64_t id, std::uint32_t attempt) {
            return desk.move({.id = DeliveryId{id},
                              .from = State::kDead,
                              .attempt = attempt,
                              .to = State::kPending,
                              .at = kStart,
                              .deadline = kStart + kHour});
        };
        REQUIRE(desk.store().recover(kStart).ok());
        REQUIRE(desk.move({.id = DeliveryId{4},
                           .from = State::kUncertain,
                           .attempt = 1,
                           .to = State::kDelivered,
                           .at = kStart}));
        REQUIRE(redrive(1, 1));
        REQUIRE(redrive(2, 0));
        REQUIRE(desk.deliver(desk.claim(1).at(0)));
        REQUIRE(desk.claim(1).at(0).payload == R"({"parentId":"message-1","text":"number 2"})");
    }
}

TEMPLATE_TEST_CASE("A first part whose outcome was never learned leaves the rest without a thread",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({part(1), part(2), part(3)});
    const auto first = desk.claim(1).at(0);
    REQUIRE(desk.move_to(first, State::kUncertain));
    REQUIRE(desk.claim_ids(3).empty());  // while it is looked for, the rest waits
    auto end = dead(first, DeadReason::kMaybeDelivered);
    end.from = State::kUncertain;
    REQUIRE(desk.move(end));
    REQUIRE(desk.claim(1).at(0).payload == message(2).payload);
}
