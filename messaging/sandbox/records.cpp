#include "messaging/sandbox/records.hpp"

#include "messaging/sandbox/json_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace messaging::sandbox {

using Json = nlohmann::json;

namespace {

std::string room_record(const Room& room) {
    JsonText json;
    json.open('{').field("t", "room").field("uuid", room.uuid).field("title", room.title);
    json.flag("direct", room.direct).number("created", room.created_ms);
    json.number("activity", room.activity_ms);
    json.optional("creator", room.creator == nullptr ? "" : room.creator->email);
    json.key("members").open('[');
    for (const auto* member : room.members)
        json.text(member->email);
    json.close(']').close('}');
    return json.take();
}

std::string message_record(const Message& message) {
    JsonText json;
    json.open('{').field("t", "message").field("uuid", message.uuid);
    json.field("room", message.room->uuid).field("person", message.person->email);
    json.optional("parent", message.parent_id).optional("toPersonId", message.to_person_id);
    json.optional("toPersonEmail", message.to_person_email).optional("text", message.text);
    json.optional("markdown", message.markdown).optional("html", message.html);
    json.optional("card", message.card).strings("people", message.mentioned_people);
    json.flag("all", message.mentions_all).number("created", message.created_ms);
    json.number("updated", message.updated_ms).number("edits", message.edits);
    json.key("files").open('[');
    for (const auto& file : message.files) {
        json.open('{').field("id", file.id).field("name", file.name).field("type", file.type);
        json.number("size", file.size).close('}');
    }
    json.close(']').close('}');
    return json.take();
}

std::string webhook_record(const Webhook& webhook) {
    JsonText json;
    json.open('{').field("t", "webhook").field("id", webhook.id);
    json.field("owner", webhook.owner->email).field("name", webhook.name);
    json.field("url", webhook.target_url).field("resource", webhook.resource);
    json.field("event", webhook.event).field("filter", webhook.filter);
    json.field("secret", webhook.secret).flag("active", webhook.active);
    json.number("created", webhook.created_ms).close('}');
    return json.take();
}

std::string action_record(const AttachmentAction& action) {
    JsonText json;
    json.open('{').field("t", "action").field("id", action.id);
    json.field("message", action.message_id).field("room", action.room_id);
    json.field("person", action.person->email).field("inputs", action.inputs);
    json.number("created", action.created_ms).close('}');
    return json.take();
}

std::string gone_record(std::string_view type, std::string_view id) {
    JsonText json;
    json.open('{').field("t", type).field("id", id).close('}');
    return json.take();
}

// People who are in the journal but in no configuration any more keep what they wrote.
const Person& person_of(World& world, const std::string& email, std::int64_t created_ms) {
    const auto* known = world.person_by_email(email);
    return known != nullptr ? *known : world.add_person(email, email, false, created_ms);
}

void apply_room(World& world, const Json& record) {
    const auto created = record.at("created").get<std::int64_t>();
    const auto creator = record.value("creator", "");
    auto& room =
        world.add_room(record.at("uuid"), record.at("title"), record.at("direct"),
                       creator.empty() ? nullptr : &person_of(world, creator, created), created);
    room.activity_ms = std::max(room.activity_ms, record.at("activity").get<std::int64_t>());
    room.members.clear();
    for (const auto& email : record.at("members")) {
        room.members.push_back(&person_of(world, email, created));
    }
}

void apply_message(World& world, const Json& record) {
    Message message;
    message.uuid = record.at("uuid");
    message.id = encode_id(world.cluster(), "MESSAGE", message.uuid);
    message.created_ms = record.at("created");
    message.room = world.room(record.at("room").get<std::string>());
    if (message.room == nullptr) return;
    message.person = &person_of(world, record.at("person"), message.created_ms);
    message.parent_id = record.value("parent", "");
    message.to_person_id = record.value("toPersonId", "");
    message.to_person_email = record.value("toPersonEmail", "");
    message.text = record.value("text", "");
    message.markdown = record.value("markdown", "");
    message.html = record.value("html", "");
    message.card = record.value("card", "");
    message.mentioned_people = record.at("people").get<std::vector<std::string>>();
    message.mentions_all = record.at("all");
    message.updated_ms = record.at("updated");
    message.edits = record.at("edits");
    for (const auto& file : record.at("files")) {
        message.files.push_back({file.at("id"), file.at("name"), file.at("type"), file.at("size")});
    }
    if (auto* known = world.message(message.uuid)) {
        *known = std::move(message);
    } else {
        world.add_message(std::move(message));
    }
}

void apply_webhook(World& world, const Json& record) {
    Webhook webhook;
    webhook.id = record.at("id");
    webhook.created_ms = record.at("created");
    webhook.owner = &person_of(world, record.at("owner"), webhook.created_ms);
    webhook.name = record.at("name");
    webhook.target_url = record.at("url");
    webhook.resource = record.at("resource");
    webhook.event = record.at("event");
    webhook.filter = record.at("filter");
    webhook.secret = record.at("secret");
    webhook.active = record.at("active");
    if (auto* known = world.webhook(webhook.id)) {
        *known = std::move(webhook);
    } else {
        world.add_webhook(std::move(webhook));
    }
}

void apply_action(World& world, const Json& record) {
    AttachmentAction action;
    action.id = record.at("id");
    if (world.action(action.id) != nullptr) return;
    action.message_id = record.at("message");
    action.room_id = record.at("room");
    action.created_ms = record.at("created");
    action.person = &person_of(world, record.at("person"), action.created_ms);
    action.inputs = record.at("inputs");
    world.add_action(std::move(action));
}

bool apply_line(World& world, const Json& record) {
    const auto type = record.at("t").get<std::string>();
    const auto id = record.value("id", "");
    if (type == "room") {
        apply_room(world, record);
    } else if (type == "message") {
        apply_message(world, record);
    } else if (type == "webhook") {
        apply_webhook(world, record);
    } else if (type == "action") {
        apply_action(world, record);
    } else if (type == "noMessage") {
        if (auto* message = world.message(id)) world.remove_message(*message);
    } else if (type == "noRoom") {
        if (auto* room = world.room(id)) world.remove_room(*room);
    } else if (type == "noWebhook") {
        world.remove_webhook(id);
    } else if (type == "cleared") {
        world.clear_messages();
    } else {
        return false;
    }
    return true;
}

}  // namespace

