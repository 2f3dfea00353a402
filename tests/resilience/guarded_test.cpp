#include "resilience/guarded.hpp"

#include "resilience/presets.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using resilience::Attempt;
using resilience::BreakerPolicy;
using resilience::BreakerState;
using resilience::Bulkhead;
using resilience::CircuitBreaker;
using resilience::Duration;
using resilience::Error;
using resilience::ErrorClass;
using resilience::GiveUp;
using resilience::Guards;
using resilience::Instant;
using resilience::RateLimiter;
using resilience::Result;
using resilience::RetryBudget;
using resilience::RetryOptions;
using resilience::Scope;
using resilience::VirtualClock;
using namespace std::chrono_literals;

namespace {

constexpr BreakerPolicy kInARow{.failure_ratio = 2.0, .consecutive_failures = 3};

double zero() {
    return 0.0;
}

Error error_of(ErrorClass cls) {
    return Error{cls, Scope::kMessage, "broken"};
}

/// Everything that a guarded call needs, on virtual time.
struct Bench {
    VirtualClock clock;
    RetryOptions options{.policy = resilience::presets::api(), .operation = "fetch"};
    Guards guards;
    int calls = 0;

    template <class Operation>
    resilience::Outcome<int> run(Operation operation, std::stop_token stop = {}) {
        return resilience::run_guarded(options, guards, clock, stop, zero,
                                       [&](const Attempt& attempt) {
                                           ++calls;
                                           return operation(attempt);
                                       });
    }
    resilience::Outcome<int> fail(ErrorClass cls) {
        return run([cls](const Attempt&) -> Result<int> { return error_of(cls); });
    }
    resilience::Outcome<int> succeed() {
        return run([](const Attempt&) -> Result<int> { return 1; });
    }
};

}  // namespace

TEST_CASE("an open breaker ends a guarded call and says for how long", "[guarded]") {
    Bench bench;
    CircuitBreaker breaker(kInARow);
    bench.guards.breaker = &breaker;
    CHECK(bench.fail(ErrorClass::kTransient).reason == GiveUp::kAttemptsExhausted);
    CHECK(bench.calls == 3);
    CHECK(breaker.state() == BreakerState::kOpen);
    const auto refused = bench.succeed();
    CHECK(bench.calls == 3);
    CHECK(refused.reason == GiveUp::kCircuitOpen);
    CHECK(refused.result.error().rule == "circuit_open");
    CHECK(refused.result.error().retry_after == 5000ms);
    bench.clock.advance(5s);
    CHECK(bench.succeed().result.ok());
    CHECK(breaker.state() == BreakerState::kClosed);
}

TEST_CASE("refusals of the service do not open the breaker", "[guarded]") {
    Bench bench;
    CircuitBreaker breaker(kInARow);
    bench.guards.breaker = &breaker;
    for (int i = 0; i < 9; ++i) {
        CHECK_FALSE(bench.fail(ErrorClass::kPermanent).result.ok());
    }
    CHECK(breaker.state() == BreakerState::kClosed);
}

TEST_CASE("a full bulkhead counts as a failed attempt that did nothing", "[guarded]") {
    Bench bench;
    Bulkhead bulkhead(1);
    CircuitBreaker breaker(kInARow);
    bench.guards.bulkhead = &bulkhead;
    bench.guards.breaker = &breaker;
    const auto taken = bulkhead.try_acquire();
    const auto outcome = bench.succeed();
    CHECK(outcome.reason == GiveUp::kAttemptsExhausted);
    CHECK(outcome.result.error().rule == "bulkhead_full");
    CHECK(bench.calls == 0);
    CHECK(bench.clock.slept() == 3s);
}

TEST_CASE("the bulkhead is free again after the call", "[guarded]") {
    Bench bench;
    Bulkhead bulkhead(1);
    bench.guards.bulkhead = &bulkhead;
    CHECK_FALSE(bench.fail(ErrorClass::kTransient).result.ok());
    CHECK(bulkhead.in_use() == 0);
    CHECK(bench.succeed().result.ok());
    CHECK(bulkhead.in_use() == 0);
}

