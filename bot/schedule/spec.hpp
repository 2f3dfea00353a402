#pragma once

#include <cstdint>
#include <string>

namespace bot::schedule {

/// What to do about runs that fell due while nobody was looking (the bot was down).
enum class Missed : std::uint8_t {
    kSkip,  ///< Forget them and wait for the next one.
    kOnce   ///< Run once, however many were missed.
};

/// When to post which report where.
struct Spec {
    std::string name;
    std::string cron;               ///< Five fields: minute hour day-of-month month day-of-week.
    std::string time_zone = "UTC";  ///< IANA name, "Europe/Tallinn".
    std::string report;             ///< Name of the report to post.
    std::string room;               ///< Name of a room of the configuration.
    Missed missed = Missed::kSkip;
};

}  // namespace bot::schedule
