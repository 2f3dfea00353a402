#include "tests/messaging/outbox/store_conformance.hpp"

using namespace store_conformance;

TEST_CASE("A memory store fails when told to, and has then changed nothing", "[store][memory]") {
    MemoryStore store;
    const Batch batch{.add = {message(1)}, .claim = {4, kStart}};
    SECTION("a number of times") {
        store.fail_next(2);
        REQUIRE_FALSE(store.apply(batch).ok());
        REQUIRE_FALSE(store.apply(batch).ok());
    }
    SECTION("as with a full disk, until there is space") {
        store.stop_accepting(true);
        for (int i = 0; i < 3; ++i) {
            const auto refused = store.apply(batch);
            REQUIRE_FALSE(refused.ok());
            REQUIRE(refused.error().rule == "store_full");
            REQUIRE(refused.error().scope == resilience::Scope::kBot);
        }
        store.stop_accepting(false);
    }
    REQUIRE(store.counts().value().pending == 0);
    const auto applied = store.apply(batch);
    REQUIRE(applied.ok());
    REQUIRE(applied.value().intents.size() == 1);
}

TEST_CASE("A memory store that loses an answer has done the work", "[store][memory]") {
    MemoryStore store;
    const Batch batch{.add = {message(1), message(2, "room:b")}, .claim = {1, kStart}};
    store.lose_answers();
    const auto lost = store.apply(batch);
    REQUIRE_FALSE(lost.ok());
    REQUIRE(lost.error().cls == resilience::ErrorClass::kAmbiguous);
    REQUIRE(store.counts().value().sending == 1);

    SECTION("applied again, the intent that nobody heard of is handed out first") {
        const auto again = store.apply(batch);
        REQUIRE(again.ok());
        REQUIRE(again.value().added[0].kind == Added::Kind::kStored);
        REQUIRE(again.value().intents.size() == 1);
        REQUIRE(again.value().intents[0].id.value == 1);
        REQUIRE(again.value().intents[0].attempt == 1);
        REQUIRE(store.counts().value().pending == 1);
    }
    SECTION("after a crash it is uncertain") {
        store.crash();
        REQUIRE(store.recover(kStart).value().size() == 1);
        REQUIRE(store.apply({.claim = {8, kStart}}).value().intents.size() == 1);
    }
}
