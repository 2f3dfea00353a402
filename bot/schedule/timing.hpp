#pragma once

#include "bot/schedule/cron.hpp"
#include "bot/schedule/next_after.hpp"
#include "bot/schedule/spec.hpp"
#include "bot/schedule/time_zone.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace bot::schedule {

/// "Sunday, 29 March 2026".
std::string date_text(std::chrono::year_month_day date);

/// The times of one schedule: a cron expression in its zone, or an interval. Pure; any thread.
class Timing {
public:
    /// Fails when the expression or the zone cannot be used; see `check`. Reads zone files on first
    /// use.
    static resilience::Result<Timing> make(const Spec& spec);

    /// The first time after `instant`, or nothing before the end of what a clock can show.
    std::optional<WallTime> next_after(WallTime instant) const;
    /// The latest time after `from` and not after `until`.
    std::optional<WallTime> last_between(WallTime from, WallTime until) const;
    /// The latest times after `from` and not after `until`, so many at most, the oldest first.
    /// Looks back from `until`, so it costs the same however long ago `from` is.
    std::vector<WallTime> last_runs(WallTime from, WallTime until, std::size_t count) const;
    /// When the run of this time starts: up to `Spec::jitter` later, the same for each call.
    WallTime start_of(WallTime time) const;

    const TimeZone& zone() const { return zone_; }

    /// Why there are so many runs on a date of the zone, or none.
    struct Day {
        std::vector<WallTime> runs;
        /// One sentence without its stop: "no run on 29 March 2026: it is a Sunday, and the
        /// expression names mon-fri".
        std::string why;
    };
    Day explain(std::chrono::year_month_day date) const;

    /// The first date from `from` on within two years on which a time that the expression names is
    /// jumped over by the clocks, for expressions that name hours. Nothing for others.
    std::optional<std::chrono::year_month_day> gap_from(WallTime from) const;

private:
    Timing(const Spec& spec, Cron cron, const TimeZone& zone);

    bool falls_into_gap(WallTime run) const;

    std::string name_;
    std::string text_;
    std::optional<Cron> cron_;
    TimeZone zone_;
    std::chrono::seconds every_;
    std::chrono::seconds jitter_;
    bool skips_gap_;
};

}  // namespace bot::schedule
