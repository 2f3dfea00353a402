// Conformance of every store, part three: what is asked about deliveries, and housekeeping.
#include "tests/messaging/outbox/store_subjects.hpp"

using namespace store_conformance;

TEMPLATE_TEST_CASE("[S1.20] The journal tells the whole story of a delivery",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    REQUIRE(desk.journal(5).empty());
    auto delivery = message(1);
    delivery.group = 77;
    delivery.policy = UncertainPolicy::kPreferDelivery;
    delivery.max_attempts = 9;
    desk.add(delivery);
    const auto first = desk.claim(1, kStart + Millis{10}).at(0);
    REQUIRE(first.max_attempts == 9);
    REQUIRE(first.policy == UncertainPolicy::kPreferDelivery);
    REQUIRE(desk.get(1).changed == kStart + Millis{10});
    REQUIRE(desk.timeline(1) == std::vector<State>{State::kPending, State::kSending});
    REQUIRE(desk.retry(first, kStart + Millis{20}));
    REQUIRE(desk.get(1).last.rule == "http_503");
    const auto second = desk.claim(1, kStart + Millis{20}).at(0);
    REQUIRE(desk.move({.id = second.id,
                       .attempt = 2,
                       .at = kStart + Millis{30},
                       .message_id = "Y2lzY29",
                       .note = {.status = 200, .rule = "http_2xx", .tracking_id = "T-1"}}));
    const auto entries = desk.journal(1);
    REQUIRE(entries.size() == 5);
    REQUIRE(entries[0].time == kStart);
    REQUIRE(entries[1].to == State::kSending);
    REQUIRE(entries[1].attempt == 1);
    REQUIRE(entries[1].time == kStart + Millis{10});
    REQUIRE(entries[2].to == State::kPending);
    REQUIRE(entries[2].next == kStart + Millis{20});
    REQUIRE(entries[2].note.status == 503);
    REQUIRE(entries[3].attempt == 2);
    REQUIRE(entries[3].time == kStart + Millis{20});
    REQUIRE(entries[4].to == State::kDelivered);
    REQUIRE(entries[4].note.tracking_id == "T-1");

    const auto stored = desk.get(1);
    REQUIRE(stored.message_id == "Y2lzY29");
    REQUIRE(stored.attempts == 2);
    REQUIRE(stored.group == 77);
    REQUIRE(stored.origin == "test");
    REQUIRE(stored.last.rule == "http_2xx");
    REQUIRE(stored.changed == kStart + Millis{30});
    REQUIRE(stored.due.count() == 0);
    REQUIRE(desk.store().knows_message("Y2lzY29").value());
    REQUIRE_FALSE(desk.store().knows_message("Y2lzY28").value());
    REQUIRE_FALSE(desk.store().knows_message("").value());
}

TEMPLATE_TEST_CASE("find pages from the newest, by state, destination and group",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    for (std::uint64_t i = 1; i <= 10; ++i) {
        auto delivery = message(i, i % 2 == 0 ? "room:even" : "room:odd");
        delivery.group = i > 8 ? 5 : 0;
        desk.add(delivery);
    }
    REQUIRE(desk.find({.destination = "room:nowhere"}).empty());
    REQUIRE(desk.find({.limit = 0}).empty());
    REQUIRE(desk.find({.limit = 3}) == Ids{10, 9, 8});
    REQUIRE(desk.find({.before = DeliveryId{8}, .limit = 3}) == Ids{7, 6, 5});
    REQUIRE(desk.find({.destination = "room:even", .before = DeliveryId{5}}) == Ids{4, 2});
    REQUIRE(desk.find({.group = 5}) == Ids{10, 9});
    const auto claimed = desk.claim(2);
    REQUIRE(desk.deliver(claimed[0]));
    REQUIRE(desk.cancel(9));
    REQUIRE(desk.find({.state = State::kDelivered}) == Ids{claimed[0].id.value});
    REQUIRE(desk.find({.state = State::kSending}) == Ids{claimed[1].id.value});
    REQUIRE(desk.find({.state = State::kDead}) == Ids{9});
    REQUIRE(desk.find({.state = State::kDead, .group = 5}) == Ids{9});
    REQUIRE(desk.find({.state = State::kDead, .destination = "room:even"}).empty());
    REQUIRE(desk.find({.state = State::kUncertain}).empty());
    REQUIRE(desk.find({.state = State::kPending, .limit = 2}) == Ids{10, 8});
    REQUIRE(desk.store().find({.limit = 1}).value()[0].payload == message(10).payload);
}

