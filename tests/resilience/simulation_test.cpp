// A thousand senders and one server that fails, throttles and recovers, in virtual time.

#include "resilience/presets.hpp"
#include "resilience/retry.hpp"
#include "resilience/retry_budget.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <queue>
#include <random>
#include <vector>

using namespace resilience;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart{1h};
constexpr int kSenders = 1000;
constexpr Duration kEnd = 100s;
constexpr Duration kFails = 20s;
constexpr Duration kThrottles = 50s;
constexpr Duration kRecovers = 60s;
constexpr Duration kSlot = 100ms;

struct Pending {
    Instant at;
    int call;
    friend bool operator>(const Pending& a, const Pending& b) { return a.at > b.at; }
};

struct Report {
    int calls = 0;
    int attempts = 0;
    std::map<std::int64_t, int> attempts_by_slot;
    std::map<std::int64_t, std::pair<int, int>> by_second;  // attempts, successes

    int peak_after(Duration from) const {
        int peak = 0;
        for (const auto& [slot, count] : attempts_by_slot) {
            if (slot >= from / kSlot) peak = std::max(peak, count);
        }
        return peak;
    }
    /// When the last second with fewer than 99 % successes was over.
    Duration healthy_after() const {
        std::int64_t last = 0;
        for (const auto& [second, counts] : by_second) {
            if (counts.second < counts.first * 99 / 100) last = second + 1;
        }
        return std::chrono::seconds{last};
    }
};

std::optional<Failure> answer(Duration at) {
    if (at >= kFails && at < kThrottles) return Failure{ErrorClass::kTransient};
    if (at >= kThrottles && at < kRecovers) return Failure{ErrorClass::kRateLimited, 5s};
    return std::nullopt;
}

/// Every sender begins a call per second; failed attempts are repeated as the policy says.
Report simulate(RetryBudget* budget) {
    std::mt19937_64 random(42);
    const auto unit = [&] { return std::uniform_real_distribution<>(0.0, 1.0)(random); };
    const RetryPolicy policy = presets::standard();
    std::vector<RetryState> calls;
    std::priority_queue<Pending, std::vector<Pending>, std::greater<>> queue;
    for (int sender = 0; sender < kSenders; ++sender) {
        const Duration phase{static_cast<Duration::rep>(unit() * 1e9)};
        for (Duration at = phase; at < kEnd; at += 1s) {
            queue.push({kStart + at, static_cast<int>(calls.size())});
            calls.emplace_back(policy, Idempotency::kIdempotent, kStart + at);
        }
    }
    Report report;
    while (!queue.empty()) {
        const Pending next = queue.top();
        queue.pop();
        const Duration at = next.at - kStart;
        RetryState& state = calls[static_cast<std::size_t>(next.call)];
        if (state.attempt() == 1) {
            ++report.calls;
            if (budget != nullptr) budget->on_call(next.at);
        }
        ++report.attempts;
        ++report.attempts_by_slot[at / kSlot];
        auto& second = report.by_second[at / 1s];
        ++second.first;
        const auto failure = answer(at);
        if (!failure) {
            ++second.second;
            continue;
        }
        const auto decision = state.on_failure(*failure, next.at, unit());
        if (!decision.retry) continue;
        if (budget != nullptr && !budget->try_retry(next.at)) continue;
        queue.push({next.at + decision.delay, next.call});
    }
    return report;
}

}  // namespace

TEST_CASE("without a budget an outage triples the load", "[simulation]") {
    const auto report = simulate(nullptr);
    CHECK(report.calls == kSenders * 100);
    int during = 0;
    for (std::int64_t second = 30; second < 50; ++second) {
        during += report.by_second.at(second).first;
    }
    CHECK(during > 20 * kSenders * 5 / 2);
}

TEST_CASE("the budget bounds amplification, nothing is synchronised, recovery is quick",
          "[simulation]") {
    const BudgetPolicy policy{.ratio = 0.2, .floor_per_second = 1.0};
    RetryBudget budget(policy);
    const auto report = simulate(&budget);
    const double amplification =
        static_cast<double>(report.attempts) / static_cast<double>(report.calls);
    const double floor = policy.floor_per_second / kSenders;
    CHECK(amplification <= 1.0 + policy.ratio + floor);
    CHECK(budget.denied() > 0);

    // A slot holds 100 first attempts on average. When the outage begins, the budget of a whole
    // window is spent at once; a wall of repeats that were told the same would be several times as
    // high.
    constexpr int kMean = kSenders / 10;
    CHECK(report.peak_after(kFails) < kMean * 5 / 2);
    CHECK(report.peak_after(kRecovers) < kMean * 3 / 2);

    const Duration recovery = report.healthy_after() - kRecovers;
    WARN("amplification " << amplification << ", peak " << report.peak_after(kFails) << " and "
                          << report.peak_after(kRecovers) << " in 100 ms (mean " << kMean
                          << "), recovery " << std::chrono::duration<double>(recovery).count()
                          << " s");
    CHECK(recovery <= 1s);
}

TEST_CASE("a million random policies keep their promises", "[simulation]") {
    std::mt19937_64 random(58);
    const auto pick = [&](std::uint64_t n) { return random() % n; };
    const auto span = [&](std::uint64_t most) {
        return Duration{static_cast<Duration::rep>(pick(most))};
    };
    for (int i = 0; i < 1'000'000; ++i) {
        RetryPolicy policy;
        policy.backoff.initial = span(3'000'000'000);
        policy.backoff.max = Duration{1} + span(60'000'000'000);
        policy.backoff.multiplier = 1.0 + static_cast<double>(pick(300)) / 100.0;
        policy.backoff.jitter = static_cast<Jitter>(pick(5));
        policy.backoff.ratio = static_cast<double>(pick(101)) / 100.0;
        policy.max_attempts = static_cast<std::uint32_t>(1 + pick(6));
        const Instant deadline = kStart + span(100'000'000'000);
        RetryState state(policy, Idempotency::kIdempotent, kStart, deadline);
        Instant now = kStart;
        std::uint32_t failed = 0;
        for (;;) {
            ++failed;
            const double u = static_cast<double>(pick(1000)) / 1000.0;
            const auto next = state.on_failure({ErrorClass::kTransient}, now, u);
            if (!next.retry) break;
            now += next.delay;
            const bool kept = next.delay >= 0ns && next.delay <= policy.backoff.max &&
                              now < deadline && failed < policy.max_attempts;
            if (!kept) FAIL("policy " << i << " broke its promise at attempt " << failed);
        }
        if (failed > policy.max_attempts) FAIL("policy " << i << " made too many attempts");
    }
    SUCCEED();
}
