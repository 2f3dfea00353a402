#pragma once

#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/run.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <string>
#include <vector>

namespace bot::service {

/// Writes down who had what done, where, and how it ended: commands, schedules and reports.
///
///     auto run = ledger.begin({.kind = RunKind::kCommand, .name = "chart", .what = text});
///     …
///     ledger.end(run, RunEnd::kOk);
///
/// Nobody waits for the disk here: a line rides in the next transaction of the outbox, and is lost
/// only with a process that dies within those milliseconds. A line that cannot be written costs a
/// warning in the log, not the command. Thread-safe; outbox and clock must outlive it.
class RunLedger {
public:
    /// What is known when a run begins.
    struct Beginning {
        messaging::outbox::RunKind kind = messaging::outbox::RunKind::kCommand;
        std::string name = {};   ///< Of the command, schedule or report.
        std::string who = {};    ///< E-mail address; empty: nobody asked.
        std::string where = {};  ///< Id of a room; empty: in none.
        std::string what = {};   ///< As asked; it is redacted and shortened here.
    };
    /// A run under way. Plain data; copy it to whoever may have to end it.
    struct Open {
        messaging::outbox::Run run;
        resilience::Instant since{};
    };

    RunLedger(messaging::outbox::Outbox& outbox, const resilience::Clock& clock);

    /// For the start of the program, before anything runs: what an earlier one has not ended is
    /// marked as interrupted. Blocks for about one fsync.
    resilience::Result<resilience::Done> open();

    /// Notes that something begins. Does not block.
    Open begin(Beginning beginning);
    /// Notes how it ended; `reason` is redacted and shortened here. The first end of a run stands.
    /// Does not block.
    void end(const Open& open, messaging::outbox::RunEnd end, const std::string& reason = {});

    /// Newest first. Blocks for a read.
    resilience::Result<std::vector<messaging::outbox::Run>> list(
        const messaging::outbox::RunFilter& filter) const;

private:
    void write(messaging::outbox::Run run);

    messaging::outbox::Outbox& outbox_;
    const resilience::Clock& clock_;
};

}  // namespace bot::service
