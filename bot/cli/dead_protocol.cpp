#include "bot/cli/dead_protocol.hpp"

#include "bot/cli/json_reader.hpp"
#include "bot/web/delivery_json.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace bot::cli {

namespace outbox = messaging::outbox;
using Json = nlohmann::json;
using resilience::Result;
using Verb = DeadRequest::Verb;

namespace {

std::optional<Verb> parse_verb(std::string_view name) {
    return find_name(std::array{Verb::kList, Verb::kRedrive, Verb::kDrop}, name);
}

void read_ids(JsonReader& reader, std::vector<outbox::DeliveryId>& into) {
    const auto* list = reader.field("ids");
    if (list == nullptr) return;
    if (!list->is_array() || list->size() > kDeadIdsMax) {
        reader.refuse("ids", "is not a list of at most " + std::to_string(kDeadIdsMax) + " ids");
        return;
    }
    for (const auto& item : *list) {
        const auto* text = item.get_ptr<const std::string*>();
        const auto id = text != nullptr ? outbox::parse_delivery_id(*text) : std::nullopt;
        if (!id) return reader.refuse("ids", "holds something that is not a delivery id");
        into.push_back(*id);
    }
}

Json letter_json(const outbox::Delivery& letter) {
    auto json = web::delivery_object(letter);
    if (!letter.payload.empty()) {
        auto payload = Json::parse(letter.payload, nullptr, false);
        json["content"] = payload.is_discarded() ? Json(letter.payload) : std::move(payload);
    }
    if (letter.file) {
        json["file"] = {{"name", letter.file->name},
                        {"type", letter.file->content_type},
                        {"size", letter.file->size},
                        {"sha256", letter.file->hash}};
    }
    return json;
}

outbox::Delivery read_letter(JsonReader& reader) {
    auto letter = read_delivery(reader);
    if (const auto* content = reader.field("content")) letter.payload = content->dump();
    const auto* file = reader.field("file");
    if (file == nullptr) return letter;
    if (!file->is_object()) {
        reader.refuse("file", "is not an object");
        return letter;
    }
    JsonReader fields(*file);
    auto& spooled = letter.file.emplace();
    fields.text("name", spooled.name);
    fields.text("type", spooled.content_type);
    fields.number("size", spooled.size);
    fields.text("sha256", spooled.hash);
    if (!fields.wrong().empty()) reader.refuse("file", fields.wrong());
    return letter;
}

}  // namespace

std::string_view to_string(Verb verb) {
    constexpr std::array<std::string_view, 3> kNames{"list", "redrive", "drop"};
    return kNames.at(static_cast<std::size_t>(verb));
}

std::string to_json(const DeadRequest& request) {
    Json json{{"verb", to_string(request.verb)}, {"limit", request.limit}};
    for (const auto id : request.ids)
        json["ids"].push_back(outbox::to_string(id));
    if (!request.room.empty()) json["room"] = request.room;
    if (request.reason) json["reason"] = to_string(*request.reason);
    if (request.since) json["since_s"] = request.since->count();
    if (request.dry_run) json["dry_run"] = true;
    if (request.with_content) json["content"] = true;
    if (request.before.value != 0) json["before"] = outbox::to_string(request.before);
    return dump(json);
}

Result<DeadRequest> dead_request_from_json(std::string_view body) {
    constexpr const char* kWhat = "request about dead letters";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    DeadRequest request;
    if (reader.field("verb") == nullptr) reader.refuse("verb", "is missing");
    reader.named<Verb>("verb", request.verb, parse_verb);
    read_ids(reader, request.ids);
    reader.text("room", request.room);
    if (reader.field("reason") != nullptr) {
        request.reason = outbox::DeadReason::kNone;
        reader.named<outbox::DeadReason>("reason", *request.reason, parse_reason);
    }
    if (reader.field("since_s") != nullptr) {
        reader.time("since_s", request.since.emplace());
    }
    reader.flag("dry_run", request.dry_run);
    reader.flag("content", request.with_content);
    std::string before;
    reader.text("before", before);
    if (!before.empty()) {
        request.before = outbox::parse_delivery_id(before).value_or(outbox::DeliveryId{});
        if (request.before.value == 0) reader.refuse("before", "is not a delivery id");
    }
    reader.number("limit", request.limit);
    if (request.limit == 0 || request.limit > kDeadPageMax) {
        reader.refuse("limit", "is not from 1 to " + std::to_string(kDeadPageMax));
    }
    reader.refuse_others();
    return reader.result(kWhat, std::move(request));
}

std::string to_json(const DeadReply& reply) {
    auto items = Json::array();
    for (const auto& item : reply.items) {
        items.push_back(
            {{"letter", letter_json(item.letter)}, {"done", item.done}, {"detail", item.detail}});
    }
    return dump(
        {{"items", std::move(items)}, {"matched", reply.matched}, {"changed", reply.changed}});
}

Result<DeadReply> dead_reply_from_json(std::string_view body) {
    constexpr const char* kWhat = "answer about dead letters";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    DeadReply reply;
    reader.number("matched", reply.matched);
    reader.number("changed", reply.changed);
    const auto* items = reader.field("items");
    if (items == nullptr || !items->is_array()) {
        reader.refuse("items", "is not a list");
        return reader.result(kWhat, std::move(reply));
    }
    for (const auto& item : *items) {
        const auto letter = item.is_object() ? item.find("letter") : item.end();
        if (letter == item.end() || !letter->is_object()) {
            reader.refuse("items", "holds something else than dead letters");
            break;
        }
        JsonReader fields(item);
        JsonReader letter_fields(*letter);
        auto& read = reply.items.emplace_back();
        read.letter = read_letter(letter_fields);
        fields.flag("done", read.done);
        fields.text("detail", read.detail);
        if (!fields.wrong().empty()) reader.refuse("items", fields.wrong());
        if (!letter_fields.wrong().empty()) reader.refuse("items", letter_fields.wrong());
    }
    return reader.result(kWhat, std::move(reply));
}

std::string export_line(const outbox::Delivery& letter) {
    return dump(letter_json(letter));
}

}  // namespace bot::cli
