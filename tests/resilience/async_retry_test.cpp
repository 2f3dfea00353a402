#include "resilience/async_retry.hpp"

#include "resilience/presets.hpp"
#include "resilience/recipes.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

using resilience::AsyncRetry;
using resilience::Duration;
using resilience::Error;
using resilience::ErrorClass;
using resilience::EventLoop;
using resilience::GiveUp;
using resilience::Instant;
using resilience::Outcome;
using resilience::Result;
using resilience::RetryOptions;
using resilience::Scope;
using resilience::VirtualClock;
using namespace std::chrono_literals;

namespace {

/// An event loop on virtual time.
class VirtualLoop {
public:
    EventLoop lend() {
        return {.post_after =
                    [this](Duration delay, std::function<void()> run) {
                        queue_.emplace(clock.now() + delay, std::move(run));
                    },
                .random = [] { return 0.5; }};
    }

    void run() {
        while (step()) {
        }
    }

    bool step() {
        if (queue_.empty()) return false;
        const auto first = queue_.begin();
        if (first->first > clock.now()) clock.advance(first->first - clock.now());
        const auto run = std::move(first->second);
        queue_.erase(first);
        run();
        return true;
    }

    VirtualClock clock;

private:
    std::multimap<Instant, std::function<void()>> queue_;
};

struct AsyncBench {
    VirtualLoop loop;
    RetryOptions options{.policy = resilience::presets::api(), .operation = "fetch"};
    std::stop_source source;
    std::vector<std::uint32_t> attempts;
    std::optional<Outcome<int>> outcome;
    int done_calls = 0;

    /// Fails until attempt number `good`.
    void start(std::uint32_t good, bool later = false) {
        resilience::retry_async<int>(
            options, loop.clock, loop.lend(), source.get_token(),
            [this, good, later](std::uint32_t attempt, AsyncRetry<int>::Answer answer) {
                attempts.push_back(attempt);
                Result<int> result = Error{ErrorClass::kTransient, Scope::kMessage, "broken"};
                if (attempt >= good) result = 42;
                if (!later) return answer(std::move(result));
                loop.lend().post_after(100ms, [answer, result] { answer(result); });
            },
            [this](Outcome<int> ended) {
                ++done_calls;
                outcome = std::move(ended);
            });
    }
};

}  // namespace

TEST_CASE("an asynchronous call gives up like a blocking one", "[async]") {
    AsyncBench bench;
    bench.start(9);
    bench.loop.run();
    REQUIRE(bench.outcome);
    CHECK(bench.outcome->reason == GiveUp::kAttemptsExhausted);
    CHECK(bench.outcome->attempts == 3);
    CHECK(bench.outcome->total_delay == 3s);
    CHECK(bench.outcome->result.error().message == "broken");
    CHECK(bench.attempts == std::vector<std::uint32_t>{1, 2, 3});
    CHECK(bench.done_calls == 1);
}

TEST_CASE("an asynchronous call waits by timer and succeeds", "[async]") {
    AsyncBench bench;
    const auto later = GENERATE(false, true);
    const auto start = bench.loop.clock.now();
    bench.start(3, later);
    CHECK_FALSE(bench.outcome);
    bench.loop.run();
    REQUIRE(bench.outcome);
    CHECK(bench.outcome->result.value() == 42);
    CHECK(bench.outcome->attempts == 3);
    CHECK(bench.loop.clock.now() - start == (later ? 3300ms : 3s));
    CHECK(bench.loop.clock.slept() == 0s);
}

TEST_CASE("a stop ends the wait of an asynchronous call at once", "[async]") {
    AsyncBench bench;
    bench.start(9);
    const auto before = bench.loop.clock.now();
    bench.source.request_stop();
    CHECK(bench.loop.step());
    REQUIRE(bench.outcome);
    CHECK(bench.outcome->reason == GiveUp::kCancelled);
    CHECK(bench.outcome->attempts == 1);
    CHECK(bench.loop.clock.now() == before);
    bench.loop.run();  // the timer of the wait finds nothing to do
    CHECK(bench.attempts.size() == 1);
    CHECK(bench.done_calls == 1);
}

TEST_CASE("a stop during an attempt lets it end", "[async]") {
    AsyncBench bench;
    const std::uint32_t good = GENERATE(1U, 9U);
    bench.start(good, true);
    bench.source.request_stop();
    bench.loop.run();
    REQUIRE(bench.outcome);
    CHECK(bench.outcome->reason == (good == 1 ? GiveUp::kNone : GiveUp::kCancelled));
    CHECK(bench.attempts.size() == 1);
}

TEST_CASE("an asynchronous call is not begun after a stop", "[async]") {
    AsyncBench bench;
    bench.source.request_stop();
    bench.start(1);
    REQUIRE(bench.outcome);
    CHECK(bench.outcome->reason == GiveUp::kCancelled);
    CHECK(bench.attempts.empty());
}

