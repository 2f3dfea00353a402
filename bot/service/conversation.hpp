#pragma once

#include "bot/commands/backlog.hpp"
#include "bot/commands/worker_pool.hpp"
#include "bot/service/answering.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/sender.hpp"
#include "messaging/receive/inbound_event.hpp"
#include "messaging/receive/loop_guard.hpp"
#include "messaging/webex/client.hpp"
#include "resilience/clock.hpp"

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
/// A question is read in one pool and answered in another, in each room in order; what is urgent
/// (`cancel`) is answered where it was read. Whoever asks gets an answer or one sentence that there
/// is none (answering.hpp), also when the question cannot be read. Thread-safe.
class Conversation {
public:
    struct Parts {
        const messaging::webex::WebexClient& webex;
        messaging::outbox::Outbox& outbox;
        messaging::outbox::Sender& sender;
        Answering& answering;
        /// Where questions are read, so that `cancel` is heard while a command runs in its room.
        commands::WorkerPool& hearing;
        commands::WorkerPool& pool;  ///< Where commands run.
        resilience::Clock& clock;
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

    void handle(const Event& event, commands::Turn& turn);
    void hear(const Event& event, const Self& self, commands::Turn& turn);
    std::optional<commands::Invocation> message_of(const Event& event, const Self& self);
    std::optional<commands::Invocation> action_of(const Event& event);
    std::string email_of(const commands::Invocation& invocation);
    void not_read(const Event& event, const resilience::Error& why);
    void answer(const std::shared_ptr<Answering::Question>& question);
    void done(const Event& event);

    Parts parts_;
    std::stop_token stop_;
    mutable std::mutex mutex_;  // guards self_
    std::shared_ptr<const Self> self_;
    commands::Backlog to_hear_;
    commands::Backlog to_answer_;
};

}  // namespace bot::service
