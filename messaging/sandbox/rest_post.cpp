#include "messaging/sandbox/multipart.hpp"
#include "messaging/sandbox/rest_handlers.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace messaging::sandbox {

using http::ServerRequest;
using http::ServerResponse;
using Json = nlohmann::json;

namespace {

constexpr std::string_view kCardType = "application/vnd.microsoft.card.adaptive";
constexpr std::string_view kTooBig =
    "Unable to post message to room: \"The request payload is too big\"";
// The limit is documented, the words are not.
constexpr std::string_view kTooManyActions =
    "Unable to post message to room: \"A card can have at most 5 actions\"";
constexpr std::string_view kOneFile = "Only one file can be attached to a message.";

// Two texts and a card with every character escaped stay far below.
constexpr std::size_t kJsonBytesMax = 1U << 20U;

/// A message as asked for, before any rule was applied.
struct Draft {
    int status = 0;            ///< Not 0: refused already.
    std::string refusal = {};  ///< … with this text.
    std::string room_id = {};
    std::string to_person_id = {};
    std::string to_person_email = {};
    std::string parent_id = {};
    std::string text = {};
    std::string markdown = {};
    std::string card = {};
    std::size_t card_actions = 0;
    bool has_file = false;
    std::string file_url = {};
    std::string file_name = {};
    std::string file_type = {};
    std::string_view file_bytes = {};
};

Draft refused(int status, std::string_view text) {
    Draft draft;
    draft.status = status;
    draft.refusal = text;
    return draft;
}

std::string* text_field(Draft& draft, std::string_view name) {
    if (name == "roomId") return &draft.room_id;
    if (name == "toPersonId") return &draft.to_person_id;
    if (name == "toPersonEmail") return &draft.to_person_email;
    if (name == "parentId") return &draft.parent_id;
    if (name == "text") return &draft.text;
    if (name == "markdown") return &draft.markdown;
    return nullptr;
}

// Empty if `files` is right, or absent.
std::string_view read_files(const Json& body, Draft& draft) {
    const auto files = body.find("files");
    if (files == body.end() || files->is_null()) return {};
    if (!files->is_array()) return kMalformed;
    if (files->empty()) return {};
    if (files->size() > 1) return kOneFile;
    if (!files->front().is_string()) return kMalformed;
    draft.has_file = true;
    draft.file_url = files->front().get<std::string>();
    return {};
}

// Of the card itself and of each ActionSet at its top: the most that stand side by side.
std::size_t actions_of(const Json& card) {
    const auto count = [](const Json& holder) {
        const auto actions = holder.find("actions");
        return actions != holder.end() && actions->is_array() ? actions->size() : 0;
    };
    auto most = count(card);
    const auto body = card.find("body");
    if (body == card.end() || !body->is_array()) return most;
    for (const auto& element : *body) {
        const bool is_set = element.is_object() && element.value("type", Json()) == "ActionSet";
        if (is_set) most = std::max(most, count(element));
    }
    return most;
}

std::string_view read_card(const Json& body, Draft& draft) {
    const auto cards = body.find("attachments");
    if (cards == body.end() || cards->is_null()) return {};
    if (!cards->is_array()) return kMalformed;
    if (cards->empty()) return {};
    if (cards->size() > 1) return "Only one attachment can be added to a message.";
    const auto& card = cards->front();
    if (!card.is_object() || card.value("contentType", Json()) != Json(kCardType)) {
        return "Unsupported attachment content type.";
    }
    const auto content = card.find("content");
    if (content == card.end() || !content->is_object()) return kMalformed;
    draft.card = content->dump();
    draft.card_actions = actions_of(*content);
    return {};
}

Draft draft_from_json(const ServerRequest& request) {
    Draft draft;
    if (request.body.size() > kJsonBytesMax) return refused(400, kTooBig);
    if (!is_shallow_json(request.body)) return refused(400, kMalformed);
    const auto body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) return refused(400, kMalformed);
    for (const auto& [name, value] : body.items()) {
        auto* field = text_field(draft, name);
        if (field == nullptr || value.is_null()) continue;
        if (!value.is_string()) return refused(400, kMalformed);
        *field = value.get_ref<const std::string&>();
    }
    if (const auto problem = read_files(body, draft); !problem.empty()) {
        return refused(400, problem);
    }
    if (const auto problem = read_card(body, draft); !problem.empty()) return refused(400, problem);
    return draft;
}

