// Conformance of every store, part two: acceptance, ends, schedules, ledger, housekeeping.
#include "tests/messaging/outbox/store_subjects.hpp"

using namespace store_conformance;

TEMPLATE_TEST_CASE("A key names one content: same again is a duplicate, other is refused",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    auto original = keyed(message(1), "deploy-17");
    REQUIRE(desk.add(original).kind == Added::Kind::kStored);

    auto other_content = keyed(message(2), "deploy-17");
    const auto conflict = desk.add(other_content);
    REQUIRE(conflict.kind == Added::Kind::kKeyConflict);
    REQUIRE(conflict.id.value == 1);

    auto repeat = original;
    repeat.id = DeliveryId{3};
    SECTION("while the first one waits") {
        const auto duplicate = desk.add(repeat);
        REQUIRE(duplicate.kind == Added::Kind::kDuplicate);
        REQUIRE(duplicate.id.value == 1);
    }
    SECTION("after a restart") {
        desk.restart();
        REQUIRE(desk.add(repeat).kind == Added::Kind::kDuplicate);
    }
    SECTION("twice in one batch") {
        auto a = keyed(message(11, "room:b"), "k");
        auto b = a;
        b.id = DeliveryId{12};
        const auto applied = desk.apply({.add = {a, b}});
        REQUIRE(applied.added[0].kind == Added::Kind::kStored);
        REQUIRE(applied.added[1].kind == Added::Kind::kDuplicate);
        REQUIRE(applied.added[1].id.value == 11);
    }
    SECTION("another destination, file or payload is another content") {
        auto elsewhere = repeat;
        elsewhere.destination = "room:b";
        REQUIRE(desk.add(elsewhere).kind == Added::Kind::kKeyConflict);
        REQUIRE(desk.add(with_file(repeat, "aa")).kind == Added::Kind::kKeyConflict);
    }
    SECTION("after the key has expired it may be used again") {
        repeat.accepted = original.key_expires;
        repeat.key_expires = repeat.accepted + kHour;
        const auto stored = desk.add(repeat);
        REQUIRE(stored.kind == Added::Kind::kStored);
        REQUIRE(stored.id.value == 3);
        repeat.id = DeliveryId{4};
        REQUIRE(desk.add(repeat).id.value == 3);
    }
    REQUIRE(desk.find({}).size() <= 3);
    REQUIRE_FALSE(desk.store().get(DeliveryId{2}).value().has_value());
}

TEMPLATE_TEST_CASE("A batch whose answer was lost may be applied again",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    const Batch batch{.add = {message(1), keyed(message(2), "k"), message(3, "room:b")}};
    desk.apply(batch);
    const auto again = desk.apply(batch);
    for (std::size_t i = 0; i < 3; ++i) {
        REQUIRE(again.added[i].kind == Added::Kind::kStored);
        REQUIRE(again.added[i].id == batch.add[i].id);
    }
    REQUIRE(desk.counts().pending == 3);
    REQUIRE(desk.find({}) == Ids{3, 2, 1});
    const auto claimed = desk.claim(8);
    REQUIRE(claimed.size() == 2);
    REQUIRE(desk.deliver(claimed[0]));
    desk.apply(batch);
    REQUIRE(desk.state(claimed[0].id.value) == State::kDelivered);
}

TEMPLATE_TEST_CASE("Beyond its limit a store refuses, and says so", "[store]", STORES_UNDER_TEST) {
    Desk<TestType> desk{2U};
    const auto applied = desk.apply({.add = {message(1), message(2), keyed(message(3), "k")}});
    REQUIRE(applied.added[1].kind == Added::Kind::kStored);
    REQUIRE(applied.added[2].kind == Added::Kind::kFull);
    REQUIRE(desk.add(message(1)).kind == Added::Kind::kStored);
    REQUIRE(desk.cancel(1));
    REQUIRE(desk.add(keyed(message(3), "k")).kind == Added::Kind::kStored);
    REQUIRE(desk.counts().pending == 2);
}

