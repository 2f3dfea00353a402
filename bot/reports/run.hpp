#pragma once

#include "messaging/outbox/delivery.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bot::reports {

/// How one part of a run stands.
enum class PartState : std::uint8_t {
    kWaiting,   ///< It was not built yet.
    kMissing,   ///< It could not be built; `reason` says why.
    kAccepted,  ///< Its messages are in the outbox.
    kSent,      ///< All of them have arrived.
    kDoubtful,  ///< One may have arrived, and nobody will ever know.
    kLost       ///< One ended undelivered; `reason` says why.
};

/// "waiting", "missing", "accepted", "sent", "doubtful", "lost".
std::string_view to_string(PartState state);
std::optional<PartState> parse_part_state(std::string_view name);

struct PartRun {
    std::string name = {};  ///< For people: "chart mttr".
    PartState state = PartState::kWaiting;
    std::string reason = {};
    std::uint32_t round = 0;  ///< How often it was made again after it had failed.
    std::vector<messaging::outbox::DeliveryId> ids = {};
};

/// One posting of a report to one room: what has to arrive, and how each part of it stands. The
/// state is stored after each step, so a run goes on where it was after a crash: parts that were
/// accepted are the outbox's, the next one is built.
struct Run {
    std::string id;         ///< Its idempotency key: "schedule:weekly:1795766400000".
    std::string report;     ///< Name of the report.
    std::string origin;     ///< For people: "schedule weekly".
    std::string who = {};   ///< E-mail address of who asked; empty: nobody.
    std::string room = {};  ///< Destination, "room:…" or "email:…".
    messaging::outbox::Millis started{0};
    std::uint64_t group = 0;                    ///< Of all its deliveries, for `recall`.
    std::uint32_t redriven = 0;                 ///< How often its failed parts were made again.
    messaging::outbox::DeliveryId header = {};  ///< 0: it has none.
    std::string shown = {};                     ///< What the header says.
    std::uint32_t edits = 0;                    ///< Of the header, so far.
    messaging::outbox::Millis edited{0};
    /// It is over, and its header and the log have said how it ended.
    bool closed = false;
    messaging::outbox::Millis due_by{0};  ///< Until when it has to be complete; 0: whenever.
    std::string due_as = {};              ///< The same for people: "08:30 (Europe/Tallinn)".
    bool overdue_told = false;            ///< That it was not complete by then.
    std::vector<PartRun> parts = {};
};

struct Counts {
    std::size_t all = 0;
    std::size_t sent = 0;
    std::size_t late = 0;      ///< Accepted, and not there within `kLateAfter`.
    std::size_t missing = 0;   ///< Not built, or ended undelivered.
    std::size_t doubtful = 0;  ///< May have arrived.
};

/// A part that has not arrived so long after the run has begun is late.
inline constexpr std::chrono::seconds kLateAfter{60};

Counts count(const Run& run, messaging::outbox::Millis now);

/// "5/7 sent, 1 late, 1 may have arrived, 1 missing".
std::string counts_text(const Counts& counts);

/// Whether people who write `word` mean this run: its id, or its group as the log prints it.
bool is_called(const Run& run, std::string_view word);

enum class Outcome : std::uint8_t { kRunning, kComplete, kPartial, kFailed };

/// "running", "complete", "partial", "failed".
std::string_view to_string(Outcome outcome);

/// How the run stands as a whole: complete when all parts have arrived, failed when none has or
/// may have, else partial.
Outcome outcome_of(const Run& run);

/// It has an outcome.
bool is_over(const Run& run);

/// What is missing and why, one reason for each part: "chart mttr: its source …". Empty: nothing.
std::string reasons(const Run& run);

/// "5/7 sent, 1 late, 1 missing (chart mttr: its source …)". Markdown.
std::string standing(const Run& run, messaging::outbox::Millis now);

/// The line that stands above the parts: title, time, "5/7 sent, 1 late, 1 missing (chart mttr:
/// source failed)". Markdown.
std::string header_text(const Run& run, const std::string& title, messaging::outbox::Millis now);

/// Webex allows ten edits of a message (developer.webex.com, "Edit a Message"); the last is kept
/// for the end.
inline constexpr std::uint32_t kEditsMax = 9;
/// Between two edits while the run goes on.
inline constexpr std::chrono::seconds kEditEvery{10};

/// What the header should be changed to now: nothing while it says what is true, was changed a
/// moment ago, or only the last edit is left for a run that goes on.
std::optional<std::string> edit_due(const Run& run,
                                    const std::string& title,
                                    messaging::outbox::Millis now);

/// How long to leave a header alone that could not be edited so often in a row: ten seconds, twice
/// as long each time up to ten minutes, and never less than the other side has asked for.
std::chrono::milliseconds edit_wait(std::uint32_t failures,
                                    std::optional<std::chrono::milliseconds> asked);

/// Free text by which the deliveries of a part are known in the outbox: "report weekly, part 3,
/// chart mttr". Different for each part and round.
std::string part_origin(const Run& run, std::size_t part);

/// Has what failed made again. Returns how many parts that are; 0: nothing has changed.
std::size_t redrive(Run& run);

/// One line of JSON, to be stored.
std::string to_json(const Run& run);
/// Fails on what `to_json` has not written.
resilience::Result<Run> parse_run(std::string_view text);

}  // namespace bot::reports
