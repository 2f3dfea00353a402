#pragma once

#include "messaging/outbox/outbox.hpp"

#include <string>

namespace bot::service {

/// The answer to "why ID" in chat: the timeline of a delivery as markdown, or one sentence that
/// there is none. Does not throw. Blocks on the store.
std::string why_text(messaging::outbox::Outbox& outbox, const std::string& id);

}  // namespace bot::service
