#include "messaging/sandbox/moment.hpp"
#include "messaging/sandbox/rest_handlers.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace messaging::sandbox {

using http::ServerResponse;

namespace {

constexpr std::string_view kTooLong =
    "Message length limited to 7439 characters before encryption and 10000 characters after "
    "encryption.";

ServerResponse message_response(const Call& call, const Message& message) {
    JsonText json;
    write_message(json, message, call.base);
    return json_response(200, json.take(), call.tracking);
}

/// What a page of messages is made of.
struct Listing {
    const Room* room = nullptr;
    std::string parent_id = {};
    bool mentions_only = false;
    std::optional<std::int64_t> before_ms = std::nullopt;
    std::string before_id = {};
    std::size_t max = 50;
};

bool is_wanted(const Listing& listing, const Person& caller, const Message& message) {
    if (!listing.parent_id.empty() && message.parent_id != listing.parent_id) return false;
    if (listing.before_ms && message.created_ms >= *listing.before_ms) return false;
    if (!listing.mentions_only) return true;
    const auto& mentioned = message.mentioned_people;
    return message.mentions_all ||
           std::find(mentioned.begin(), mentioned.end(), caller.id) != mentioned.end();
}

std::string next_messages_link(const Call& call, const Listing& listing, const Message& last) {
    std::string url = call.base + call.request.path + "?roomId=" + percent_encode(listing.room->id);
    if (!listing.parent_id.empty()) url += "&parentId=" + percent_encode(listing.parent_id);
    if (listing.mentions_only && !call.paging.drop_filter) url += "&mentionedPeople=me";
    url += "&" + max_parameter(call, listing.max) + "&before&beforeMessage=" + last.id;
    return "<" + url + ">; rel=\"next\"";
}

ServerResponse messages_page(Call& call, const Listing& listing, bool paged) {
    if (paged && call.paging.empty) return empty_page(call);
    const auto& all = listing.room->messages;
    auto at = all.rbegin();
    if (!listing.before_id.empty()) {
        const auto* cursor = call.world.message(listing.before_id);
        at = std::find(all.rbegin(), all.rend(), cursor);
        if (cursor == nullptr || at == all.rend()) return fail(call, 404, kNoMessage);
        ++at;
    }
    JsonText json;
    json.open('{').key("items").open('[');
    std::size_t count = 0;
    const Message* last = nullptr;
    bool more = false;
    for (; at != all.rend(); ++at) {
        if (!is_wanted(listing, call.caller, **at)) continue;
        if (count == listing.max) {
            more = true;
            break;
        }
        last = *at;
        write_message(json, *last, call.base);
        ++count;
    }
    json.close(']').close('}');
    auto response = json_response(200, json.take(), call.tracking);
    if (more && paged) {
        response.headers.emplace_back("Link", next_messages_link(call, listing, *last));
    }
    return response;
}

// The message in the path, if the caller may see it.
Message* visible_message(const Call& call) {
    auto* message = call.world.message(call.path[1]);
    return message != nullptr && can_see(call.caller, *message) ? message : nullptr;
}

// Empty if the edit is allowed.
std::string_view edit_problem(const Call& call, const Message& message, const JsonFields& fields) {
    if (fields.invalid) return kMalformed;
    if (!fields.has("roomId")) return "roomId cannot be null";
    if (call.world.room(fields.get("roomId")) != message.room) return kNoRoom;
    if (fields.get("text").empty() && fields.get("markdown").empty()) return kNoContent;
    if (fields.has("markdown") && fields.has("html")) {
        return "Only one of markdown and html can be set.";
    }
    if (!message.files.empty() || !message.card.empty()) {
        return "Editing messages that contain files or attachments is not supported.";
    }
    if (message.edits >= kEditsMax) return "The maximum number of edits has been reached.";
    return {};
}

}  // namespace

std::string_view length_problem(const Call& call,
                                std::string_view text,
                                std::string_view markdown,
                                std::string_view html) {
    const bool too_long = text.size() > kTextBytesMax || markdown.size() > kTextBytesMax ||
                          (call.options.limit_html && html.size() > kTextBytesMax);
    return too_long ? kTooLong : std::string_view();
}

