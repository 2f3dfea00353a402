#pragma once

#include "bot/schedule/spec.hpp"
#include "bot/schedule/timing.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bot::schedule {

/// A run that starts no later than this is on time and not "missed": restarting the bot at eight
/// does not cost the report of eight.
inline constexpr std::chrono::minutes kLateMax{5};

/// Steps of the wall clock back by up to this much are waited out, so that nothing runs twice;
/// after a larger one the clock was wrong before, and schedules count from the new time.
inline constexpr std::chrono::hours kClockStepMax{1};

/// Of the runs that `missed: all` makes up for, so many at most; the older ones are told.
inline constexpr std::size_t kMissedMax = 100;

/// A run that a restart cut off is begun again if it was due no longer ago than this.
inline constexpr std::chrono::hours kResumeMax{1};

/// A schedule of which no run has ended well for so long after one was due has gone silent.
inline constexpr std::chrono::minutes kSilentAfter{15};

/// A run to start now. Its name and time identify it, also after a restart.
struct Due {
    std::string name;  ///< Of the schedule.
    std::string report;
    std::string room;
    WallTime at;          ///< When it was due; the latest time if several have passed.
    bool missed = false;  ///< It is more than `kLateMax` late.
    bool again = false;   ///< A restart cut it off: parts of it may have been done.
};

/// A run that will not be made up for.
struct Skipped {
    enum class Reason : std::uint8_t {
        kMissed,        ///< Nobody was looking, and the schedule says `missed: skip`.
        kStillRunning,  ///< The run before was not finished.
        kTooLate,       ///< Later than `max_lateness`, or beyond kMissedMax.
        kPaused,
        kCutOff  ///< Begun before a restart, too long ago to be begun again.
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
    bool paused = false;
    /// The last run, also from before a restart. Without `finished` it was cut off, or is running.
    std::optional<WallTime> due = std::nullopt;
    std::optional<WallTime> started = std::nullopt;
    std::optional<WallTime> finished = std::nullopt;
    std::optional<bool> ok = std::nullopt;
    /// The first run that was due and did not end well, if none has ended well since.
    std::optional<WallTime> lacking = std::nullopt;
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

    /// Begins a run beside the schedule's times, due now. Fails when there is no such schedule or
    /// its last run has not ended. `finished` must follow.
    resilience::Result<Due> run_now(std::string_view name, WallTime now);
    /// A paused schedule begins no run by itself; what falls due meanwhile is not made up for, nor
    /// is what a restart cuts off begun again. Survives a restart. Fails when there is no such
    /// schedule.
    resilience::Result<resilience::Done> pause(std::string_view name, bool paused, WallTime now);

    /// What was left out since the last call, for the log.
    std::vector<Skipped> take_skipped();

    std::vector<Status> status() const;
    /// Schedules that have gone silent: a run was due more than kSilentAfter ago, and neither it
    /// nor a later one has ended well. Paused ones are meant to be silent.
    std::vector<Status> silent(WallTime now) const;

    /// One line of JSON, to be stored after each `tick` that returned something and each
    /// `finished`. Where it is stored before the runs start, a run that a crash cuts off is begun
    /// again under the same name and time, by which what it has posted is known.
    std::string state() const;

private:
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): a TimeZone cannot be left out.
    struct Entry {
        Spec spec;
        Timing timing;
        WallTime decided;               ///< Runs due until then are done, running or given up.
        std::optional<WallTime> next;   ///< The first one after that,
        std::optional<WallTime> start;  ///< and when it begins.
        Status last;
        bool cut_off = false;  ///< `last` was begun before a restart and has not ended.
    };

    Scheduler() = default;

    static void decide_until(Entry& entry, WallTime now);
    static Due begin(Entry& entry, WallTime at, WallTime now);
    Entry* find(std::string_view name);
    std::optional<Due> tick_one(Entry& entry, WallTime now);
    std::optional<Due> begin_again(Entry& entry, WallTime now);
    std::optional<WallTime> latest_due(Entry& entry, WallTime now);
    std::optional<WallTime> oldest_due(Entry& entry, WallTime now);
    void skip(Entry& entry, WallTime at, Skipped::Reason reason);

    std::vector<Entry> entries_;
    std::unordered_map<std::string, std::size_t> by_name_;
    std::vector<Skipped> skipped_;
};

}  // namespace bot::schedule
