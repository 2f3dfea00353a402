#pragma once

#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

namespace resilience {

/// When a breaker opens, for how long, and how it finds out that the other side is back.
struct BreakerPolicy {
    /// Opens when at least `min_calls` calls of the last `window` were counted and this share of
    /// them failed. Above 1: never.
    double failure_ratio = 0.5;
    std::uint32_t min_calls = 10;
    Duration window = std::chrono::seconds{10};
    /// Opens after this many failures without a success between them. 0: never.
    std::uint32_t consecutive_failures = 0;

    /// How long it stays open: doubles with each failed probe, back to the least after closing.
    Duration open_min = std::chrono::seconds{5};
    Duration open_max = std::chrono::seconds{60};
    /// Lengthens each open period by a random share of up to this, so that clients which saw the
    /// same outage do not come back together.
    double open_spread = 0.2;

    /// Calls let through at a time to find out; at most `kProbesMax`.
    std::uint32_t probes = 1;
    /// Probes that must succeed before it closes.
    std::uint32_t successes_to_close = 1;
    /// A probe that has not reported after this time gives its place to another.
    Duration probe_lease = std::chrono::seconds{30};
};

/// Says what is wrong with a policy, in words for the person who wrote it; empty if nothing is.
std::string_view mistake_in(const BreakerPolicy& policy) noexcept;

/// What a result says about the health of the other side.
enum class Health : std::uint8_t {
    kGood,    ///< It answered.
    kBad,     ///< It failed or could not be reached.
    kUnknown  ///< It lives, but refused (4xx, 429), or the caller gave up.
};

/// transient and ambiguous failures are bad; the others say that the other side lives, and count
/// neither way.
Health health_of(ErrorClass cls) noexcept;

enum class BreakerState : std::uint8_t { kClosed = 0, kOpen = 1, kHalfOpen = 2 };

/// "closed", "open" or "half_open".
std::string_view to_string(BreakerState state) noexcept;

/// Stops calling a service that keeps failing, and finds out gently when it is back.
///
/// Each admitted call holds a `Permit` with the generation in which it was given. What it reports
/// after the breaker has changed its state says nothing about now, and is dropped; a permit that is
/// destroyed without a report returns its place. So a lost or late answer can neither keep the
/// breaker half-open for ever nor close it wrongly.
///
///     auto admission = breaker.try_acquire(now);
///     if (!admission.permit) return refused(admission.retry_in);
///     auto result = call();
///     admission.permit->report(health, clock.now(), random());
///
/// All functions may be called from any thread. Admission by a closed breaker reads one atomic.
class CircuitBreaker {
public:
    static constexpr std::uint32_t kProbesMax = 8;

    /// The right to make one call, and the duty to say how it went. Must not outlive its breaker.
    class Permit {
    public:
        Permit(Permit&& other) noexcept;
        Permit& operator=(Permit&& other) noexcept;
        Permit(const Permit&) = delete;
        Permit& operator=(const Permit&) = delete;
        ~Permit();

        /// Reports the outcome; the first report counts. `u` is random in [0, 1), for the length of
        /// the open period.
        void report(Health health, Instant now, double u) noexcept;

    private:
        friend class CircuitBreaker;
        Permit(CircuitBreaker* breaker, std::uint64_t generation, std::uint64_t probe) noexcept
            : breaker_(breaker), generation_(generation), probe_(probe) {}

        CircuitBreaker* breaker_;
        std::uint64_t generation_;
        std::uint64_t probe_;  // number of the probe, 0 for a call through the closed breaker
    };

    struct Admission {
        std::optional<Permit> permit;
        Duration retry_in{0};  ///< Without a permit: when to ask again at the earliest.
    };

    /// A policy with a mistake is cut into its limits.
    explicit CircuitBreaker(const BreakerPolicy& policy = {}) noexcept;

    /// Asks to make a call now. Never blocks.
    Admission try_acquire(Instant now) noexcept;

    /// As of the last call; an open breaker turns half-open when someone asks after its time.
    BreakerState state() const noexcept;

    /// For how long every call will be refused from now on; zero unless it is open. Changes
    /// nothing: for those who would wait for something else first.
    Duration open_for(Instant now) const noexcept;

    /// True when it knows nothing of today: closed, and no failure within the window.
    bool is_quiet(Instant now) const noexcept;

    /// How often the state has changed.
    std::uint64_t transitions() const noexcept;

private:
    static constexpr std::int64_t kBuckets = 10;

    struct Bucket {
        std::int64_t number = -1;  // of the span of time it counts
        std::uint32_t calls = 0;
        std::uint32_t failures = 0;
    };
    struct Probe {
        std::uint64_t number = 0;  // 0: free
        Instant lease_end{};
    };

    void report(const Permit& permit, Health health, Instant now, double u) noexcept;
    void report_closed(Health health, Instant now, double u) noexcept;
    void report_probe(std::uint64_t probe, Health health, Instant now, double u) noexcept;
    Admission admit_probe(Instant now) noexcept;
    bool should_open(std::int64_t bucket) const noexcept;
    void count(std::int64_t bucket, bool failed) noexcept;
    std::int64_t bucket_of(Instant now) const noexcept;
    void open(Instant now, double u) noexcept;
    void change_to(BreakerState state) noexcept;

    const BreakerPolicy policy_;
    const Duration bucket_length_;
    std::atomic<std::uint64_t> word_{0};  // generation * 4 + state; written under the mutex

    mutable std::mutex mutex_;  // guards what follows
    std::array<Bucket, kBuckets> buckets_{};
    std::uint32_t failures_in_a_row_ = 0;
    std::uint32_t openings_in_a_row_ = 0;
    Instant open_until_{};
    std::array<Probe, kProbesMax> probes_{};
    std::uint64_t probes_given_ = 0;
    std::uint32_t probe_successes_ = 0;
};

}  // namespace resilience
