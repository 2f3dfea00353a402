#include "resilience/circuit_breaker.hpp"

#include "resilience/backoff.hpp"

#include <catch2/catch.hpp>

#include <thread>
#include <vector>

using resilience::BreakerPolicy;
using resilience::BreakerState;
using resilience::CircuitBreaker;
using resilience::Duration;
using resilience::ErrorClass;
using resilience::Health;
using resilience::Instant;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart{1h};
constexpr BreakerPolicy kInARow{.failure_ratio = 2.0, .consecutive_failures = 3};

/// One call with a known outcome; false if it was refused.
bool call(CircuitBreaker& breaker, Health health, Instant now, double u = 0.0) {
    auto admission = breaker.try_acquire(now);
    if (!admission.permit) return false;
    admission.permit->report(health, now, u);
    return true;
}

/// A breaker that has just opened for five seconds.
void open(CircuitBreaker& breaker, Instant now = kStart, double u = 0.0) {
    for (int i = 0; i < 3; ++i) {
        REQUIRE(call(breaker, Health::kBad, now, u));
    }
    REQUIRE(breaker.state() == BreakerState::kOpen);
}

}  // namespace

TEST_CASE("a faulty breaker policy is named", "[breaker]") {
    const auto mistake = [](BreakerPolicy policy) { return resilience::mistake_in(policy); };
    CHECK(mistake({.failure_ratio = 0.0}) == "failure ratio is not above 0");
    CHECK(mistake({.min_calls = 0}) == "fewer than one call would decide");
    CHECK(mistake({.window = 1ms}) == "window is shorter than 10 milliseconds");
    CHECK(mistake({.open_min = 0s}) == "shortest open period is not above zero");
    CHECK(mistake({.open_min = 2s, .open_max = 1s}) == "longest open period is below the shortest");
    CHECK(mistake({.open_spread = 1.5}) == "spread of the open period is not within 0 and 1");
    CHECK(mistake({.probes = 9}) == "number of probes is not within 1 and 8");
    CHECK(mistake({.successes_to_close = 0}) == "fewer than one success would close");
    CHECK(mistake({.probe_lease = 0s}) == "lease of a probe is not above zero");
    CHECK(mistake({}).empty());
    CHECK(mistake({.min_calls = 1, .window = 10ms, .open_min = 1s, .open_max = 1s}).empty());
    CHECK(mistake({.window = resilience::kDelayLimit, .open_spread = 0.0}).empty());
    CHECK(mistake({.open_max = resilience::kDelayLimit, .open_spread = 1.0, .probes = 8}).empty());
}

TEST_CASE("failures in a row open the breaker, a success between them does not", "[breaker]") {
    CircuitBreaker breaker(kInARow);
    CHECK(call(breaker, Health::kBad, kStart));
    CHECK(call(breaker, Health::kBad, kStart));
    CHECK(call(breaker, Health::kGood, kStart));
    CHECK(call(breaker, Health::kBad, kStart));
    CHECK(call(breaker, Health::kBad, kStart));
    CHECK(breaker.state() == BreakerState::kClosed);
    CHECK(call(breaker, Health::kBad, kStart));
    CHECK(breaker.state() == BreakerState::kOpen);
    const auto refused = breaker.try_acquire(kStart + 1s);
    CHECK_FALSE(refused.permit.has_value());
    CHECK(refused.retry_in == 4s);
}

TEST_CASE("a share of failures in the window opens the breaker", "[breaker]") {
    CircuitBreaker breaker;
    for (int i = 0; i < 5; ++i) {
        CHECK(call(breaker, Health::kGood, kStart));
        if (i < 4) CHECK(call(breaker, Health::kBad, kStart));
    }
    CHECK(breaker.state() == BreakerState::kClosed);  // 4 of 9: too few calls, too few failures
    CHECK(call(breaker, Health::kBad, kStart));
    CHECK(breaker.state() == BreakerState::kOpen);
}

TEST_CASE("failures older than the window do not count", "[breaker]") {
    CircuitBreaker breaker;
    for (int i = 0; i < 9; ++i) {
        CHECK(call(breaker, Health::kBad, kStart));
    }
    CHECK(call(breaker, Health::kBad, kStart + 10s));
    CHECK(breaker.state() == BreakerState::kClosed);
    for (int i = 0; i < 9; ++i) {
        CHECK(call(breaker, Health::kBad, kStart + 19s));
    }
    CHECK(breaker.state() == BreakerState::kOpen);
}

