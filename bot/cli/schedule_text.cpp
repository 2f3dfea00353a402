#include "bot/cli/schedule_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>

namespace bot::cli {
namespace {

using schedule::Status;
using schedule::TimeZone;
using schedule::WallTime;
using std::chrono::floor;
using std::chrono::seconds;

std::string filled(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

std::string clock_text(std::chrono::seconds of_day) {
    const std::chrono::hh_mm_ss time(of_day);
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%02d:%02d", static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()));
    return text.data();
}

// What somebody who looks at the list has to know of it.
std::string how_it_stands(const Status& status) {
    if (status.paused) return "paused";
    if (status.running) return "running";
    if (status.lacking) return "no run has ended well since one was due";
    if (!status.ok) return "has not run yet";
    return *status.ok ? "ok" : "failed";
}

std::string shown_in(const std::optional<TimeZone>& zone, const std::optional<WallTime>& time) {
    return time && zone ? zone_time(*zone, *time) : "-";
}

}  // namespace

std::string zone_time(const TimeZone& zone, WallTime time) {
    static constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed",
                                                           "Thu", "Fri", "Sat"};
    static constexpr std::array<std::string_view, 12> kMonths{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto instant = floor<seconds>(time);
    const auto local = zone.to_local(instant);
    const auto day = floor<std::chrono::days>(local);
    const std::chrono::year_month_day date(day);
    const auto offset = zone.span_at(instant).offset;
    auto text = std::string(kDays.at(std::chrono::weekday(day).c_encoding())) + " " +
                std::to_string(static_cast<unsigned>(date.day())) + " " +
                std::string(kMonths.at(static_cast<unsigned>(date.month()) - 1)) + " " +
                std::to_string(static_cast<int>(date.year())) + ", " + clock_text(local - day);
    if (offset.count() == 0) return text + " UTC";
    const auto since = instant - floor<std::chrono::days>(instant);
    return text + " " + zone.name() + " (" + clock_text(since) + " UTC)";
}

std::string schedule_table(const std::vector<schedule::Spec>& specs,
                           const std::vector<Status>& schedules) {
    struct Row {
        std::string name;
        std::string next;
        std::string last;
        std::string state;
    };
    std::vector<Row> rows{{"SCHEDULE", "NEXT RUN", "LAST RUN", "HOW IT STANDS"}};
    for (const auto& status : schedules) {
        const auto spec = std::find_if(specs.begin(), specs.end(),
                                       [&](const auto& one) { return one.name == status.name; });
        std::optional<TimeZone> zone;
        const auto name = spec == specs.end() ? std::string("UTC") : spec->time_zone;
        if (auto found = TimeZone::find(name); found.ok()) zone = found.value();
        rows.push_back({status.name, status.paused ? "-" : shown_in(zone, status.next),
                        shown_in(zone, status.due), how_it_stands(status)});
    }
    std::array<std::size_t, 3> widths{};
    for (const auto& row : rows) {
        widths[0] = std::max(widths[0], row.name.size());
        widths[1] = std::max(widths[1], row.next.size());
        widths[2] = std::max(widths[2], row.last.size());
    }
    std::string text;
    for (const auto& row : rows) {
        text += filled(row.name, widths[0]) + "  " + filled(row.next, widths[1]) + "  " +
                filled(row.last, widths[2]) + "  " + row.state + "\n";
    }
    return text;
}

}  // namespace bot::cli
