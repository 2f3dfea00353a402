#pragma once

#include <chrono>
#include <cstdint>

namespace bot::charts {

/// What to do with a chart that may mislead.
enum class Policy : std::uint8_t {
    kSend,   ///< Nothing.
    kWarn,   ///< Send it and say so.
    kRefuse  ///< Do not send it; say why.
};

/// When a chart may mislead, and what to do then.
struct Honesty {
    /// The data is older than `stale_after`; zero: it never is.
    Policy stale = Policy::kWarn;
    std::chrono::hours stale_after{0};
    /// The data is the same as `unchanged_after` ago.
    Policy unchanged = Policy::kSend;
    std::chrono::hours unchanged_after{24};
    /// A picture of somebody else is of one colour, or quite transparent.
    Policy blank = Policy::kRefuse;
    /// A picture of somebody else is no whole PNG.
    Policy unreadable = Policy::kRefuse;
};

}  // namespace bot::charts
