#include "bot/schedule/check.hpp"

#include "bot/schedule/cron.hpp"
#include "bot/schedule/time_zone.hpp"
#include "bot/schedule/timing.hpp"

#include <chrono>
#include <utility>

namespace bot::schedule {

std::vector<Mistake> check(const Spec& spec) {
    std::vector<Mistake> mistakes;
    if (spec.every.count() != 0) {
        if (!spec.cron.empty()) {
            mistakes.push_back(
                {"cron", "both cron and an interval are given", "Keep the one that is meant"});
        }
        if (spec.every < kEveryMin || spec.every > kEveryMax) {
            mistakes.push_back({"every_minutes", "the interval is not between a minute and a year",
                                "Write every_minutes: 15, or use cron for a time of day"});
        }
    } else if (auto cron = parse_cron(spec.cron); !cron.ok()) {
        mistakes.push_back({"cron", std::move(cron).error().message,
                            "Write minute hour day-of-month month day-of-week, such as "
                            "\"0 8 * * mon-fri\""});
    }
    if (auto unusable = TimeZone::why_unusable(spec.time_zone)) {
        mistakes.push_back({"time_zone", std::move(unusable->what), std::move(unusable->cure)});
    }
    const bool beyond = spec.every.count() != 0 && spec.jitter >= spec.every;
    if (spec.jitter.count() < 0 || spec.jitter > kJitterMax || beyond) {
        mistakes.push_back({"jitter_s", "the jitter is as long as the interval, or over 12 hours",
                            "Write less than the time between two runs"});
    }
    if (spec.max_lateness.count() < 0) {
        mistakes.push_back({"max_lateness_minutes", "the lateness is negative",
                            "Write the minutes after which a run is no longer wanted"});
    }
    return mistakes;
}

resilience::Result<resilience::Done> gaps_decided(const std::vector<Spec>& schedules,
                                                  resilience::Clock::WallTime now) {
    std::string mistakes;
    for (const auto& spec : schedules) {
        if (spec.gap != Gap::kUnstated) continue;
        const auto timing = Timing::make(spec);
        if (!timing.ok()) return timing.error();
        const auto date = timing.value().gap_from(now);
        if (!date) continue;
        mistakes += "schedule " + spec.name + ": the clocks of " + spec.time_zone +
                    " jump over a time that it names (" + spec.cron + ") on " + date_text(*date) +
                    ". Write dst: run to run it right after the jump, or dst: skip\n";
    }
    if (mistakes.empty()) return resilience::Done{};
    mistakes.pop_back();
    return resilience::permanent_error(mistakes);
}

resilience::Result<resilience::Done> zones_agree(const std::vector<Spec>& schedules,
                                                 resilience::Clock::WallTime now) {
    if (schedules.empty()) return resilience::Done{};
    std::vector<std::string> zones;
    zones.reserve(schedules.size());
    for (const auto& spec : schedules)
        zones.push_back(spec.time_zone);
    const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
    return zone_library_agrees(static_cast<int>(today.year()), zones);
}

}  // namespace bot::schedule
