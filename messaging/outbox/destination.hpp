#pragma once

#include "messaging/content/message.hpp"

#include <string>
#include <string_view>

namespace messaging::outbox {

/// How the outbox writes down where a message goes: "room:ID", "person:ID" or "email:ADDRESS".
std::string destination_of(const Target& to);

/// The way back. What has no known beginning counts as the id of a room.
Target target_of(std::string_view destination);

}  // namespace messaging::outbox