TEST_CASE("refusals and cancelled calls say nothing about health", "[breaker]") {
    CircuitBreaker breaker(kInARow);
    for (int i = 0; i < 50; ++i) {
        CHECK(call(breaker, Health::kUnknown, kStart));
    }
    CHECK(breaker.state() == BreakerState::kClosed);
    CHECK(health_of(ErrorClass::kTransient) == Health::kBad);
    CHECK(health_of(ErrorClass::kAmbiguous) == Health::kBad);
    CHECK(health_of(ErrorClass::kRateLimited) == Health::kUnknown);
    CHECK(health_of(ErrorClass::kPermanent) == Health::kUnknown);
    CHECK(health_of(ErrorClass::kAuth) == Health::kUnknown);
}

TEST_CASE("open periods double with failed probes, up to the longest", "[breaker]") {
    CircuitBreaker breaker(kInARow);
    open(breaker);
    Instant now = kStart;
    for (const Duration period : {5s, 10s, 20s, 40s, 60s, 60s}) {
        CHECK_FALSE(call(breaker, Health::kBad, now + period - 1ns));
        now += period;
        CHECK(call(breaker, Health::kBad, now));
    }
    CHECK(call(breaker, Health::kGood, now + 60s));
    CHECK(breaker.state() == BreakerState::kClosed);
    open(breaker, now + 60s);
    CHECK(breaker.try_acquire(now + 60s).retry_in == 5s);
}

TEST_CASE("open periods are spread upwards", "[breaker]") {
    CircuitBreaker breaker(kInARow);
    open(breaker, kStart, 0.5);
    CHECK(breaker.try_acquire(kStart).retry_in == 5500ms);
}

TEST_CASE("half-open lets through no more than its probes", "[breaker]") {
    auto policy = kInARow;
    policy.probes = 2;
    policy.successes_to_close = 2;
    CircuitBreaker breaker(policy);
    open(breaker);
    const Instant later = kStart + 5s;
    auto first = breaker.try_acquire(later);
    auto second = breaker.try_acquire(later);
    const auto third = breaker.try_acquire(later);
    REQUIRE(first.permit);
    REQUIRE(second.permit);
    CHECK_FALSE(third.permit);
    CHECK(third.retry_in == 30s);
    first.permit->report(Health::kGood, later, 0.0);
    CHECK(breaker.state() == BreakerState::kHalfOpen);
    second.permit->report(Health::kGood, later, 0.0);
    CHECK(breaker.state() == BreakerState::kClosed);
}

TEST_CASE("a probe that is dropped or refused gives its place back", "[breaker]") {
    CircuitBreaker breaker(kInARow);
    open(breaker);
    const Instant later = kStart + 5s;
    SECTION("dropped") {
        (void)breaker.try_acquire(later);
    }
    SECTION("refused by the service") {
        CHECK(call(breaker, Health::kUnknown, later));
    }
    CHECK(breaker.state() == BreakerState::kHalfOpen);
    CHECK(call(breaker, Health::kGood, later));
    CHECK(breaker.state() == BreakerState::kClosed);
}

TEST_CASE("a probe that never reports loses its place after the lease", "[breaker]") {
    CircuitBreaker breaker(kInARow);
    open(breaker);
    auto lost = breaker.try_acquire(kStart + 5s);
    CHECK_FALSE(breaker.try_acquire(kStart + 34s).permit);
    auto next = breaker.try_acquire(kStart + 35s);
    REQUIRE(next.permit);
    SECTION("what it reports later does not count") {
        lost.permit->report(Health::kGood, kStart + 36s, 0.0);
        CHECK(breaker.state() == BreakerState::kHalfOpen);
        next.permit->report(Health::kGood, kStart + 36s, 0.0);
        CHECK(breaker.state() == BreakerState::kClosed);
    }
    SECTION("nor does it free the place of the other") {
        lost.permit.reset();
        CHECK_FALSE(breaker.try_acquire(kStart + 36s).permit);
    }
}

TEST_CASE("answers of an earlier generation are dropped", "[breaker]") {
    CircuitBreaker breaker(kInARow);
    auto late = breaker.try_acquire(kStart);
    auto later = breaker.try_acquire(kStart);
    open(breaker);
    late.permit->report(Health::kGood, kStart + 1s, 0.0);
    CHECK(breaker.state() == BreakerState::kOpen);
    CHECK(call(breaker, Health::kGood, kStart + 5s));
    CHECK(breaker.state() == BreakerState::kClosed);
    CHECK(breaker.transitions() == 3);
    CHECK(call(breaker, Health::kBad, kStart + 5s));
    CHECK(call(breaker, Health::kBad, kStart + 5s));
    later.permit->report(Health::kBad, kStart + 5s, 0.0);
    CHECK(breaker.state() == BreakerState::kClosed);
}

