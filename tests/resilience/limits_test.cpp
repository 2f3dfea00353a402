#include "resilience/bulkhead.hpp"
#include "resilience/deadline.hpp"
#include "resilience/retry_budget.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <thread>
#include <vector>

using resilience::Bulkhead;
using resilience::Deadline;
using resilience::Duration;
using resilience::Instant;
using resilience::RetryBudget;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart{1h};

}  // namespace

TEST_CASE("an outage costs no more repeats than floor plus ratio", "[budget]") {
    RetryBudget budget;
    int granted = 0;
    int calls = 0;
    for (auto at = 0ms; at < 60s; at += 10ms) {
        budget.on_call(kStart + at);
        ++calls;
        for (int repeat = 0; repeat < 2; ++repeat) {
            granted += budget.try_retry(kStart + at) ? 1 : 0;
        }
    }
    CHECK(calls == 6000);
    CHECK(granted <= 1260);
    CHECK(granted >= 1200);
    CHECK(budget.denied() == static_cast<std::uint64_t>(12000 - granted));
}

TEST_CASE("a quiet service may repeat all it wants within the floor", "[budget]") {
    RetryBudget budget;
    for (int i = 0; i < 30; ++i) {
        budget.on_call(kStart + i * 20s);
        CHECK(budget.try_retry(kStart + i * 20s));
    }
}

TEST_CASE("a budget without ratio and floor grants nothing", "[budget]") {
    RetryBudget budget({.ratio = -1.0, .floor_per_second = -1.0});
    budget.on_call(kStart);
    CHECK_FALSE(budget.try_retry(kStart));
}

TEST_CASE("the bound holds whenever a repeat is granted, whatever the traffic", "[budget]") {
    std::mt19937_64 random(3);
    for (int round = 0; round < 50; ++round) {
        const double ratio = 0.1 * static_cast<double>(random() % 10);
        const double floor = 0.5 * static_cast<double>(random() % 4);
        RetryBudget budget({.ratio = ratio, .floor_per_second = floor, .window = 10s});
        struct Second {
            int calls = 0;
            int repeats = 0;
        };
        std::vector<Second> seconds(100);
        for (std::size_t second = 0; second < seconds.size(); ++second) {
            const auto burst = random() % 4 == 0 ? random() % 50 : random() % 3;
            for (std::uint64_t i = 0; i < burst; ++i) {
                const Instant now = kStart + std::chrono::seconds{second};
                budget.on_call(now);
                ++seconds[second].calls;
                while (random() % 3 != 0) {
                    seconds[second].repeats += budget.try_retry(now) ? 1 : 0;
                }
            }
        }
        for (std::size_t end = 10; end <= seconds.size(); ++end) {
            if (seconds[end - 1].repeats == 0) continue;
            int calls = 0;
            int repeats = 0;
            for (std::size_t second = end - 10; second < end; ++second) {
                calls += seconds[second].calls;
                repeats += seconds[second].repeats;
            }
            REQUIRE(repeats <= floor * 10 + ratio * calls + 1e-9);
        }
    }
}

TEST_CASE("the bound holds over every span of time, granted or not at its end", "[budget]") {
    using Seconds = std::chrono::duration<double>;
    std::mt19937_64 random(11);
    for (int round = 0; round < 40; ++round) {
        const double ratio = 0.1 * static_cast<double>(random() % 10);
        const double floor = 0.5 * static_cast<double>(random() % 4);
        RetryBudget budget({.ratio = ratio, .floor_per_second = floor, .window = 10s});
        std::vector<Instant> calls;
        std::vector<Instant> repeats;
        Instant now = kStart;
        for (int step = 0; step < 400; ++step) {
            now += std::chrono::milliseconds(random() % 8 == 0 ? random() % 9000 : random() % 40);
            for (auto burst = random() % 20; burst > 0; --burst) {
                budget.on_call(now);
                calls.push_back(now);
            }
            for (auto wanted = random() % 20; wanted > 0; --wanted) {
                if (budget.try_retry(now)) repeats.push_back(now);
            }
        }
        const auto in_span = [](const std::vector<Instant>& times, Instant from, Instant to) {
            return static_cast<double>(std::upper_bound(times.begin(), times.end(), to) -
                                       std::lower_bound(times.begin(), times.end(), from));
        };
        for (std::size_t first = 0; first < repeats.size(); first += 1 + repeats.size() / 40) {
            for (std::size_t last = first; last < repeats.size(); last += 1 + repeats.size() / 40) {
                const double length = Seconds(repeats[last] - repeats[first]).count();
                const double most = (length / 9.0 + 1.0) * floor * 10.0 +
                                    ratio * in_span(calls, repeats[first] - 10s, repeats[last]);
                REQUIRE(in_span(repeats, repeats[first], repeats[last]) <= most + 1e-9);
            }
        }
    }
}

