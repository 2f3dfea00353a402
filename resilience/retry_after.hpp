#pragma once

#include "resilience/clock.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace resilience {

/// Reads the value of a Retry-After header (RFC 9110, section 10.2.3) as a wait from now.
///
/// Understood are: seconds ("30", also with one fraction, "1.5"); a Unix time, which servers do
/// send: every number from 1,000,000,000 on; and the three date forms of RFC 9110, section 5.6.7
/// ("Sun, 22 Nov 2026 02:01:30 GMT", "Sunday, 22-Nov-26 02:02:00 GMT", "Sun Nov  1 02:00:00 2026").
/// Blanks around the value are ignored. A date in the past is a wait of zero. Fractions of a
/// millisecond are rounded up, so the wait is never shorter than asked for; an enormous value gives
/// `kServerDelayLimit`.
///
/// Empty for everything else (lists, signs, more than 18 digits, impossible dates, the literal
/// `rand(30),add(30)` that Webex once sent): the caller then uses its own backoff. Pure; the wall
/// clock is needed for the date forms alone.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text,
                                                           Clock::WallTime wall_now) noexcept;

/// The longest wait that `parse_retry_after` returns: one hundred years.
inline constexpr std::chrono::milliseconds kServerDelayLimit = std::chrono::hours{24 * 36525};

}  // namespace resilience
