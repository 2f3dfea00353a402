#pragma once

#include "resilience/clock.hpp"

#include <array>
#include <cstdint>
#include <mutex>

namespace resilience {

/// How many repeats all calls together may cost.
struct BudgetPolicy {
    double ratio = 0.2;             ///< Repeats per call.
    double floor_per_second = 1.0;  ///< Always allowed, so that a quiet service may repeat at all.
    Duration window = std::chrono::seconds{10};
};

/// Bounds what retries add to the load of a service that is down: a repeat is granted only while
/// all repeats of the window that ends now are at most `floor_per_second * window + ratio * calls`.
/// The window moves in steps of a tenth, so within any span of time `t` the repeats are at most
/// `(t / (0.9 * window) + 1) * floor_per_second * window + ratio * calls`, with the calls of that
/// span and of one window before it. Shared by all calls to that service; asked before the wait,
/// not after it. All functions may be called from any thread; none blocks for long.
class RetryBudget {
public:
    explicit RetryBudget(const BudgetPolicy& policy = {}) noexcept;

    /// A call begins (its first attempt; repeats do not count).
    void on_call(Instant now) noexcept;

    /// Takes one repeat from the budget. False if there is none left.
    bool try_retry(Instant now) noexcept;

    /// How many repeats have been refused.
    std::uint64_t denied() const noexcept;

private:
    static constexpr std::int64_t kBuckets = 10;

    struct Bucket {
        std::int64_t number = -1;
        std::uint64_t calls = 0;
        std::uint64_t repeats = 0;
    };

    Bucket& bucket_at(Instant now) noexcept;

    const BudgetPolicy policy_;
    const Duration bucket_length_;
    mutable std::mutex mutex_;  // guards what follows
    std::array<Bucket, kBuckets> buckets_{};
    std::int64_t newest_ = 0;
    std::uint64_t denied_ = 0;
};

}  // namespace resilience
