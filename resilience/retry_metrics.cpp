#include "resilience/retry_metrics.hpp"

#include <algorithm>

namespace resilience {

double RetryMetrics::Snapshot::exhaustion_rate() const noexcept {
    if (calls == 0) return 0.0;
    const auto exhausted = failures[static_cast<std::size_t>(GiveUp::kAttemptsExhausted)];
    return static_cast<double>(exhausted) / static_cast<double>(calls);
}

void RetryMetrics::on_event(const Event& event) noexcept {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    if (event.kind == EventKind::kRetry) {
        const double wait = std::chrono::duration<double>(event.delay).count();
        const auto* const bound = std::lower_bound(kDelayBounds.begin(), kDelayBounds.end(), wait);
        delays_[static_cast<std::size_t>(bound - kDelayBounds.begin())].fetch_add(1, kRelaxed);
        const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(event.delay);
        delay_micros_.fetch_add(static_cast<std::uint64_t>(micros.count()), kRelaxed);
        return;
    }
    attempts_.fetch_add(event.attempt, kRelaxed);
    if (event.kind == EventKind::kSuccess) {
        successes_[std::min<std::size_t>(event.retries(), 2)].fetch_add(1, kRelaxed);
    } else {
        failures_[static_cast<std::size_t>(event.reason)].fetch_add(1, kRelaxed);
    }
}

RetryMetrics::Snapshot RetryMetrics::snapshot() const noexcept {
    Snapshot result;
    const auto copy = [](const auto& from, auto& to) {
        std::transform(from.begin(), from.end(), to.begin(),
                       [](const Counter& counter) { return counter.load(); });
    };
    copy(successes_, result.successes);
    copy(failures_, result.failures);
    copy(delays_, result.delays);
    result.attempts = attempts_.load();
    for (const auto count : result.successes) {
        result.calls += count;
    }
    for (const auto count : result.failures) {
        result.calls += count;
    }
    result.delay_seconds = static_cast<double>(delay_micros_.load()) / 1e6;
    return result;
}

}  // namespace resilience
