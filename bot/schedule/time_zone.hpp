#pragma once

#include "resilience/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace date {
class time_zone;
}

namespace bot::schedule {

/// A time zone of the system's zone files. Small, copied freely, used from any thread.
///
/// The library behind it knows the transitions that are listed in the files, through 2037; it does
/// not apply the rule at a file's end, so later years miss summer time, and "slim" files are wrong
/// much sooner: see `zone_library_agrees`.
class TimeZone {
public:
    /// The zone with this IANA name, "Europe/Tallinn". Reads zone files on first use; the error
    /// names the closest known zone, or how to get the files.
    static resilience::Result<TimeZone> find(std::string_view name);

    /// Why a name cannot be used, and what to do; each a sentence without its stop.
    struct Unusable {
        std::string what;
        std::string cure;
    };
    /// Nothing: the name can be used, `find` succeeds.
    static std::optional<Unusable> why_unusable(std::string_view name);

    const std::string& name() const;

    std::chrono::local_seconds to_local(std::chrono::sys_seconds instant) const;

    /// When a clock in this zone first shows this time, or has just jumped over it.
    std::chrono::sys_seconds first_instant(std::chrono::local_seconds local) const;

    /// A stretch of time with one offset.
    struct Span {
        std::chrono::sys_seconds begin;
        std::chrono::sys_seconds end;  ///< Belongs to the next span.
        std::chrono::seconds offset;   ///< Local time minus UTC.
    };
    Span span_at(std::chrono::sys_seconds instant) const;

private:
    explicit TimeZone(const date::time_zone& zone) : zone_(&zone) {}

    const date::time_zone* zone_;  // lives as long as the program
};

/// Checks that the zone library and the C library agree about January and July of `year` in the
/// system's own zone (TZ or /etc/localtime, where it has a name) and in `zones`. Where they do
/// not, schedules would run at the wrong hour: do not start them. The error says what to install.
///
/// Sets TZ for a moment, so call it before threads start.
resilience::Result<resilience::Done> zone_library_agrees(
    int year, const std::vector<std::string>& zones = {});

}  // namespace bot::schedule
