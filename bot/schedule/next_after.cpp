#include "bot/schedule/next_after.hpp"

#include <algorithm>
#include <array>

namespace bot::schedule {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr days kSearchMax{41 * 366};

/// The first named hour and minute from `start` on, within the day.
std::optional<minutes> time_of_day(const Cron& cron, minutes start) {
    auto minute = static_cast<std::size_t>(start.count() % 60);
    for (auto hour = static_cast<std::size_t>(start.count() / 60); hour < 24; ++hour, minute = 0) {
        if (!cron.hours[hour]) continue;
        for (; minute < 60; ++minute) {
            if (cron.minutes[minute]) return minutes(hour * 60 + minute);
        }
    }
    return std::nullopt;
}

/// The first time on a calendar without changes of clocks, later than `after` by whole minutes.
std::optional<local_seconds> next_local(const Cron& cron, local_seconds after) {
    const auto first = floor<minutes>(after) + minutes{1};
    auto day = floor<days>(first);
    auto start = first - day;
    const auto end = day + kSearchMax;
    for (; day < end; day += days{1}, start = minutes{0}) {
        if (!cron.runs_on(std::chrono::year_month_day(day))) continue;
        if (const auto time = time_of_day(cron, start)) return day + *time;
    }
    return std::nullopt;
}

std::optional<sys_seconds> next_named(const Cron& cron, const TimeZone& zone, sys_seconds instant) {
    auto local = next_local(cron, zone.to_local(instant));
    while (local) {
        // In the second of two equal hours, what it names has been run in the first.
        const auto candidate = zone.first_instant(*local);
        if (candidate > instant) return candidate;
        local = next_local(cron, *local);
    }
    return std::nullopt;
}

std::optional<sys_seconds> next_hourly(const Cron& cron,
                                       const TimeZone& zone,
                                       sys_seconds instant) {
    auto span = zone.span_at(instant);
    auto after = local_seconds(instant.time_since_epoch() + span.offset);
    while (const auto local = next_local(cron, after)) {
        const sys_seconds candidate(local->time_since_epoch() - span.offset);
        if (candidate < span.end) return candidate;
        span = zone.span_at(span.end);
        after = local_seconds(span.begin.time_since_epoch() + span.offset - seconds{1});
    }
    return std::nullopt;
}

}  // namespace

std::optional<WallTime> next_after(const Cron& cron, const TimeZone& zone, WallTime instant) {
    const auto start = floor<seconds>(instant);
    const auto next =
        cron.hours.all() ? next_hourly(cron, zone, start) : next_named(cron, zone, start);
    // Wall time counts nanoseconds and ends in 2262.
    if (!next || *next > floor<seconds>(WallTime::max())) return std::nullopt;
    return WallTime(*next);
}

std::optional<WallTime> last_between(const Cron& cron,
                                     const TimeZone& zone,
                                     WallTime from,
                                     WallTime until) {
    // From near to far: a dense expression is found in the first hour, a sparse one has few runs
    // to walk through.
    constexpr std::array<hours, 4> kWindows{hours{1}, days{1}, days{32}, days{366}};
    std::optional<WallTime> last;
    const auto walk_from = [&](WallTime start) {
        auto run = next_after(cron, zone, start);
        while (run && *run <= until) {
            last = run;
            run = next_after(cron, zone, *run);
        }
    };
    for (const auto window : kWindows) {
        if (until - from <= window) break;
        walk_from(until - window);
        if (last) return last;
    }
    walk_from(from);
    return last;
}

}  // namespace bot::schedule
