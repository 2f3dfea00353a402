#pragma once

#include "resilience/clock.hpp"

#include <cstdint>
#include <string_view>

namespace resilience {

/// How the wait is spread, so that clients which failed together do not come back together.
/// With d = min(max, initial * multiplier^(n-1)), n being the number of the failed attempt:
enum class Jitter : std::uint8_t {
    kNone,          ///< exactly d
    kFull,          ///< 0 .. d
    kEqual,         ///< d/2 .. d
    kProportional,  ///< d * (1 - ratio) .. d * (1 + ratio), never above max
    kDecorrelated   ///< initial .. 3 * previous wait, never above max
};

/// How long to wait between attempts: exponential growth up to a cap, spread by a jitter.
struct BackoffPolicy {
    Duration initial = std::chrono::seconds{1};  ///< First wait. Zero stays zero for ever.
    Duration max = std::chrono::seconds{60};     ///< No wait is longer; at most `kDelayLimit`.
    double multiplier = 2.0;                     ///< Growth per attempt, at least 1.
    Jitter jitter = Jitter::kProportional;
    double ratio = 0.5;  ///< Of kProportional: 0.5 spreads over 50 % to 150 %. 0 to 1.
};

/// The longest `BackoffPolicy::max` that makes sense; doubles hold it exactly in nanoseconds.
inline constexpr Duration kDelayLimit = std::chrono::hours{24 * 30};

/// The waits that a policy allows, both ends included; `lo <= hi`.
struct DelayRange {
    Duration lo{0};
    Duration hi{0};
};

/// Says what is wrong with a policy, in words for the person who wrote it; empty if nothing is.
/// The functions below accept faulty policies too: they cut every value into its limits.
std::string_view mistake_in(const BackoffPolicy& policy) noexcept;

/// The range from which the wait after failed attempt `n` (from 1) is drawn. It is cut to
/// [0, policy.max] before anything is drawn: clamping a drawn value would pile half of all clients
/// onto the cap. `previous` is the wait before this attempt, zero for none; only kDecorrelated
/// reads it. Pure, and defined for every `n`.
DelayRange backoff_range(const BackoffPolicy& policy, std::uint32_t n, Duration previous) noexcept;

/// The wait after failed attempt `n`: the point `u` (0 to 1) of `backoff_range`. Pure; the caller
/// owns the random generator.
Duration backoff_delay(const BackoffPolicy& policy,
                       std::uint32_t n,
                       Duration previous,
                       double u) noexcept;

/// "none", "full", "equal", "proportional" or "decorrelated".
std::string_view to_string(Jitter jitter) noexcept;

}  // namespace resilience
