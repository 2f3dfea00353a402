#pragma once

#include "bot/service/room_book.hpp"
#include "messaging/content/message.hpp"
#include "messaging/send.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace bot::service {

/// What somebody's messages are posted into another room with.
struct PostParts {
    messaging::Messenger& messenger;
    const RoomBook& rooms;
    std::chrono::seconds deadline;
};

/// Posts messages into a room, by its name in the configuration, in order and each once for its
/// key. Fails, naming the room or the message's fault, when one is not accepted; those before it
/// are. Blocks for the disk.
resilience::Result<resilience::Done> post_into(const PostParts& parts,
                                               const std::string& room,
                                               const std::vector<messaging::Message>& messages,
                                               const std::string& key);

}  // namespace bot::service