TEST_CASE("a permit reports once and can be moved", "[breaker]") {
    CircuitBreaker breaker(kInARow);
    auto admission = breaker.try_acquire(kStart);
    auto moved = std::move(*admission.permit);
    for (int i = 0; i < 5; ++i) {
        moved.report(Health::kBad, kStart, 0.0);
        admission.permit->report(Health::kBad, kStart, 0.0);
    }
    CHECK(breaker.state() == BreakerState::kClosed);
    CHECK(call(breaker, Health::kGood, kStart));
    open(breaker);
    auto probe = breaker.try_acquire(kStart + 5s);
    moved = std::move(*probe.permit);
    CHECK_FALSE(breaker.try_acquire(kStart + 5s).permit);
    auto self = std::move(moved);
    self.report(Health::kGood, kStart + 5s, 0.0);
    CHECK(breaker.state() == BreakerState::kClosed);
}

TEST_CASE("states have names", "[breaker]") {
    CHECK(to_string(BreakerState::kClosed) == "closed");
    CHECK(to_string(BreakerState::kOpen) == "open");
    CHECK(to_string(BreakerState::kHalfOpen) == "half_open");
}

TEST_CASE("threads never hold more probes than allowed", "[breaker]") {
    auto policy = kInARow;
    policy.probes = 2;
    policy.successes_to_close = 1000;
    CircuitBreaker breaker(policy);
    open(breaker);
    std::atomic<int> held{0};
    std::atomic<int> most{0};
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int i = 0; i < 500; ++i) {
                auto admission = breaker.try_acquire(kStart + 5s);
                if (!admission.permit) continue;
                const int now = ++held;
                int seen = most.load();
                while (seen < now && !most.compare_exchange_weak(seen, now)) {
                }
                --held;
                admission.permit->report(Health::kUnknown, kStart + 5s, 0.0);
            }
        });
    }
    threads.clear();
    CHECK(most >= 1);
    CHECK(most <= 2);
}

TEST_CASE("a breaker is quiet while it is closed and has seen no failure in its window",
          "[breaker]") {
    const BreakerPolicy policy{
        .failure_ratio = 2.0, .window = 10s, .consecutive_failures = 2, .open_min = 5s};
    CircuitBreaker breaker(policy);
    CHECK(breaker.is_quiet(kStart));
    call(breaker, Health::kGood, kStart);
    CHECK(breaker.is_quiet(kStart));
    call(breaker, Health::kBad, kStart);
    for (int second = 0; second < 10; ++second) {
        CAPTURE(second);
        CHECK_FALSE(breaker.is_quiet(kStart + std::chrono::seconds{second}));
    }
    CHECK(breaker.is_quiet(kStart + 10s));
    call(breaker, Health::kBad, kStart + 10s);
    REQUIRE(breaker.state() == BreakerState::kOpen);
    CHECK_FALSE(breaker.is_quiet(kStart + 1h));
}

TEST_CASE("spans of time without sense are cut to the shortest that work", "[breaker]") {
    const BreakerPolicy policy{.failure_ratio = 1.0,
                               .min_calls = 2,
                               .window = 0s,
                               .open_min = 0s,
                               .open_max = 0s,
                               .open_spread = 0.0,
                               .probe_lease = 0s};
    CircuitBreaker breaker(policy);
    call(breaker, Health::kBad, kStart);
    const auto later = kStart + 5ms;  // within the shortest window, 10 ms
    call(breaker, Health::kBad, later);
    REQUIRE(breaker.state() == BreakerState::kOpen);
    CHECK_FALSE(breaker.try_acquire(later).permit);
    const auto lost = breaker.try_acquire(later + 1ns);
    CHECK(lost.permit);
    CHECK_FALSE(breaker.try_acquire(later + 1ns).permit);
    CHECK(breaker.try_acquire(later + 2ns).permit);
}

TEST_CASE("a breaker opens at the end of time and refuses from its beginning", "[breaker]") {
    CircuitBreaker breaker(kInARow);
    open(breaker, Instant::max());
    CHECK(breaker.open_for(Instant::min()) == Duration::max());
    const auto early = breaker.try_acquire(Instant::min());
    CHECK_FALSE(early.permit);
    CHECK(early.retry_in == Duration::max());
    const auto probe = breaker.try_acquire(Instant::max());  // the open period could not be counted
    CHECK(probe.permit);
    CHECK(breaker.try_acquire(Instant::min()).retry_in == Duration::max());
}
