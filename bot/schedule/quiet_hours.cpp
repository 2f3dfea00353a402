#include "bot/schedule/quiet_hours.hpp"

#include "resilience/ascii.hpp"

namespace bot::schedule {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::minutes;
using std::chrono::seconds;

std::optional<WallTime> quiet_until(const QuietHours& quiet, const TimeZone& zone, WallTime now) {
    const auto instant = floor<seconds>(now);
    const auto local = zone.to_local(instant);
    const auto day = floor<days>(local);
    const auto time = local - day;
    const bool over_midnight = quiet.to < quiet.from;
    std::optional<std::chrono::local_seconds> end;
    if (over_midnight) {
        if (time >= quiet.from) end = day + days{1} + quiet.to;
        if (time < quiet.to) end = day + quiet.to;
    } else if (time >= quiet.from && time < quiet.to) {
        end = day + quiet.to;
    }
    if (!end) return std::nullopt;
    // Where clocks go back over the end, it was reached the first time.
    const auto until = zone.first_instant(*end);
    if (until <= instant) return std::nullopt;
    return WallTime(until);
}

std::optional<minutes> parse_time_of_day(std::string_view text) {
    using resilience::ascii::is_digit;
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    for (const std::size_t at : {0U, 1U, 3U, 4U})
        if (!is_digit(text[at])) return std::nullopt;
    const int hour = (text[0] - '0') * 10 + (text[1] - '0');
    const int minute = (text[3] - '0') * 10 + (text[4] - '0');
    if (hour > 23 || minute > 59) return std::nullopt;
    return minutes(hour * 60 + minute);
}

}  // namespace bot::schedule
