#pragma once

#include "bot/schedule/scheduler.hpp"
#include "bot/schedule/timing.hpp"

#include <string>
#include <vector>

namespace bot::cli {

/// A table for people: when each schedule runs next, in its own zone, how its last run ended, and
/// what is wrong with it. `specs` tell the zone; a schedule that is in one list alone is told so.
std::string schedule_table(const std::vector<schedule::Spec>& specs,
                           const std::vector<schedule::Status>& schedules);

/// "Mon 23 Nov 2026, 08:00 EET (06:00 UTC)": a time on the clocks of a zone.
std::string zone_time(const schedule::TimeZone& zone, schedule::WallTime time);

}  // namespace bot::cli
