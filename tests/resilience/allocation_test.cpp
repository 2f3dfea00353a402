#include "resilience/guarded.hpp"
#include "resilience/presets.hpp"
#include "tests/support/allocation_count.hpp"

#include <catch2/catch.hpp>

using namespace resilience;
using namespace std::chrono_literals;

namespace {

double half() {
    return 0.5;
}

}  // namespace

TEST_CASE("the counting allocator counts", "[allocation]") {
    const auto before = test_support::allocations();
    const auto* memory = new int(1);
    CHECK(test_support::allocations() == before + 1);
    delete memory;
}

TEST_CASE("a successful call behind all guards allocates nothing", "[allocation]") {
    VirtualClock clock;
    RateLimiter limiter(1e9, 1.0, clock.now());
    CircuitBreaker breaker;
    Bulkhead bulkhead(8);
    RetryBudget budget;
    const Guards guards{&limiter, &breaker, &bulkhead, 5s};
    RetryOptions options{.policy = presets::webex(), .deadline = clock.now() + 1h};
    options.budget = &budget;
    const auto before = test_support::allocations();
    const auto outcome = run_guarded(options, guards, clock, {}, half,
                                     [](const Attempt&) -> Result<int> { return 1; });
    const auto plain = retry(options.policy, clock, {}, half, []() -> Result<int> { return 1; });
    CHECK(test_support::allocations() == before);
    CHECK(outcome.result.ok());
    CHECK(plain.ok());
}

TEST_CASE("classification and decision allocate nothing", "[allocation]") {
    const Classifier classifier(Profile::kWebex);
    RetryState state(presets::webex(), Idempotency::kIdempotent, Instant{1h});
    const auto before = test_support::allocations();
    const auto verdict = classifier.classify(
        {.message = "('Connection aborted.', ConnectionResetError(104, 'reset'))"}, {});
    const auto decision = state.on_failure(to_failure(verdict), Instant{1h}, 0.5);
    CHECK(test_support::allocations() == before);
    CHECK(decision.retry);
}
