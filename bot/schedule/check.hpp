#pragma once

#include "bot/schedule/spec.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace bot::schedule {

/// A field of a schedule that cannot be used.
struct Mistake {
    std::string_view field;  ///< "cron", "time_zone" …, as the configuration calls it.
    std::string what;        ///< "time zone \"Mars\" is not known"
    std::string cure;        ///< What to write or install instead, as a sentence without its stop.
};

/// The shortest and the longest interval, the longest jitter.
inline constexpr std::chrono::minutes kEveryMin{1};
inline constexpr std::chrono::hours kEveryMax{24 * 366};
inline constexpr std::chrono::hours kJitterMax{12};

/// What is wrong with the times of a schedule; empty: nothing. Reads zone files on first use.
std::vector<Mistake> check(const Spec& spec);

/// `zone_library_agrees` about the zones of these schedules in the year of `now`. Where it does
/// not, start no schedule. Sets TZ for a moment, so call it before threads start.
resilience::Result<resilience::Done> zones_agree(const std::vector<Spec>& schedules,
                                                 resilience::Clock::WallTime now);

/// Fails where a schedule names a time that the clocks of its zone jump over within two years of
/// `now`, and does not say what is to happen then; the error names each schedule and the date.
resilience::Result<resilience::Done> gaps_decided(const std::vector<Spec>& schedules,
                                                  resilience::Clock::WallTime now);

}  // namespace bot::schedule
