#include "bot/commands/confirmations.hpp"

#include <catch2/catch.hpp>

#include <string>

using bot::commands::Confirmations;
using Outcome = Confirmations::Outcome;

using namespace std::chrono_literals;

namespace {

constexpr resilience::Instant kStart{1000h};

Confirmations::Question question(const std::string& text = "post aging ops") {
    return {.person = "robin", .room = "room", .text = text};
}

}  // namespace

TEST_CASE("a code is taken by nobody else, nowhere else and never again", "[confirm]") {
    Confirmations waiting;
    const auto code = waiting.ask(question(), kStart, 12345);
    CHECK(waiting.take("nosuch", "robin", "room", kStart).outcome == Outcome::kUnknown);
    CHECK(waiting.take(code, "robin", "other", kStart).outcome == Outcome::kUnknown);
    const auto others = waiting.take(code, "ann", "room", kStart);
    CHECK(others.outcome == Outcome::kNotTheirs);
    CHECK(others.text.empty());
    const auto taken = waiting.take(code, "robin", "room", kStart);
    CHECK(taken.outcome == Outcome::kTaken);
    CHECK(taken.text == "post aging ops");
    CHECK(waiting.take(code, "robin", "room", kStart).outcome == Outcome::kUnknown);
}

TEST_CASE("a code expires after five minutes", "[confirm]") {
    Confirmations waiting;
    const auto code = waiting.ask(question(), kStart, 1);
    const auto late = waiting.ask(question("late"), kStart, 2);
    CHECK(waiting.take(code, "robin", "room", kStart + 5min - 1ns).outcome == Outcome::kTaken);
    CHECK(waiting.take(late, "robin", "room", kStart + 5min).outcome == Outcome::kUnknown);
}

TEST_CASE("codes are six letters and digits, each another, read in any case", "[confirm]") {
    Confirmations waiting;
    const auto first = waiting.ask(question("first"), kStart, 0);
    const auto second = waiting.ask(question("second"), kStart, 0);  // the same chance
    CHECK(first.size() == 6);
    CHECK(first != second);
    auto upper = waiting.ask(question("third"), kStart, ~std::uint64_t{0});
    for (char& c : upper) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    CHECK(waiting.take(upper, "robin", "room", kStart).text == "third");
    CHECK(waiting.take(second, "robin", "room", kStart).text == "second");
}

TEST_CASE("beyond a number what expires next is forgotten", "[confirm]") {
    Confirmations waiting(2);
    const auto first = waiting.ask(question(), kStart, 1);
    const auto second = waiting.ask(question(), kStart + 1s, 2);
    const auto third = waiting.ask(question(), kStart + 2s, 3);
    CHECK(waiting.take(first, "robin", "room", kStart + 2s).outcome == Outcome::kUnknown);
    CHECK(waiting.take(second, "robin", "room", kStart + 2s).outcome == Outcome::kTaken);
    CHECK(waiting.take(third, "robin", "room", kStart + 2s).outcome == Outcome::kTaken);
}
