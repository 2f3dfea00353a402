#include "messaging/outbox/outbox.hpp"

#include "messaging/outbox/memory_store.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <thread>

using namespace std::chrono_literals;
using namespace messaging::outbox;

namespace {

NewDelivery message(std::string destination = "room:ops") {
    NewDelivery delivery;
    delivery.destination = std::move(destination);
    delivery.payload = R"({"roomId":"ops","text":"hello"})";
    delivery.deadline = Millis{4'000'000'000'000};
    return delivery;
}

Transition delivered(const Intent& intent) {
    Transition done;
    done.id = intent.id;
    done.attempt = intent.attempt;
    done.message_id = "m";
    return done;
}

}  // namespace

TEST_CASE("what the store refuses is reported to each caller and accepted by none", "[outbox]") {
    MemoryStore store;
    resilience::VirtualClock clock;
    Outbox outbox(store, clock, {.inline_commits = true});
    store.fail_next(1);
    CHECK_FALSE(outbox.add({message()}).ok());
    CHECK(outbox.read([](Store& s) { return s.counts(); }).value().pending == 0);
}

TEST_CASE("deliveries that are added together are accepted all or none", "[outbox]") {
    MemoryStore store(2);
    resilience::VirtualClock clock;
    Outbox outbox(store, clock, {.inline_commits = true});
    REQUIRE(outbox.add({message()}).value().front().kind == Added::Kind::kStored);
    const auto refused = outbox.add({message(), message()});
    REQUIRE(refused.ok());
    for (const auto& added : refused.value())
        CHECK(added.kind == Added::Kind::kFull);
    CHECK(outbox.read([](Store& s) { return s.counts(); }).value().pending == 1);
}

TEST_CASE("accepting and claiming share one transaction", "[outbox]") {
    MemoryStore store;
    resilience::VirtualClock clock;
    Outbox outbox(store, clock, {.inline_commits = true});
    std::vector<Intent> claimed;
    outbox.set_claimant([&](std::vector<Intent>& intents, Millis) {
        for (auto& intent : intents)
            claimed.push_back(std::move(intent));
    });
    outbox.grant(2);
    REQUIRE(outbox.add({message("room:a"), message("room:b"), message("room:c")}).ok());
    CHECK(claimed.size() == 2);

    SECTION("spent credit is gone") {
        REQUIRE(outbox.add({message("room:d")}).ok());
        CHECK(claimed.size() == 2);
    }
    SECTION("revoked credit is gone, new credit takes what waits") {
        outbox.grant(5);
        outbox.revoke();
        outbox.poke();
        CHECK(claimed.size() == 2);
        outbox.grant(1);
        outbox.poke();
        CHECK(claimed.size() == 3);
    }
}

TEST_CASE("a waiting sender hears of the end only once it is durable", "[outbox]") {
    MemoryStore store;
    resilience::VirtualClock clock;
    Outbox outbox(store, clock, {.inline_commits = true});
    std::vector<Intent> claimed;
    outbox.set_claimant([&](std::vector<Intent>& intents, Millis) { claimed = intents; });
    outbox.grant(1);
    const auto added = outbox.add_watched({message()});
    REQUIRE(added.ok());
    const auto id = added.value().front().id;

    CHECK(outbox.wait(id, 0ms).value().state == State::kSending);
    outbox.submit({.transitions = {delivered(claimed.at(0))}});
    const auto ended = outbox.wait(id, 10s);
    REQUIRE(ended.ok());
    CHECK(ended.value().state == State::kDelivered);
    CHECK(ended.value().message_id == "m");
}

