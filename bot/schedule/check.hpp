#pragma once

#include "bot/schedule/spec.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bot::schedule {

/// A field of a schedule that cannot be used.
struct Mistake {
    std::string_view field;  ///< "cron" or "time_zone", as the configuration calls it.
    std::string what;        ///< "time zone \"Mars\" is not known"
    std::string cure;        ///< What to write or install instead, as a sentence without its stop.
};

/// What is wrong with the cron expression and the time zone of a schedule; empty: nothing. Reads
/// zone files on first use.
std::vector<Mistake> check(const Spec& spec);

/// `zone_library_agrees` about the zones of these schedules in the year of `now`. Where it does
/// not, start no schedule. Sets TZ for a moment, so call it before threads start.
resilience::Result<resilience::Done> zones_agree(const std::vector<Spec>& schedules,
                                                 resilience::Clock::WallTime now);

}  // namespace bot::schedule
