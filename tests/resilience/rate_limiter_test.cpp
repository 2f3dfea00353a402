#include "resilience/rate_limiter.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <random>
#include <thread>
#include <vector>

using resilience::Duration;
using resilience::Instant;
using resilience::RateLimiter;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart{1h};

/// How many calls pass at once.
int grants(RateLimiter& limiter, Instant now, int at_most = 1000) {
    int count = 0;
    while (count < at_most && limiter.try_acquire(now) == 0ns) {
        ++count;
    }
    return count;
}

/// A token bucket in whole numbers, with one token of 1 / interval per nanosecond.
class ExactBucket {
public:
    ExactBucket(std::int64_t interval, std::int64_t burst)
        : interval_(interval), capacity_(interval * burst), level_(capacity_) {}

    Duration try_acquire(Duration step) {
        level_ = std::min(capacity_, level_ + step.count());
        if (level_ < interval_) return Duration{interval_ - level_};
        level_ -= interval_;
        return 0ns;
    }

private:
    std::int64_t interval_;
    std::int64_t capacity_;
    std::int64_t level_;
};

}  // namespace

TEST_CASE("an empty bucket says how long to wait, and the wait is right", "[rate_limiter]") {
    RateLimiter limiter(10.0, 1.0, kStart);
    CHECK(limiter.try_acquire(kStart) == 0ns);
    CHECK(limiter.try_acquire(kStart) == 100ms);
    CHECK(limiter.try_acquire(kStart + 30ms) == 70ms);
    CHECK(limiter.try_acquire(kStart + 100ms - 1ns) == 1ns);
    CHECK(limiter.try_acquire(kStart + 100ms) == 0ns);
}

TEST_CASE("the burst passes at once and fills up again", "[rate_limiter]") {
    RateLimiter limiter(10.0, 5.0, kStart);
    CHECK(grants(limiter, kStart) == 5);
    CHECK(grants(limiter, kStart + 200ms) == 2);
    CHECK(grants(limiter, kStart + 1h) == 5);
}

