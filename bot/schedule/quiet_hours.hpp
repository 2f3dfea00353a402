#pragma once

#include "bot/schedule/next_after.hpp"
#include "bot/schedule/time_zone.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace bot::schedule {

/// When a room is to be left in peace, each day, by the clocks of a zone.
struct QuietHours {
    std::chrono::minutes from{0};  ///< Since midnight, below a day.
    std::chrono::minutes to{0};    ///< Another time; below `from`: on the next day.
    std::string time_zone = "UTC";
};

/// The end of the quiet hours that hold at `now`, or nothing when none do. Pure.
std::optional<WallTime> quiet_until(const QuietHours& quiet, const TimeZone& zone, WallTime now);

/// Reads "22:00". Nothing for anything else.
std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text);

}  // namespace bot::schedule
