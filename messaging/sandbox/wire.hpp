#pragma once

#include "messaging/sandbox/json_text.hpp"
#include "messaging/sandbox/world.hpp"

#include <string>
#include <string_view>

namespace messaging::sandbox {

/// The JSON shapes of the Webex REST API (public OpenAPI description, and bodies seen in the wild
/// where it is silent). `base` is the address that file links start with: "http://127.0.0.1:8080".

/// {"message":…,"errors":[{"description":…}],"trackingId":…}
std::string error_json(std::string_view message, std::string_view tracking_id);

void write_person(JsonText& json, const Person& person);
/// A direct room's title is the name of the other person.
void write_room(JsonText& json, const Room& room, const Person& viewer);
void write_membership(JsonText& json, const Room& room, const Person& person);
void write_message(JsonText& json, const Message& message, std::string_view base);
void write_action(JsonText& json, const AttachmentAction& action);
/// With `secret`, because Webex shows it to the owner; deliveries leave it out.
void write_webhook(JsonText& json, const Webhook& webhook, bool secret);

/// What a delivery says about a message: no text, that must be fetched.
std::string message_event_data(const Message& message, std::string_view base);
std::string action_event_data(const AttachmentAction& action);
std::string membership_event_data(const Room& room, const Person& person);

std::string membership_id(const World& world, const Room& room, const Person& person);
std::string_view room_type(const Room& room);
/// The title as `viewer` sees it.
std::string room_title(const Room& room, const Person& viewer);

}  // namespace messaging::sandbox