std::string record_of(const Change& change) {
    switch (change.kind) {
        case Change::Kind::kMessageCreated:
        case Change::Kind::kMessageUpdated:
            return message_record(*change.message);
        case Change::Kind::kMessageDeleted:
            return gone_record("noMessage", change.id);
        case Change::Kind::kRoomCreated:
        case Change::Kind::kRoomUpdated:
        case Change::Kind::kMemberAdded:
        case Change::Kind::kMemberRemoved:
            return room_record(*change.room);
        case Change::Kind::kRoomDeleted:
            return gone_record("noRoom", change.id);
        case Change::Kind::kActionCreated:
            return action_record(*change.action);
        case Change::Kind::kWebhookSaved:
            return webhook_record(*change.webhook);
        case Change::Kind::kWebhookDeleted:
            return gone_record("noWebhook", change.id);
    }
    return {};
}

std::string cleared_record() {
    return R"({"t":"cleared"})";
}

std::vector<std::string> snapshot(const World& world) {
    std::vector<std::string> lines;
    for (const auto* room : world.rooms()) {
        lines.push_back(room_record(*room));
        for (const auto* message : room->messages)
            lines.push_back(message_record(*message));
    }
    for (const auto& webhook : world.webhooks())
        lines.push_back(webhook_record(*webhook));
    for (const auto& action : world.actions())
        lines.push_back(action_record(action));
    return lines;
}

bool apply_record(World& world, std::string_view line) {
    try {
        return apply_line(world, Json::parse(line));
    } catch (const Json::exception&) {
        return false;
    }
}

}  // namespace messaging::sandbox
