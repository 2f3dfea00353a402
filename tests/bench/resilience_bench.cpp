// What resilience costs, in nanoseconds and as a ratio to one clock read, which is most of what a
// guarded call pays; beside it the aim, and what others have published about theirs, on machines of
// their own. Sources of those figures: docs/resilience.md, "What it costs".

#include "resilience/classify.hpp"
#include "resilience/guarded.hpp"
#include "resilience/presets.hpp"
#include "tests/support/allocation_count.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

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

/// One line of the table.
struct Line {
    std::string_view name;  // of the benchmark
    std::string_view what;
    std::string_view aim;
    std::string_view elsewhere;
};

constexpr auto kLines = std::to_array<Line>({
    {"steady_clock_now", "one clock read", "", ""},
    {"bare_call", "the bare call", "", ""},
    {"retry_success", "retry, success at once", "bare + 5", "109 (.NET), 16 000 (Python)"},
    {"all_guards_success", "all guards, success", "100", "766 (.NET, five strategies)"},
    {"rejected_by_breaker", "rejected by a breaker", "50", "234 (.NET, as a value)"},
    {"limiter_grant", "rate limiter, granted", "", "128 (.NET)"},
    {"classify_status", "classify a status", "300", ""},
    {"classify_status_with_wait", "classify a 429 with wait", "300", ""},
    {"classify_text_200_bytes", "classify 200 bytes", "1000", ""},
    {"decision_after_failure", "decision after a failure", "1000", ""},
});

std::string processor() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        const auto colon = line.find(": ");
        if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
            return line.substr(colon + 2);
        }
    }
    return "an unnamed processor";
}

/// Prints the table at the end: a ratio needs the clock read of the same run.
class TableReporter final : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context& context) override {
        (void)context;
        std::printf("%u threads of %s, %s\n\n", std::thread::hardware_concurrency(),
                    processor().c_str(), __VERSION__);
        std::printf("%-26s %9s %9s %7s %9s   %s\n", "", "ns", "x clock", "allocs", "aim, ns",
                    "published elsewhere, ns");
        return true;
    }

    void ReportRuns(const std::vector<Run>& runs) override {
        runs_.insert(runs_.end(), runs.begin(), runs.end());
    }

    void Finalize() override {
        const double clock = nanoseconds("steady_clock_now");
        for (const auto& line : kLines) {
            const double time = nanoseconds(line.name);
            if (time < 0.0) continue;
            const auto allocations = allocations_of(line.name);
            std::printf("%-26s %9.1f %9.2f %7s %9s   %s\n", line.what.data(), time,
                        clock > 0.0 ? time / clock : 0.0, allocations.c_str(), line.aim.data(),
                        line.elsewhere.data());
        }
    }

private:
    const Run* find(std::string_view name) const {
        const auto run = std::find_if(runs_.begin(), runs_.end(), [name](const Run& each) {
            return each.benchmark_name() == name;
        });
        return run == runs_.end() ? nullptr : &*run;
    }
    double nanoseconds(std::string_view name) const {
        const Run* run = find(name);
        return run == nullptr ? -1.0 : run->GetAdjustedCPUTime();
    }
    std::string allocations_of(std::string_view name) const {
        const Run* run = find(name);
        const auto counted = run->counters.find("allocations");
        if (counted == run->counters.end()) return "";
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%.2f", counted->second.value);
        return text.data();
    }

    std::vector<Run> runs_;
};

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
    TableReporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
}
