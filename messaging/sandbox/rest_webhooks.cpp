#include "messaging/sandbox/rest_handlers.hpp"
#include "messaging/sandbox/webhook_rules.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace messaging::sandbox {

using http::ServerResponse;

namespace {

// developer.webex.com, "Webhooks": 30 000 for a user; far fewer are enough here.
constexpr std::size_t kWebhooksMax = 1'000;

ServerResponse webhook_response(const Call& call, const Webhook& webhook) {
    JsonText json;
    json.open('{');
    write_webhook(json, webhook, true);
    json.close('}');
    return json_response(200, json.take(), call.tracking);
}

Webhook* own_webhook(const Call& call) {
    auto* webhook = call.world.webhook(call.path[1]);
    return webhook != nullptr && webhook->owner == &call.caller ? webhook : nullptr;
}

void note_saved(Call& call, const Webhook& webhook, bool reactivated) {
    Change change{Change::Kind::kWebhookSaved};
    change.reactivated = reactivated;
    change.actor = &call.caller;
    change.webhook = &webhook;
    call.changes.push_back(std::move(change));
}

// Empty if there is nothing wrong with the fields that both creating and changing need.
std::string target_problem(const JsonFields& fields) {
    if (fields.invalid) return std::string(kMalformed);
    if (fields.get("name").empty()) return "name cannot be empty";
    if (fields.get("targetUrl").empty()) return "targetUrl cannot be null";
    if (!is_loopback_url(fields.get("targetUrl"))) {
        return "The sandbox delivers to loopback addresses only: targetUrl must start with "
               "http://127.0.0.1";
    }
    return {};
}

std::string subscription_problem(const Call& call, const JsonFields& fields) {
    constexpr std::array<std::string_view, 5> kResources = {"messages", "memberships", "rooms",
                                                            "attachmentActions", "all"};
    constexpr std::array<std::string_view, 4> kEvents = {"created", "updated", "deleted", "all"};
    const auto has = [](const auto& list, const std::string& value) {
        return std::find(list.begin(), list.end(), value) != list.end();
    };
    if (fields.get("resource").empty()) return "resource cannot be null";
    if (!has(kResources, fields.get("resource"))) return "invalid value for resource";
    if (fields.get("event").empty()) return "event cannot be null";
    if (!has(kEvents, fields.get("event"))) return "invalid value for event";
    return filter_problem(call.world, call.caller, fields.get("resource"), fields.get("filter"));
}

}  // namespace

ServerResponse list_webhooks(Call& call) {
    std::vector<const Webhook*> found;
    std::vector<std::string> ids;
    for (const auto& webhook : call.world.webhooks()) {
        if (webhook->owner != &call.caller) continue;
        found.push_back(webhook.get());
        ids.push_back(webhook->id);
    }
    const auto max = std::clamp<std::size_t>(call.query.number("max", 100), 1, 100);
    return page_response(call, ids, max, [&found](JsonText& json, std::size_t i) {
        json.open('{');
        write_webhook(json, *found[i], true);
        json.close('}');
    });
}

ServerResponse create_webhook(Call& call) {
    const auto fields =
        read_fields(call.request, {"name", "targetUrl", "resource", "event", "filter", "secret"});
    auto problem = target_problem(fields);
    if (problem.empty()) problem = subscription_problem(call, fields);
    if (!problem.empty()) return fail(call, 400, problem);
    if (call.world.webhooks().size() >= kWebhooksMax) {
        return fail(call, 400, "The maximum number of webhooks has been reached.");
    }
    Webhook webhook;
    webhook.id = encode_id(call.world.cluster(), "WEBHOOK", random_uuid(call.random));
    webhook.owner = &call.caller;
    webhook.name = fields.get("name");
    webhook.target_url = fields.get("targetUrl");
    webhook.resource = fields.get("resource");
    webhook.event = fields.get("event");
    webhook.filter = fields.get("filter");
    webhook.secret = fields.get("secret");
    webhook.created_ms = call.now_ms;
    const auto& added = call.world.add_webhook(std::move(webhook));
    note_saved(call, added, false);
    return webhook_response(call, added);
}

ServerResponse get_webhook(Call& call) {
    const auto* webhook = own_webhook(call);
    return webhook == nullptr ? not_found(call) : webhook_response(call, *webhook);
}

