#include "resilience/retry.hpp"

#include "resilience/presets.hpp"

#include <catch2/catch.hpp>

#include <vector>

using resilience::Duration;
using resilience::ErrorClass;
using resilience::Failure;
using resilience::GiveUp;
using resilience::Idempotency;
using resilience::Instant;
using resilience::RetryPolicy;
using resilience::RetryState;
using namespace std::chrono_literals;
namespace presets = resilience::presets;

namespace {

constexpr Instant kStart{1h};

Failure failed(ErrorClass cls) {
    return Failure{cls};
}

/// The waits until the policy gives up on transient failures.
std::vector<Duration> waits(const RetryPolicy& policy, double u) {
    RetryState state(policy, Idempotency::kIdempotent, kStart);
    std::vector<Duration> result;
    for (;;) {
        const auto next = state.on_failure(failed(ErrorClass::kTransient), kStart, u);
        if (!next.retry) return result;
        result.push_back(next.delay);
    }
}

GiveUp reason(const RetryPolicy& policy, Idempotency idempotency, const Failure& failure) {
    RetryState state(policy, idempotency, kStart);
    return state.on_failure(failure, kStart, 0.5).reason;
}

}  // namespace

TEST_CASE("what will fail again is not repeated", "[retry]") {
    const auto policy = presets::standard();
    const auto with = [&](ErrorClass cls, Idempotency idempotency) {
        return reason(policy, idempotency, failed(cls));
    };
    CHECK(with(ErrorClass::kPermanent, Idempotency::kAtLeastOnce) == GiveUp::kPermanent);
    CHECK(with(ErrorClass::kAuth, Idempotency::kAtLeastOnce) == GiveUp::kAuth);
    CHECK(with(ErrorClass::kAmbiguous, Idempotency::kNonIdempotent) == GiveUp::kMaybeExecuted);
    CHECK(with(ErrorClass::kAmbiguous, Idempotency::kIdempotent) == GiveUp::kNone);
    CHECK(with(ErrorClass::kAmbiguous, Idempotency::kAtLeastOnce) == GiveUp::kNone);
    CHECK(with(ErrorClass::kTransient, Idempotency::kNonIdempotent) == GiveUp::kNone);
    CHECK(with(ErrorClass::kRateLimited, Idempotency::kNonIdempotent) == GiveUp::kNone);
}

TEST_CASE("a cancelled call and an open circuit end it whatever the class", "[retry]") {
    const auto policy = presets::standard();
    const Failure cancelled{.cls = ErrorClass::kTransient, .cause = GiveUp::kCancelled};
    const Failure refused{.cls = ErrorClass::kTransient, .cause = GiveUp::kCircuitOpen};
    CHECK(reason(policy, Idempotency::kIdempotent, cancelled) == GiveUp::kCancelled);
    CHECK(reason(policy, Idempotency::kIdempotent, refused) == GiveUp::kCircuitOpen);
}

TEST_CASE("no wait follows the last attempt", "[retry]") {
    auto policy = presets::api();
    policy.max_attempts = 1;
    CHECK(waits(policy, 0.0).empty());
    CHECK(reason(policy, Idempotency::kIdempotent, failed(ErrorClass::kTransient)) ==
          GiveUp::kAttemptsExhausted);
}

TEST_CASE("the server's wait is a floor, spread upwards, with a ceiling", "[retry]") {
    const auto policy = presets::api();
    const auto delay = [&](Duration asked, double u) {
        const Failure failure{ErrorClass::kRateLimited, asked};
        return RetryState(policy, Idempotency::kIdempotent, kStart).on_failure(failure, kStart, u);
    };
    CHECK(delay(30s, 0.0).delay == 30s);
    CHECK(delay(30s, 1.0).delay == 33s);
    CHECK(delay(100ms, 1.0).delay == 1s);
    CHECK(delay(120s, 0.0).retry);
    CHECK(delay(120s + 1ns, 0.0).reason == GiveUp::kServerDelayTooLong);
    CHECK(delay(Duration::max(), 0.0).reason == GiveUp::kServerDelayTooLong);
}

TEST_CASE("a rate limit without a date waits for the floor of the policy", "[retry]") {
    const auto policy = presets::webex();
    const auto delay = [&](ErrorClass cls) {
        return resilience::retry_delay(policy, failed(cls), 1, 0ns, 0.0);
    };
    CHECK(delay(ErrorClass::kRateLimited) == 15s);
    CHECK(delay(ErrorClass::kTransient) == 1s);
    const Failure asked{ErrorClass::kRateLimited, 3s};
    CHECK(resilience::retry_delay(policy, asked, 1, 0ns, 0.0) == 3s);
}

TEST_CASE("no wait is begun that leaves nothing for the attempt", "[retry]") {
    const auto policy = presets::api();
    const auto at = [&](Duration deadline, Duration now) {
        RetryState state(policy, Idempotency::kIdempotent, kStart, kStart + deadline);
        return state.on_failure(failed(ErrorClass::kTransient), kStart + now, 0.0).reason;
    };
    CHECK(at(1s, 0s) == GiveUp::kDeadline);
    CHECK(at(1s + 1ns, 0s) == GiveUp::kNone);
    CHECK(at(5s, 4s) == GiveUp::kDeadline);
    CHECK(at(5s, 6s) == GiveUp::kDeadline);
}

