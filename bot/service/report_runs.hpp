#pragma once

#include "bot/charts/renderer.hpp"
#include "bot/commands/worker_pool.hpp"
#include "bot/config/config.hpp"
#include "bot/reports/part.hpp"
#include "bot/reports/run.hpp"
#include "bot/service/report_book.hpp"
#include "bot/service/room_book.hpp"
#include "bot/service/run_ledger.hpp"
#include "bot/text/scratch.hpp"
#include "bot/web/metrics.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/send.hpp"
#include "messaging/webex/client.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace bot::service {

/// Posts reports of several parts, each run a transaction that goes on after a crash: the state of
/// every part is in the store before and after it is built, parts that were accepted are known by
/// their origin and never made again. Above the parts stands a line that says how many have
/// arrived; it is edited when that changes, as often as Webex allows. An edit that fails is tried
/// again after a time that grows.
///
/// Building happens on the pool, one part at a time; a part that fails, hangs or throws is missing
/// and the next one follows. Thread-safe.
class ReportRuns {
public:
    struct Parts {
        const config::Config& config;
        const charts::Renderer& renderer;
        const sources::Reader& reader;
        const text::Scratch& scratch;
        messaging::Messenger& messenger;
        messaging::outbox::Outbox& outbox;
        const messaging::webex::WebexClient& webex;
        commands::WorkerPool& pool;
        web::Metrics& metrics;
        resilience::Clock& clock;
        /// Requested when the service ends: what is being built is left for the next start.
        std::stop_token stop = {};
        RunLedger* ledger = nullptr;  ///< Null: runs are not written down there.
        /// Told, once for each run, that it was not complete in time, in a sentence without its
        /// stop. May be empty. Must not block.
        std::function<void(const std::string& what)> overdue = {};
        const RoomBook* rooms = nullptr;  ///< Knows what people call them; null: nobody does.
    };

    /// What is to be posted where.
    struct Order {
        /// Makes the run unique: a run of this id that there is already is not made again.
        std::string id;
        std::string report;  ///< Name of one with parts.
        messaging::Target to;
        std::string origin = {};              ///< For people: "schedule weekly".
        std::string who = {};                 ///< E-mail address of who asked; empty: nobody.
        messaging::outbox::Millis due_by{0};  ///< Until when it has to be complete; 0: whenever.
        std::string due_as = {};              ///< The same for people.
    };
    /// All parts are in the outbox (true), or some are missing. Called on a thread of the pool.
    using HandedOver = std::function<void(bool whole)>;

    explicit ReportRuns(Parts parts);

    /// Takes up what was not finished before a restart. Once, before anything else. Blocks for the
    /// store.
    void restore();
    /// Begins a run. Fails when the report is unknown or has no parts, the store cannot be written
    /// (nothing was begun then) or the pool is full (the run goes on after the next restart).
    /// `handed_over` is called once, unless this fails; at once where the run is known and all its
    /// parts are. Blocks for two commits.
    resilience::Result<resilience::Done> begin(const Order& order, HandedOver handed_over = {});
    /// Has the failed parts of a run made again; returns how many. Fails when there is no such run,
    /// it is not over, nothing of it has failed, or the store cannot be written (then it stays as
    /// it was). Blocks for a commit.
    resilience::Result<std::size_t> redrive(const std::string& id);

    /// Looks how the parts of open runs stand and edits their headers; tells of those that are not
    /// complete in time. Blocks for the store, and for Webex where a header is to be edited.
    void look(const std::stop_token& stop = {});
    /// Looks every two seconds until stopped. Blocks.
    void run(const std::stop_token& stop);

    /// All runs that are known, oldest first.
    std::vector<reports::Run> list() const;

private:
    /// A header that could not be edited lately.
    struct Unedited {
        std::uint32_t failures = 0;  ///< In a row.
        resilience::Instant next{};  ///< Not before.
    };

    const reports::Spec* find(const std::string& report) const;
    reports::Workshop workshop() const;
    resilience::Result<resilience::Done> post_header(const reports::Run& run,
                                                     const reports::Spec& spec);
    void queue_next(const std::string& id);
    void tell_if_handed_over(const std::string& id);
    void work(const std::string& id, std::size_t part, commands::Turn& turn);
    void settle(const std::string& id, std::size_t part, reports::PartRun result);
    std::vector<messaging::outbox::DeliveryId> adopted(const reports::Run& run,
                                                       std::size_t part) const;
    resilience::Result<std::vector<messaging::outbox::DeliveryId>> accept(
        const reports::Run& run, std::size_t part, const messaging::Message& message);
    bool refresh(reports::Run& run) const;
    bool refresh_part(reports::PartRun& part) const;
    void look_at(const std::string& id, const std::stop_token& stop);
    void edit_header(const reports::Run& run, const std::string& text, const std::stop_token& stop);
    resilience::Result<resilience::Done> change_header(const reports::Run& run,
                                                       const std::string& message_id,
                                                       const std::string& text,
                                                       const std::stop_token& stop) const;
    void not_edited(const std::string& id, const resilience::Error& error);
    bool may_edit(const std::string& id) const;
    void ended(const reports::Run& run);
    void tell_overdue();
    void tell_overdue(const reports::Run& run, const std::string& notice);
    static messaging::Target target_of(const reports::Run& run);
    void open_line(const reports::Run& run, const std::string& why);
    void close_line(const reports::Run& run);
    resilience::Result<resilience::Done> store(const std::string& id);
    std::optional<reports::Run> copy(const std::string& id) const;

    Parts parts_;
    ReportBook book_;
    std::mutex writing_;        // one writer of the book at a time; taken before the other
    mutable std::mutex mutex_;  // guards all below
    std::map<std::string, reports::Run> runs_;
    std::map<std::string, HandedOver> waiting_;
    std::map<std::string, Unedited> unedited_;
    std::map<std::string, RunLedger::Open> lines_;
    std::vector<std::string> order_;  // ids, oldest first
    std::vector<std::string> over_;   // ids of runs that have ended and whose header says so
};

}  // namespace bot::service