TEST_CASE("a budget is refilled by time alone after a long pause", "[budget]") {
    RetryBudget budget;
    int granted = 0;
    while (budget.try_retry(kStart)) {
        ++granted;
    }
    CHECK(granted == 10);
    CHECK_FALSE(budget.try_retry(kStart + 9s));
    CHECK(budget.try_retry(kStart + 10s));
    CHECK(budget.try_retry(kStart + 24h));
}

TEST_CASE("a full bulkhead refuses until a place is returned", "[bulkhead]") {
    Bulkhead bulkhead(2);
    auto first = bulkhead.try_acquire();
    auto second = bulkhead.try_acquire();
    REQUIRE(first);
    REQUIRE(second);
    CHECK_FALSE(bulkhead.try_acquire());
    auto moved = std::move(*first);
    first.reset();
    CHECK(bulkhead.in_use() == 2);
    moved = std::move(*second);
    second.reset();
    CHECK(bulkhead.in_use() <= 2);
    CHECK_FALSE(Bulkhead(0).try_acquire());
}

TEST_CASE("places come back when their holders are gone", "[bulkhead]") {
    Bulkhead bulkhead(1);
    {
        const auto place = bulkhead.try_acquire();
        CHECK(place.has_value());
    }
    CHECK(bulkhead.in_use() == 0);
    CHECK(bulkhead.try_acquire().has_value());
}

TEST_CASE("threads never take more places than there are", "[bulkhead]") {
    Bulkhead bulkhead(3);
    std::atomic<bool> too_many{false};
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int i = 0; i < 2000; ++i) {
                const auto place = bulkhead.try_acquire();
                if (bulkhead.in_use() > 3) too_many = true;
            }
        });
    }
    threads.clear();
    CHECK_FALSE(too_many);
    CHECK(bulkhead.in_use() == 0);
}

TEST_CASE("a deadline that has passed leaves nothing", "[deadline]") {
    const Deadline deadline(kStart + 5s);
    CHECK_FALSE(deadline.has_passed(kStart));
    CHECK(deadline.remaining(kStart) == 5s);
    CHECK(deadline.has_passed(kStart + 5s));
    CHECK(deadline.remaining(kStart + 6s) == 0ns);
}

TEST_CASE("without a deadline there is always time", "[deadline]") {
    CHECK(Deadline().is_never());
    CHECK_FALSE(Deadline().has_passed(Instant::max()));
    CHECK(Deadline().remaining(kStart) == Duration::max());
    CHECK(Deadline::after(kStart, Duration::max()).is_never());
    CHECK(Deadline::after(kStart, 1s).at() == kStart + 1s);
}

TEST_CASE("of two deadlines the stricter holds", "[deadline]") {
    const Deadline strict(kStart);
    CHECK(Deadline().earlier(strict).at() == kStart);
    CHECK(strict.earlier(Deadline(kStart + 1s)).at() == kStart);
}

TEST_CASE("a deadline counts to the ends of time and no further", "[deadline]") {
    const Deadline late(Instant::max() - 1ns);
    CHECK(late.remaining(Instant::min()) == Duration::max());
    CHECK(Deadline::after(Instant::min(), -1h).at() == Instant::min());
    CHECK(Deadline::after(Instant::max(), 1ns).is_never());
    CHECK(Deadline::after(Instant::min(), Duration::max()).at() ==
          Instant::min() + Duration::max());
}
