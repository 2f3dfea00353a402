#include "resilience/blocking.hpp"

#include "resilience/exceptions.hpp"
#include "resilience/presets.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <system_error>
#include <thread>
#include <vector>

using resilience::Duration;
using resilience::Error;
using resilience::ErrorClass;
using resilience::EventKind;
using resilience::GiveUp;
using resilience::Idempotency;
using resilience::Result;
using resilience::RetryContext;
using resilience::RetryOptions;
using resilience::Scope;
using resilience::VirtualClock;
using namespace std::chrono_literals;
namespace presets = resilience::presets;

namespace {

Error error_of(ErrorClass cls, std::string message = "broken") {
    return Error{cls, Scope::kMessage, std::move(message)};
}

double half() {
    return 0.5;
}

/// Fails `failures` times with a class, then gives 42.
class Flaky {
public:
    explicit Flaky(int failures, ErrorClass cls = ErrorClass::kTransient)
        : failures_(failures), cls_(cls) {}

    Result<int> operator()() {
        if (++calls > failures_) return 42;
        return error_of(cls_, "failure " + std::to_string(calls));
    }

    int calls = 0;

private:
    int failures_;
    ErrorClass cls_;
};

/// A clock on which a stop is requested during the first wait.
class StoppingClock final : public resilience::Clock {
public:
    explicit StoppingClock(std::stop_source& source) : source_(source) {}
    resilience::Instant now() const override { return inner_.now(); }
    WallTime wall_now() const override { return inner_.wall_now(); }
    bool sleep_until(resilience::Instant, const std::stop_token& stop) override {
        source_.request_stop();
        return !stop.stop_requested();
    }

private:
    VirtualClock inner_;
    std::stop_source& source_;
};

/// Counts how often the time is read.
class CountingClock final : public resilience::Clock {
public:
    resilience::Instant now() const override {
        ++reads;
        return inner_.now();
    }
    WallTime wall_now() const override { return inner_.wall_now(); }
    bool sleep_until(resilience::Instant when, const std::stop_token& stop) override {
        return inner_.sleep_until(when, stop);
    }
    mutable int reads = 0;

private:
    VirtualClock inner_;
};

}  // namespace

TEST_CASE("a permanent failure ends the call at once", "[blocking]") {
    VirtualClock clock;
    Flaky flaky(9, ErrorClass::kPermanent);
    const auto outcome = resilience::try_retry(RetryOptions{}, clock, {}, half, flaky);
    CHECK(flaky.calls == 1);
    CHECK(outcome.reason == GiveUp::kPermanent);
    CHECK(outcome.attempts == 1);
    CHECK(clock.slept() == 0ns);
}

TEST_CASE("when attempts are used up the last error comes out", "[blocking]") {
    VirtualClock clock;
    Flaky flaky(9);
    const auto result = resilience::retry(presets::api(), clock, {}, half, flaky);
    CHECK(flaky.calls == 3);
    CHECK(result.error().message == "failure 3");
    CHECK(clock.slept() == 3s);
}

TEST_CASE("three failures, waits of 2 + 4 + 8 s, then success", "[blocking]") {
    VirtualClock clock;
    Flaky flaky(3);
    const RetryOptions options{.policy = presets::external_api()};
    const auto outcome = resilience::try_retry(options, clock, {}, half, flaky);
    CHECK(outcome.result.value() == 42);
    CHECK(outcome.attempts == 4);
    CHECK(outcome.total_delay == 14s);
    CHECK(clock.slept() == 14s);
    CHECK(flaky.calls == 4);
}

TEST_CASE("an ambiguous failure is repeated only where twice does no harm", "[blocking]") {
    VirtualClock clock;
    Flaky once(1, ErrorClass::kAmbiguous);
    RetryOptions options{.idempotency = Idempotency::kNonIdempotent};
    CHECK(resilience::try_retry(options, clock, {}, half, once).reason == GiveUp::kMaybeExecuted);
    options.idempotency = Idempotency::kAtLeastOnce;
    Flaky twice(1, ErrorClass::kAmbiguous);
    CHECK(resilience::try_retry(options, clock, {}, half, twice).result.ok());
}

