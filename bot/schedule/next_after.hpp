#pragma once

#include "bot/schedule/cron.hpp"
#include "bot/schedule/time_zone.hpp"
#include "resilience/clock.hpp"

#include <optional>

namespace bot::schedule {

using WallTime = resilience::Clock::WallTime;

/// The first run after `instant`, on a whole minute of the zone's clocks.
///
/// Where clocks are changed, an expression that names hours (`30 2 * * *`) runs once for each time
/// it names: at the first of two equal times, and for times that are jumped over once at the first
/// instant after the jump. An expression for every hour (`*/15 * * * *`) follows the clock as it
/// goes: it neither falls silent in the repeated hour nor makes up for the missing one. So does
/// Debian's cron, see cron(8), daylight saving time.
///
/// Pure. Nothing if there is none within 41 years (29 February on a given weekday may take 40).
std::optional<WallTime> next_after(const Cron& cron, const TimeZone& zone, WallTime instant);

/// The latest run after `from` and not after `until`.
std::optional<WallTime> last_between(const Cron& cron,
                                     const TimeZone& zone,
                                     WallTime from,
                                     WallTime until);

}  // namespace bot::schedule
