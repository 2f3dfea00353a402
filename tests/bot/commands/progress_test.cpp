#include "bot/commands/progress.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using bot::commands::Progress;
using bot::commands::Retrying;
using Do = Progress::Do;
using End = Progress::End;

using namespace std::chrono_literals;

namespace {

constexpr resilience::Instant kStart{1000h};

// Plays a shell that does every step as soon as it may.
struct Player {
    Progress progress{"chart", kStart};
    std::vector<std::string> said = {};
    std::uint32_t edits = 0;

    void look(resilience::Duration after) {
        const auto step = progress.step(kStart + after);
        if (step.what == Do::kNothing) return;
        said.push_back(step.text);
        edits += step.what == Do::kEdit ? 1U : 0U;
        progress.done(step.what, kStart + after);
    }
};

}  // namespace

TEST_CASE("what is quick says nothing, and its end is an answer alone", "[progress]") {
    Player player;
    const auto step = player.progress.step(kStart);
    CHECK(step.what == Do::kNothing);
    CHECK(step.next == kStart + 2s);
    player.look(2s - 1ns);
    CHECK(player.said.empty());
    CHECK(player.progress.end(true) == End::kNone);
    CHECK(player.progress.end(false) == End::kNone);
}

TEST_CASE("after two seconds there is one notice, which the answer replaces or removes",
          "[progress]") {
    Player player;
    player.look(2s);
    player.look(3s);
    player.look(1h);
    CHECK(player.said == std::vector<std::string>{"Working on `chart`…"});
    CHECK_FALSE(player.progress.step(kStart + 1h).next.has_value());
    CHECK(player.progress.end(true) == End::kReplace);
    CHECK(player.progress.end(false) == End::kRemove);
}

TEST_CASE("[S1.17] a notice says which attempt follows and when", "[progress]") {
    Player player;
    player.progress.retrying({.attempt = 2, .of = 3, .wait = 4s}, kStart + 1s);
    player.look(2s);  // the attempt begins at 5 s
    player.progress.retrying({.attempt = 3, .of = 3, .wait = 3500ms}, kStart + 6s);
    player.look(6s);
    player.progress.retrying({.attempt = 4, .wait = 1s}, kStart + 7s);
    player.look(11s);
    CHECK(player.said == std::vector<std::string>{"Working on `chart`… attempt 2 of 3, next in 3 s",
                                                  "Working on `chart`… attempt 3 of 3, next in 4 s",
                                                  "Working on `chart`… attempt 4"});
}

TEST_CASE("news that come faster than a message may change are one change", "[progress]") {
    Player player;
    player.look(2s);
    for (std::uint32_t i = 2; i < 50; ++i) {
        player.progress.retrying({.attempt = i, .of = 50, .wait = 0s}, kStart + 2s + i * 10ms);
        player.look(2s + i * 10ms);
    }
    CHECK(player.said.size() == 1);
    CHECK(player.progress.step(kStart + 4s).next == kStart + 5s);
    player.look(5s);
    CHECK(player.said.back() == "Working on `chart`… attempt 49 of 50");
}

TEST_CASE("eight changes are made at most, so that the ninth is left for the answer",
          "[progress]") {
    Player player;
    for (std::uint32_t i = 0; i < 100; ++i) {
        player.look(i * 5s);
        player.progress.retrying({.attempt = i + 2, .wait = 1s}, kStart + i * 5s);
    }
    CHECK(player.edits == 8);
    CHECK(player.said.size() == 9);
    CHECK_FALSE(player.progress.step(kStart + 1h).next.has_value());
    CHECK(player.progress.end(true) == End::kReplace);
}

TEST_CASE("the events of a retry are told, its success and its end are not", "[progress]") {
    std::vector<Retrying> told;
    const auto tell =
        bot::commands::telling([&told](const Retrying& news) { told.push_back(news); });
    tell({.kind = resilience::EventKind::kRetry, .attempt = 1, .max_attempts = 3, .delay = 4s});
    tell({.kind = resilience::EventKind::kRetry,
          .attempt = 7,
          .max_attempts = resilience::kUnlimitedAttempts});
    tell({.kind = resilience::EventKind::kSuccess});
    tell({.kind = resilience::EventKind::kGaveUp});
    REQUIRE(told.size() == 2);
    CHECK(told[0].attempt == 2);
    CHECK(told[0].of == 3);
    CHECK(told[0].wait == 4s);
    CHECK(told[1].attempt == 8);
    CHECK(told[1].of == 0);
    CHECK_FALSE(static_cast<bool>(bot::commands::telling({})));
}
