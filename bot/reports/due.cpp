#include "bot/reports/due.hpp"

#include "bot/text/markdown.hpp"

#include <set>
#include <utility>

namespace bot::reports {

using messaging::outbox::Millis;
using schedule::TimeZone;
using schedule::WallTime;
using std::chrono::minutes;

namespace {

std::optional<int> two_digits(std::string_view text, int max) {
    int number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + (c - '0');
    }
    return number <= max ? std::optional(number) : std::nullopt;
}

std::string two_digits(std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::optional<minutes> parse_due_by(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = two_digits(text.substr(0, 2), 23);
    const auto minute = two_digits(text.substr(3), 59);
    if (!hour || !minute) return std::nullopt;
    return std::chrono::hours{*hour} + minutes{*minute};
}

std::string due_text(minutes due_by, const TimeZone& zone) {
    return two_digits(due_by.count() / 60) + ":" + two_digits(due_by.count() % 60) + " (" +
           zone.name() + ")";
}

WallTime due_after(minutes due_by, const TimeZone& zone, WallTime at) {
    const auto local = zone.to_local(std::chrono::floor<std::chrono::seconds>(at));
    auto day = std::chrono::floor<std::chrono::days>(local);
    while (true) {
        const WallTime due = zone.first_instant(day + due_by);
        if (due > at) return due;
        day += std::chrono::days{1};
    }
}

bool is_overdue(const Run& run, Millis now) {
    return run.due_by.count() > 0 && now >= run.due_by && outcome_of(run) != Outcome::kComplete;
}

std::optional<std::string> overdue_notice(const Run& run, const std::string& title, Millis now) {
    if (run.overdue_told || !is_overdue(run, now)) return std::nullopt;
    return "The report **" + text::escape_markdown(title) + "** was due by " +
           text::escape_markdown(run.due_as) + " and is not complete: " + standing(run, now) + ".";
}

std::map<std::string, std::size_t> overdue_rooms(const std::vector<Run>& runs, Millis now) {
    std::set<std::pair<std::string, std::string>> rooms;
    for (const auto& run : runs) {
        if (is_overdue(run, now)) {
            rooms.emplace(run.report, run.room);
        } else if (outcome_of(run) == Outcome::kComplete) {
            rooms.erase({run.report, run.room});
        }
    }
    std::map<std::string, std::size_t> counts;
    for (const auto& [report, room] : rooms)
        ++counts[report];
    return counts;
}

}  // namespace bot::reports
