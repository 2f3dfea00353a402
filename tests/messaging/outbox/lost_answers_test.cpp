#include "messaging/outbox/lost_answers.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace messaging::outbox;

namespace {

constexpr LostAnswers::Instant kStart{1h};

LostAnswer lost(std::uint64_t id, std::string destination = "person:p") {
    Intent intent{.id = DeliveryId{id}};
    intent.destination = std::move(destination);
    return {.intent = std::move(intent)};
}

}  // namespace

TEST_CASE("a lost answer is looked for ever less often, and given up in the end", "[lost]") {
    LostAnswers answers(500ms, 15s);
    answers.add(lost(1), kStart);
    std::vector<std::chrono::nanoseconds> looks;
    auto now = kStart;
    while (!answers.empty()) {
        now = answers.next_due(kStart + 1h);
        const auto due = answers.due(now);
        for (const auto& intent : due.looks) {
            looks.emplace_back(now - kStart);
            answers.not_seen(intent.id, {.possible = true}, now);
        }
        if (!due.given_up.empty()) CHECK(due.given_up.front().looked);
    }
    CHECK(now == kStart + 15s);
    CHECK(looks == std::vector<std::chrono::nanoseconds>{500ms, 1500ms, 3500ms, 7500ms});
}

TEST_CASE("a look under way is waited for, also beyond the end", "[lost]") {
    LostAnswers answers(500ms, 15s);
    answers.add(lost(1), kStart);
    REQUIRE(answers.due(kStart + 500ms).looks.size() == 1);
    CHECK(answers.due(kStart + 1min).looks.empty());
    CHECK(answers.next_due(kStart + 1h) == kStart + 1h);
    SECTION("and may still find it") {
        CHECK(answers.take(DeliveryId{1}));
        CHECK(answers.empty());
    }
    SECTION("or fail, which says nothing") {
        answers.not_seen(DeliveryId{1}, {.failed = true}, kStart + 1min);
        const auto due = answers.due(kStart + 1min);
        REQUIRE(due.given_up.size() == 1);
        CHECK_FALSE(due.given_up.front().looked);
        CHECK(due.given_up.front().listable);
    }
}

TEST_CASE("a room that cannot be listed is not looked into again", "[lost]") {
    LostAnswers answers(500ms, 15s);
    answers.add(lost(1, "room:r"), kStart);
    answers.add(lost(2, "room:other"), kStart);
    REQUIRE(answers.due(kStart + 500ms).looks.size() == 2);
    answers.not_seen(DeliveryId{1}, {.possible = false}, kStart + 600ms);
    CHECK(answers.take(DeliveryId{2}));
    CHECK(answers.in("room:r").size() == 1);
    CHECK(answers.in("room:other").empty());
    CHECK(answers.next_due(kStart + 1h) == kStart + 15s);
    CHECK_FALSE(answers.take(DeliveryId{3}));
}
