#include "bot/schedule/check.hpp"

#include "bot/schedule/cron.hpp"
#include "bot/schedule/time_zone.hpp"

#include <chrono>
#include <utility>

namespace bot::schedule {

std::vector<Mistake> check(const Spec& spec) {
    std::vector<Mistake> mistakes;
    if (auto cron = parse_cron(spec.cron); !cron.ok()) {
        mistakes.push_back({"cron", std::move(cron).error().message,
                            "Write minute hour day-of-month month day-of-week, such as "
                            "\"0 8 * * mon-fri\""});
    }
    if (auto unusable = TimeZone::why_unusable(spec.time_zone)) {
        mistakes.push_back({"time_zone", std::move(unusable->what), std::move(unusable->cure)});
    }
    return mistakes;
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
