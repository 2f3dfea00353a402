#pragma once

#include "bot/schedule/scheduler.hpp"
#include "bot/service/room_book.hpp"
#include "bot/service/run_ledger.hpp"

#include <map>
#include <mutex>
#include <string>

namespace bot::service {

/// Runs of schedules in the ledger of runs: which report was posted where, and whether all of it is
/// in the outbox. One run at a time for each schedule, as the scheduler has it. Does not block.
/// Thread-safe.
class ScheduleLedger {
public:
    /// Null: nothing is written down. `ledger` must outlive this.
    explicit ScheduleLedger(RunLedger* ledger) : ledger_(ledger) {}

    void begin(const schedule::Due& due, const RoomBook& rooms);
    /// Ends the run of this schedule, where it has begun one.
    void end(const std::string& schedule, bool ok);

private:
    RunLedger* ledger_;
    std::mutex mutex_;  // guards open_
    std::map<std::string, RunLedger::Open> open_;
};

}  // namespace bot::service
