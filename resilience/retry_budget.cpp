#include "resilience/retry_budget.hpp"

#include "resilience/backoff.hpp"

#include <algorithm>

namespace resilience {

namespace {

BudgetPolicy within_limits(BudgetPolicy policy) noexcept {
    policy.ratio = policy.ratio > 0.0 ? policy.ratio : 0.0;
    policy.floor_per_second = policy.floor_per_second > 0.0 ? policy.floor_per_second : 0.0;
    policy.window = std::clamp<Duration>(policy.window, std::chrono::milliseconds{10}, kDelayLimit);
    return policy;
}

}  // namespace

RetryBudget::RetryBudget(const BudgetPolicy& policy) noexcept
    : policy_(within_limits(policy)), bucket_length_(policy_.window / kBuckets) {}

RetryBudget::Bucket& RetryBudget::bucket_at(Instant now) noexcept {
    // A caller with a slightly older time counts into the newest bucket: nothing is lost or freed.
    newest_ = std::max<std::int64_t>(newest_, now.time_since_epoch() / bucket_length_);
    Bucket& bucket = buckets_[static_cast<std::size_t>(newest_ % kBuckets)];
    if (bucket.number != newest_) bucket = {newest_, 0, 0};
    return bucket;
}

void RetryBudget::on_call(Instant now) noexcept {
    const std::scoped_lock lock(mutex_);
    ++bucket_at(now).calls;
}

bool RetryBudget::try_retry(Instant now) noexcept {
    const std::scoped_lock lock(mutex_);
    Bucket& current = bucket_at(now);
    std::uint64_t calls = 0;
    std::uint64_t repeats = 0;
    for (const Bucket& bucket : buckets_) {
        if (bucket.number <= newest_ - kBuckets) continue;
        calls += bucket.calls;
        repeats += bucket.repeats;
    }
    const std::chrono::duration<double> window = policy_.window;
    const double allowed =
        policy_.floor_per_second * window.count() + policy_.ratio * static_cast<double>(calls);
    if (static_cast<double>(repeats + 1) > allowed) {
        ++denied_;
        return false;
    }
    ++current.repeats;
    return true;
}

std::uint64_t RetryBudget::denied() const noexcept {
    const std::scoped_lock lock(mutex_);
    return denied_;
}

}  // namespace resilience
