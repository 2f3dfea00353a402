#pragma once

#include "resilience/result.hpp"

#include <array>
#include <bitset>
#include <chrono>
#include <string_view>

namespace bot::schedule {

/// A cron expression as sets: which minutes, hours and days it names. Plain data.
struct Cron {
    std::bitset<60> minutes;
    std::bitset<24> hours;
    std::bitset<32> days;                        ///< Of the month; bit 0 is unused.
    std::bitset<13> months;                      ///< Bit 0 is unused.
    std::bitset<7> weekdays;                     ///< Bit 0 is Sunday.
    bool last_day = false;                       ///< `L`: the last day of the month.
    std::bitset<7> last_weekdays;                ///< `friL`: the last Friday of the month.
    std::array<std::bitset<7>, 5> nth_weekdays;  ///< `mon#2` in [1]: the second Monday.
    bool day_starred = false;                    ///< The field begins with `*`, also as `*/2`.
    bool weekday_starred = false;

    /// Whether any run falls on this date. When both day fields are restricted, one match is
    /// enough; when one begins with `*`, both must match (crontab(5) of Debian's cron).
    bool runs_on(std::chrono::year_month_day date) const;

    friend bool operator==(const Cron&, const Cron&) = default;
};

/// Reads five fields, minute hour day-of-month month day-of-week, or one of @hourly, @daily,
/// @midnight, @weekly, @monthly, @yearly and @annually.
///
/// A field is a list of `*`, numbers, ranges `1-5` and steps `*/15`, `8-18/2`; months and weekdays
/// also by the first three letters of their English name in any case; Sunday is 0, 7 or sun. A day
/// of the month may be `L`, the last one; a weekday `fri#2`, the second Friday of the month, or
/// `friL`, the last.
/// The error names the field, what is wrong with it and what to write instead; an expression that
/// never comes due (30 February) is an error too.
resilience::Result<Cron> parse_cron(std::string_view text);

}  // namespace bot::schedule