TEST_CASE("whoever waits for a delivery hears of its end, however many they are", "[outbox]") {
    MemoryStore store;
    resilience::SystemClock clock;
    Outbox outbox(store, clock, {.inline_commits = true});
    std::vector<Intent> claimed;
    outbox.set_claimant([&](std::vector<Intent>& intents, Millis) { claimed = intents; });
    outbox.grant(1);
    const auto id = outbox.add_watched({message()}).value().front().id;
    std::vector<State> heard(4, State::kPending);
    {
        std::vector<std::jthread> threads;
        for (auto& mine : heard) {
            threads.emplace_back([&outbox, &mine, id] {
                mine = outbox.wait(id, std::chrono::milliseconds::max()).value().state;
            });
        }
        CHECK(outbox.wait(id, 0ms).value().state == State::kSending);  // takes no watch from others
        outbox.submit({.transitions = {delivered(claimed.at(0))}});
    }
    for (const auto state : heard)
        CHECK(state == State::kDelivered);
    CHECK(outbox.wait(id, 1h).value().state == State::kDelivered);
    CHECK_FALSE(outbox.wait(DeliveryId{12'345}, 1h).ok());
}

TEST_CASE("waiting passes through the clock", "[outbox]") {
    MemoryStore store;
    resilience::VirtualClock clock;
    Outbox outbox(store, clock, {.inline_commits = true});
    const auto id = outbox.add_watched({message()}).value().front().id;
    CHECK(outbox.wait(id, 30s).value().state == State::kPending);
    CHECK(clock.slept() == 30s);
}

TEST_CASE("waits can be ended, and then nobody waits any more", "[outbox]") {
    MemoryStore store;
    resilience::SystemClock clock;
    Outbox outbox(store, clock, {.inline_commits = true});
    const auto id = outbox.add({message()}).value().front().id;
    std::jthread waiting([&] { CHECK(outbox.wait(id, 1h).value().state == State::kPending); });
    outbox.stop_waiting();
    waiting.join();
    CHECK(outbox.wait(id, 1h).value().state == State::kPending);
}

TEST_CASE("a claimant that cannot take its deliveries gets them again", "[outbox]") {
    MemoryStore store;
    resilience::VirtualClock clock;
    Outbox outbox(store, clock, {.inline_commits = true});
    std::vector<Intent> claimed;
    bool full = true;
    outbox.set_claimant([&](std::vector<Intent>& intents, Millis) {
        if (full) throw std::bad_alloc();
        claimed.insert(claimed.end(), intents.begin(), intents.end());
    });
    outbox.grant(1);
    REQUIRE(outbox.add({message("room:a")}).ok());
    full = false;
    REQUIRE(outbox.add({message("room:b")}).ok());
    CHECK(claimed.size() == 1);
    outbox.grant(1);
    outbox.poke();
    CHECK(claimed.size() == 2);
}

TEST_CASE("a caller who fails while he is told does not harm the others", "[outbox]") {
    MemoryStore store;
    resilience::VirtualClock clock;
    Outbox outbox(store, clock, {.inline_commits = true});
    outbox.submit({.settings = {{"a", "1"}}},
                  [](const auto&) { throw std::runtime_error("no memory for the news"); });
    CHECK(outbox.add({message()}).ok());
    CHECK(outbox.read([](Store& s) { return s.setting("a"); }).value() == "1");
}

TEST_CASE("ids follow the order of acceptance, also after the clock stepped back", "[outbox]") {
    MemoryStore store;
    resilience::VirtualClock clock;
    DeliveryId before;
    {
        Outbox outbox(store, clock, {.inline_commits = true});
        before = outbox.add({message()}).value().front().id;
    }
    clock.step_wall(-1h);
    Outbox restarted(store, clock, {.inline_commits = true});
    CHECK(restarted.add({message()}).value().front().id > before);
}

TEST_CASE("many threads add at once: nothing is lost, each gets its own ids", "[outbox]") {
    MemoryStore store;
    resilience::SystemClock clock;
    Outbox outbox(store, clock);
    std::jthread writer([&](const std::stop_token& stop) { outbox.run(stop); });
    constexpr int kThreads = 8;
    constexpr int kEach = 200;
    std::vector<std::vector<DeliveryId>> ids(kThreads);
    {
        std::vector<std::jthread> threads;
        for (auto& mine : ids) {
            threads.emplace_back([&outbox, &mine] {
                for (int i = 0; i < kEach; ++i) {
                    const auto added = outbox.add({message()});
                    if (added.ok()) mine.push_back(added.value().front().id);
                }
            });
        }
    }
    std::vector<DeliveryId> all;
    for (const auto& mine : ids) {
        CHECK(mine.size() == kEach);
        CHECK(std::is_sorted(mine.begin(), mine.end()));
        all.insert(all.end(), mine.begin(), mine.end());
    }
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
    CHECK(outbox.read([](Store& s) { return s.counts(); }).value().pending == kThreads * kEach);
}

TEST_CASE("submitted changes are committed before the writer stops", "[outbox]") {
    MemoryStore store;
    resilience::SystemClock clock;
    Outbox outbox(store, clock);
    for (int i = 0; i < 50; ++i)
        outbox.submit({.settings = {{"n" + std::to_string(i), "1"}}});
    {
        std::jthread writer([&](const std::stop_token& stop) { outbox.run(stop); });
    }
    CHECK(outbox.read([](Store& s) { return s.setting("n49"); }).value() == "1");
}