// A change can re-activate a webhook; only Webex itself deactivates one.
ServerResponse edit_webhook(Call& call) {
    auto* webhook = own_webhook(call);
    if (webhook == nullptr) return not_found(call);
    const auto fields = read_fields(call.request, {"name", "targetUrl", "secret", "status"});
    if (const auto problem = target_problem(fields); !problem.empty()) {
        return fail(call, 400, problem);
    }
    webhook->name = fields.get("name");
    webhook->target_url = fields.get("targetUrl");
    if (fields.has("secret")) webhook->secret = fields.get("secret");
    const bool reactivated = !webhook->active && fields.get("status") == "active";
    if (reactivated) webhook->active = true;
    note_saved(call, *webhook, reactivated);
    return webhook_response(call, *webhook);
}

ServerResponse delete_webhook(Call& call) {
    const auto* webhook = own_webhook(call);
    if (webhook == nullptr) return not_found(call);
    Change change{Change::Kind::kWebhookDeleted};
    change.actor = &call.caller;
    change.id = webhook->id;
    call.world.remove_webhook(change.id);
    call.changes.push_back(std::move(change));
    return no_content(call);
}

ServerResponse content_response(const Files& files,
                                const Message& message,
                                std::string_view tracking) {
    const auto bytes = files.get(message.uuid);
    if (!bytes) return error_response(404, kNoResource, tracking);
    const auto& content = message.files.front();
    std::string name;
    for (const char c : content.name) {
        if (c == '"' || c == '\\') name += '\\';
        name += c;
    }
    ServerResponse response;
    response.headers = {{"trackingid", std::string(tracking)},
                        {"Cache-Control", "no-cache"},
                        {"Content-Disposition", "attachment; filename=\"" + name + "\""},
                        {"Content-Type", content.type}};
    response.body = *bytes;
    return response;
}

ServerResponse get_content(Call& call) {
    const auto* message = call.world.message_of_file(call.path[1]);
    if (message == nullptr || !can_see(call.caller, *message)) return not_found(call);
    return content_response(call.files, *message, call.tracking);
}

ServerResponse create_action(Call& call) {
    if (!is_shallow_json(call.request.body)) return fail(call, 400, kMalformed);
    const auto body = nlohmann::json::parse(call.request.body, nullptr, false);
    const auto fields = read_fields(call.request, {"type", "messageId"});
    if (fields.invalid || fields.get("type") != "submit") return fail(call, 400, kMalformed);
    const auto* message = call.world.message(fields.get("messageId"));
    if (message == nullptr || !message->room->has(call.caller)) return fail(call, 404, kNoMessage);
    if (message->card.empty()) {
        return fail(call, 400,
                    "Unable to post attachment action: \"MessageId should point to an activity "
                    "with cards\"");
    }
    if (message->person == &call.caller) {
        return fail(call, 400,
                    "Unable to post attachment action: \"Author of a card cannot submit a "
                    "cardAction on that card\"");
    }
    const auto inputs = body.find("inputs");
    AttachmentAction action;
    action.id = encode_id(call.world.cluster(), "ATTACHMENT_ACTION", random_uuid(call.random));
    action.message_id = message->id;
    action.room_id = message->room->id;
    action.person = &call.caller;
    action.inputs = inputs != body.end() && inputs->is_object() ? inputs->dump() : "{}";
    action.created_ms = call.now_ms;
    const auto& added = call.world.add_action(std::move(action));
    Change change{Change::Kind::kActionCreated};
    change.actor = &call.caller;
    change.room = message->room;
    change.message = message;
    change.action = &added;
    call.changes.push_back(std::move(change));
    JsonText json;
    write_action(json, added);
    return json_response(call.options.action_status, json.take(), call.tracking);
}

ServerResponse get_action(Call& call) {
    const auto* action = call.world.action(call.path[2]);
    if (action == nullptr) return not_found(call);
    const auto* message = call.world.message(action->message_id);
    const bool own = action->person == &call.caller;
    if (!own && (message == nullptr || message->person != &call.caller)) return not_found(call);
    JsonText json;
    write_action(json, *action);
    return json_response(200, json.take(), call.tracking);
}

}  // namespace messaging::sandbox