TEST_CASE("the limiter delays each attempt, but not beyond the deadline", "[guarded]") {
    Bench bench;
    RateLimiter limiter(0.5, 1.0, bench.clock.now());
    bench.guards.limiter = &limiter;
    CHECK(bench.succeed().result.ok());
    CHECK(bench.clock.slept() == 0s);
    CHECK(bench.succeed().result.ok());
    CHECK(bench.clock.slept() == 2s);
    bench.options.deadline = bench.clock.now() + 2s;
    const auto outcome = bench.succeed();
    CHECK(outcome.reason == GiveUp::kDeadline);
    CHECK(outcome.result.error().rule == "rate_limiter");
    CHECK(outcome.result.error().retry_after == 2000ms);
    CHECK(bench.calls == 2);
}

TEST_CASE("nobody waits for the limiter to be refused by an open breaker", "[guarded]") {
    Bench bench;
    CircuitBreaker breaker(kInARow);
    bench.guards.breaker = &breaker;
    REQUIRE_FALSE(bench.fail(ErrorClass::kTransient).result.ok());
    REQUIRE(breaker.state() == BreakerState::kOpen);
    RateLimiter limiter(0.5, 1.0, bench.clock.now());  // one every 2 s
    REQUIRE(limiter.try_acquire(bench.clock.now()) == 0s);
    bench.guards.limiter = &limiter;
    const auto before = bench.clock.slept();
    const auto refused = bench.succeed();
    CHECK(refused.reason == GiveUp::kCircuitOpen);
    CHECK(refused.result.error().retry_after == 5000ms);
    CHECK(bench.clock.slept() == before);
    // Where the breaker lets a probe through after the wait, the wait is worth it.
    bench.clock.advance(4s);
    REQUIRE(limiter.try_acquire(bench.clock.now()) == 0s);
    CHECK(bench.succeed().result.ok());
    CHECK(bench.clock.slept() == before + 2s);
}

TEST_CASE("a stop ends the wait for the limiter", "[guarded]") {
    Bench bench;
    RateLimiter limiter(0.5, 1.0, bench.clock.now());
    bench.guards.limiter = &limiter;
    std::stop_source source;
    const auto outcome = bench.run(
        [&](const Attempt&) -> Result<int> {
            source.request_stop();
            return error_of(ErrorClass::kTransient);
        },
        source.get_token());
    CHECK(outcome.reason == GiveUp::kCancelled);
    CHECK(bench.calls == 1);
}

TEST_CASE("one rate-limited answer pauses everybody", "[guarded]") {
    Bench bench;
    RateLimiter limiter(100.0, 50.0, bench.clock.now());
    bench.guards.limiter = &limiter;
    bench.options.policy.max_attempts = 1;
    const auto limited = bench.run([](const Attempt&) -> Result<int> {
        auto error = error_of(ErrorClass::kRateLimited);
        error.retry_after = 30s;
        return error;
    });
    CHECK_FALSE(limited.result.ok());
    CHECK(limiter.rate() == Approx(70.0));
    CHECK(bench.succeed().result.ok());
    CHECK(bench.clock.slept() == 30s);
}

TEST_CASE("an exhausted budget ends the call before the wait", "[guarded]") {
    Bench bench;
    RetryBudget budget({.ratio = 0.0, .floor_per_second = 0.1});  // one repeat per window
    bench.options.budget = &budget;
    const auto outcome = bench.fail(ErrorClass::kTransient);
    CHECK(outcome.reason == GiveUp::kBudgetExhausted);
    CHECK(outcome.attempts == 2);
    CHECK(bench.clock.slept() == 1s);
    const auto plain =
        resilience::try_retry(bench.options, bench.clock, {}, zero,
                              []() -> Result<int> { return error_of(ErrorClass::kTransient); });
    CHECK(plain.reason == GiveUp::kBudgetExhausted);
    CHECK(plain.attempts == 1);
}