TEST_CASE("[S1.15] attempts counted in a database are not made again", "[recipes]") {
    VirtualClock clock;
    std::vector<std::uint32_t> attempts;
    const auto operation = [&](std::uint32_t attempt) -> Result<int> {
        attempts.push_back(attempt);
        return Error{ErrorClass::kTransient, Scope::kMessage, "broken"};
    };
    RetryOptions options{.policy = resilience::presets::image(), .operation = "draw"};
    options.attempts_before = 2;
    std::uint32_t stored = 0;
    options.on_failure = [&](const Error&, std::uint32_t count) { stored = count; };
    const auto zero = [] { return 0.0; };
    CHECK(resilience::try_retry(options, clock, {}, zero, operation).attempts == 4);
    CHECK(attempts == std::vector<std::uint32_t>{3, 4});
    CHECK(clock.slept() == 4s);
    CHECK(stored == 4);

    options.attempts_before = stored;
    const auto outcome = resilience::try_retry(options, clock, {}, zero, operation);
    CHECK(outcome.reason == GiveUp::kAttemptsExhausted);
    CHECK(outcome.attempts == 0);
    CHECK(outcome.result.error().message == "draw not tried: its attempts were used up earlier");
    CHECK(attempts.size() == 2);
}

TEST_CASE("[S1.16] every repeat varies the request", "[recipes]") {
    using resilience::variation_of;
    CHECK(variation_of(1, 3) == -1);
    CHECK(variation_of(2, 3) == 0);
    CHECK(variation_of(3, 3) == 1);
    CHECK(variation_of(4, 3) == 2);
    CHECK(variation_of(5, 3) == 0);
    CHECK(variation_of(7, 0) == -1);
}

TEST_CASE("[S1.19] an empty result is a failure with its own text", "[recipes]") {
    const auto empty = resilience::require_content(Result<std::string>(std::string()), "no image");
    REQUIRE_FALSE(empty.ok());
    CHECK(empty.error().message == "no image");
    CHECK(empty.error().cls == ErrorClass::kTransient);
    CHECK(resilience::require_content(Result<std::string>(std::string("x")), "no image").ok());
    const Result<std::string> failed = resilience::permanent_error("broken");
    CHECK(resilience::require_content(failed, "no image").error().message == "broken");
}

TEST_CASE("[S2.35] a second source is asked when the first has failed", "[recipes]") {
    const Result<int> failed = resilience::permanent_error("broken");
    const auto second = resilience::with_fallback(failed, [](const Error&) { return 7; });
    CHECK(second.from_fallback);
    CHECK(second.result.value() == 7);
    const auto first = resilience::with_fallback(Result<int>(1), [](const Error&) { return 7; });
    CHECK_FALSE(first.from_fallback);
    CHECK(first.result.value() == 1);
}

TEST_CASE("an operation that throws or answers twice is done once", "[async]") {
    VirtualLoop loop;
    int done = 0;
    std::vector<std::string> ends;
    const auto start = [&](AsyncRetry<int>::Operation operation) {
        resilience::retry_async<int>(
            {.policy = resilience::presets::standard()}, loop.clock, loop.lend(), {},
            std::move(operation), [&](const Outcome<int>& outcome) {
                ++done;
                ends.push_back(outcome.result.ok() ? "value" : outcome.result.error().message);
            });
        loop.run();
    };
    const Error busy{ErrorClass::kTransient, Scope::kMessage, "busy"};
    start([&](std::uint32_t attempt, const AsyncRetry<int>::Answer& answer) {
        if (attempt == 2) throw std::runtime_error("broken");
        answer(busy);
    });
    start([&](std::uint32_t, const AsyncRetry<int>::Answer& answer) {
        answer(1);
        answer(2);
    });
    start([&](std::uint32_t, const AsyncRetry<int>::Answer& answer) {
        answer(busy);
        answer(busy);
    });
    CHECK(done == 3);
    CHECK(ends == std::vector<std::string>{"the operation has thrown: broken", "value", "busy"});
}

TEST_CASE("an asynchronous call tells how many of its callbacks have thrown", "[async]") {
    AsyncBench bench;
    bench.options.on_retry = [](std::uint32_t, const Error&, Duration) { throw 7; };
    bench.options.on_failure = [](const Error&, std::uint32_t) { throw 7; };
    const std::uint32_t good = GENERATE(1U, 2U, 9U);
    bench.start(good);
    bench.loop.run();
    REQUIRE(bench.outcome);
    const std::uint32_t repeats = bench.outcome->attempts - 1;
    CHECK(bench.outcome->callback_errors == repeats + (good == 9U ? 1U : 0U));
}

TEST_CASE("an asynchronous call that is stopped in a wait tells what has thrown", "[async]") {
    AsyncBench bench;
    bench.options.on_retry = [](std::uint32_t, const Error&, Duration) { throw 7; };
    bench.start(9);
    bench.source.request_stop();
    bench.loop.run();
    REQUIRE(bench.outcome);
    CHECK(bench.outcome->reason == GiveUp::kCancelled);
    CHECK(bench.outcome->callback_errors == 1);
}
