#include "resilience/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace resilience {

namespace {

double nanos(Duration duration) noexcept {
    return static_cast<double>(duration.count());
}

/// Rounds to whole nanoseconds. `value` lies in [0, kDelayLimit], where doubles are exact.
Duration from_nanos(double value) noexcept {
    return Duration{static_cast<Duration::rep>(std::llround(value))};
}

Duration cap_of(const BackoffPolicy& policy) noexcept {
    return std::clamp(policy.max, Duration::zero(), kDelayLimit);
}

/// initial * multiplier^(n-1), cut to `cap`. A power that has become infinite is cut as well; an
/// initial delay of zero must not meet it, for 0 * inf is not a number.
Duration nominal_delay(const BackoffPolicy& policy, std::uint32_t n, Duration cap) noexcept {
    const Duration initial = std::clamp(policy.initial, Duration::zero(), cap);
    if (initial == Duration::zero()) return initial;
    const double base = policy.multiplier >= 1.0 ? policy.multiplier : 1.0;
    const double exponent = n > 1 ? static_cast<double>(n - 1) : 0.0;
    const double grown = nanos(initial) * std::pow(base, exponent);
    return grown < nanos(cap) ? from_nanos(grown) : cap;
}

DelayRange decorrelated_range(const BackoffPolicy& policy,
                              Duration previous,
                              Duration cap) noexcept {
    const Duration initial = std::clamp(policy.initial, Duration::zero(), cap);
    const Duration base = previous > Duration::zero() ? previous : initial;
    const Duration hi = base > cap / 3 ? cap : base * 3;
    return {initial, std::max(initial, hi)};
}

}  // namespace

std::string_view mistake_in(const BackoffPolicy& policy) noexcept {
    if (policy.initial < Duration::zero()) return "initial delay is negative";
    if (policy.max <= Duration::zero()) return "maximal delay is not above zero";
    if (policy.max > kDelayLimit) return "maximal delay is longer than 30 days";
    if (policy.initial > policy.max) return "initial delay is longer than the maximal delay";
    if (!(policy.multiplier >= 1.0)) return "multiplier is below 1";
    if (!std::isfinite(policy.multiplier)) return "multiplier is not finite";
    if (!(policy.ratio >= 0.0 && policy.ratio <= 1.0)) return "jitter ratio is not within 0 and 1";
    return {};
}

DelayRange backoff_range(const BackoffPolicy& policy, std::uint32_t n, Duration previous) noexcept {
    const Duration cap = cap_of(policy);
    const Duration nominal = nominal_delay(policy, n, cap);
    switch (policy.jitter) {
        case Jitter::kNone:
            break;
        case Jitter::kFull:
            return {Duration::zero(), nominal};
        case Jitter::kEqual:
            return {nominal / 2, nominal};
        case Jitter::kProportional: {
            const double ratio = policy.ratio > 0.0 ? std::min(policy.ratio, 1.0) : 0.0;
            const double hi = std::min(nanos(nominal) * (1.0 + ratio), nanos(cap));
            return {from_nanos(nanos(nominal) * (1.0 - ratio)), from_nanos(hi)};
        }
        case Jitter::kDecorrelated:
            return decorrelated_range(policy, previous, cap);
    }
    return {nominal, nominal};
}

Duration backoff_delay(const BackoffPolicy& policy,
                       std::uint32_t n,
                       Duration previous,
                       double u) noexcept {
    const DelayRange range = backoff_range(policy, n, previous);
    const double point = u > 0.0 ? std::min(u, 1.0) : 0.0;
    return range.lo + from_nanos(nanos(range.hi - range.lo) * point);
}

std::string_view to_string(Jitter jitter) noexcept {
    switch (jitter) {
        case Jitter::kNone:
            return "none";
        case Jitter::kFull:
            return "full";
        case Jitter::kEqual:
            return "equal";
        case Jitter::kProportional:
            return "proportional";
        case Jitter::kDecorrelated:
            return "decorrelated";
    }
    return "none";
}

}  // namespace resilience
