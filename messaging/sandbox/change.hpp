#pragma once

#include "messaging/sandbox/world.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace messaging::sandbox {

/// Something that happened in the world: what webhooks, the page and the journal are told.
/// Pointers are valid until the next request.
struct Change {
    enum class Kind : std::uint8_t {
        kMessageCreated,
        kMessageUpdated,
        kMessageDeleted,
        kRoomCreated,
        kRoomUpdated,
        kRoomDeleted,
        kMemberAdded,
        kMemberRemoved,
        kActionCreated,
        kWebhookSaved,
        kWebhookDeleted
    };

    Kind kind;
    const Person* actor = nullptr;
    const Room* room = nullptr;  ///< Null for webhooks and deleted rooms.
    const Message* message = nullptr;
    const Person* member = nullptr;
    const AttachmentAction* action = nullptr;
    const Webhook* webhook = nullptr;
    std::string id = {};       ///< Of what was deleted.
    bool reactivated = false;  ///< The webhook had been switched off.
    /// The last state of a deleted message, which `message` points to.
    std::shared_ptr<const Message> deleted = nullptr;
};

}  // namespace messaging::sandbox