TEST_CASE("the number of the attempt reaches the operation", "[blocking]") {
    VirtualClock clock;
    std::vector<std::uint32_t> seen;
    const auto vary = [&](std::uint32_t attempt) -> Result<int> {
        seen.push_back(attempt);
        return error_of(ErrorClass::kTransient);
    };
    CHECK_FALSE(resilience::retry(presets::image(), clock, {}, half, vary).ok());
    CHECK(seen == std::vector<std::uint32_t>{1, 2, 3, 4});
}

TEST_CASE("a stop before the first attempt prevents it", "[blocking]") {
    VirtualClock clock;
    std::stop_source source;
    source.request_stop();
    Flaky flaky(0);
    const RetryOptions options{.operation = "send_chart"};
    const auto outcome = resilience::try_retry(options, clock, source.get_token(), half, flaky);
    CHECK(flaky.calls == 0);
    CHECK(outcome.reason == GiveUp::kCancelled);
    CHECK(outcome.attempts == 0);
    CHECK(outcome.result.error().message == "send_chart not tried: a stop was requested");
    CHECK_FALSE(resilience::retry(presets::api(), clock, source.get_token(), half, flaky).ok());
    CHECK(flaky.calls == 0);
}

TEST_CASE("a stop during a wait ends it with the error of the attempt", "[blocking]") {
    std::stop_source source;
    StoppingClock clock(source);
    Flaky flaky(9);
    const auto outcome =
        resilience::try_retry(RetryOptions{}, clock, source.get_token(), half, flaky);
    CHECK(flaky.calls == 1);
    CHECK(outcome.reason == GiveUp::kCancelled);
    CHECK(outcome.result.error().message == "failure 1");
}

TEST_CASE("a stop ends a real wait", "[blocking]") {
    resilience::SystemClock clock;
    auto policy = presets::api();
    policy.backoff.initial = policy.backoff.max = 24h;
    std::stop_source source;
    RetryOptions options{.policy = policy};
    options.on_retry = [&](std::uint32_t, const Error&, Duration) { source.request_stop(); };
    Flaky flaky(9);
    const auto outcome = resilience::try_retry(options, clock, source.get_token(), half, flaky);
    CHECK(outcome.reason == GiveUp::kCancelled);
}

TEST_CASE("a deadline that has passed prevents the first attempt", "[blocking]") {
    VirtualClock clock;
    Flaky flaky(0);
    const RetryOptions options{.deadline = clock.now()};
    const auto outcome = resilience::try_retry(options, clock, {}, half, flaky);
    CHECK(flaky.calls == 0);
    CHECK(outcome.reason == GiveUp::kDeadline);
}

TEST_CASE("a deadline ends the call instead of a wait beyond it", "[blocking]") {
    VirtualClock clock;
    Flaky flaky(9);
    const RetryOptions options{.policy = presets::external_api(), .deadline = clock.now() + 7s};
    const auto outcome = resilience::try_retry(options, clock, {}, half, flaky);
    CHECK(outcome.reason == GiveUp::kDeadline);
    CHECK(flaky.calls == 3);
    CHECK(clock.slept() == 6s);
}

