#pragma once

#include "resilience/clock.hpp"

namespace resilience {

/// `at` + `span`, held within what an `Instant` can say.
constexpr Instant saturating_add(Instant at, Duration span) noexcept {
    const Duration since = at.time_since_epoch();
    if (span > Duration::zero() && since > Duration::max() - span) return Instant::max();
    if (span < Duration::zero() && since < Duration::min() - span) return Instant::min();
    return at + span;
}

/// The time from `from` to `to`, held within what a `Duration` can say.
constexpr Duration saturating_span(Instant from, Instant to) noexcept {
    const Duration begin = from.time_since_epoch();
    const Duration end = to.time_since_epoch();
    if (begin < Duration::zero() && end > Duration::max() + begin) return Duration::max();
    if (begin > Duration::zero() && end < Duration::min() + begin) return Duration::min();
    return end - begin;
}

}  // namespace resilience
