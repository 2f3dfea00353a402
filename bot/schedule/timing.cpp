#include "bot/schedule/timing.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace bot::schedule {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> kMonthNames{
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDayNames{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};

// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/), then mixed as in splitmix64: the
// last bits of plain FNV hardly differ for neighbours.
std::uint64_t hash(std::string_view text, std::int64_t number) {
    std::uint64_t value = 14'695'981'039'346'656'037U;
    const auto add = [&value](unsigned char byte) {
        value ^= byte;
        value *= 1'099'511'628'211U;
    };
    for (const char c : text)
        add(static_cast<unsigned char>(c));
    for (unsigned shift = 0; shift < 64; shift += 8)
        add(static_cast<unsigned char>(static_cast<std::uint64_t>(number) >> shift));
    value = (value ^ (value >> 30U)) * 0xBF58'476D'1CE4'E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D0'49BB'1331'11EBU;
    return value ^ (value >> 31U);
}

/// "3 days", or the longest unit that says it exactly.
std::string interval_text(seconds every) {
    const auto count = every.count();
    if (count % 86'400 == 0) return std::to_string(count / 86'400) + " days";
    if (count % 3'600 == 0) return std::to_string(count / 3'600) + " hours";
    return std::to_string(count / 60) + " minutes";
}

bool names(const Cron& cron, local_seconds local) {
    const auto day = floor<days>(local);
    const auto time = floor<minutes>(local - day);
    return cron.hours[static_cast<std::size_t>(time.count() / 60)] &&
           cron.minutes[static_cast<std::size_t>(time.count() % 60)] &&
           cron.runs_on(year_month_day(day));
}

}  // namespace

std::string date_text(year_month_day date) {
    const auto weekday = std::chrono::weekday(std::chrono::sys_days(date)).c_encoding();
    return std::string(kDayNames.at(weekday)) + ", " +
           std::to_string(static_cast<unsigned>(date.day())) + " " +
           std::string(kMonthNames.at(static_cast<unsigned>(date.month()) - 1)) + " " +
           std::to_string(static_cast<int>(date.year()));
}

resilience::Result<Timing> Timing::make(const Spec& spec) {
    auto zone = TimeZone::find(spec.time_zone);
    if (!zone.ok()) return std::move(zone).error();
    if (spec.every.count() > 0) {
        Timing timing(spec, {}, zone.value());
        timing.cron_.reset();
        return timing;
    }
    auto cron = parse_cron(spec.cron);
    if (!cron.ok()) return std::move(cron).error();
    return Timing(spec, cron.value(), zone.value());
}

Timing::Timing(const Spec& spec, Cron cron, const TimeZone& zone)
    : name_(spec.name),
      text_(spec.cron),
      cron_(cron),
      zone_(zone),
      every_(spec.every),
      jitter_(spec.jitter),
      skips_gap_(spec.gap == Gap::kSkip) {}

std::optional<WallTime> Timing::next_after(WallTime instant) const {
    if (!cron_) {
        const auto since = floor<seconds>(instant.time_since_epoch());
        // Rounded down, also before 1970.
        const auto turns = since / every_ - (since % every_ < seconds{0} ? 1 : 0);
        if (turns >= floor<seconds>(WallTime::max().time_since_epoch()) / every_) {
            return std::nullopt;
        }
        return WallTime((turns + 1) * every_);
    }
    auto run = schedule::next_after(*cron_, zone_, instant);
    while (run && skips_gap_ && falls_into_gap(*run))
        run = schedule::next_after(*cron_, zone_, *run);
    return run;
}

std::optional<WallTime> Timing::last_between(WallTime from, WallTime until) const {
    if (!cron_) {
        const auto next = next_after(until);
        if (!next) return std::nullopt;
        const auto last = *next - every_;
        return last > from ? std::optional(last) : std::nullopt;
    }
    auto last = schedule::last_between(*cron_, zone_, from, until);
    while (last && skips_gap_ && falls_into_gap(*last))
        last = schedule::last_between(*cron_, zone_, from, *last - seconds{1});
    return last;
}

std::vector<WallTime> Timing::last_runs(WallTime from, WallTime until, std::size_t count) const {
    constexpr std::array<std::chrono::hours, 4> kWindows{std::chrono::hours{1}, days{1}, days{32},
                                                         days{366}};
    std::vector<WallTime> runs;
    const auto walk_from = [&](WallTime start) {
        runs.clear();
        for (auto run = next_after(start); run && *run <= until; run = next_after(*run))
            runs.push_back(*run);
    };
    const auto enough = [&] {
        if (runs.size() > count)
            runs.erase(runs.begin(), runs.end() - static_cast<std::ptrdiff_t>(count));
        return runs.size() == count;
    };
    for (const auto window : kWindows) {
        if (until - from <= window) break;
        walk_from(until - window);
        if (enough()) return runs;
    }
    walk_from(from);
    enough();
    return runs;
}

WallTime Timing::start_of(WallTime time) const {
    if (jitter_.count() <= 0) return time;
    const auto spread = hash(name_, resilience::since_epoch(time).count());
    const auto width = static_cast<std::uint64_t>(std::chrono::milliseconds(jitter_).count());
    return time + std::chrono::milliseconds(static_cast<std::int64_t>(spread % width));
}

// A run that the expression does not name stands for times that were jumped over.
bool Timing::falls_into_gap(WallTime run) const {
    return !cron_->hours.all() && !names(*cron_, zone_.to_local(floor<seconds>(run)));
}

std::optional<year_month_day> Timing::gap_from(WallTime from) const {
    if (!cron_ || cron_->hours.all()) return std::nullopt;
    auto span = zone_.span_at(floor<seconds>(from));
    const auto end = floor<seconds>(from) + days{2 * 366};
    while (span.end < end) {
        const auto next = zone_.span_at(span.end);
        const local_seconds shows(span.end.time_since_epoch() + span.offset);
        const local_seconds jumps_to(span.end.time_since_epoch() + next.offset);
        for (auto local = shows; local < jumps_to; local += minutes{1}) {
            if (names(*cron_, local)) return year_month_day(floor<days>(local));
        }
        span = next;
    }
    return std::nullopt;
}

Timing::Day Timing::explain(year_month_day date) const {
    Day day;
    const local_days midnight(date);
    const WallTime begin(zone_.first_instant(local_seconds(midnight)));
    const WallTime end(zone_.first_instant(local_seconds(midnight + days{1})));
    bool in_gap = false;
    for (auto run = next_after(begin - seconds{1}); run && *run < end; run = next_after(*run)) {
        day.runs.push_back(*run);
        in_gap = in_gap || (cron_ && falls_into_gap(*run));
    }
    const auto what = date_text(date);
    if (in_gap) {
        day.why = "the clocks of " + zone_.name() + " jump over a time that it names on " + what +
                  "; it runs right after";
    } else if (!day.runs.empty()) {
        day.why = std::to_string(day.runs.size()) + (day.runs.size() == 1 ? " run" : " runs") +
                  " on " + what;
    } else if (!cron_) {
        day.why = "no run on " + what + ": it runs every " + interval_text(every_) +
                  ", counted from 1 January 1970, UTC";
    } else if (!cron_->months[static_cast<unsigned>(date.month())]) {
        day.why = "no run on " + what + ": \"" + text_ + "\" does not name this month";
    } else if (!cron_->runs_on(date)) {
        day.why = "no run on " + what + ": \"" + text_ + "\" does not name this day";
    } else {
        day.why = "no run on " + what + ": the clocks of " + zone_.name() +
                  " jump over its time, and dst says skip";
    }
    return day;
}

}  // namespace bot::schedule
