#include "messaging/webex/resources.hpp"

#include "messaging/webex/json_fields.hpp"

#include <nlohmann/json.hpp>

namespace messaging::webex {
namespace {

using nlohmann::json;
using resilience::permanent_error;
using resilience::Result;

Person person_of(const json& object) {
    Person person;
    person.id = text_field(object, "id");
    person.display_name = text_field(object, "displayName");
    person.nick_name = text_field(object, "nickName");
    person.emails = texts_field(object, "emails");
    person.org_id = text_field(object, "orgId");
    person.type = text_field(object, "type");
    return person;
}

Room room_of(const json& object) {
    Room room;
    room.id = text_field(object, "id");
    room.title = text_field(object, "title");
    room.type = text_field(object, "type");
    room.team_id = text_field(object, "teamId");
    room.creator_id = text_field(object, "creatorId");
    room.is_locked = flag_field(object, "isLocked");
    room.is_announcement_only = flag_field(object, "isAnnouncementOnly");
    room.is_read_only = flag_field(object, "isReadOnly");
    const auto errors = object.find("errors");
    room.title_failed = errors != object.end() && errors->is_object() && errors->contains("title");
    room.last_activity = time_field(object, "lastActivity");
    room.created = time_field(object, "created");
    return room;
}

Membership membership_of(const json& object) {
    Membership membership;
    membership.id = text_field(object, "id");
    membership.room_id = text_field(object, "roomId");
    membership.room_type = text_field(object, "roomType");
    membership.person_id = text_field(object, "personId");
    membership.person_email = text_field(object, "personEmail");
    membership.person_name = text_field(object, "personDisplayName");
    membership.is_moderator = flag_field(object, "isModerator");
    membership.created = time_field(object, "created");
    return membership;
}

Webhook webhook_of(const json& object) {
    Webhook webhook;
    webhook.id = text_field(object, "id");
    webhook.name = text_field(object, "name");
    webhook.target_url = text_field(object, "targetUrl");
    webhook.resource = text_field(object, "resource");
    webhook.event = text_field(object, "event");
    webhook.filter = text_field(object, "filter");
    webhook.status = text_field(object, "status");
    webhook.created = time_field(object, "created");
    return webhook;
}

AttachmentAction action_of(const json& object) {
    AttachmentAction action;
    action.id = text_field(object, "id");
    action.type = text_field(object, "type");
    action.message_id = text_field(object, "messageId");
    action.person_id = text_field(object, "personId");
    action.room_id = text_field(object, "roomId");
    action.created = time_field(object, "created");
    const auto inputs = object.find("inputs");
    if (inputs == object.end() || !inputs->is_object()) return action;
    for (auto input = inputs->begin(); input != inputs->end(); ++input) {
        action.inputs.emplace_back(
            input.key(), input->is_string()
                             ? input->get<std::string>()
                             : input->dump(-1, ' ', false, json::error_handler_t::replace));
    }
    return action;
}

bool has_id(const json& object) {
    return object.is_object() && !text_field(object, "id").empty();
}

template <class T>
Result<T> parse_one(std::string_view text, T (*read)(const json&), const char* what) {
    const json object = parse_json(text);
    if (!has_id(object)) return permanent_error(std::string{"the answer is no "} + what);
    return read(object);
}

template <class T>
Result<std::vector<T>> parse_list(std::string_view text, T (*read)(const json&), const char* what) {
    const json list = parse_json(text);
    const json* const items = items_of(list);
    if (items == nullptr) return permanent_error(std::string{"the answer is no list of "} + what);
    std::vector<T> values;
    values.reserve(items->size());
    for (const json& item : *items) {
        if (has_id(item)) values.push_back(read(item));
    }
    return values;
}

std::string dump(const json& object) {
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

json common_fields(const WebhookSpec& spec) {
    json object = {{"name", spec.name}, {"targetUrl", spec.target_url}};
    if (!spec.secret.empty()) object["secret"] = spec.secret;
    return object;
}

}  // namespace

Result<Person> parse_person(std::string_view text) {
    return parse_one(text, person_of, "person");
}
Result<Room> parse_room(std::string_view text) {
    return parse_one(text, room_of, "room");
}
Result<Membership> parse_membership(std::string_view text) {
    return parse_one(text, membership_of, "membership");
}
Result<Webhook> parse_webhook(std::string_view text) {
    return parse_one(text, webhook_of, "webhook");
}
Result<AttachmentAction> parse_attachment_action(std::string_view text) {
    return parse_one(text, action_of, "attachment action");
}

Result<std::vector<Room>> parse_room_list(std::string_view text) {
    return parse_list(text, room_of, "rooms");
}
Result<std::vector<Membership>> parse_membership_list(std::string_view text) {
    return parse_list(text, membership_of, "memberships");
}
Result<std::vector<Webhook>> parse_webhook_list(std::string_view text) {
    return parse_list(text, webhook_of, "webhooks");
}

std::string render_new_room(std::string_view title) {
    return dump({{"title", title}});
}

std::string render_new_membership(std::string_view room_id, const Target& person) {
    const bool by_id = person.kind == Target::Kind::kPersonId;
    return dump({{"roomId", room_id}, {by_id ? "personId" : "personEmail", person.value}});
}

std::string render_new_webhook(const WebhookSpec& spec) {
    json object = common_fields(spec);
    object["resource"] = spec.resource;
    object["event"] = spec.event;
    if (!spec.filter.empty()) object["filter"] = spec.filter;
    return dump(object);
}

std::string render_webhook_update(const WebhookSpec& spec) {
    json object = common_fields(spec);
    object["status"] = "active";
    return dump(object);
}

std::string render_edit(std::string_view room_id,
                        std::string_view text,
                        std::string_view markdown) {
    json object = {{"roomId", room_id}};
    if (markdown.empty()) {
        object["text"] = text;
    } else {
        object["markdown"] = markdown;
    }
    return dump(object);
}

}  // namespace messaging::webex
