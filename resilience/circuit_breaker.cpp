#include "resilience/circuit_breaker.hpp"

#include "resilience/backoff.hpp"
#include "resilience/time_math.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace resilience {

namespace {

constexpr std::uint64_t kStates = 4;
constexpr Duration kBucketMin = std::chrono::milliseconds{1};

BreakerState state_of(std::uint64_t word) noexcept {
    return static_cast<BreakerState>(word % kStates);
}

BreakerPolicy within_limits(BreakerPolicy policy) noexcept {
    policy.window = std::clamp(policy.window, kBucketMin * 10, kDelayLimit);
    policy.open_min = std::clamp(policy.open_min, Duration{1}, kDelayLimit);
    policy.open_max = std::clamp(policy.open_max, policy.open_min, kDelayLimit);
    policy.open_spread = policy.open_spread > 0.0 ? std::min(policy.open_spread, 1.0) : 0.0;
    policy.probes = std::clamp<std::uint32_t>(policy.probes, 1, CircuitBreaker::kProbesMax);
    policy.successes_to_close = std::max<std::uint32_t>(policy.successes_to_close, 1);
    policy.min_calls = std::max<std::uint32_t>(policy.min_calls, 1);
    policy.probe_lease = std::clamp(policy.probe_lease, Duration{1}, kDelayLimit);
    return policy;
}

}  // namespace

std::string_view mistake_in(const BreakerPolicy& policy) noexcept {
    if (!(policy.failure_ratio > 0.0)) return "failure ratio is not above 0";
    if (policy.min_calls < 1) return "fewer than one call would decide";
    if (policy.window < kBucketMin * 10) return "window is shorter than 10 milliseconds";
    if (policy.window > kDelayLimit) return "window is longer than 30 days";
    if (policy.open_min <= Duration::zero()) return "shortest open period is not above zero";
    if (policy.open_max < policy.open_min) return "longest open period is below the shortest";
    if (policy.open_max > kDelayLimit) return "longest open period is longer than 30 days";
    if (!(policy.open_spread >= 0.0 && policy.open_spread <= 1.0)) {
        return "spread of the open period is not within 0 and 1";
    }
    if (policy.probes < 1 || policy.probes > CircuitBreaker::kProbesMax) {
        return "number of probes is not within 1 and 8";
    }
    if (policy.successes_to_close < 1) return "fewer than one success would close";
    if (policy.probe_lease <= Duration::zero()) return "lease of a probe is not above zero";
    return {};
}

Health health_of(ErrorClass cls) noexcept {
    const bool bad = cls == ErrorClass::kTransient || cls == ErrorClass::kAmbiguous;
    return bad ? Health::kBad : Health::kUnknown;
}

std::string_view to_string(BreakerState state) noexcept {
    switch (state) {
        case BreakerState::kClosed:
            return "closed";
        case BreakerState::kOpen:
            return "open";
        case BreakerState::kHalfOpen:
            return "half_open";
    }
    return "closed";
}

CircuitBreaker::Permit::Permit(Permit&& other) noexcept
    : breaker_(std::exchange(other.breaker_, nullptr)),
      generation_(other.generation_),
      probe_(other.probe_) {}

CircuitBreaker::Permit& CircuitBreaker::Permit::operator=(Permit&& other) noexcept {
    if (this == &other) return *this;
    report(Health::kUnknown, Instant{}, 0.0);
    breaker_ = std::exchange(other.breaker_, nullptr);
    generation_ = other.generation_;
    probe_ = other.probe_;
    return *this;
}

CircuitBreaker::Permit::~Permit() {
    report(Health::kUnknown, Instant{}, 0.0);
}

void CircuitBreaker::Permit::report(Health health, Instant now, double u) noexcept {
    if (breaker_ == nullptr) return;
    std::exchange(breaker_, nullptr)->report(*this, health, now, u);
}

CircuitBreaker::CircuitBreaker(const BreakerPolicy& policy) noexcept
    : policy_(within_limits(policy)), bucket_length_(policy_.window / kBuckets) {}

BreakerState CircuitBreaker::state() const noexcept {
    return state_of(word_.load(std::memory_order_acquire));
}

std::uint64_t CircuitBreaker::transitions() const noexcept {
    return word_.load(std::memory_order_acquire) / kStates;
}

Duration CircuitBreaker::open_for(Instant now) const noexcept {
    const std::scoped_lock lock(mutex_);
    const bool open = state_of(word_.load(std::memory_order_relaxed)) == BreakerState::kOpen;
    return open && open_until_ > now ? saturating_span(now, open_until_) : Duration::zero();
}

bool CircuitBreaker::is_quiet(Instant now) const noexcept {
    const std::scoped_lock lock(mutex_);
    if (state_of(word_.load(std::memory_order_relaxed)) != BreakerState::kClosed) return false;
    const std::int64_t first = bucket_of(now) - kBuckets + 1;
    return std::none_of(buckets_.begin(), buckets_.end(), [first](const Bucket& slot) {
        return slot.number >= first && slot.failures != 0;
    });
}

