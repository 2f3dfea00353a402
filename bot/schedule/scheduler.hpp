#pragma once

#include "bot/schedule/next_after.hpp"
#include "bot/schedule/spec.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bot::schedule {

/// A run that starts no later than this is on time and not "missed": restarting the bot at eight
/// does not cost the report of eight.
inline constexpr std::chrono::minutes kLateMax{5};

/// Steps of the wall clock back by up to this much are waited out, so that nothing runs twice;
/// after a larger one the clock was wrong before, and schedules count from the new time.
inline constexpr std::chrono::hours kClockStepMax{1};

/// A run to start now. Its name and time identify it, also after a restart.
struct Due {
    std::string name;  ///< Of the schedule.
    std::string report;
    std::string room;
    WallTime at;          ///< When it was due; the latest time if several have passed.
    bool missed = false;  ///< It is more than `kLateMax` late.
};

/// A run that will not be made up for.
struct Skipped {
    enum class Reason : std::uint8_t {
        kMissed,       ///< Nobody was looking, and the schedule says `missed: skip`.
        kStillRunning  ///< The run before was not finished.
    };
    std::string name;
    WallTime at;  ///< The latest one, if several were skipped together.
    Reason reason = Reason::kMissed;
};

/// What there is to tell about one schedule.
struct Status {
    std::string name;
    std::optional<WallTime> next = std::nullopt;
    bool running = false;
    /// The last run, also from before a restart. Without `finished` it was cut off, or is running.
    std::optional<WallTime> due = std::nullopt;
    std::optional<WallTime> started = std::nullopt;
    std::optional<WallTime> finished = std::nullopt;
    std::optional<bool> ok = std::nullopt;
};

/// Decides when which schedule runs. Knows no clock and no thread: whoever owns it sleeps until
/// `next_due()`, calls `tick`, starts what it returns elsewhere, and reports each end to
/// `finished`. One run at a time for each schedule; schedules do not wait for each other.
/// Not synchronised.
class Scheduler {
public:
    /// Runs due after `now` count. Fails with every unusable or doubled schedule named, one a line.
    static resilience::Result<Scheduler> create(const std::vector<Spec>& specs, WallTime now);

    /// Takes over what `state()` gave before a restart; call it before the first `tick`. Schedules
    /// that are new or have changed their times start at `now` instead. On failure (text that did
    /// not come from `state()`) nothing has changed: log it and go on.
    resilience::Result<resilience::Done> restore(std::string_view state, WallTime now);

    /// What is to be started at `now`, the longest due first. `finished` must follow for each.
    std::vector<Due> tick(WallTime now);

    /// Ends the run of this schedule; then call `tick` again. Unknown names are ignored.
    void finished(std::string_view name, WallTime now, bool ok);

    /// When `tick` has something to do next: at once, if this has passed. Nothing while all
    /// schedules are running or there are none. Look again at least every minute, for the wall
    /// clock may be set.
    std::optional<WallTime> next_due() const;

    /// What was left out since the last call, for the log.
    std::vector<Skipped> take_skipped();

    std::vector<Status> status() const;

    /// One line of JSON, to be stored after each `tick` that returned something and each
    /// `finished`. Stored before the runs start, each is made at most once across a crash.
    std::string state() const;

private:
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): a TimeZone cannot be left out.
    struct Entry {
        Spec spec;
        Cron cron;
        TimeZone zone;
        WallTime decided;  ///< Runs due until then are done, running or given up.
        std::optional<WallTime> next;
        Status last;
    };

    Scheduler() = default;

    static void decide_until(Entry& entry, WallTime now);
    std::optional<Due> tick_one(Entry& entry, WallTime now);

    std::vector<Entry> entries_;
    std::vector<Skipped> skipped_;
};

}  // namespace bot::schedule
