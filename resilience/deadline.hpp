#pragma once

#include "resilience/clock.hpp"
#include "resilience/time_math.hpp"

#include <algorithm>

namespace resilience {

/// A point in time by which something must be done; by default never. A value.
class Deadline {
public:
    Deadline() = default;
    explicit Deadline(Instant at) noexcept : at_(at) {}

    /// `span` from `now`; spans too long to count mean never.
    static Deadline after(Instant now, Duration span) noexcept {
        return Deadline(saturating_add(now, span));
    }

    Instant at() const noexcept { return at_; }
    bool is_never() const noexcept { return at_ == Instant::max(); }
    bool has_passed(Instant now) const noexcept { return !is_never() && now >= at_; }

    /// What is left, never below zero; `Duration::max()` if there is no deadline.
    Duration remaining(Instant now) const noexcept {
        if (is_never()) return Duration::max();
        return now >= at_ ? Duration::zero() : saturating_span(now, at_);
    }

    /// The stricter of two.
    Deadline earlier(Deadline other) const noexcept { return Deadline(std::min(at_, other.at_)); }

private:
    Instant at_ = Instant::max();
};

}  // namespace resilience
