#include "bot/text/time_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace bot::text {
namespace {

std::string two_digits(std::int64_t number) {
    const auto text = std::to_string(number);
    return text.size() < 2 ? "0" + text : text;
}

}  // namespace

std::string utc(std::chrono::system_clock::time_point time) {
    using std::chrono::floor;
    constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const auto minutes = floor<std::chrono::minutes>(time - day).count();
    return std::to_string(static_cast<unsigned>(date.day())) + " " +
           kMonths.at(static_cast<unsigned>(date.month()) - 1) + " " +
           std::to_string(static_cast<int>(date.year())) + ", " + two_digits(minutes / 60) + ":" +
           two_digits(minutes % 60) + " UTC";
}

std::string duration(std::chrono::seconds length) {
    const auto seconds = std::max<std::int64_t>(length.count(), 0);
    const auto say = [](std::int64_t count, const char* unit) {
        return std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
    };
    if (seconds < 60) return say(seconds, "second");
    if (seconds < 3600) return say(seconds / 60, "minute");
    constexpr std::int64_t kDay = 86'400;
    if (seconds < 2 * kDay) return say(seconds / 3600, "hour");
    return say(seconds / kDay, "day");
}

}  // namespace bot::text