TEMPLATE_TEST_CASE("Deliveries that belong together are accepted all or none",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk{3U};
    const auto kinds = [&](std::vector<NewDelivery> set) {
        set.front().together = static_cast<std::uint32_t>(set.size());
        std::vector<Added::Kind> answers;
        for (const auto& added : desk.apply({.add = std::move(set)}).added)
            answers.push_back(added.kind);
        return answers;
    };
    using enum Added::Kind;
    using Kinds = std::vector<Added::Kind>;

    SECTION("none where there is room for some of them only") {
        REQUIRE(kinds({message(1), message(2)}) == Kinds{kStored, kStored});
        REQUIRE(kinds({message(3), message(4)}) == Kinds{kFull, kFull});
        REQUIRE(desk.find({}) == Ids{2, 1});
        REQUIRE(kinds({message(1), message(2)}) == Kinds{kStored, kStored});  // applied again
        REQUIRE(kinds({message(5)}) == Kinds{kStored});
    }
    SECTION("none where one key was used for something else") {
        desk.add(keyed(message(1), "b"));
        REQUIRE(kinds({keyed(message(2), "a"), keyed(message(3), "b")}) ==
                Kinds{kKeyConflict, kKeyConflict});
        REQUIRE(desk.find({}) == Ids{1});
        REQUIRE(desk.add(keyed(message(4), "a")).kind == kStored);  // the key is still free
    }
    SECTION("none where one key stands twice") {
        REQUIRE(kinds({keyed(message(1), "a"), keyed(message(2), "a")}) ==
                Kinds{kKeyConflict, kKeyConflict});
        REQUIRE(desk.find({}).empty());
    }
    SECTION("the same set again is a duplicate as a whole, a longer or shorter one is refused") {
        const auto original = [](std::uint64_t id, const char* key) {
            auto delivery = keyed(message(1), key);
            delivery.id = DeliveryId{id};
            return delivery;
        };
        REQUIRE(kinds({original(1, "a"), original(2, "b")}) == Kinds{kStored, kStored});
        desk.restart();
        REQUIRE(kinds({original(3, "a"), original(4, "b")}) == Kinds{kDuplicate, kDuplicate});
        REQUIRE(kinds({original(3, "a"), original(4, "b"), original(5, "c")}) ==
                Kinds{kKeyConflict, kKeyConflict, kKeyConflict});
        REQUIRE(kinds({original(3, "a")}) == Kinds{kKeyConflict});
        REQUIRE(kinds({original(3, "b"), original(4, "c")}) == Kinds{kKeyConflict, kKeyConflict});
        REQUIRE(desk.find({}) == Ids{2, 1});
    }
    SECTION("a neighbour in the same batch is not concerned") {
        auto set = message(2);
        set.together = 3;
        const auto applied =
            desk.apply({.add = {message(1), set, message(3), message(4), message(5), message(6)}});
        REQUIRE(applied.added[0].kind == kStored);
        for (const std::size_t refused : {1U, 2U, 3U})
            REQUIRE(applied.added[refused].kind == kFull);
        REQUIRE(applied.added[5].kind == kStored);
        REQUIRE(desk.find({}) == Ids{6, 5, 1});
    }
}

TEMPLATE_TEST_CASE("A transition that no longer matches is stale and changes nothing",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add(message(1));
    const Intent unclaimed{.id = DeliveryId{1}};
    REQUIRE_FALSE(desk.deliver(unclaimed));
    REQUIRE_FALSE(desk.deliver(Intent{.id = DeliveryId{99}}));
    const auto intent = desk.claim(1).at(0);
    auto wrong_attempt = intent;
    wrong_attempt.attempt = 2;
    REQUIRE_FALSE(desk.deliver(wrong_attempt));
    REQUIRE_FALSE(desk.move_to(intent, State::kSending));
    REQUIRE(desk.deliver(intent));
    REQUIRE_FALSE(desk.deliver(intent));
    REQUIRE_FALSE(desk.move({.id = intent.id,
                             .from = State::kDelivered,
                             .attempt = 1,
                             .to = State::kPending,
                             .at = kStart}));
    REQUIRE(desk.state(1) == State::kDelivered);
    const auto applied = desk.apply({.transitions = {{.id = DeliveryId{1}, .attempt = 1}}});
    REQUIRE(applied.stale == std::vector<DeliveryId>{DeliveryId{1}});
}

TEMPLATE_TEST_CASE("A refusal that does not count gives the attempt back",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add(message(1));
    const auto intent = desk.claim(1).at(0);
    REQUIRE(desk.move({.id = intent.id,
                       .attempt = 1,
                       .to = State::kPending,
                       .at = kStart,
                       .next = kStart + Millis{100},
                       .uncounted = true,
                       .note = {.status = 429, .rule = "http_429"}}));
    REQUIRE(desk.get(1).attempts == 0);
    REQUIRE(desk.get(1).due == kStart + Millis{100});
    REQUIRE(desk.get(1).last.status == 429);
    desk.restart();
    const auto again = desk.claim(1, kStart + Millis{100}).at(0);
    REQUIRE(again.attempt == 1);
}