CircuitBreaker::Admission CircuitBreaker::try_acquire(Instant now) noexcept {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    if (state_of(word) == BreakerState::kClosed) return {Permit(this, word / kStates, 0)};

    const std::scoped_lock lock(mutex_);
    switch (state_of(word_.load(std::memory_order_relaxed))) {
        case BreakerState::kClosed:
            return {Permit(this, word_.load(std::memory_order_relaxed) / kStates, 0)};
        case BreakerState::kOpen:
            if (now < open_until_) return {std::nullopt, saturating_span(now, open_until_)};
            change_to(BreakerState::kHalfOpen);
            probes_.fill({});
            probe_successes_ = 0;
            return admit_probe(now);
        case BreakerState::kHalfOpen:
            return admit_probe(now);
    }
    return {};
}

CircuitBreaker::Admission CircuitBreaker::admit_probe(Instant now) noexcept {
    const auto in_use = std::span(probes_).first(policy_.probes);
    // Numbers rise, so the least is a free place or else the oldest probe.
    Probe& place =
        *std::min_element(in_use.begin(), in_use.end(),
                          [](const Probe& a, const Probe& b) { return a.number < b.number; });
    if (place.number != 0 && place.lease_end > now)
        return {std::nullopt, saturating_span(now, place.lease_end)};
    place = {++probes_given_, saturating_add(now, policy_.probe_lease)};
    return {Permit(this, word_.load(std::memory_order_relaxed) / kStates, place.number)};
}

void CircuitBreaker::report(const Permit& permit, Health health, Instant now, double u) noexcept {
    // The most frequent report needs no lock: nothing is to be counted or returned.
    if (permit.probe_ == 0 && health == Health::kUnknown) return;
    const std::scoped_lock lock(mutex_);
    const std::uint64_t word = word_.load(std::memory_order_relaxed);
    if (word / kStates != permit.generation_) return;
    if (state_of(word) == BreakerState::kClosed) {
        report_closed(health, now, u);
    } else {
        report_probe(permit.probe_, health, now, u);
    }
}

void CircuitBreaker::report_closed(Health health, Instant now, double u) noexcept {
    const bool failed = health == Health::kBad;
    const std::int64_t bucket = bucket_of(now);
    count(bucket, failed);
    failures_in_a_row_ = failed ? failures_in_a_row_ + 1 : 0;
    if (failed && should_open(bucket)) open(now, u);
}

void CircuitBreaker::report_probe(std::uint64_t probe,
                                  Health health,
                                  Instant now,
                                  double u) noexcept {
    Probe* held = nullptr;
    for (Probe& other : probes_) {
        if (other.number == probe) held = &other;
    }
    if (held == nullptr) return;  // its lease ran out, and another took its place
    *held = {};
    if (health == Health::kBad) {
        open(now, u);
    } else if (health == Health::kGood && ++probe_successes_ >= policy_.successes_to_close) {
        change_to(BreakerState::kClosed);
        buckets_.fill({});
        failures_in_a_row_ = 0;
        openings_in_a_row_ = 0;
    }
}

std::int64_t CircuitBreaker::bucket_of(Instant now) const noexcept {
    return now.time_since_epoch() / bucket_length_;
}

void CircuitBreaker::count(std::int64_t bucket, bool failed) noexcept {
    Bucket& slot = buckets_[static_cast<std::size_t>(((bucket % kBuckets) + kBuckets) % kBuckets)];
    if (slot.number > bucket) return;  // reported with a time before the window
    if (slot.number < bucket) slot = {bucket, 0, 0};
    ++slot.calls;
    if (failed) ++slot.failures;
}

bool CircuitBreaker::should_open(std::int64_t bucket) const noexcept {
    const bool in_a_row =
        policy_.consecutive_failures != 0 && failures_in_a_row_ >= policy_.consecutive_failures;
    if (in_a_row) return true;
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
    for (const Bucket& slot : buckets_) {
        if (slot.number <= bucket - kBuckets) continue;
        calls += slot.calls;
        failures += slot.failures;
    }
    return calls >= policy_.min_calls &&
           static_cast<double>(failures) >= policy_.failure_ratio * static_cast<double>(calls);
}

void CircuitBreaker::open(Instant now, double u) noexcept {
    ++openings_in_a_row_;
    const BackoffPolicy periods{
        .initial = policy_.open_min, .max = policy_.open_max, .jitter = Jitter::kNone};
    const Duration period = backoff_delay(periods, openings_in_a_row_, Duration::zero(), 0.0);
    const double point = u > 0.0 ? std::min(u, 1.0) : 0.0;
    const double extra = static_cast<double>(period.count()) * policy_.open_spread * point;
    open_until_ = saturating_add(now, period + Duration{static_cast<Duration::rep>(extra)});
    change_to(BreakerState::kOpen);
}

void CircuitBreaker::change_to(BreakerState state) noexcept {
    const std::uint64_t generation = word_.load(std::memory_order_relaxed) / kStates;
    word_.store((generation + 1) * kStates + static_cast<std::uint64_t>(state),
                std::memory_order_release);
}

}  // namespace resilience