Draft draft_from_form(const ServerRequest& request, const std::string& boundary) {
    Draft draft;
    const auto parts = parse_form(request.body, boundary);
    if (!parts) return refused(400, kMalformed);
    for (const auto& part : *parts) {
        if (part.name == "files" && part.file_name) {
            if (draft.has_file) return refused(400, kOneFile);
            draft.has_file = true;
            draft.file_name = *part.file_name;
            draft.file_type = part.content_type;
            draft.file_bytes = part.data;
        } else if (auto* field = text_field(draft, part.name)) {
            *field = part.data;
            if (!is_utf8(*field)) return refused(400, kMalformed);
        }
    }
    if (!is_utf8(draft.file_name)) return refused(400, kMalformed);
    return draft;
}

Draft read_draft(const ServerRequest& request) {
    const auto type = http::find_header(request.headers, "Content-Type");
    if (is_json(request)) return draft_from_json(request);
    if (const auto boundary = form_boundary(type)) return draft_from_form(request, *boundary);
    return refused(
        415, "Content type '" + std::string(type.substr(0, type.find(';'))) + "' not supported");
}

/// Where the message goes, or why it cannot.
struct Destination {
    Room* room = nullptr;
    bool created = false;
    int status = 0;
    std::string_view refusal = {};
};

Destination no_destination(int status, std::string_view refusal) {
    return {nullptr, false, status, refusal};
}

Destination find_room(const Call& call, const Draft& draft) {
    if (key_of(draft.room_id, "ROOM").empty()) return no_destination(400, kBadId);
    auto* room = call.world.room(draft.room_id);
    if (room == nullptr || !room->has(call.caller)) return no_destination(404, kNoRoom);
    return {room};
}

Destination find_person(const Call& call, const Draft& draft) {
    const Person* person = nullptr;
    if (!draft.to_person_email.empty()) {
        person = call.world.person_by_email(draft.to_person_email);
        if (person == nullptr) {
            return no_destination(404, "Failed to find user with specified email address.");
        }
    } else {
        if (key_of(draft.to_person_id, "PEOPLE").empty()) return no_destination(400, kBadId);
        person = call.world.person(draft.to_person_id);
        if (person == nullptr) return no_destination(404, kNoResource);
    }
    if (person == &call.caller) return no_destination(400, "Cannot send a message to yourself.");
    const auto count = call.world.rooms().size();
    auto& room = call.world.direct_room(call.caller, *person, call.now_ms);
    return {&room, call.world.rooms().size() > count};
}

void note_new_room(Call& call, const Room& room) {
    Change created{Change::Kind::kRoomCreated};
    created.actor = &call.caller;
    created.room = &room;
    call.changes.push_back(created);
    for (const auto* member : room.members) {
        Change added{Change::Kind::kMemberAdded};
        added.actor = &call.caller;
        added.room = &room;
        added.member = member;
        call.changes.push_back(std::move(added));
    }
}

// The root of the thread: threads are flat, a reply to a reply lies under the root.
std::optional<std::string> thread_root(const Call& call, const Room& room, const Draft& draft) {
    const auto* parent = call.world.message(draft.parent_id);
    if (parent == nullptr || parent->room != &room) return std::nullopt;
    return parent->parent_id.empty() ? parent->id : parent->parent_id;
}

// False if the bytes could not be stored.
bool attach_file(Call& call, Message& message, const Draft& draft) {
    Content content;
    content.id = encode_id(call.world.cluster(), "CONTENT", message.uuid + "/0");
    content.name = draft.file_name.empty() ? "file" : draft.file_name;
    content.type = draft.file_type.empty() ? "application/octet-stream" : draft.file_type;
    content.size = draft.file_bytes.size();
    const bool stored = call.files.put(message.uuid, draft.file_bytes);
    message.files.push_back(std::move(content));
    return stored;
}

// Replaces the URL of a file by what the shell fetched from there.
std::string_view take_remote_file(const Call& call, Draft& draft) {
    if (draft.file_url.empty()) return {};
    if (call.remote_file == nullptr || !call.remote_file->ok) return "Unable to retrieve content";
    draft.file_name = call.remote_file->name;
    draft.file_type = call.remote_file->type;
    draft.file_bytes = call.remote_file->bytes;
    return {};
}

