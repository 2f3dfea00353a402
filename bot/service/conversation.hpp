#pragma once

#include "bot/commands/command_table.hpp"
#include "bot/commands/worker_pool.hpp"
#include "bot/service/run_ledger.hpp"
#include "bot/web/metrics.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/sender.hpp"
#include "messaging/receive/inbound_event.hpp"
#include "messaging/receive/loop_guard.hpp"
#include "messaging/send.hpp"
#include "messaging/webex/client.hpp"
#include "resilience/clock.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace bot::service {

/// From an inbound event to the answer in the room.
///
/// An event is written into the inbox ledger before anybody hears that it was accepted, and is
/// marked done when its answer lies in the outbox; what a crash leaves open is taken up again at
/// the next start, and the answer's idempotency key keeps it from being given twice. Own posts go
/// to the sender as evidence and nowhere else.
///
/// Whoever asks gets an answer or one sentence that there is none: also when a handler throws or
/// hangs, when the question cannot be read and when the answer is refused. Thread-safe.
class Conversation {
public:
    struct Parts {
        const commands::CommandTable& table;
        const commands::Services& services;
        messaging::Messenger& messenger;
        const messaging::webex::WebexClient& webex;
        messaging::outbox::Outbox& outbox;
        messaging::outbox::Sender& sender;
        commands::WorkerPool& pool;
        web::Metrics& metrics;
        RunLedger& ledger;
        resilience::Clock& clock;
        std::chrono::seconds deadline;  ///< Of answers.
    };

    /// Requests to Webex end when `stop` is requested.
    Conversation(const Parts& parts, std::stop_token stop);

    /// Who the bot is. Until then every event is refused (it is asked for again by Webex or lost,
    /// never answered blindly).
    void set_self(const messaging::webex::Person& self);

    /// Records an event; `done` hears whether it is new. Never blocks.
    void accept(const messaging::receive::InboundEvent& event,
                std::function<void(resilience::Result<bool>)> done);
    /// Acts upon a recorded event, on a worker.
    void deliver(messaging::receive::InboundEvent event);
    /// Takes up what was recorded but not finished before a restart. Blocks for one read.
    void resume();

private:
    struct Self {
        messaging::receive::LoopGuard guard;
        std::vector<std::string> ids;
    };

    std::shared_ptr<const Self> self() const;
    using Event = messaging::receive::InboundEvent;
    /// One event on its way through the pool.
    struct Work {
        Event event;
        /// Set before the handler may be given up, so that whoever gives it up finds it.
        std::optional<RunLedger::Open> run = std::nullopt;
    };

    void submit_waiting();
    void work(Work& work, commands::Turn& turn);
    void handle(Work& work, commands::Turn& turn);
    void handle_message(Work& work, const Self& self, commands::Turn& turn);
    void handle_card(Work& work, commands::Turn& turn);
    std::string email_of(const commands::Invocation& invocation);
    void not_read(const Event& event, const resilience::Error& why);
    void answer(Work& work, const commands::Invocation& invocation, commands::Turn& turn);
    void post(const Event& event, const commands::Reply& reply, const std::string& command);
    bool post_one(const Event& event,
                  messaging::Message message,
                  const std::string& key,
                  const std::string& command);
    void apologise(const Event& event, const std::string& sentence);
    void failed(const Work& work, messaging::outbox::RunEnd end, const std::string& what);
    void done(const Event& event);

    Parts parts_;
    std::stop_token stop_;
    mutable std::mutex mutex_;  // guards self_
    std::shared_ptr<const Self> self_;
    std::mutex waiting_mutex_;                   // guards waiting_
    std::deque<std::shared_ptr<Work>> waiting_;  // for a place in the pool's queue
};

}  // namespace bot::service