TEST_CASE("an attempt is told its number and its time", "[guarded]") {
    Bench bench;
    bench.guards.attempt_timeout = 5s;
    bench.options.deadline = bench.clock.now() + 7s;
    std::vector<Attempt> seen;
    const auto outcome = bench.run([&](const Attempt& attempt) -> Result<int> {
        seen.push_back(attempt);
        bench.clock.advance(1s);
        return error_of(ErrorClass::kTransient);
    });
    CHECK_FALSE(outcome.result.ok());
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].number == 1);
    CHECK(seen[0].timeout == 5s);
    CHECK(seen[2].number == 3);
    CHECK(seen[2].timeout == 2s);
}

TEST_CASE("a guarded call is not begun after a stop or its deadline", "[guarded]") {
    Bench bench;
    bench.options.deadline = bench.clock.now();
    CHECK(bench.succeed().reason == GiveUp::kDeadline);
    bench.options.deadline = resilience::kNoDeadline;
    std::stop_source source;
    source.request_stop();
    CHECK(bench.run([](const Attempt&) -> Result<int> { return 1; }, source.get_token()).reason ==
          GiveUp::kCancelled);
    CHECK(bench.calls == 0);
}

TEST_CASE("attempts that no guard let through do not use up a stored count", "[guarded]") {
    VirtualClock clock;
    CircuitBreaker breaker({.failure_ratio = 2.0, .consecutive_failures = 1});
    breaker.try_acquire(clock.now()).permit->report(resilience::Health::kBad, clock.now(), 0.0);
    resilience::Bulkhead full(0);
    std::uint32_t stored = 2;
    int calls = 0;
    const auto run = [&](const resilience::Guards& guards) {
        resilience::RetryOptions options{.policy = {.max_attempts = 4}, .attempts_before = stored};
        options.on_failure = [&](const Error&, std::uint32_t attempts) { stored = attempts; };
        return resilience::run_guarded(
            options, guards, clock, {}, [] { return 0.5; },
            [&](const resilience::Attempt&) -> Result<int> { return ++calls; });
    };
    CHECK(run({.breaker = &breaker}).reason == GiveUp::kCircuitOpen);
    CHECK(stored == 2);
    CHECK_FALSE(run({.bulkhead = &full}).result.ok());
    CHECK(stored == 2);
    CHECK(calls == 0);
    CHECK(run({}).result.ok());
    CHECK(run({}).attempts == 3);
}

TEST_CASE("an absurd wait of one answer does not hold all others for as long", "[guarded]") {
    VirtualClock clock;
    resilience::RateLimiter limiter(100.0, 10.0, clock.now());
    const resilience::RetryOptions options{.policy = resilience::presets::webex()};
    const auto outcome = resilience::run_guarded(
        options, {.limiter = &limiter}, clock, {}, [] { return 0.5; },
        [](const resilience::Attempt&) -> Result<int> {
            return Error{ErrorClass::kRateLimited, resilience::Scope::kBot, "429", "",
                         std::chrono::hours{24 * 365}};
        });
    CHECK(outcome.reason == GiveUp::kServerDelayTooLong);
    CHECK(limiter.try_acquire(clock.now()) == options.policy.max_server_delay);
}

TEST_CASE("a guarded call tells how many of its callbacks have thrown", "[guarded]") {
    Bench bench;
    bench.options.on_event = [](const resilience::Event&) { throw 7; };
    CHECK(bench.succeed().callback_errors == 1);
    const auto failed = bench.fail(ErrorClass::kTransient);
    CHECK(failed.attempts == 3);
    CHECK(failed.callback_errors == 3);  // two repeats and the end
    bench.options.on_event = nullptr;
    CHECK(bench.fail(ErrorClass::kTransient).callback_errors == 0);
}