ServerResponse list_messages(Call& call) {
    const auto room_id = call.query.get("roomId");
    if (!room_id) return fail(call, 400, "Required String parameter 'roomId' is not present");
    if (key_of(*room_id, "ROOM").empty()) return fail(call, 400, kBadId);
    Listing listing;
    listing.room = call.world.room(*room_id);
    if (listing.room == nullptr) return fail(call, 404, kNoRoom);
    const auto mentioned = call.query.get("mentionedPeople");
    listing.mentions_only = mentioned.has_value();
    const bool own = mentioned && (*mentioned == "me" || *mentioned == call.caller.id);
    const bool bot_in_group = call.caller.is_bot && !listing.room->direct;
    const bool refused = bot_in_group ? !own : listing.mentions_only && !own;
    if (!listing.room->has(call.caller) || refused) {
        return fail(call, 403, "Failed to get activity.");
    }
    if (const auto before = call.query.get("before"); before && !before->empty()) {
        listing.before_ms = parse_iso_time(*before);
        if (!listing.before_ms) return fail(call, 400, kMalformed);
    }
    listing.parent_id = call.query.get("parentId").value_or("");
    listing.before_id = call.query.get("beforeMessage").value_or("");
    const std::size_t limit = listing.mentions_only ? 100 : 1'000;
    listing.max = std::clamp<std::size_t>(call.query.number("max", 50), 1, limit);
    return messages_page(call, listing, true);
}

ServerResponse list_direct_messages(Call& call) {
    const auto id = call.query.get("personId");
    const auto email = call.query.get("personEmail");
    if (!id && !email) return fail(call, 400, "Must specify either personId or personEmail.");
    if (id && key_of(*id, "PEOPLE").empty()) return fail(call, 400, kBadId);
    const auto* person = id ? call.world.person(*id) : call.world.person_by_email(*email);
    if (person == nullptr) return not_found(call);
    Listing listing;
    for (const auto* room : call.world.rooms()) {
        if (room->direct && room->has(*person) && room->has(call.caller)) listing.room = room;
    }
    if (listing.room == nullptr) return not_found(call);
    listing.parent_id = call.query.get("parentId").value_or("");
    listing.max = std::clamp<std::size_t>(call.query.number("max", 50), 1, 1'000);
    return messages_page(call, listing, false);
}

ServerResponse get_message(Call& call) {
    const auto* message = visible_message(call);
    if (message == nullptr) return fail(call, 404, kNoMessage);
    return message_response(call, *message);
}

ServerResponse edit_message(Call& call) {
    auto* message = visible_message(call);
    if (message == nullptr) return fail(call, 404, kNoMessage);
    if (message->person != &call.caller) {
        return fail(call, 403, "Only the author of a message can edit it.");
    }
    if (!is_json(call.request)) return fail(call, 415, "Content type '' not supported");
    const auto fields = read_fields(call.request, {"roomId", "text", "markdown", "html"});
    if (const auto problem = edit_problem(call, *message, fields); !problem.empty()) {
        return fail(call, problem == kNoRoom ? 404 : 400, problem);
    }
    const auto markdown = fields.get("markdown");
    auto text = fields.get("text");
    RichText rich;
    if (!markdown.empty()) {
        rich = render_for(call.world, markdown);
        if (text.empty()) text = rich.text;
    }
    if (const auto problem = length_problem(call, text, markdown, rich.html); !problem.empty()) {
        return fail(call, 400, problem);
    }
    message->text = std::move(text);
    message->markdown = markdown;
    message->html = std::move(rich.html);
    message->mentioned_people = std::move(rich.person_ids);
    message->mentions_all = rich.everyone;
    message->updated_ms = call.now_ms;
    ++message->edits;
    Change change{Change::Kind::kMessageUpdated};
    change.actor = &call.caller;
    change.room = message->room;
    change.message = message;
    call.changes.push_back(std::move(change));
    return message_response(call, *message);
}

ServerResponse delete_message(Call& call) {
    auto* message = visible_message(call);
    if (message == nullptr) return fail(call, 404, "Unable to delete message.");
    if (message->person != &call.caller) {
        return fail(call, 403, "Only the author of a message can delete it.");
    }
    Change change{Change::Kind::kMessageDeleted};
    change.deleted = std::make_shared<const Message>(*message);
    change.actor = &call.caller;
    change.room = message->room;
    change.message = change.deleted.get();
    change.id = message->id;
    call.world.remove_message(*message);
    call.changes.push_back(std::move(change));
    ServerResponse response;
    response.status = 204;
    response.headers = {{"trackingid", call.tracking}};
    return response;
}

}  // namespace messaging::sandbox
