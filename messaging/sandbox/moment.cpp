#include "messaging/sandbox/moment.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace messaging::sandbox {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

// A number of exactly this many digits at this place.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (i >= text.size() || text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

}  // namespace

std::string iso_time(std::int64_t milliseconds_since_epoch) {
    const std::chrono::sys_time<milliseconds> time{milliseconds{milliseconds_since_epoch}};
    const auto day = std::chrono::floor<days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    std::array<char, 40> buffer{};
    const int size = std::snprintf(
        buffer.data(), buffer.size(), "%04d-%02u-%02uT%02ld:%02ld:%02ld.%03ldZ",
        static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()), static_cast<long>(clock.hours().count()),
        static_cast<long>(clock.minutes().count()), static_cast<long>(clock.seconds().count()),
        static_cast<long>(clock.subseconds().count()));
    return {buffer.data(), static_cast<std::size_t>(size)};
}

std::string http_date(std::int64_t milliseconds_since_epoch) {
    constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::chrono::sys_time<milliseconds> time{milliseconds{milliseconds_since_epoch}};
    const auto day = std::chrono::floor<days>(time);
    const std::chrono::year_month_day date{day};
    // "2026-04-23T12:09:05.902Z" has the digits already.
    const auto iso = iso_time(milliseconds_since_epoch);
    std::string text = kDays.at(std::chrono::weekday{day}.c_encoding());
    text += ", " + iso.substr(8, 2) + " " + kMonths.at(static_cast<unsigned>(date.month()) - 1);
    return text + " " + iso.substr(0, 4) + " " + iso.substr(11, 8) + " GMT";
}

std::optional<std::int64_t> parse_iso_time(std::string_view text) {
    const auto year = digits(text, 0, 4);
    const auto month = digits(text, 5, 2);
    const auto day = digits(text, 8, 2);
    const auto hour = digits(text, 11, 2);
    const auto minute = digits(text, 14, 2);
    const auto second = digits(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    auto rest = text.substr(19);
    int fraction = 0;
    if (!rest.empty() && rest.front() == '.') {
        std::size_t count = 1;
        int scale = 100;
        for (; count < rest.size() && rest[count] >= '0' && rest[count] <= '9'; ++count) {
            fraction += (rest[count] - '0') * scale;
            scale /= 10;
        }
        rest.remove_prefix(count);
    }
    if (rest != "Z" && rest != "+00:00") return std::nullopt;
    const auto since = std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{*hour} +
                       std::chrono::minutes{*minute} + std::chrono::seconds{*second};
    return milliseconds{since}.count() + fraction;
}

}  // namespace messaging::sandbox
