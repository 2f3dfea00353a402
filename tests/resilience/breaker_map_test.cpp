#include "resilience/breaker_map.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <thread>
#include <vector>

using resilience::BreakerMap;
using resilience::BreakerPolicy;
using resilience::BreakerState;
using resilience::CircuitBreaker;
using resilience::Health;
using resilience::Instant;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart{1h};
constexpr BreakerPolicy kInARow{.failure_ratio = 2.0,
                                .window = 10s,
                                .consecutive_failures = 2,
                                .open_min = 5s,
                                .open_max = 60s};

void call(CircuitBreaker& breaker, Health health, Instant now) {
    auto admission = breaker.try_acquire(now);
    REQUIRE(admission.permit);
    admission.permit->report(health, now, 0.0);
}

void open(BreakerMap& breakers, const std::string& name, Instant now) {
    const auto breaker = breakers.at(name, now);
    call(*breaker, Health::kBad, now);
    call(*breaker, Health::kBad, now);
    REQUIRE(breaker->state() == BreakerState::kOpen);
}

}  // namespace

TEST_CASE("one service that is down does not close the way to another", "[breaker]") {
    BreakerMap breakers(kInARow);
    open(breakers, "api.example.com", kStart);
    CHECK_FALSE(breakers.at("api.example.com", kStart)->try_acquire(kStart).permit);
    CHECK(breakers.at("files.example.com", kStart)->try_acquire(kStart).permit);
    CHECK(breakers.size() == 2);
}

TEST_CASE("names without end do not become memory without end", "[breaker]") {
    BreakerMap breakers(kInARow, 8);
    for (int i = 0; i < 10'000; ++i) {
        call(*breakers.at("user-" + std::to_string(i), kStart), Health::kGood, kStart);
    }
    CHECK(breakers.size() == 8);
}

TEST_CASE("a full map forgets neither an open breaker nor one that has just failed", "[breaker]") {
    BreakerMap breakers(kInARow, 3);
    open(breakers, "down", kStart);
    call(*breakers.at("shaky", kStart), Health::kBad, kStart);
    for (int i = 0; i < 100; ++i) {
        call(*breakers.at("fine-" + std::to_string(i), kStart + 1s), Health::kGood, kStart + 1s);
    }
    CHECK(breakers.at("down", kStart + 2s)->state() == BreakerState::kOpen);
    call(*breakers.at("shaky", kStart + 2s), Health::kBad, kStart + 2s);
    CHECK(breakers.at("shaky", kStart + 2s)->state() == BreakerState::kOpen);
    CHECK(breakers.size() == 3);
}

TEST_CASE("a breaker that somebody holds keeps its name", "[breaker]") {
    BreakerMap breakers(kInARow, 1);
    const auto held = breakers.at("held", kStart);
    (void)breakers.at("other", kStart + 1s);
    CHECK(breakers.at("held", kStart + 2s) == held);
}

TEST_CASE("names that find no place are guarded together", "[breaker]") {
    BreakerMap breakers(kInARow, 1);
    open(breakers, "down", kStart);
    const auto first = breakers.at("first", kStart);
    CHECK(first == breakers.at("second", kStart));
    CHECK(first != breakers.at("down", kStart));
    CHECK(first->try_acquire(kStart).permit);
    CHECK(breakers.size() == 1);
}

TEST_CASE("a dead service that nobody asks for any more gives its place away", "[breaker]") {
    BreakerMap breakers(kInARow, 1);
    open(breakers, "down", kStart);
    const auto still = kStart + 129s;  // window 10 s and twice 60 s
    CHECK(breakers.at("new", still) == breakers.at("newer", still));
    const auto later = kStart + 130s;
    const auto own = breakers.at("new", later);
    CHECK(own == breakers.at("new", later));
    CHECK(breakers.at("down", later) != own);
    CHECK(breakers.at("down", later)->state() == BreakerState::kClosed);
}

TEST_CASE("the name that was asked for longest ago gives its place away", "[breaker]") {
    BreakerMap breakers(kInARow, 2);
    const auto* const older = breakers.at("older", kStart).get();
    (void)breakers.at("newer", kStart + 1s);
    (void)breakers.at("older", kStart + 2s);
    (void)breakers.at("third", kStart + 3s);
    CHECK(breakers.at("older", kStart + 4s).get() == older);
    CHECK(breakers.size() == 2);
}

TEST_CASE("a map without room still keeps one name", "[breaker]") {
    BreakerMap breakers(kInARow, 0);
    CHECK(breakers.at("one", kStart) == breakers.at("one", kStart));
    CHECK(breakers.size() == 1);
}

TEST_CASE("threads that ask for the same names get the same breakers", "[breaker]") {
    BreakerMap breakers(kInARow, 4);
    std::vector<std::vector<std::shared_ptr<CircuitBreaker>>> seen(4);
    {
        std::vector<std::jthread> threads;
        for (auto& mine : seen) {
            threads.emplace_back([&breakers, &mine] {
                for (int i = 0; i < 4; ++i) {
                    mine.push_back(breakers.at("host-" + std::to_string(i), kStart));
                }
            });
        }
    }
    for (const auto& mine : seen) {
        CHECK(mine == seen.front());
    }
    CHECK(breakers.size() == 4);
}