TEMPLATE_TEST_CASE("Counts follow every change and survive a restart",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    REQUIRE(desk.counts().oldest_pending.count() == 0);
    auto old = message(1);
    old.accepted = kStart - Millis{7};
    desk.add_all({old, message(2, "room:b"), message(3, "room:c"), message(4, "room:d")});
    REQUIRE(desk.counts().oldest_pending == kStart - Millis{7});
    const auto claimed = desk.claim(3);
    REQUIRE(claimed.size() == 3);
    REQUIRE(desk.deliver(claimed[0]));
    REQUIRE(desk.move_to(claimed[1], State::kDead));
    for (int i = 0; i < 2; ++i) {
        const auto counts = desk.counts();
        REQUIRE(counts.pending == 1);
        REQUIRE(counts.oldest_pending == kStart);
        REQUIRE(counts.sending + counts.uncertain == 1);
        REQUIRE(counts.delivered == 1);
        REQUIRE(counts.dead == 1);
        desk.restart();
    }
}

TEMPLATE_TEST_CASE("Settings are kept until they are emptied", "[store]", STORES_UNDER_TEST) {
    Desk<TestType> desk;
    REQUIRE(desk.store().setting("pause").value().empty());
    desk.apply({.settings = {{"pause", "429"}, {"debt", "3"}, {"debt", "4"}}});
    desk.restart();
    REQUIRE(desk.store().setting("pause").value() == "429");
    REQUIRE(desk.store().setting("debt").value() == "4");
    desk.apply({.settings = {{"pause", ""}, {"never", ""}}});
    REQUIRE(desk.store().setting("pause").value().empty());
}

TEMPLATE_TEST_CASE("An inbound event is new once, and open until it is done",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    const InboundRecord one{"m1", R"({"text":"ping"})", kStart};
    const InboundRecord two{"m0", R"({"text":"help"})", kStart + Millis{1}};
    REQUIRE(desk.apply({.inbound = {one, two, one}}).inbound_new ==
            std::vector<bool>{true, true, false});
    desk.restart();
    auto open = desk.store().inbound_open().value();
    REQUIRE(open.size() == 2);
    REQUIRE(open[0].id == "m1");
    REQUIRE(open[0].event == one.event);
    REQUIRE(open[0].received == kStart);
    desk.apply({.inbound_done = {"m1", "unheard-of"}});
    open = desk.store().inbound_open().value();
    REQUIRE(open.size() == 1);
    REQUIRE(open[0].id == "m0");
    REQUIRE(desk.apply({.inbound = {one}}).inbound_new == std::vector<bool>{false});
}

TEMPLATE_TEST_CASE("Files are in use until their last delivery has ended",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({with_file(message(1), "aa"), with_file(message(2, "room:b"), "aa"),
                  with_file(message(3, "room:c"), "bb"), message(4, "room:d"),
                  scheduled(with_file(message(5), "cc"), kStart + kHour)});
    using Hashes = std::vector<std::string>;
    REQUIRE(desk.store().files_in_use().value() == Hashes{"aa", "bb", "cc"});
    const auto file = desk.get(3).file;
    REQUIRE(file.has_value());
    REQUIRE(*file == SpooledFile{"bb", "a.png", "image/png", 123});
    auto claimed = desk.claim(8);
    REQUIRE(claimed[0].file.has_value());
    REQUIRE_FALSE(claimed[3].file.has_value());
    REQUIRE(desk.deliver(claimed[0]));
    REQUIRE(desk.deliver(claimed[2]));
    REQUIRE(desk.store().files_in_use().value() == Hashes{"aa", "cc"});
    REQUIRE(desk.move_to(claimed[1], State::kUncertain));
    REQUIRE(desk.store().files_in_use().value() == Hashes{"aa", "cc"});
    REQUIRE(desk.cancel(5));
    REQUIRE(desk.store().files_in_use().value() == Hashes{"aa"});
}