TEST_CASE("predicates of the call have the last word", "[blocking]") {
    VirtualClock clock;
    SECTION("retry_on says no") {
        Flaky flaky(9);
        const RetryOptions options{.retry_on = [](const Error&) { return false; }};
        CHECK(resilience::try_retry(options, clock, {}, half, flaky).attempts == 1);
    }
    SECTION("retry_on says yes to a permanent failure") {
        Flaky flaky(1, ErrorClass::kPermanent);
        const RetryOptions options{.retry_on = [](const Error&) { return true; }};
        CHECK(resilience::try_retry(options, clock, {}, half, flaky).result.ok());
    }
    SECTION("retry_on says yes to refused credentials, which somebody may replace") {
        Flaky flaky(1, ErrorClass::kAuth);
        const RetryOptions options{.retry_on = [](const Error&) { return true; }};
        CHECK(resilience::retry(options, clock, {}, half, flaky).ok());
        CHECK(flaky.calls == 2);
    }
    SECTION("retry_on cannot allow a doubled effect") {
        Flaky flaky(1, ErrorClass::kAmbiguous);
        const RetryOptions options{.idempotency = Idempotency::kNonIdempotent,
                                   .retry_on = [](const Error&) { return true; }};
        CHECK(resilience::try_retry(options, clock, {}, half, flaky).reason ==
              GiveUp::kMaybeExecuted);
    }
    SECTION("never_on is stronger") {
        Flaky flaky(9);
        const RetryOptions options{.retry_on = [](const Error&) { return true; },
                                   .never_on = [](const Error&) { return true; }};
        CHECK(resilience::try_retry(options, clock, {}, half, flaky).attempts == 1);
    }
    SECTION("a predicate that throws means no") {
        Flaky flaky(9);
        const RetryOptions options{.retry_on = [](const Error&) -> bool { throw 1; }};
        CHECK(resilience::try_retry(options, clock, {}, half, flaky).attempts == 1);
    }
}

TEST_CASE("callbacks are told each retry and the end", "[blocking]") {
    VirtualClock clock;
    std::vector<std::string> told;
    RetryOptions options{.policy = presets::api()};
    options.on_retry = [&](std::uint32_t attempt, const Error& error, Duration delay) {
        told.push_back(std::to_string(attempt) + " " + error.message + " " +
                       std::to_string(delay / 1s));
    };
    options.on_failure = [&](const Error& error, std::uint32_t attempts) {
        told.push_back("end " + std::to_string(attempts) + " " + error.message);
    };
    Flaky flaky(9);
    CHECK_FALSE(resilience::retry(options, clock, {}, half, flaky).ok());
    CHECK(told == std::vector<std::string>{"1 failure 1 1", "2 failure 2 2", "end 3 failure 3"});
}

TEST_CASE("callbacks that throw change nothing", "[blocking]") {
    VirtualClock clock;
    RetryOptions options{.policy = presets::api()};
    options.on_retry = [](std::uint32_t, const Error&, Duration) { throw std::runtime_error("x"); };
    options.on_failure = [](const Error&, std::uint32_t) { throw 7; };
    options.on_event = [](const resilience::Event&) { throw 7; };
    Flaky flaky(9);
    const auto outcome = resilience::try_retry(options, clock, {}, half, flaky);
    CHECK(outcome.reason == GiveUp::kAttemptsExhausted);
    CHECK(flaky.calls == 3);
    Flaky good(1);
    CHECK(resilience::retry(options, clock, {}, half, good).ok());
}

TEST_CASE("events tell the whole story", "[blocking]") {
    VirtualClock clock;
    std::vector<EventKind> kinds;
    resilience::Event last;
    RetryOptions options{.policy = presets::api(), .operation = "publish"};
    options.on_event = [&](const resilience::Event& event) {
        kinds.push_back(event.kind);
        CHECK(event.operation == "publish");
        if (event.kind == EventKind::kRetry) CHECK(event.maybe_duplicate);
        last = event;
    };
    Flaky flaky(2, ErrorClass::kAmbiguous);
    CHECK(resilience::retry(options, clock, {}, half, flaky).ok());
    CHECK(kinds == std::vector{EventKind::kRetry, EventKind::kRetry, EventKind::kSuccess});
    CHECK(last.attempt == 3);
    CHECK(last.retries() == 2);
    CHECK(last.total_delay == 3s);
}