// The checks on sizes and parts that follow once the destination is known.
std::string_view content_problem(const Call& call, Draft& draft, const RichText& rich) {
    const auto length = length_problem(call, draft.text, draft.markdown, rich.html);
    if (!length.empty()) return length;
    if (draft.card.size() > call.options.card_bytes_max) return kTooBig;
    if (draft.card_actions > kCardActionsMax) return kTooManyActions;
    if (const auto remote = take_remote_file(call, draft); !remote.empty()) return remote;
    return draft.file_bytes.size() > kFileBytesMax ? kTooBig : std::string_view();
}

}  // namespace

std::optional<std::string> wanted_file(const ServerRequest& request) {
    if (request.method != "POST" || request.path != "/v1/messages" || !is_json(request) ||
        request.body.find("\"files\"") == std::string::npos) {
        return std::nullopt;
    }
    auto draft = draft_from_json(request);
    if (draft.status != 0 || draft.file_url.empty()) return std::nullopt;
    return std::move(draft.file_url);
}

RichText render_for(const World& world, std::string_view markdown) {
    return render_markdown(
        markdown,
        [&world](std::string_view kind, std::string_view value) -> std::optional<Mentioned> {
            const auto* person =
                kind == "personId" ? world.person(value) : world.person_by_email(value);
            if (person == nullptr) return std::nullopt;
            return Mentioned{person->id, person->display_name};
        });
}

// The order of the checks is Webex's: content, destination, recipient, length.
ServerResponse create_message(Call& call) {
    auto draft = read_draft(call.request);
    if (draft.status != 0) return fail(call, draft.status, draft.refusal);
    const bool has_text = !draft.text.empty() || !draft.markdown.empty();
    if (!has_text && !draft.has_file && draft.card.empty()) return fail(call, 400, kNoContent);
    const int destinations = (draft.room_id.empty() ? 0 : 1) +
                             (draft.to_person_id.empty() ? 0 : 1) +
                             (draft.to_person_email.empty() ? 0 : 1);
    if (destinations != 1) {
        return fail(call, 400,
                    "Message destination could not be determined. Provide only one destination in "
                    "the roomId, toPersonEmail, or toPersonId field");
    }
    const auto to = draft.room_id.empty() ? find_person(call, draft) : find_room(call, draft);
    if (to.room == nullptr) return fail(call, to.status, to.refusal);
    if (to.created) note_new_room(call, *to.room);

    Message message;
    RichText rich;
    if (!draft.markdown.empty()) rich = render_for(call.world, draft.markdown);
    if (const auto problem = content_problem(call, draft, rich); !problem.empty()) {
        return fail(call, 400, problem);
    }
    if (!draft.parent_id.empty()) {
        const auto root = thread_root(call, *to.room, draft);
        if (!root) return fail(call, 404, kNoMessage);
        message.parent_id = *root;
    }
    message.uuid = random_uuid(call.random);
    message.id = encode_id(call.world.cluster(), "MESSAGE", message.uuid);
    message.room = to.room;
    message.person = &call.caller;
    message.to_person_id = std::move(draft.to_person_id);
    message.to_person_email = std::move(draft.to_person_email);
    message.text = draft.text.empty() ? std::move(rich.text) : std::move(draft.text);
    message.markdown = std::move(draft.markdown);
    message.html = std::move(rich.html);
    message.card = std::move(draft.card);
    message.mentioned_people = std::move(rich.person_ids);
    message.mentions_all = rich.everyone;
    message.created_ms = call.now_ms;
    if (draft.has_file && !attach_file(call, message, draft)) {
        return fail(call, 500, "Failed to store the file.");
    }
    const auto& stored = call.world.add_message(std::move(message));
    Change change{Change::Kind::kMessageCreated};
    change.actor = &call.caller;
    change.room = to.room;
    change.message = &stored;
    call.changes.push_back(std::move(change));
    JsonText json;
    write_message(json, stored, call.base);
    return json_response(200, json.take(), call.tracking);
}

}  // namespace messaging::sandbox