TEMPLATE_TEST_CASE("trim deletes what ended long ago, and nothing else",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    auto short_key = keyed(message(1), "k1");
    short_key.key_expires = kStart + Millis{10};
    desk.add_all({short_key, message(2, "room:b"), message(3, "room:c"), message(4, "room:d")});
    auto claimed = desk.claim(3);
    REQUIRE(desk.deliver(claimed[0], kStart + Millis{1}));
    REQUIRE(desk.move_to(claimed[1], State::kDead, kStart + Millis{2}));
    REQUIRE(desk.deliver(claimed[2], kStart + Millis{100}));
    desk.apply({.inbound = {{"m1", "{}", kStart}, {"m2", "{}", kStart}}, .inbound_done = {"m1"}});

    const auto trim = [&desk](Millis older_than, std::size_t max) {
        const auto gone = desk.store().trim(older_than, max);
        REQUIRE(gone.ok());
        return gone.value();
    };
    REQUIRE(trim(kStart, 100) == 0);
    SECTION("at most so many at a time") {
        REQUIRE(trim(kStart + Millis{50}, 1) == 1);
        REQUIRE(trim(kStart + Millis{50}, 1) == 1);
    }
    SECTION("deliveries, expired keys and finished inbound events") {
        REQUIRE(trim(kStart + Millis{50}, 100) == 4);
    }
    while (trim(kStart + Millis{50}, 100) > 0) {
    }
    REQUIRE(desk.find({}) == Ids{4, 3});
    REQUIRE_FALSE(desk.store().get(DeliveryId{1}).value().has_value());
    REQUIRE(desk.journal(1).empty());
    REQUIRE_FALSE(desk.store().knows_message("message-1").value());
    REQUIRE(desk.store().knows_message("message-3").value());
    REQUIRE(desk.counts().delivered == 1);
    REQUIRE(desk.counts().dead == 0);
    REQUIRE(desk.apply({.inbound = {{"m1", "{}", kStart}, {"m2", "{}", kStart}}}).inbound_new ==
            std::vector<bool>{true, false});
    REQUIRE(trim(kStart + kHour, 100) == 1);
}

TEMPLATE_TEST_CASE("trim_to deletes the oldest ends beyond a number, dead letters last",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    const auto trim_to = [&desk](std::uint64_t keep, std::size_t max) {
        const auto gone = desk.store().trim_to(keep, max);
        REQUIRE(gone.ok());
        return gone.value();
    };
    REQUIRE(trim_to(0, 100) == 0);
    for (std::uint64_t i = 1; i <= 6; ++i)
        desk.add(message(i, "room:" + std::to_string(i)));
    desk.apply({.inbound = {{"m1", "{}", kStart}}, .inbound_done = {"m1"}});
    const auto claimed = desk.claim(5);
    REQUIRE(claimed.size() == 5);
    for (std::size_t i = 0; i < 4; ++i) {
        const Millis at = kStart + Millis{static_cast<std::int64_t>(i)};
        REQUIRE(
            (i == 0 ? desk.move_to(claimed[i], State::kDead, at) : desk.deliver(claimed[i], at)));
    }
    const auto dead = claimed[0].id.value;
    REQUIRE(trim_to(4, 100) == 0);
    REQUIRE(trim_to(1, 1) == 1);
    REQUIRE_FALSE(desk.store().get(claimed[1].id).value().has_value());
    REQUIRE(trim_to(2, 100) == 1);
    REQUIRE(desk.state(dead) == State::kDead);
    REQUIRE(desk.state(claimed[3].id.value) == State::kDelivered);
    REQUIRE(trim_to(0, 100) == 2);
    // Never what has not ended, and nothing that is no delivery.
    REQUIRE(desk.counts().pending == 1);
    REQUIRE(desk.counts().sending == 1);
    REQUIRE(desk.counts().delivered == 0);
    REQUIRE(desk.counts().dead == 0);
    REQUIRE(desk.apply({.inbound = {{"m1", "{}", kStart}}}).inbound_new ==
            std::vector<bool>{false});
}

TEMPLATE_TEST_CASE("files of dead letters are known until a person has decided",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({with_file(message(1, "room:a"), "f1"), with_file(message(2, "room:b"), "f2"),
                  with_file(message(3, "room:c"), "f3")});
    REQUIRE(desk.cancel(3));
    const auto claimed = desk.claim(2);
    for (const auto& intent : claimed) {
        REQUIRE(desk.move({.id = intent.id,
                           .attempt = 1,
                           .to = State::kDead,
                           .reason = DeadReason::kRejected,
                           .at = kStart}));
    }
    REQUIRE(desk.store().files_of_dead().value() == std::vector<std::string>{"f1", "f2"});
    REQUIRE(desk.store().files_in_use().value().empty());
    REQUIRE(desk.move({.id = DeliveryId{1},
                       .from = State::kDead,
                       .attempt = 1,
                       .to = State::kDead,
                       .reason = DeadReason::kDropped,
                       .at = kStart}));
    REQUIRE(desk.move({.id = DeliveryId{2},
                       .from = State::kDead,
                       .attempt = 1,
                       .to = State::kPending,
                       .at = kStart,
                       .next = kStart,
                       .repeat = true}));
    REQUIRE(desk.store().files_of_dead().value().empty());
    REQUIRE(desk.store().files_in_use().value() == std::vector<std::string>{"f2"});
    // Marked for the room, and still so after a restart.
    desk.crash();
    REQUIRE(desk.get(2).repeats == 1);
    REQUIRE(desk.claim(1).at(0).repeats == 1);
}