TEST_CASE("the limiter agrees with an exact token bucket", "[rate_limiter]") {
    std::mt19937_64 random(7);
    for (int round = 0; round < 200; ++round) {
        const auto per_second = static_cast<std::int64_t>(1) << (random() % 10);  // divides 1e9
        const auto burst = static_cast<std::int64_t>(1 + random() % 20);
        const std::int64_t interval = 1'000'000'000 / per_second;
        if (interval * per_second != 1'000'000'000) continue;
        RateLimiter limiter(static_cast<double>(per_second), static_cast<double>(burst), kStart);
        ExactBucket exact(interval, burst);
        Instant now = kStart;
        for (int i = 0; i < 500; ++i) {
            const Duration step{static_cast<std::int64_t>(
                random() %
                static_cast<std::uint64_t>(random() % 4 == 0 ? interval * 3 : interval / 3))};
            now += step;
            REQUIRE(limiter.try_acquire(now) == exact.try_acquire(step));
        }
    }
}

TEST_CASE("no window ever sees more than burst plus rate times its length", "[rate_limiter]") {
    std::mt19937_64 random(11);
    for (const double per_second : {0.7, 3.0, 7.3, 333.0, 12345.6}) {
        const double burst = 4.0;
        RateLimiter limiter(per_second, burst, kStart);
        std::vector<Instant> granted;
        Instant now = kStart;
        for (int i = 0; i < 2000; ++i) {
            now += Duration{static_cast<std::int64_t>(static_cast<double>(random() % 1'000'000) *
                                                      1000.0 / per_second)};
            if (limiter.try_acquire(now) == 0ns) granted.push_back(now);
        }
        REQUIRE(granted.size() > 100);
        for (std::size_t first = 0; first < granted.size(); first += 17) {
            for (std::size_t last = first; last < granted.size() && last < first + 50; ++last) {
                const std::chrono::duration<double> span = granted[last] - granted[first];
                const auto count = static_cast<double>(last - first + 1);
                REQUIRE(count <= burst + per_second * span.count() + 1e-6);
            }
        }
    }
}

TEST_CASE("a pause holds everyone and empties the bucket", "[rate_limiter]") {
    RateLimiter limiter(10.0, 5.0, kStart);
    limiter.pause_until(kStart + 30s);
    CHECK(limiter.try_acquire(kStart) == 30s);
    CHECK(limiter.try_acquire(kStart + 29s) == 1s);
    CHECK(grants(limiter, kStart + 30s) == 1);
    CHECK(grants(limiter, kStart + 30s + 100ms) == 1);
}

TEST_CASE("a shorter pause does not shorten a longer one", "[rate_limiter]") {
    RateLimiter limiter(10.0, 1.0, kStart);
    limiter.pause_until(kStart + 30s);
    limiter.pause_until(kStart + 3s);
    CHECK(limiter.try_acquire(kStart) == 30s);
    limiter.pause_until(Instant::max());
    CHECK(limiter.try_acquire(kStart) > 24h * 365 * 50);
}

TEST_CASE("refusals cut the rate once per round trip and not below the floor", "[rate_limiter]") {
    RateLimiter limiter(10.0, 1.0, kStart);
    limiter.on_rate_limited(kStart);
    limiter.on_rate_limited(kStart + 500ms);
    CHECK(limiter.rate() == Approx(7.0));
    limiter.on_rate_limited(kStart + 1s);
    CHECK(limiter.rate() == Approx(4.9));
    for (int i = 2; i < 30; ++i) {
        limiter.on_rate_limited(kStart + i * 1s);
    }
    CHECK(limiter.rate() == Approx(0.5));
    RateLimiter slow(0.1, 1.0, kStart);
    slow.on_rate_limited(kStart);
    CHECK(slow.rate() == Approx(0.1));
}

TEST_CASE("quiet seconds give the rate back up to the ceiling", "[rate_limiter]") {
    RateLimiter limiter(10.0, 1.0, kStart);
    limiter.on_rate_limited(kStart);
    limiter.on_success(kStart + 999ms);
    CHECK(limiter.rate() == Approx(7.0));
    limiter.on_success(kStart + 1s);
    CHECK(limiter.rate() == Approx(7.5));
    limiter.on_success(kStart + 1s);
    CHECK(limiter.rate() == Approx(7.5));
    limiter.on_success(kStart + 4s);
    CHECK(limiter.rate() == Approx(9.0));
    limiter.on_success(kStart + 1h);
    CHECK(limiter.rate() == Approx(10.0));
}

TEST_CASE("a new rate keeps what is missing in the bucket, in calls", "[rate_limiter]") {
    RateLimiter limiter(10.0, 4.0, kStart);
    CHECK(grants(limiter, kStart, 2) == 2);
    limiter.set_rate(1.0, kStart);
    CHECK(grants(limiter, kStart) == 2);
    CHECK(limiter.try_acquire(kStart) == 1s);
    limiter.set_rate(2.0, kStart);
    CHECK(limiter.try_acquire(kStart) == 500ms);
}

TEST_CASE("a new rate takes nothing from a bucket that is full", "[rate_limiter]") {
    RateLimiter limiter(10.0, 1.0, kStart);
    limiter.set_rate(5.0, kStart);
    CHECK(limiter.try_acquire(kStart) == 0ns);
    CHECK(limiter.try_acquire(kStart) == 200ms);
}

TEST_CASE("a limiter without limit can be given one, and back", "[rate_limiter]") {
    RateLimiter limiter(1e9, 1.0, kStart);
    CHECK(grants(limiter, kStart, 100) == 100);
    limiter.set_rate(10.0, kStart);
    CHECK(limiter.try_acquire(kStart) == 0ns);
    CHECK(limiter.try_acquire(kStart) == 100ms);
    limiter.set_rate(1e9, kStart + 1s);
    CHECK(grants(limiter, kStart + 1s, 100) == 100);
    limiter.pause_until(kStart + 9s);
    limiter.set_rate(10.0, kStart + 2s);
    CHECK(limiter.try_acquire(kStart + 2s) == 7s);
}

TEST_CASE("a new rate does not end a pause", "[rate_limiter]") {
    RateLimiter limiter(10.0, 4.0, kStart);
    limiter.pause_until(kStart + 30s);
    limiter.on_rate_limited(kStart);
    CHECK(limiter.try_acquire(kStart) == 30s);
    CHECK(grants(limiter, kStart + 30s) == 1);
    limiter.set_rate(100.0, kStart + 30s);
    CHECK(limiter.try_acquire(kStart + 30s) == 10ms);
}

TEST_CASE("rates without sense are cut to their limits", "[rate_limiter]") {
    for (const double odd : {0.0, -5.0, std::numeric_limits<double>::quiet_NaN()}) {
        RateLimiter limiter(odd, odd, kStart);
        CHECK(limiter.try_acquire(kStart) == 0ns);
        CHECK(limiter.try_acquire(kStart) == 1000s);
    }
    RateLimiter unlimited(HUGE_VAL, 1.0, kStart);
    CHECK(grants(unlimited, kStart, 100) == 100);
    unlimited.pause_until(kStart + 1s);
    CHECK(unlimited.try_acquire(kStart) == 1s);
    CHECK(grants(unlimited, kStart + 1s, 100) == 100);
}

TEST_CASE("threads together get no more than one would", "[rate_limiter]") {
    RateLimiter limiter(1000.0, 50.0, kStart);
    std::atomic<int> granted{0};
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) {
                const Instant now = kStart + i * 100us;
                if (limiter.try_acquire(now) == 0ns) ++granted;
                if (i % 100 == 0) limiter.on_success(now);
            }
        });
    }
    threads.clear();
    CHECK(granted >= 50);
    CHECK(granted <= 50 + 100);
}