TEMPLATE_TEST_CASE("A deadline ends a waiting head, also while it backs off",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    auto brief = message(1);
    brief.deadline = kStart + Millis{50};
    auto never = message(3);
    never.deadline = Millis{0};
    desk.add_all({brief, message(2), never});
    const auto first = desk.claim(1).at(0);
    REQUIRE(desk.expire(kStart + Millis{60}).empty());  // in flight: its outcome decides
    REQUIRE(desk.retry(first, kStart + 2 * kHour));
    REQUIRE(desk.apply({.claim = {0, kStart + Millis{49}}}).next_due == kStart + Millis{50});

    const auto applied = desk.apply({.claim = {8, kStart + Millis{50}}});
    REQUIRE(applied.expired == std::vector<DeliveryId>{DeliveryId{1}});
    REQUIRE(applied.intents.size() == 1);
    REQUIRE(applied.intents[0].id.value == 2);
    const auto ended = desk.get(1);
    REQUIRE(ended.state == State::kDead);
    REQUIRE(ended.reason == DeadReason::kExpired);
    REQUIRE(ended.last.rule == "deadline");
    REQUIRE(ended.changed == kStart + Millis{50});
    REQUIRE(desk.deliver(applied.intents[0]));
    REQUIRE(desk.claim_ids(1, kStart + 9000 * kHour) == Ids{3});
}

TEMPLATE_TEST_CASE("A deadline ends what waits behind another, whatever holds that up",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    auto brief = message(2);
    brief.deadline = kStart + Millis{50};
    auto briefer = message(4);
    briefer.deadline = kStart + Millis{40};
    desk.add_all({message(1), brief, message(3), briefer});
    const auto first = desk.claim(1).at(0);
    SECTION("its back-off") {
        REQUIRE(desk.retry(first, kStart + kHour / 2));
    }
    SECTION("an answer that is not there yet") {}
    SECTION("a search for evidence") {
        REQUIRE(desk.apply({.transitions = {{.id = first.id,
                                             .attempt = 1,
                                             .to = State::kUncertain,
                                             .at = kStart}}})
                    .stale.empty());
    }
    SECTION("a restart") {
        desk.restart();
    }
    REQUIRE(desk.apply({.claim = {0, kStart + Millis{39}}}).next_due == kStart + Millis{40});
    REQUIRE(desk.expire(kStart + Millis{45}).size() == 1);
    REQUIRE(desk.get(4).reason == DeadReason::kExpired);
    REQUIRE(desk.apply({.claim = {0, kStart + Millis{46}}}).next_due == kStart + Millis{50});
    REQUIRE(desk.expire(kStart + Millis{50}).size() == 1);
    REQUIRE(desk.get(2).reason == DeadReason::kExpired);
    REQUIRE(desk.get(3).state == State::kPending);
}

TEMPLATE_TEST_CASE("A repeat without evidence that expires may have been delivered",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add(message(1));
    const auto first = desk.claim(1).at(0);
    Transition lost{.id = first.id, .attempt = 1, .to = State::kUncertain, .at = kStart};
    Transition again{.id = first.id,
                     .from = State::kUncertain,
                     .attempt = 1,
                     .to = State::kPending,
                     .at = kStart,
                     .next = kStart + 2 * kHour,
                     .repeat = true};
    REQUIRE(desk.apply({.transitions = {lost, again}}).stale.empty());
    REQUIRE(desk.expire(kStart + kHour).size() == 1);
    CHECK(desk.get(1).reason == DeadReason::kMaybeDelivered);
}

TEMPLATE_TEST_CASE("More expired heads than one claim may end are ended by the next ones",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    std::vector<NewDelivery> many;
    for (std::uint64_t i = 1; i <= kExpiredPerClaim + 200; ++i) {
        many.push_back(message(i, i % 2 == 0 ? "room:a" : "room:" + std::to_string(i)));
    }
    desk.add_all(many);
    const auto first = desk.apply({.claim = {8, kStart + kHour}});
    REQUIRE(first.expired.size() == kExpiredPerClaim);
    REQUIRE(first.intents.empty());
    REQUIRE(first.next_due.count() != 0);
    REQUIRE(first.next_due <= kStart + kHour);
    const auto second = desk.apply({.claim = {8, kStart + kHour}});
    REQUIRE(second.expired.size() == 200);
    REQUIRE(second.next_due.count() == 0);
    REQUIRE(desk.counts().dead == kExpiredPerClaim + 200);
}

