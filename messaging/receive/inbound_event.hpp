#pragma once

#include "resilience/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace messaging::receive {

/// Something that happened in a room and concerns the bot, however it was learned: a webhook call
/// or a websocket frame. Carries ids, never the text: that is fetched by `id`.
struct InboundEvent {
    enum class Kind : std::uint8_t {
        kMessage,         ///< Somebody posted; `id` is the message.
        kMessageUpdated,  ///< A message was edited.
        kMessageDeleted,  ///< A message is gone; it can no longer be fetched.
        kCardAction,      ///< A card was submitted; `id` is the attachment action.
        kMembership       ///< Somebody (perhaps the bot) joined, changed or left; see `event`.
    };

    Kind kind = Kind::kMessage;
    std::string id;  ///< Message, attachment action or membership id.
    std::string room_id;
    std::string room_type;     ///< "group" or "direct"; empty where Webex does not say.
    std::string person_id;     ///< Who wrote or submitted; for a membership the member.
    std::string person_email;  ///< Empty for card actions: Webex sends none.
    std::string created;       ///< ISO 8601 as sent; events arrive in any order, sort by this.
    std::string parent_id;     ///< The thread a message belongs to, or empty.
    std::string message_id;    ///< For a card action: the message that carries the card.
    std::string actor_id;      ///< Who caused it (for a membership: who added or removed).
    std::string hook_id;       ///< Webhook that told us; empty for the websocket.
    std::string resource;      ///< As Webex names it: "messages", "attachmentActions" …
    std::string event;         ///< As Webex names it: "created", "updated", "deleted".
    std::string updated;       ///< Time of the edit, where Webex says it.

    friend bool operator==(const InboundEvent&, const InboundEvent&) = default;
};

std::string_view to_string(InboundEvent::Kind kind);

/// Name under which the inbox ledger knows the event: one thing that happened has one name however
/// often and by whichever way it is told. A message or card action is named by its id.
std::string ledger_id(const InboundEvent& event);

/// The event as JSON text, for the ledger; `inbound_event_from_json` reads it back.
std::string to_json(const InboundEvent& event);
resilience::Result<InboundEvent> inbound_event_from_json(std::string_view text);

/// What a webhook call told us: an event, or why it is none of our business.
struct WebhookContent {
    std::optional<InboundEvent> event = std::nullopt;
    std::string ignored = {};  ///< Set when `event` is not: the reason, for the log.
};

/// Longest webhook body that is read. Real ones have about a kilobyte; a message with a hundred
/// files or mentions stays under 32 KiB.
inline constexpr std::size_t kWebhookBodyLimit = 256U << 10U;
/// Longest id, address or time that is accepted in an event. Webex ids have about 80 characters.
inline constexpr std::size_t kEventFieldLimit = 1024;

/// Reads the JSON of a webhook call (developer.webex.com, "Webhooks"). Resources and events that
/// we do not handle are ignored with a reason; JSON that is broken, too large or lacks an id is an
/// error.
resilience::Result<WebhookContent> parse_webhook(std::string_view body);

}  // namespace messaging::receive
