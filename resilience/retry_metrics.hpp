#pragma once

#include "resilience/event.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace resilience {

/// Counts what happens to calls. Attempts are counted as well as calls: a dashboard of outcomes
/// alone hides a tripled load. Feed it every event (`options.on_event`). May be used from any
/// thread.
class RetryMetrics {
public:
    static constexpr std::size_t kReasons = static_cast<std::size_t>(GiveUp::kBudgetExhausted) + 1;
    /// Upper ends of the delay histogram, in seconds; one more bucket holds the rest.
    static constexpr std::array<double, 8> kDelayBounds{0.1, 0.5, 1, 2, 5, 10, 30, 60};

    struct Snapshot {
        std::uint64_t calls = 0;                         ///< That have ended.
        std::uint64_t attempts = 0;                      ///< Of the calls that have ended.
        std::array<std::uint64_t, 3> successes{};        ///< With no, one, two or more repeats.
        std::array<std::uint64_t, kReasons> failures{};  ///< By GiveUp.
        std::array<std::uint64_t, kDelayBounds.size() + 1> delays{};
        double delay_seconds = 0.0;  ///< Sum of all waits.

        /// Share of the calls that used up their attempts: the figure to alarm on (5 %).
        double exhaustion_rate() const noexcept;
    };

    void on_event(const Event& event) noexcept;
    Snapshot snapshot() const noexcept;

private:
    using Counter = std::atomic<std::uint64_t>;

    Counter attempts_{0};
    std::array<Counter, 3> successes_{};
    std::array<Counter, kReasons> failures_{};
    std::array<Counter, kDelayBounds.size() + 1> delays_{};
    Counter delay_micros_{0};
};

}  // namespace resilience
