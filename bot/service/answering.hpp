#pragma once

#include "bot/commands/command_table.hpp"
#include "bot/commands/running.hpp"
#include "bot/commands/worker_pool.hpp"
#include "bot/service/notices.hpp"
#include "bot/service/run_ledger.hpp"
#include "bot/web/metrics.hpp"
#include "messaging/receive/inbound_event.hpp"
#include "messaging/send.hpp"
#include "resilience/clock.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace bot::service {

/// From a question that was understood to the answer in the room, with a notice when it takes
/// long, a line in the ledger, and one sentence where there is no answer: also when a handler
/// throws or hangs and when the answer is refused. An answer that was posted is given once, also
/// across a crash, by its key; one that took the place of a notice may be given again by a crash in
/// the moment before its event is marked done. Thread-safe; every function may block on the
/// disk, `answer` as long as the handler runs.
class Answering {
public:
    struct Parts {
        const commands::CommandTable& table;
        const commands::Services& services;
        messaging::Messenger& messenger;
        web::Metrics& metrics;
        RunLedger& ledger;
        Notices& notices;
        commands::Running& running;
        resilience::Clock& clock;
        std::chrono::seconds deadline;  ///< Of answers.
    };
    /// Somebody asks something.
    struct Question {
        messaging::receive::InboundEvent event;
        commands::Invocation invocation = {};
        std::string command = {};  ///< Name of the command; "unknown".
        commands::Running::Entry running = nullptr;
        // Set before the handler may be given up, so that whoever gives it up finds them.
        std::optional<RunLedger::Open> run = std::nullopt;
        std::shared_ptr<Notices::Notice> notice = nullptr;
    };

    explicit Answering(const Parts& parts) : parts_(parts) {}

    /// Notes that somebody waits: from now on they may take it back. Once, before the others.
    void hear(Question& question);
    /// True when it is answered at once, whatever else goes on in its room.
    bool is_urgent(const Question& question) const;
    /// Runs the command and posts its answer, unless it was taken back or has been given up.
    void answer(Question& question, commands::Turn& turn);
    /// It has thrown or was given up, as `end` says. One sentence, unless it was taken back.
    void failed(const Question& question, messaging::outbox::RunEnd end, const std::string& what);
    /// One sentence in place of an answer. What went wrong stays in the log.
    void apologise(const messaging::receive::InboundEvent& event, const std::string& sentence);

private:
    commands::Invocation prepared(const Question& question) const;
    void cancelled(const Question& question);
    void note(const Question& question, const commands::Reply& reply);
    void post(const Question& question, const commands::Reply& reply);
    bool post_one(const messaging::receive::InboundEvent& event,
                  messaging::Message message,
                  const std::string& key,
                  const std::string& command);

    Parts parts_;
};

}  // namespace bot::service