TEST_CASE("the clock is read once per failed attempt and not for a success", "[blocking]") {
    CountingClock clock;
    Flaky good(0);
    CHECK(resilience::retry(presets::api(), clock, {}, half, good).ok());
    CHECK(clock.reads == 0);
    Flaky flaky(2);
    CHECK(resilience::retry(presets::api(), clock, {}, half, flaky).ok());
    CHECK(clock.reads == 2);
}

TEST_CASE("a context loops as long as the policy allows", "[blocking]") {
    VirtualClock clock;
    RetryContext context({.policy = presets::api()}, clock, {}, half);
    Flaky flaky(9);
    while (context.should_retry()) {
        context.failed(flaky().error());
    }
    CHECK_FALSE(context.succeeded());
    CHECK(context.reason() == GiveUp::kAttemptsExhausted);
    CHECK(context.error()->message == "failure 3");
    CHECK(clock.slept() == 3s);
    CHECK_FALSE(context.should_retry());
}

TEST_CASE("a context ends with success, also when it is not told", "[blocking]") {
    VirtualClock clock;
    RetryContext context({}, clock, {}, half);
    REQUIRE(context.should_retry());
    context.failed(error_of(ErrorClass::kTransient));
    REQUIRE(context.should_retry());
    CHECK(context.attempt() == 2);
    SECTION("told") {
        context.success();
    }
    SECTION("not told") {}
    CHECK_FALSE(context.should_retry());
    CHECK(context.succeeded());
}

TEST_CASE("a context does not begin after a stop", "[blocking]") {
    VirtualClock clock;
    std::stop_source source;
    source.request_stop();
    RetryContext context({}, clock, source.get_token(), half);
    CHECK_FALSE(context.should_retry());
    CHECK(context.reason() == GiveUp::kCancelled);
}

TEST_CASE("the original exception comes out when attempts are used up", "[blocking]") {
    struct OwnError : std::runtime_error {
        using std::runtime_error::runtime_error;
    };
    VirtualClock clock;
    const resilience::Classifier classifier;
    int calls = 0;
    const auto operation = [&]() -> int {
        ++calls;
        throw OwnError("request timed out " + std::to_string(calls));
    };
    const RetryOptions options{.policy = presets::api()};
    CHECK_THROWS_MATCHES(
        resilience::retry_throwing(options, clock, {}, half, classifier, operation), OwnError,
        Catch::Message("request timed out 3"));
    CHECK(calls == 3);
}

TEST_CASE("an operation that throws may recover", "[blocking]") {
    VirtualClock clock;
    const resilience::Classifier classifier;
    const auto operation = [](std::uint32_t attempt) {
        if (attempt < 3) throw std::runtime_error("connection refused");
        return attempt;
    };
    CHECK(resilience::retry_throwing({}, clock, {}, half, classifier, operation) == 3);
    int done = 0;
    resilience::retry_throwing({}, clock, {}, half, classifier, [&] { ++done; });
    CHECK(done == 1);
}

TEST_CASE("exceptions are judged by code, then type, then text", "[blocking]") {
    const resilience::Classifier classifier;
    const auto judged = [&](auto exception) {
        return resilience::to_error(std::make_exception_ptr(exception), classifier, {}).cls;
    };
    const auto system = [](int code) {
        return std::system_error(code, std::generic_category(), "timeout");
    };
    CHECK(judged(system(ENOENT)) == ErrorClass::kPermanent);
    CHECK(judged(system(ECONNREFUSED)) == ErrorClass::kTransient);
    CHECK(judged(system(ECONNRESET)) == ErrorClass::kAmbiguous);
    CHECK(judged(system(ECANCELED)) == ErrorClass::kPermanent);
    CHECK(judged(std::invalid_argument("timeout")) == ErrorClass::kPermanent);
    CHECK(judged(std::runtime_error("timeout")) == ErrorClass::kAmbiguous);
    CHECK(judged(7) == ErrorClass::kPermanent);
}
