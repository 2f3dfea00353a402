#pragma once

#include "bot/charts/renderer.hpp"
#include "bot/commands/worker_pool.hpp"
#include "bot/config/config.hpp"
#include "bot/reports/report.hpp"
#include "bot/schedule/scheduler.hpp"
#include "bot/service/report_runs.hpp"
#include "bot/service/room_book.hpp"
#include "bot/service/schedule_ledger.hpp"
#include "bot/sources/reader.hpp"
#include "bot/web/metrics.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/send.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace bot::service {

/// Posts scheduled reports. Decisions are the scheduler's; this owns its thread, stores its state
/// before each run, and hands the work to the pool. Each run is posted at most once, also across a
/// crash: its name and time are the idempotency key. A report that fails, hangs or is refused
/// leaves one sentence in its room.
class Timetable {
public:
    struct Parts {
        const config::Config& config;
        const charts::Renderer& renderer;
        const sources::Reader& reader;
        messaging::Messenger& messenger;
        messaging::outbox::Outbox& outbox;
        commands::WorkerPool& pool;
        const RoomBook& rooms;
        web::Metrics& metrics;
        resilience::Clock& clock;
        ReportRuns* reports = nullptr;  ///< Posts reports of several parts; null: none are posted.
        std::stop_token stop = {};      ///< Ends reading and drawing when the service ends.
        RunLedger* ledger = nullptr;    ///< Null: runs are not written down.
        /// Told once of a schedule that has gone silent, a sentence without its stop; may be empty.
        std::function<void(const std::string& what)> silent = {};
    };

    Timetable(Parts parts, schedule::Scheduler scheduler);

    /// Takes over what was stored before a restart. Once, before the first `look`. Blocks for a
    /// read.
    void restore();
    /// Starts what is due now. Returns how long to wait before the next look, unless a run ends
    /// earlier; zero: look again at once. Blocks for the store when something was due.
    std::chrono::milliseconds look();
    /// Both, until stopped. Blocks.
    void run(const std::stop_token& stop);

    /// Begins a run now. Fails when there is no such schedule or its last run has not ended. Any
    /// thread; blocks for the store.
    resilience::Result<resilience::Done> run_now(const std::string& name);
    /// Stops a schedule from running by itself, or lets it again; survives a restart. Fails when
    /// there is no such schedule. Any thread; blocks for the store.
    resilience::Result<resilience::Done> pause(const std::string& name, bool paused);

    /// How each schedule stands. Any thread.
    std::vector<schedule::Status> status() const;
    /// The next run of a report by any schedule that is not paused. Any thread.
    std::optional<schedule::WallTime> next_run(const std::string& report) const;

private:
    void start(const schedule::Due& due);
    void work(const schedule::Due& due, commands::Turn& turn);
    bool has_parts(const std::string& report) const;
    void post_parts(const schedule::Due& due);
    reports::Report build(const schedule::Due& due) const;
    bool post(const schedule::Due& due, const reports::Report& report);
    bool post_one(const schedule::Due& due,
                  const messaging::Message& message,
                  const std::string& part);
    void apologise(const schedule::Due& due, const std::string& what);
    void finished(const std::string& name, bool ok);
    void store_state();
    void tell_skipped();
    void tell_silent();

    Parts parts_;
    ScheduleLedger ledger_{parts_.ledger};
    std::mutex storing_;        // what is stored last is the latest; locked before the next one
    mutable std::mutex mutex_;  // guards scheduler_ and changed_
    std::condition_variable_any wake_;
    schedule::Scheduler scheduler_;
    bool changed_ = false;
    std::set<std::string> told_silent_;  // of the thread that looks
};

}  // namespace bot::service
