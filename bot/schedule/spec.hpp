#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace bot::schedule {

/// What to do about runs that fell due while nobody was looking (the bot was down).
enum class Missed : std::uint8_t {
    kSkip,  ///< Forget them and wait for the next one.
    kOnce,  ///< Run once, however many were missed.
    kAll    ///< Run each of them, the oldest first; of more than kMissedMax the latest.
};

/// What to do about a time of day that the clocks jump over, once a year.
enum class Gap : std::uint8_t {
    kUnstated,  ///< As kRun; `check_gap` asks for a decision where it would matter.
    kRun,       ///< Run at the first instant after the jump.
    kSkip       ///< Do not run that day.
};

/// When to post which report where. Either `cron` or `every` says when.
struct Spec {
    std::string name;
    std::string cron;               ///< Five fields: minute hour day-of-month month day-of-week.
    std::string time_zone = "UTC";  ///< IANA name, "Europe/Tallinn".
    std::string report;             ///< Name of the report to post.
    std::string room;               ///< Name of a room of the configuration.
    Missed missed = Missed::kSkip;
    /// Counted from 1970-01-01 00:00 UTC, whatever the zone does. 0: by `cron`.
    std::chrono::seconds every{0};
    /// Each run starts up to so much after its time, by a spread that is the same for each time.
    std::chrono::seconds jitter{0};
    /// A run that would start later than this, jitter apart, is not made. 0: as `missed` says.
    std::chrono::seconds max_lateness{0};
    Gap gap = Gap::kUnstated;
};

}  // namespace bot::schedule
