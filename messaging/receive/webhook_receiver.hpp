#pragma once

#include "messaging/http/server.hpp"
#include "messaging/receive/inbound_event.hpp"
#include "resilience/result.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace messaging::receive {

/// What became of webhook calls since start. Read from any thread.
struct WebhookCounters {
    std::atomic<std::uint64_t> accepted{0};       ///< New events, durable and handed on.
    std::atomic<std::uint64_t> duplicates{0};     ///< Known already; answered 200.
    std::atomic<std::uint64_t> ignored{0};        ///< Signed well, but not an event for us.
    std::atomic<std::uint64_t> bad_signature{0};  ///< Answered 401, nothing processed.
    std::atomic<std::uint64_t> malformed{0};      ///< Answered 400 or 405.
    std::atomic<std::uint64_t> ledger_failed{0};  ///< Answered 503: the event was not recorded.
};

/// What to make of one webhook call, before anything is recorded.
struct Verdict {
    enum class Kind : std::uint8_t {
        kAccept,        ///< `event` is to be recorded.
        kIgnore,        ///< Answer 200, nothing else.
        kMalformed,     ///< Answer 400 or 405.
        kBadSignature,  ///< Answer 401.
    };
    Kind kind = Kind::kMalformed;
    int status = 400;  ///< What is answered; for kAccept, once the event is durable.
    std::string reason = {};
    std::optional<InboundEvent> event = std::nullopt;
};

/// Judges a call by method, signature and body, in this order: an unsigned body is never parsed.
Verdict judge(const http::ServerRequest& request, std::string_view secret);

/// Turns webhook calls into events. Answers 200 only after the ledger has the event on disk, since
/// Webex does not promise to send a call twice. Work on the event begins after the answer.
class WebhookReceiver {
public:
    /// True: new. False: the ledger knew it. An error: it could not be recorded.
    using Recorded = std::function<void(resilience::Result<bool>)>;
    using Answer = std::function<void(http::ServerResponse)>;

    struct Options {
        /// Secret of our webhooks; required.
        std::string secret;
        /// Records the event durably, then calls `done` once, on any thread. Must not block.
        std::function<void(const InboundEvent&, Recorded done)> accept;
        /// Gets each new event once, on the thread that called `done`. Must not block.
        std::function<void(InboundEvent)> deliver;
        /// Told of every call that was refused or ignored: verdict's reason and peer. For the log;
        /// may be empty.
        std::function<void(const Verdict&, const std::string& peer)> refused = {};
    };

    /// Fails when the secret is empty: without one anybody could give the bot orders.
    static resilience::Result<std::unique_ptr<WebhookReceiver>> open(Options options);

    /// Handles one call; `answer` is called once, now or later. Never blocks. The receiver may be
    /// destroyed while events are still being recorded.
    void handle(const http::ServerRequest& request, Answer answer) const;

    const WebhookCounters& counters() const;

private:
    struct Shared;
    explicit WebhookReceiver(std::shared_ptr<Shared> shared);

    std::shared_ptr<Shared> shared_;
};

}  // namespace messaging::receive
