#include "messaging/sandbox/wire.hpp"

#include "messaging/sandbox/moment.hpp"

namespace messaging::sandbox {
namespace {

const std::string& organization_id() {
    static const std::string id = encode_id("us", "ORGANIZATION", name_uuid("organization"));
    return id;
}

const std::string& application_id() {
    static const std::string id = encode_id("us", "APPLICATION", name_uuid("application"));
    return id;
}

void write_files(JsonText& json, const Message& message, std::string_view base) {
    if (message.files.empty()) return;
    json.key("files").open('[');
    for (const auto& file : message.files) {
        json.text(std::string(base) + "/v1/contents/" + file.id);
    }
    json.close(']');
}

void write_mentions(JsonText& json, const Message& message) {
    if (!message.mentioned_people.empty()) {
        json.strings("mentionedPeople", message.mentioned_people);
    }
    if (message.mentions_all) json.strings("mentionedGroups", {"all"});
}

// The cluster of a room's own id, which its memberships share.
std::string cluster_of(const Room& room) {
    const auto decoded = decode_id(room.id);
    return decoded ? decoded->cluster : "us";
}

}  // namespace

std::string error_json(std::string_view message, std::string_view tracking_id) {
    JsonText json;
    json.open('{').field("message", message).key("errors").open('[');
    json.open('{').field("description", message).close('}').close(']');
    json.field("trackingId", tracking_id).close('}');
    return json.take();
}

std::string_view room_type(const Room& room) {
    return room.direct ? "direct" : "group";
}

std::string room_title(const Room& room, const Person& viewer) {
    if (!room.direct) return room.title;
    for (const auto* member : room.members) {
        if (member != &viewer) return member->display_name;
    }
    return viewer.display_name;
}

void write_person(JsonText& json, const Person& person) {
    json.open('{').field("id", person.id);
    json.key("emails").open('[').text(person.email).close(']');
    json.field("displayName", person.display_name).field("nickName", person.display_name);
    json.field("orgId", organization_id()).field("created", iso_time(person.created_ms));
    json.field("status", "active").field("type", person.is_bot ? "bot" : "person").close('}');
}

void write_room(JsonText& json, const Room& room, const Person& viewer) {
    json.open('{').field("id", room.id).field("title", room_title(room, viewer));
    json.field("type", room_type(room)).flag("isLocked", false);
    json.field("lastActivity", iso_time(room.activity_ms));
    if (room.creator != nullptr) json.field("creatorId", room.creator->id);
    json.field("created", iso_time(room.created_ms)).field("ownerId", organization_id());
    json.close('}');
}

std::string membership_id(const World& world, const Room& room, const Person& person) {
    return encode_id(world.cluster(), "MEMBERSHIP", person.uuid + ":" + room.uuid);
}

void write_membership(JsonText& json, const Room& room, const Person& person) {
    json.open('{').field("id",
                         encode_id(cluster_of(room), "MEMBERSHIP", person.uuid + ":" + room.uuid));
    json.field("roomId", room.id).field("roomType", room_type(room));
    json.field("personId", person.id).field("personEmail", person.email);
    json.field("personDisplayName", person.display_name).field("personOrgId", organization_id());
    json.flag("isModerator", false).flag("isMonitor", false);
    json.field("created", iso_time(room.created_ms)).close('}');
}

void write_message(JsonText& json, const Message& message, std::string_view base) {
    json.open('{').field("id", message.id).field("roomId", message.room->id);
    json.optional("toPersonId", message.to_person_id);
    json.optional("toPersonEmail", message.to_person_email);
    json.field("roomType", room_type(*message.room)).optional("text", message.text);
    json.optional("markdown", message.markdown).optional("html", message.html);
    write_files(json, message, base);
    if (!message.card.empty()) {
        json.key("attachments").open('[').open('{');
        json.field("contentType", "application/vnd.microsoft.card.adaptive");
        json.raw_field("content", message.card).close('}').close(']');
    }
    json.field("personId", message.person->id).field("personEmail", message.person->email);
    write_mentions(json, message);
    json.optional("parentId", message.parent_id).field("created", iso_time(message.created_ms));
    if (message.updated_ms != 0) json.field("updated", iso_time(message.updated_ms));
    json.close('}');
}

void write_action(JsonText& json, const AttachmentAction& action) {
    json.open('{').field("id", action.id).field("type", "submit");
    json.field("messageId", action.message_id).raw_field("inputs", action.inputs);
    json.field("personId", action.person->id).field("roomId", action.room_id);
    json.field("created", iso_time(action.created_ms)).close('}');
}

void write_webhook(JsonText& json, const Webhook& webhook, bool secret) {
    json.field("id", webhook.id).field("name", webhook.name);
    json.field("targetUrl", webhook.target_url).field("resource", webhook.resource);
    json.field("event", webhook.event).optional("filter", webhook.filter);
    if (secret) json.optional("secret", webhook.secret);
    json.field("orgId", organization_id()).field("createdBy", webhook.owner->id);
    json.field("appId", application_id()).field("ownedBy", "creator");
    json.field("status", webhook.active ? "active" : "inactive");
    json.field("created", iso_time(webhook.created_ms));
}

std::string message_event_data(const Message& message, std::string_view base) {
    JsonText json;
    json.open('{').field("id", message.id).field("roomId", message.room->id);
    json.field("roomType", room_type(*message.room)).field("personId", message.person->id);
    json.field("personEmail", message.person->email);
    write_mentions(json, message);
    write_files(json, message, base);
    json.optional("parentId", message.parent_id);
    json.field("created", iso_time(message.created_ms)).close('}');
    return json.take();
}

std::string action_event_data(const AttachmentAction& action) {
    JsonText json;
    json.open('{').field("id", action.id).field("type", "submit");
    json.field("messageId", action.message_id).field("personId", action.person->id);
    json.field("roomId", action.room_id).field("created", iso_time(action.created_ms)).close('}');
    return json.take();
}

std::string membership_event_data(const Room& room, const Person& person) {
    JsonText json;
    write_membership(json, room, person);
    return json.take();
}

}  // namespace messaging::sandbox