TEST_CASE("the longest elapsed time of a policy acts as a deadline", "[retry]") {
    auto policy = presets::api();
    policy.max_elapsed = 2s;
    RetryState state(policy, Idempotency::kIdempotent, kStart);
    CHECK(state.deadline() == kStart + 2s);
    CHECK(state.on_failure(failed(ErrorClass::kTransient), kStart + 1s, 0.0).reason ==
          GiveUp::kDeadline);
    policy.max_elapsed = Duration::max();
    CHECK(RetryState(policy, Idempotency::kIdempotent, kStart).deadline() ==
          resilience::kNoDeadline);
}

TEST_CASE("a resumed call goes on where it was", "[retry]") {
    RetryState state(presets::image(), Idempotency::kIdempotent, kStart);
    state.resume(2);
    CHECK(state.attempt() == 3);
    CHECK(state.on_failure(failed(ErrorClass::kTransient), kStart, 0.0).delay == 4s);
    CHECK(state.on_failure(failed(ErrorClass::kTransient), kStart, 0.0).reason ==
          GiveUp::kAttemptsExhausted);
}

TEST_CASE("without a limit the attempts go on for ever", "[retry]") {
    auto policy = presets::api();
    policy.max_attempts = resilience::kUnlimitedAttempts;
    RetryState state(policy, Idempotency::kIdempotent, kStart);
    state.resume(resilience::kUnlimitedAttempts);
    for (int i = 0; i < 3; ++i) {
        CHECK(state.on_failure(failed(ErrorClass::kTransient), kStart, 0.0).delay == 10s);
    }
}

TEST_CASE("presets wait as they say", "[retry]") {
    CHECK(waits(presets::external_api(), 0.9) == std::vector<Duration>{2s, 4s, 8s, 16s});
    CHECK(waits(presets::api(), 0.9) == std::vector<Duration>{1s, 2s});
    CHECK(waits(presets::image(), 0.9) == std::vector<Duration>{1s, 2s, 4s});
    CHECK(waits(presets::clip(), 0.9) == std::vector<Duration>{1s, 2s, 4s});
    CHECK(waits(presets::standard(), 0.5) == std::vector<Duration>{1s, 2s});
    CHECK(waits(presets::webex(), 0.0) == std::vector<Duration>{1s, 2s});
    CHECK(waits(presets::webex(), 1.0) == std::vector<Duration>{3s, 6s});
    CHECK(waits(presets::database(), 0.5) == std::vector<Duration>{500ms, 1s});
    CHECK(waits(presets::event_publish(), 0.5) == std::vector<Duration>{1s, 2s});
}

TEST_CASE("every preset is found by its name and has no mistake", "[retry]") {
    CHECK_FALSE(presets::by_name("nosuch").has_value());
    for (const auto name : presets::kNames) {
        CAPTURE(name);
        const auto policy = presets::by_name(name);
        REQUIRE(policy.has_value());
        CHECK(resilience::mistake_in(*policy).empty());
    }
    CHECK(presets::by_name("clip")->backoff.max == 4s);
    CHECK(presets::by_name("image")->backoff.max == 8s);
}

TEST_CASE("a faulty retry policy is named", "[retry]") {
    const auto mistake = [](RetryPolicy policy) { return resilience::mistake_in(policy); };
    CHECK(mistake({.max_attempts = 0}) == "fewer than one attempt is allowed");
    CHECK(mistake({.max_elapsed = 0s}) == "maximal elapsed time is not above zero");
    CHECK(mistake({.max_server_delay = -1s}) == "maximal server delay is negative");
    CHECK(mistake({.server_spread = 2.0}) == "server spread is not within 0 and 1");
    CHECK(mistake({.rate_limited_floor = -1s}) == "rate-limited floor is negative");
    CHECK(mistake({.rate_limited_floor = resilience::kDelayLimit + 1ns}) ==
          "rate-limited floor is longer than 30 days");
    CHECK(mistake({.backoff = {.multiplier = 0.0}}) == "multiplier is below 1");
    CHECK(mistake({.max_attempts = 1, .max_elapsed = 1ns, .max_server_delay = 0s}).empty());
    CHECK(mistake({.server_spread = 0.0, .rate_limited_floor = resilience::kDelayLimit}).empty());
    CHECK(mistake({.server_spread = 1.0}).empty());
}

TEST_CASE("a deadline near the end of time is far away at its beginning", "[retry]") {
    const resilience::RetryPolicy policy{.max_elapsed = Duration::max()};
    resilience::RetryState state(policy, resilience::Idempotency::kIdempotent, Instant::min(),
                                 Instant::max() - 1ns);
    const resilience::Failure failure{.cls = resilience::ErrorClass::kTransient};
    CHECK(state.on_failure(failure, Instant::min(), 0.5).retry);
    const resilience::RetryState odd({.max_elapsed = -1h}, resilience::Idempotency::kIdempotent,
                                     Instant::min());
    CHECK(odd.deadline() == Instant::min());
}