TEMPLATE_TEST_CASE("A scheduled delivery enters its lane when its time has come",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({scheduled(message(1), kStart + Millis{300}),
                  scheduled(message(2), kStart + Millis{200}), message(3)});
    const auto now = desk.apply({.claim = {8, kStart}});
    REQUIRE(now.intents.size() == 1);
    REQUIRE(now.intents[0].id.value == 3);
    REQUIRE(now.next_due == kStart + Millis{200});
    REQUIRE(desk.counts().pending == 2);
    REQUIRE(desk.get(1).due == kStart + Millis{300});
    REQUIRE(desk.journal(1).at(0).next == kStart + Millis{300});
    REQUIRE(desk.deliver(now.intents[0]));

    SECTION("in the order of their times, after what waited before") {
        desk.add(message(4));
        desk.restart();
        Ids order;
        for (int i = 0; i < 3; ++i) {
            const auto intent = desk.claim(1, kStart + Millis{300}).at(0);
            order.push_back(intent.id.value);
            REQUIRE(desk.deliver(intent));
        }
        REQUIRE(order == Ids{4, 2, 1});
    }
    SECTION("unless it was withdrawn") {
        REQUIRE(desk.cancel(2));
        REQUIRE(desk.claim_ids(8, kStart + Millis{299}).empty());
        REQUIRE(desk.claim_ids(8, kStart + Millis{300}) == Ids{1});
    }
    SECTION("a hold of its room counts it and outlasts its time") {
        desk.hold("room:a");
        REQUIRE(desk.counts().held == 2);
        REQUIRE(desk.claim_ids(8, kStart + Millis{301}).empty());
        desk.hold("room:a", false);
        REQUIRE(desk.claim_ids(8, kStart + Millis{301}) == Ids{2});
    }
    SECTION("many at once come in bounded steps") {
        std::vector<NewDelivery> many;
        for (std::uint64_t i = 0; i < kPromotedPerClaim; ++i) {
            many.push_back(
                scheduled(message(1000 + i, "room:b" + std::to_string(i)), kStart + Millis{400}));
        }
        desk.add_all(many);
        const auto step = desk.apply({.claim = {0, kStart + Millis{400}}});
        REQUIRE(step.next_due <= kStart + Millis{400});
        REQUIRE(desk.claim(1000, kStart + Millis{400}).size() == kPromotedPerClaim + 1);
    }
}

TEMPLATE_TEST_CASE("After a crash what was being sent is uncertain and reported",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({with_file(message(1), "cafe"), message(2), message(3, "room:b")});
    desk.claim(8, kStart + Millis{5});
    const auto uncertain = desk.restart(kStart + Millis{9});
    REQUIRE(uncertain.size() == 2);
    REQUIRE(uncertain[0].id.value == 1);
    REQUIRE(uncertain[0].attempt == 1);
    REQUIRE(uncertain[0].started == kStart + Millis{5});
    REQUIRE(uncertain[0].payload == desk.get(1).payload);
    REQUIRE(uncertain[0].file->hash == "cafe");
    REQUIRE(desk.counts().uncertain == 2);
    REQUIRE(desk.counts().sending == 0);
    REQUIRE(desk.claim_ids(8).empty());
    REQUIRE(desk.timeline(1) ==
            std::vector<State>{State::kPending, State::kSending, State::kUncertain});
    REQUIRE(desk.get(1).changed == kStart + Millis{9});
    REQUIRE(desk.get(1).last.rule == "restart");

    SECTION("a second crash reports the same and adds nothing") {
        REQUIRE(desk.restart().size() == 2);
        REQUIRE(desk.timeline(1).size() == 3);
    }
    SECTION("answers of the old process are stale") {
        REQUIRE_FALSE(desk.deliver(uncertain[0]));
        REQUIRE(desk.move({.id = DeliveryId{1},
                           .from = State::kUncertain,
                           .attempt = 1,
                           .to = State::kDelivered,
                           .at = kStart,
                           .confirmed_late = true}));
        REQUIRE(desk.claim_ids(8) == Ids{2});
        REQUIRE(desk.timeline(1).size() == 4);
    }
}
