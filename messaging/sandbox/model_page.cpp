#include "messaging/sandbox/model.hpp"
#include "messaging/sandbox/rich_text.hpp"
#include "messaging/sandbox/wire.hpp"

#include <algorithm>
#include <utility>

namespace messaging::sandbox {

using http::ServerResponse;

namespace {

/// What a person typed, with mentions found.
struct Typed {
    std::string text;
    std::string html;
    std::vector<std::string> mentioned;
};

bool same_letters(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

// The member whose "@Display Name" begins `text`, in any case, the longest name first; null for
// none. Webex's clients offer the name after its first letters, so nobody types it whole there.
const Person* mentioned_member(const Room& room, const Person& author, std::string_view text) {
    const Person* found = nullptr;
    for (const auto* member : room.members) {
        const auto& name = member->display_name;
        if (member == &author || name.empty()) continue;
        if (!same_letters(text.substr(1, name.size()), name)) continue;
        const auto after = text.substr(1 + name.size(), 1);
        const bool whole = after.empty() || std::string_view(" \n\t.,:;!?").find(after.front()) !=
                                                std::string_view::npos;
        if (whole && (found == nullptr || name.size() > found->display_name.size())) found = member;
    }
    return found;
}

const Message* message_in(const Call& call) {
    for (const auto& change : call.changes) {
        if (change.message != nullptr) return change.message;
    }
    return nullptr;
}

std::string html_lines(std::string_view text) {
    std::string html;
    for (const char c : escape_html(text)) {
        if (c == '\n') {
            html += "<br/>";
        } else {
            html += c;
        }
    }
    return html;
}

// Webex's own clients send html with mention elements, and text with the bare names.
Typed read_typed(const Room& room, const Person& author, std::string_view text) {
    Typed typed;
    while (!text.empty()) {
        const auto at = std::min(text.find('@'), text.size());
        typed.text += text.substr(0, at);
        typed.html += html_lines(text.substr(0, at));
        text.remove_prefix(at);
        if (text.empty()) break;
        const auto* member = mentioned_member(room, author, text);
        if (member == nullptr) {
            typed.text += '@';
            typed.html += '@';
            text.remove_prefix(1);
            continue;
        }
        typed.text += member->display_name;
        typed.html += mention_html(member->id, member->display_name);
        text.remove_prefix(1 + member->display_name.size());
        auto& ids = typed.mentioned;
        if (std::find(ids.begin(), ids.end(), member->id) == ids.end()) ids.push_back(member->id);
    }
    return typed;
}

}  // namespace

ServerResponse Model::say(const Person& person,
                          Room& room,
                          std::string_view text,
                          std::string_view parent_id,
                          const Moment& now,
                          const Message** stored) {
    const auto tracking = "ROUTERGW_" + random_uuid(random_);
    if (!room.has(person)) {
        return error_response(404, "Could not find a room with provided ID.", tracking);
    }
    auto typed = read_typed(room, person, text);
    if (typed.text.empty()) {
        return error_response(400, "Both text and file cannot be empty.", tracking);
    }
    if (std::max(typed.text.size(), typed.html.size()) > kTextBytesMax) {
        return error_response(400,
                              "Message length limited to 7439 characters before encryption and "
                              "10000 characters after encryption.",
                              tracking);
    }
    const auto* parent = parent_id.empty() ? nullptr : world_.message(parent_id);
    if (!parent_id.empty() && (parent == nullptr || parent->room != &room)) {
        return error_response(404, "Unable to get message.", tracking);
    }
    Message message;
    message.uuid = random_uuid(random_);
    message.id = encode_id(world_.cluster(), "MESSAGE", message.uuid);
    message.room = &room;
    message.person = &person;
    if (parent != nullptr) {
        message.parent_id = parent->parent_id.empty() ? parent->id : parent->parent_id;
    }
    message.text = std::move(typed.text);
    if (!typed.mentioned.empty()) message.html = "<p>" + typed.html + "</p>";
    message.mentioned_people = std::move(typed.mentioned);
    message.created_ms = resilience::since_epoch(now.wall).count();
    const auto& added = world_.add_message(std::move(message));
    Change change{Change::Kind::kMessageCreated};
    change.actor = &person;
    change.room = &room;
    change.message = &added;
    apply({change}, now);
    *stored = &added;
    return json_response(200, page_message_json(added), tracking);
}

// Tells the page what a bot did, and how it went.
void Model::report(const Call& call, const RequestReport& told, const Moment& now) {
    JsonText json;
    json.open('{').number("id", ++request_count_);
    json.field("time", iso_time(resilience::since_epoch(now.wall).count()));
    json.field("method", call.request.method).field("path", call.request.path);
    json.key("status").raw(told.status ? std::to_string(*told.status) : "null");
    json.field("outcome", told.outcome);
    const auto* message = message_in(call);
    const auto* room = message != nullptr ? message->room : room_of(world_, call.request);
    if (room != nullptr) json.field("roomId", room->id);
    if (message != nullptr) json.field("messageId", message->id);
    json.optional("retryAfter", told.retry_after).field("note", told.note).close('}');
    add_event("request", json.take());
}

std::string page_message_json(const Message& message) {
    JsonText json;
    json.open('{').field("id", message.id).field("roomId", message.room->id);
    json.optional("parentId", message.parent_id).field("personId", message.person->id);
    json.field("personEmail", message.person->email);
    json.field("displayName", message.person->display_name).flag("isBot", message.person->is_bot);
    json.field("created", iso_time(message.created_ms));
    if (message.updated_ms != 0) json.field("updated", iso_time(message.updated_ms));
    json.field("text", message.text).optional("markdown", message.markdown);
    json.optional("html", message.html).key("files").open('[');
    for (const auto& file : message.files) {
        json.open('{').field("url", "/sandbox/contents/" + file.id).field("name", file.name);
        json.field("contentType", file.type).number("size", file.size).close('}');
    }
    json.close(']').raw_field("card", message.card).close('}');
    return json.take();
}

}  // namespace messaging::sandbox
