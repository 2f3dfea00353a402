#include "bot/commands/cool_down.hpp"

#include <catch2/catch.hpp>

#include <string>

using bot::commands::CoolDown;
using bot::commands::too_soon;

using namespace std::chrono_literals;

namespace {

constexpr resilience::Instant kStart{1000h};
constexpr CoolDown::Limits kLimits{.user = 10s, .room = 3s};

CoolDown::Question question(const std::string& person,
                            const std::string& room = "ops",
                            const std::string& what = "chart mttr") {
    return {.what = what, .person = person, .room = room};
}

}  // namespace

TEST_CASE("what is asked too soon is told when it was asked and when it may be again",
          "[cool_down]") {
    CoolDown rest;
    REQUIRE_FALSE(rest.ask(question("ann"), kLimits, kStart));
    const auto own = rest.ask(question("ann"), kLimits, kStart + 3200ms);
    REQUIRE(own);
    CHECK(own->since == 3200ms);
    CHECK(own->left == 6800ms);
    CHECK_FALSE(own->by_room);
    CHECK(too_soon(question("ann"), *own) == "`chart mttr` was asked 3 s ago; again in 7 s.");
    const auto room = rest.ask(question("bob"), kLimits, kStart + 1s);
    REQUIRE(room);
    CHECK(room->by_room);
    CHECK(too_soon(question("bob"), *room) == "`chart mttr` was asked here 1 s ago; again in 2 s.");
}

TEST_CASE("asking too soon does not make the rest longer", "[cool_down]") {
    CoolDown rest;
    REQUIRE_FALSE(rest.ask(question("ann"), kLimits, kStart));
    for (auto after = 1s; after < 10s; after += 1s)
        CHECK(rest.ask(question("ann"), kLimits, kStart + after));
    CHECK(rest.ask(question("ann"), kLimits, kStart + 10s - 1ns));
    CHECK_FALSE(rest.ask(question("ann"), kLimits, kStart + 10s));
    CHECK(rest.ask(question("ann"), kLimits, kStart + 11s));
}

TEST_CASE("others, other rooms and other questions do not rest", "[cool_down]") {
    CoolDown rest;
    REQUIRE_FALSE(rest.ask(question("ann"), kLimits, kStart));
    CHECK_FALSE(rest.ask(question("ann", "ops", "chart aging"), kLimits, kStart));
    CHECK_FALSE(rest.ask(question("bob", "other"), kLimits, kStart));
    CHECK(rest.ask(question("ann", "third"), kLimits, kStart));  // the same person rests anywhere
    CHECK_FALSE(rest.ask(question("bob"), kLimits, kStart + 10s));
}

TEST_CASE("without a limit nothing rests and nothing is remembered", "[cool_down]") {
    CoolDown rest;
    for (int i = 0; i < 3; ++i)
        CHECK_FALSE(rest.ask(question("ann"), {}, kStart));
    CHECK(rest.remembered() == 0);
    CHECK_FALSE(rest.ask(question("ann"), {.room = 3s}, kStart));
    CHECK(rest.ask(question("ann"), {.room = 3s}, kStart + 2s)->by_room);
    CHECK(rest.remembered() == 1);
}

TEST_CASE("what is remembered is bounded: first goes what is over, then what ends next",
          "[cool_down]") {
    CoolDown rest(3);
    const auto ask = [&rest](const std::string& who, std::chrono::seconds limit, auto after) {
        return rest.ask(question(who), {.user = limit}, kStart + after).has_value();
    };
    for (int i = 0; i < 1000; ++i)
        CHECK_FALSE(ask("p" + std::to_string(i), 10s, i * 10ms));
    CHECK(rest.remembered() == 3);
    CHECK(ask("p999", 10s, 10s));
    CHECK_FALSE(ask("long", 1000s, 30s));  // all others are over
    CHECK(rest.remembered() == 1);
    CHECK_FALSE(ask("a", 5s, 30s));
    CHECK_FALSE(ask("b", 6s, 30s));
    CHECK_FALSE(ask("c", 7s, 30s));
    CHECK(ask("long", 1000s, 31s));
    CHECK(ask("b", 6s, 31s));
    CHECK_FALSE(ask("a", 5s, 31s));
}

TEST_CASE("long times are told in minutes, and what was asked stays in its code span",
          "[cool_down]") {
    CHECK(too_soon({.what = "a`b <@all>"}, {.since = 121s, .left = 3541s}) ==
          "`a'b < @all>` was asked 2 min ago; again in 60 min.");
    CHECK(too_soon({.what = "caf\xE9"}, {.since = 0s, .left = 100ms}) ==
          "`that` was asked 0 s ago; again in 1 s.");
}
