#pragma once

#include "bot/cli/recall_protocol.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/send.hpp"
#include "messaging/webex/client.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <stop_token>

namespace bot::service {

/// What messages are taken back with.
struct RecallParts {
    messaging::outbox::Outbox& outbox;
    const messaging::webex::WebexClient& webex;
    resilience::Clock& clock;
    /// Says what an edit cannot say any more because Webex has reached its limit; null: then that
    /// edit fails.
    messaging::Messenger* messenger = nullptr;
};

/// Takes back what these groups and deliveries have said, or replaces its text, and says what
/// became of each message. What waits is cancelled; what is posted is deleted or edited (one that
/// was edited as often as Webex allows gets a reply in its thread instead), each request repeated
/// as far as the preset `webex` does (a message that is gone counts as deleted); what is on its way
/// is given some seconds to end. Fails only when the store cannot be read. Blocks, ends early when
/// `stop` is requested.
resilience::Result<cli::RecallReply> recall_now(const cli::RecallRequest& request,
                                                const RecallParts& parts,
                                                const std::stop_token& stop);

}  // namespace bot::service
