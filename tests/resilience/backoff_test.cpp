#include "resilience/backoff.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <random>

using resilience::backoff_delay;
using resilience::backoff_range;
using resilience::BackoffPolicy;
using resilience::Duration;
using resilience::Jitter;
using namespace std::chrono_literals;

namespace {

constexpr std::array kJitters{Jitter::kNone, Jitter::kFull, Jitter::kEqual, Jitter::kProportional,
                              Jitter::kDecorrelated};

/// Policies of every shape, faulty ones included.
class RandomPolicies {
public:
    BackoffPolicy next() {
        BackoffPolicy policy;
        policy.initial = Duration{pick(-1'000'000, 100'000'000'000)};
        policy.max = Duration{pick(-1'000'000, 4'000'000'000'000'000)};
        policy.multiplier = std::uniform_real_distribution<>(-1.0, 10.0)(random_);
        policy.ratio = std::uniform_real_distribution<>(-0.5, 1.5)(random_);
        policy.jitter = kJitters[static_cast<std::size_t>(pick(0, 4))];
        return policy;
    }
    std::uint32_t attempt() {
        const auto small = static_cast<std::uint32_t>(pick(1, 70));
        return pick(0, 9) == 0 ? static_cast<std::uint32_t>(random_()) : small;
    }
    Duration wait() { return Duration{pick(0, 4'000'000'000'000'000)}; }
    double unit() { return std::uniform_real_distribution<>(0.0, 1.0)(random_); }

private:
    std::int64_t pick(std::int64_t lo, std::int64_t hi) {
        return std::uniform_int_distribution<std::int64_t>(lo, hi)(random_);
    }
    std::mt19937_64 random_{20261122};
};

}  // namespace

TEST_CASE("a faulty backoff policy is named", "[backoff]") {
    const auto mistake = [](BackoffPolicy policy) { return resilience::mistake_in(policy); };
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    CHECK(mistake({.initial = -1ns}) == "initial delay is negative");
    CHECK(mistake({.initial = 0ns, .max = 0ns}) == "maximal delay is not above zero");
    CHECK(mistake({.max = 24h * 30 + 1ns}) == "maximal delay is longer than 30 days");
    CHECK(mistake({.initial = 2s, .max = 1s}) == "initial delay is longer than the maximal delay");
    CHECK(mistake({.multiplier = 0.5}) == "multiplier is below 1");
    CHECK(mistake({.multiplier = kNan}) == "multiplier is below 1");
    CHECK(mistake({.multiplier = HUGE_VAL}) == "multiplier is not finite");
    CHECK(mistake({.ratio = 1.5}) == "jitter ratio is not within 0 and 1");
    CHECK(mistake({.ratio = kNan}) == "jitter ratio is not within 0 and 1");
    CHECK(mistake({}).empty());
    CHECK(mistake({.initial = 0ns, .max = 1ns}).empty());
    CHECK(mistake({.initial = 2s, .max = 2s}).empty());
    CHECK(mistake({.max = resilience::kDelayLimit}).empty());
    CHECK(mistake({.multiplier = 1.0, .ratio = 0.0}).empty());
    CHECK(mistake({.ratio = 1.0}).empty());
}

TEST_CASE("waits stay within zero and the cap, whatever the policy", "[backoff]") {
    RandomPolicies random;
    for (int i = 0; i < 200'000; ++i) {
        const auto policy = random.next();
        const auto n = random.attempt();
        const auto previous = random.wait();
        const auto range = backoff_range(policy, n, previous);
        const auto delay = backoff_delay(policy, n, previous, random.unit());
        const bool ok = range.lo >= 0ns && range.lo <= range.hi &&
                        range.hi <= std::max<Duration>(policy.max, 0ns) && delay >= range.lo &&
                        delay <= range.hi;
        if (!ok) {
            CAPTURE(policy.initial.count(), policy.max.count(), policy.multiplier, policy.ratio,
                    to_string(policy.jitter), n, previous.count(), delay.count());
            FAIL("wait out of range");
        }
    }
}

TEST_CASE("the upper bound of the wait never shrinks from attempt to attempt", "[backoff]") {
    RandomPolicies random;
    for (int i = 0; i < 20'000; ++i) {
        const auto policy = random.next();
        const auto previous = random.wait();
        Duration last{0};
        for (std::uint32_t n = 1; n < 40; ++n) {
            const auto hi = backoff_range(policy, n, previous).hi;
            if (hi < last) FAIL("bound shrinks at attempt " << n);
            last = hi;
        }
    }
}

TEST_CASE("random numbers out of range are cut to it", "[backoff]") {
    const BackoffPolicy policy{.initial = 1s, .max = 8s, .jitter = Jitter::kFull};
    CHECK(backoff_delay(policy, 2, 0ns, -1.0) == 0ns);
    CHECK(backoff_delay(policy, 2, 0ns, 7.0) == 2s);
    CHECK(backoff_delay(policy, 2, 0ns, std::numeric_limits<double>::quiet_NaN()) == 0ns);
}

TEST_CASE("jitter at the cap is spread evenly instead of piling up on it", "[backoff]") {
    const BackoffPolicy policy{.initial = 1s, .max = 30s, .ratio = 0.5};
    const auto range = backoff_range(policy, 8, 0ns);
    CHECK(range.lo == 15s);
    CHECK(range.hi == 30s);
    CHECK(backoff_delay(policy, 8, 0ns, 0.5) == 22500ms);
}

TEST_CASE("decorrelated jitter grows from the previous wait", "[backoff]") {
    const BackoffPolicy policy{.initial = 1s, .max = 10s, .jitter = Jitter::kDecorrelated};
    CHECK(backoff_range(policy, 1, 0ns).hi == 3s);
    CHECK(backoff_range(policy, 2, 2s).lo == 1s);
    CHECK(backoff_range(policy, 2, 2s).hi == 6s);
    CHECK(backoff_range(policy, 3, 6s).hi == 10s);
    CHECK(backoff_range(policy, 3, Duration::max()).hi == 10s);
    const BackoffPolicy tiny{.initial = 1ns, .max = 10ns, .jitter = Jitter::kDecorrelated};
    CHECK(backoff_range(tiny, 2, 3ns).hi == 9ns);
    CHECK(backoff_range(tiny, 2, 4ns).hi == 10ns);
    // A wait that was stored by another policy does not pull the range below the first wait.
    CHECK(backoff_range(policy, 3, 1ms).lo == 1s);
    CHECK(backoff_range(policy, 3, 1ms).hi == 1s);
}
