#pragma once

#include "messaging/outbox/delivery.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace messaging::outbox {

/// What made the service do something.
enum class RunKind : std::uint8_t { kCommand, kSchedule, kReport };

/// How a run ended.
enum class RunEnd : std::uint8_t {
    kRunning,  ///< It has not ended yet.
    kOk,
    kRefused,  ///< Asked for something that there is not, or that is not allowed.
    kFailed,
    kTimedOut,    ///< It was given up because it took too long.
    kCancelled,   ///< Somebody ended it.
    kInterrupted  ///< The program ended while it ran.
};

/// "command", "schedule", "report".
std::string_view to_string(RunKind kind);
std::optional<RunKind> parse_run_kind(std::string_view name);
/// "running", "ok", "refused", "failed", "timed_out", "cancelled", "interrupted".
std::string_view to_string(RunEnd end);
std::optional<RunEnd> parse_run_end(std::string_view name);

/// One line of the run ledger: who had what done, where, and how it ended.
struct Run {
    std::uint64_t id = 0;  ///< Ours; later runs have larger ones.
    RunKind kind = RunKind::kCommand;
    std::string name = {};   ///< Of the command, schedule or report.
    std::string who = {};    ///< E-mail address; empty: nobody asked.
    std::string where = {};  ///< Id of the room; empty: in none.
    std::string what = {};   ///< What was asked, fit for a log.
    Millis started{0};
    Millis took{0};
    RunEnd end = RunEnd::kRunning;
    std::string reason = {};  ///< Why it ended so; empty where `end` says it all.

    friend bool operator==(const Run&, const Run&) = default;
};

/// Which runs; those with the largest ids first.
struct RunFilter {
    std::optional<RunKind> kind = std::nullopt;
    std::string name = {};
    std::uint64_t before = 0;  ///< Page on: only smaller ids. 0: from the newest.
    std::uint32_t limit = 20;
};

/// The reason of a run that the end of the program cut short.
inline constexpr std::string_view kRunInterrupted = "the program ended while it ran";

}  // namespace messaging::outbox
