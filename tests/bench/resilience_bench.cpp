// What resilience costs, in nanoseconds. `steady_clock_now` is the yardstick: the clock is most of
// what a guarded call pays. Published figures of others stand in docs/resilience.md.

#include "resilience/classify.hpp"
#include "resilience/guarded.hpp"
#include "resilience/presets.hpp"
#include "tests/support/allocation_count.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

namespace {

using namespace resilience;

double half() {
    return 0.5;
}

Result<int> work(int& value) {
    benchmark::DoNotOptimize(++value);
    return value;
}

/// Reports allocations per iteration beside the time.
class AllocationCount {
public:
    explicit AllocationCount(benchmark::State& state)
        : state_(state), before_(test_support::allocations()) {}
    ~AllocationCount() {
        state_.counters["allocations"] =
            benchmark::Counter(static_cast<double>(test_support::allocations() - before_),
                               benchmark::Counter::kAvgIterations);
    }

private:
    benchmark::State& state_;
    std::uint64_t before_;
};

void steady_clock_now(benchmark::State& state) {
    const SystemClock clock;
    for (auto _ : state) {
        benchmark::DoNotOptimize(clock.now());
    }
}
BENCHMARK(steady_clock_now);

void bare_call(benchmark::State& state) {
    int value = 0;
    for (auto _ : state) {
        auto result = work(value);
        benchmark::DoNotOptimize(result);
    }
}
BENCHMARK(bare_call);

void retry_success(benchmark::State& state) {
    SystemClock clock;
    const RetryPolicy policy = presets::webex();
    const std::stop_token stop;
    int value = 0;
    const AllocationCount count(state);
    for (auto _ : state) {
        auto result = retry(policy, clock, stop, half, [&] { return work(value); });
        benchmark::DoNotOptimize(result);
    }
}
BENCHMARK(retry_success);

void all_guards_success(benchmark::State& state) {
    SystemClock clock;
    RateLimiter limiter(1e9, 1.0, clock.now());
    CircuitBreaker breaker;
    Bulkhead bulkhead(64);
    RetryBudget budget;
    const Guards guards{&limiter, &breaker, &bulkhead, std::chrono::seconds{5}};
    RetryOptions options{.policy = presets::webex()};
    options.budget = &budget;
    options.deadline = clock.now() + std::chrono::hours{24};
    const std::stop_token stop;
    int value = 0;
    const AllocationCount count(state);
    for (auto _ : state) {
        auto outcome = run_guarded(options, guards, clock, stop, half,
                                   [&](const Attempt&) { return work(value); });
        benchmark::DoNotOptimize(outcome);
    }
}
BENCHMARK(all_guards_success);

void rejected_by_breaker(benchmark::State& state) {
    const Instant now{std::chrono::hours{1}};
    CircuitBreaker breaker({.failure_ratio = 2.0, .consecutive_failures = 1});
    breaker.try_acquire(now).permit->report(Health::kBad, now, 0.0);
    for (auto _ : state) {
        auto admission = breaker.try_acquire(now);
        benchmark::DoNotOptimize(admission.retry_in);
    }
}
BENCHMARK(rejected_by_breaker);

void limiter_grant(benchmark::State& state) {
    Instant now{std::chrono::hours{1}};
    RateLimiter limiter(1e6, 1.0, now);
    for (auto _ : state) {
        now += std::chrono::microseconds{1};
        benchmark::DoNotOptimize(limiter.try_acquire(now));
    }
}
BENCHMARK(limiter_grant);

void classify(benchmark::State& state, const FailureInfo& failure) {
    const Classifier classifier(Profile::kWebex);
    const AllocationCount count(state);
    for (auto _ : state) {
        benchmark::DoNotOptimize(classifier.classify(failure, {}));
    }
}

void classify_status(benchmark::State& state) {
    classify(state, {.kind = FailureKind::kHttpStatus,
                     .status = 503,
                     .message = "upstream connect error or disconnect/reset before headers"});
}
BENCHMARK(classify_status);

void classify_status_with_wait(benchmark::State& state) {
    classify(state, {.kind = FailureKind::kHttpStatus, .status = 429, .retry_after = "30"});
}
BENCHMARK(classify_status_with_wait);

void classify_text_200_bytes(benchmark::State& state) {
    const std::string text =
        "HTTPSConnectionPool(host='webexapis.com', port=443): Max retries exceeded with url: "
        "/v1/messages (Caused by NewConnectionError('Failed to establish a new connection: "
        "[Errno 111] Connection refused'))...";
    classify(state, {.message = std::string_view(text).substr(0, 200)});
}
BENCHMARK(classify_text_200_bytes);

void decision_after_failure(benchmark::State& state) {
    const Classifier classifier(Profile::kWebex);
    const Instant now{std::chrono::hours{1}};
    for (auto _ : state) {
        RetryState retry_state(presets::webex(), Idempotency::kAtLeastOnce, now);
        const auto verdict =
            classifier.classify({.kind = FailureKind::kHttpStatus, .status = 503}, {});
        benchmark::DoNotOptimize(retry_state.on_failure(to_failure(verdict), now, 0.5));
    }
}
BENCHMARK(decision_after_failure);

}  // namespace

BENCHMARK_MAIN();
