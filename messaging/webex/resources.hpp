#pragma once

#include "messaging/content/message.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace messaging::webex {

// The things of the REST API besides messages (developer.webex.com, "REST API"). Fields that the
// service left out are empty. Times are since 1970-01-01 UTC, 0 when missing.

struct Person {
    std::string id;
    std::string display_name;
    std::string nick_name;
    std::vector<std::string> emails;
    std::string org_id;
    std::string type;  ///< "person", "bot" or "appuser".
};

struct Room {
    std::string id;
    std::string title;  ///< Of a direct room: the other person's name.
    std::string type;   ///< "direct" or "group".
    std::string team_id;
    std::string creator_id;
    bool is_locked = false;
    bool is_announcement_only = false;  ///< Only moderators may post.
    bool is_read_only = false;
    /// The service could not decrypt the title, which then is unreadable (part of a 200 answer).
    bool title_failed = false;
    std::chrono::milliseconds last_activity{0};
    std::chrono::milliseconds created{0};
};

struct Membership {
    std::string id;
    std::string room_id;
    std::string room_type;
    std::string person_id;
    std::string person_email;
    std::string person_name;
    bool is_moderator = false;
    std::chrono::milliseconds created{0};
};

/// The secret is not kept: the service returns it in clear.
struct Webhook {
    std::string id;
    std::string name;
    std::string target_url;
    std::string resource;
    std::string event;
    std::string filter;
    std::string status;  ///< "active" or "inactive".
    std::chrono::milliseconds created{0};
};

/// What to register. An empty secret or filter is not sent.
struct WebhookSpec {
    std::string name;
    std::string target_url;
    std::string resource = "messages";
    std::string event = "created";
    std::string filter = {};
    std::string secret = {};
};

/// Somebody pressed a button on a card.
struct AttachmentAction {
    std::string id;
    std::string type;  ///< "submit".
    std::string message_id;
    std::string person_id;
    std::string room_id;
    /// Values of the card's inputs and of the button's data, in order of name. Values that are not
    /// texts are JSON.
    std::vector<std::pair<std::string, std::string>> inputs;
    std::chrono::milliseconds created{0};
};

/// A file of a message.
struct FileInfo {
    std::string file_name;  ///< Without any folder; may be empty.
    std::string content_type;
    /// In bytes; nothing where the service does not say.
    std::optional<std::uint64_t> size = std::nullopt;
};

struct FileOptions {
    /// Take a file that Webex could not look through for malware (an encrypted one, say). It is
    /// refused otherwise, with 428.
    bool allow_unscannable = false;
};

/// Readers of one object: fail when the text is no object with an id.
resilience::Result<Person> parse_person(std::string_view text);
resilience::Result<Room> parse_room(std::string_view text);
resilience::Result<Membership> parse_membership(std::string_view text);
resilience::Result<Webhook> parse_webhook(std::string_view text);
resilience::Result<AttachmentAction> parse_attachment_action(std::string_view text);

/// Readers of {"items":[…]}: skip items without an id, fail when the text is no such list.
resilience::Result<std::vector<Room>> parse_room_list(std::string_view text);
resilience::Result<std::vector<Membership>> parse_membership_list(std::string_view text);
resilience::Result<std::vector<Webhook>> parse_webhook_list(std::string_view text);

/// Bodies for POST /rooms and POST /memberships; `person` must not be a room.
std::string render_new_room(std::string_view title);
std::string render_new_membership(std::string_view room_id, const Target& person);

/// Bodies for POST /webhooks and PUT /webhooks/ID. The second re-activates a webhook that was
/// disabled; resource and event cannot be changed.
std::string render_new_webhook(const WebhookSpec& spec);
std::string render_webhook_update(const WebhookSpec& spec);

/// Body for PUT /messages/ID: markdown if there is any, else text.
std::string render_edit(std::string_view room_id, std::string_view text, std::string_view markdown);

}  // namespace messaging::webex
