#include "messaging/outbox/lost_answers.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace messaging::outbox;

namespace {

constexpr LostAnswers::Instant kStart{1h};
constexpr Millis kWall{1'000'000};

LostAnswer lost(std::uint64_t id, std::string destination = "person:p") {
    Intent intent{.id = DeliveryId{id}};
    intent.destination = std::move(destination);
    return {.intent = std::move(intent)};
}

}  // namespace

TEST_CASE("a lost answer is looked for ever less often, and given up in the end", "[lost]") {
    LostAnswers answers(500ms, 15s);
    answers.add(lost(1), kStart, kWall);
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
    answers.add(lost(1), kStart, kWall);
    REQUIRE(answers.due(kStart + 500ms).looks.size() == 1);
    CHECK(answers.due(kStart + 1min).looks.empty());
    CHECK(answers.next_due(kStart + 1h) == kStart + 1h);
    SECTION("and may still find it") {
        CHECK(answers.take(DeliveryId{1}));
        CHECK(answers.empty());
    }
    SECTION("or fail, which says nothing: there will be another") {
        answers.not_seen(DeliveryId{1}, {.failed = true}, kStart + 1min);
        CHECK(answers.due(kStart + 1min).given_up.empty());
        REQUIRE(answers.due(kStart + 2min).looks.size() == 1);
        answers.not_seen(DeliveryId{1}, {.possible = true}, kStart + 2min);
        const auto due = answers.due(kStart + 2min);
        REQUIRE(due.given_up.size() == 1);
        CHECK(due.given_up.front().looked);
    }
}

TEST_CASE("while looks fail it is not given up before its deadline, or ten minutes", "[lost]") {
    LostAnswers answers(500ms, 15s);
    auto brief = lost(1);
    brief.intent.deadline = kWall + 3min;
    const bool short_lived = GENERATE(true, false);
    answers.add(short_lived ? brief : lost(1), kStart, kWall);
    auto now = kStart;
    std::size_t looks = 0;
    LostAnswers::Due due;
    while (due.given_up.empty()) {
        now = std::max(now, answers.next_due(kStart + 24h));
        due = answers.due(now);
        looks += due.looks.size();
        for (const auto& intent : due.looks)
            answers.not_seen(intent.id, {.failed = true}, now);
    }
    CHECK_FALSE(due.given_up.front().looked);
    if (short_lived) {
        CHECK(now == kStart + 3min);
    } else {
        CHECK(now - kStart > 9min);
        CHECK(now - kStart < 11min);
        CHECK(looks == 24);
    }
}

TEST_CASE("while nothing may be asked there is no look, and no end without one", "[lost]") {
    LostAnswers answers(500ms, 15s);
    answers.add(lost(1), kStart, kWall);
    CHECK(answers.next_due(kStart + 1h, false) == kStart + 1h);
    const auto held = answers.due(kStart + 30min, false);
    CHECK(held.looks.empty());
    CHECK(held.given_up.empty());
    CHECK(answers.due(kStart + 30min).looks.size() == 1);
}

TEST_CASE("what may be evidence is waited for, up to the deadline", "[lost]") {
    LostAnswers answers(500ms, 15s);
    auto one = lost(1, "room:r");
    one.intent.deadline = kWall + 40s;
    answers.add(one, kStart, kWall);
    REQUIRE(answers.due(kStart + 1s).looks.size() == 1);
    answers.not_seen(DeliveryId{1}, {.possible = false}, kStart + 1s);
    answers.keep("room:r", kStart + 20s);
    answers.keep("room:other", kStart + 1h);
    CHECK(answers.due(kStart + 15s).given_up.empty());
    SECTION("nor is silence told from an echo that is still on its way") {
        auto brief = lost(2, "room:brief");
        brief.intent.deadline = kWall + 3s;
        answers.add(brief, kStart, kWall);
        REQUIRE(answers.due(kStart + 1s).looks.size() == 1);
        answers.not_seen(DeliveryId{2}, {.possible = false}, kStart + 1s);
        const auto due = answers.due(kStart + 3s);
        REQUIRE(due.given_up.size() == 1);
        CHECK_FALSE(due.given_up.front().echo_covers);
    }
    SECTION("then its silence tells something") {
        const auto due = answers.due(kStart + 20s);
        REQUIRE(due.given_up.size() == 1);
        CHECK(due.given_up.front().echo_covers);
    }
    SECTION("at the deadline it tells nothing") {
        answers.keep("room:r", kStart + 41s);
        const auto due = answers.due(kStart + 40s);
        REQUIRE(due.given_up.size() == 1);
        CHECK_FALSE(due.given_up.front().echo_covers);
    }
}

TEST_CASE("a room that cannot be listed is not looked into again", "[lost]") {
    LostAnswers answers(500ms, 15s);
    answers.add(lost(1, "room:r"), kStart, kWall);
    answers.add(lost(2, "room:other"), kStart, kWall);
    REQUIRE(answers.due(kStart + 500ms).looks.size() == 2);
    answers.not_seen(DeliveryId{1}, {.possible = false}, kStart + 600ms);
    CHECK(answers.take(DeliveryId{2}));
    CHECK(answers.in("room:r").size() == 1);
    CHECK(answers.in("room:other").empty());
    CHECK(answers.next_due(kStart + 1h) == kStart + 15s);
    CHECK_FALSE(answers.take(DeliveryId{3}));
}
