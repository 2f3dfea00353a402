#include "resilience/retry_after.hpp"

#include "resilience/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace resilience {

namespace {

using ascii::equals_lower;
using ascii::is_digit;
using ascii::lower;
using std::chrono::milliseconds;
using std::chrono::sys_seconds;

constexpr std::size_t kDigitsMax = 18;  // the largest count that always fits 64 bits
constexpr std::int64_t kUnixTimeMin = 1'000'000'000;
constexpr std::int64_t kSecondsMax = 1'000'000'000'000;  // so that milliseconds cannot overflow
constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                    "thursday", "friday", "saturday"};

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Takes pieces off the front of a text; every function reports whether it could.
class Cursor {
public:
    explicit Cursor(std::string_view text) noexcept : rest_(text) {}

    bool at_end() const noexcept { return rest_.empty(); }

    bool skip(std::string_view expected) noexcept {
        if (rest_.substr(0, expected.size()) != expected) return false;
        rest_.remove_prefix(expected.size());
        return true;
    }

    std::string_view letters() noexcept {
        std::size_t count = 0;
        while (count < rest_.size() && lower(rest_[count]) >= 'a' && lower(rest_[count]) <= 'z') {
            ++count;
        }
        return take(count);
    }

    bool digits(std::size_t count, int& value) noexcept {
        if (rest_.size() < count) return false;
        value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (!is_digit(rest_[i])) return false;
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(count);
        return true;
    }

    std::string_view take(std::size_t count) noexcept {
        const auto piece = rest_.substr(0, count);
        rest_.remove_prefix(piece.size());
        return piece;
    }

private:
    std::string_view rest_;
};

struct DateTime {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

bool read_month(Cursor& cursor, int& month) noexcept {
    const auto name = cursor.letters();
    for (std::size_t i = 0; i < kMonths.size(); ++i) {
        if (equals_lower(name, kMonths[i])) {
            month = static_cast<int>(i) + 1;
            return true;
        }
    }
    return false;
}

bool read_time(Cursor& cursor, DateTime& out) noexcept {
    return cursor.digits(2, out.hour) && cursor.skip(":") && cursor.digits(2, out.minute) &&
           cursor.skip(":") && cursor.digits(2, out.second);
}

bool read_zone(Cursor& cursor) noexcept {
    return cursor.skip(" GMT") || cursor.skip(" UTC");
}

/// "22 Nov 2026 02:01:30 GMT", after the weekday and its comma.
bool read_imf(Cursor cursor, DateTime& out) noexcept {
    return cursor.digits(2, out.day) && cursor.skip(" ") && read_month(cursor, out.month) &&
           cursor.skip(" ") && cursor.digits(4, out.year) && cursor.skip(" ") &&
           read_time(cursor, out) && read_zone(cursor) && cursor.at_end();
}

/// "22-Nov-26 02:02:00 GMT". A year that seems more than 50 years ahead is the latest one in the
/// past with the same last digits (RFC 9110, section 5.6.7).
bool read_rfc850(Cursor cursor, int year_now, DateTime& out) noexcept {
    const bool read = cursor.digits(2, out.day) && cursor.skip("-") &&
                      read_month(cursor, out.month) && cursor.skip("-") &&
                      cursor.digits(2, out.year) && cursor.skip(" ") && read_time(cursor, out) &&
                      read_zone(cursor) && cursor.at_end();
    if (!read) return false;
    out.year += year_now - year_now % 100;
    if (out.year > year_now + 50) out.year -= 100;
    if (out.year <= year_now - 50) out.year += 100;
    return true;
}

/// "Nov  1 02:00:00 2026", after the weekday and its blank. No zone means UTC.
bool read_asctime(Cursor cursor, DateTime& out) noexcept {
    if (!read_month(cursor, out.month) || !cursor.skip(" ")) return false;
    const bool day = cursor.skip(" ") ? cursor.digits(1, out.day) : cursor.digits(2, out.day);
    return day && cursor.skip(" ") && read_time(cursor, out) && cursor.skip(" ") &&
           cursor.digits(4, out.year) && cursor.at_end();
}

bool is_weekday(std::string_view name) noexcept {
    return std::any_of(kWeekdays.begin(), kWeekdays.end(), [name](std::string_view day) {
        return equals_lower(name, day) || equals_lower(name, day.substr(0, 3));
    });
}

std::optional<sys_seconds> to_time(const DateTime& read) noexcept {
    using std::chrono::day;
    using std::chrono::month;
    using std::chrono::year;
    const std::chrono::year_month_day date{year{read.year},
                                           month{static_cast<unsigned>(read.month)},
                                           day{static_cast<unsigned>(read.day)}};
    // Second 60 is a leap second.
    if (!date.ok() || read.hour > 23 || read.minute > 59 || read.second > 60) return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{read.hour} +
           std::chrono::minutes{read.minute} + std::chrono::seconds{read.second};
}

std::optional<sys_seconds> parse_date(std::string_view text, Clock::WallTime wall_now) noexcept {
    Cursor cursor(text);
    if (!is_weekday(cursor.letters())) return std::nullopt;
    DateTime read;
    if (cursor.skip(", ")) {
        const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(wall_now)};
        if (!read_imf(cursor, read) && !read_rfc850(cursor, static_cast<int>(today.year()), read)) {
            return std::nullopt;
        }
        return to_time(read);
    }
    if (!cursor.skip(" ") || !read_asctime(cursor, read)) return std::nullopt;
    return to_time(read);
}

/// Digits with at most one fraction, in milliseconds, rounded up and cut to the limit.
std::optional<milliseconds> parse_number(std::string_view text) noexcept {
    const auto whole_end = std::min(text.find('.'), text.size());
    const auto whole = text.substr(0, whole_end);
    if (whole.empty() || whole.size() > kDigitsMax) return std::nullopt;
    if (!std::all_of(whole.begin(), whole.end(), is_digit)) return std::nullopt;

    std::int64_t seconds = 0;
    for (const char c : whole) {
        seconds = seconds * 10 + (c - '0');
    }
    std::int64_t millis = 0;
    if (whole_end < text.size()) {
        const auto fraction = text.substr(whole_end + 1);
        if (fraction.empty() || fraction.size() > kDigitsMax) return std::nullopt;
        if (!std::all_of(fraction.begin(), fraction.end(), is_digit)) return std::nullopt;
        for (std::size_t i = 0; i < 3; ++i) {
            millis = millis * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
        }
        if (fraction.size() > 3 && fraction.find_first_not_of('0', 3) != std::string_view::npos) {
            ++millis;
        }
    }
    return milliseconds{std::min(seconds, kSecondsMax) * 1000 + millis};
}

milliseconds until(milliseconds when, Clock::WallTime wall_now) noexcept {
    const auto now = std::chrono::floor<milliseconds>(wall_now.time_since_epoch());
    return std::clamp(when - now, milliseconds::zero(), kServerDelayLimit);
}

}  // namespace

std::optional<milliseconds> parse_retry_after(std::string_view text,
                                              Clock::WallTime wall_now) noexcept {
    const auto value = trimmed(text);
    if (value.empty()) return std::nullopt;
    if (is_digit(value.front())) {
        const auto number = parse_number(value);
        if (!number || *number < std::chrono::seconds{kUnixTimeMin}) return number;
        return until(*number, wall_now);
    }
    const auto date = parse_date(value, wall_now);
    if (!date) return std::nullopt;
    return until(milliseconds{date->time_since_epoch()}, wall_now);
}

}  // namespace resilience
