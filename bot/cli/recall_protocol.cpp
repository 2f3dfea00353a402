#include "bot/cli/recall_protocol.hpp"

#include "bot/cli/exit_code.hpp"
#include "bot/cli/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace bot::cli {

namespace outbox = messaging::outbox;
using Json = nlohmann::json;
using resilience::Result;
using Outcome = RecallItem::Outcome;

namespace {

constexpr std::array kOutcomes{Outcome::kDeleted, Outcome::kEdited, Outcome::kCancelled,
                               Outcome::kNothing, Outcome::kFailed};

RecallItem read_item(JsonReader& reader) {
    RecallItem item;
    std::string id;
    reader.text("id", id);
    item.id = outbox::parse_delivery_id(id).value_or(outbox::DeliveryId{});
    reader.text("destination", item.destination);
    reader.text("messageId", item.message_id);
    reader.named<Outcome>("outcome", item.outcome,
                          [](std::string_view name) { return find_name(kOutcomes, name); });
    reader.text("detail", item.detail);
    return item;
}

}  // namespace

std::string_view to_string(Outcome outcome) {
    constexpr std::array<std::string_view, 5> kNames{"deleted", "edited", "cancelled", "nothing",
                                                     "failed"};
    return kNames.at(static_cast<std::size_t>(outcome));
}

int exit_code_for(const RecallReply& reply) {
    const auto failed = std::count_if(reply.items.begin(), reply.items.end(), [](const auto& item) {
        return item.outcome == Outcome::kFailed;
    });
    if (failed == static_cast<std::ptrdiff_t>(reply.items.size())) return kExitFailed;
    return failed == 0 ? kExitOk : kExitPartial;
}

std::string to_json(const RecallRequest& request) {
    Json json{{"ids", Json::array()}, {"dry_run", request.dry_run}};
    for (const auto id : request.ids)
        json["ids"].push_back(outbox::to_string(id));
    if (!request.edit.empty()) json["edit"] = request.edit;
    return dump(json);
}

Result<RecallRequest> recall_request_from_json(std::string_view body) {
    constexpr const char* kWhat = "request to recall";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    RecallRequest request;
    reader.text("edit", request.edit);
    reader.flag("dry_run", request.dry_run);
    const auto* ids = reader.field("ids");
    const bool list =
        ids != nullptr && ids->is_array() && !ids->empty() && ids->size() <= kRecallIdsMax;
    if (!list) {
        reader.refuse("ids", "is not a list of 1 to " + std::to_string(kRecallIdsMax) + " ids");
    }
    for (std::size_t i = 0; list && i < ids->size(); ++i) {
        const auto* text = (*ids)[i].get_ptr<const std::string*>();
        const auto id = text != nullptr ? outbox::parse_delivery_id(*text) : std::nullopt;
        if (id) {
            request.ids.push_back(*id);
        } else {
            reader.refuse("ids", "holds something that is not an id");
        }
    }
    reader.refuse_others();
    return reader.result(kWhat, std::move(request));
}

std::string to_json(const RecallReply& reply) {
    auto items = Json::array();
    for (const auto& item : reply.items) {
        items.push_back({{"id", outbox::to_string(item.id)},
                         {"destination", item.destination},
                         {"messageId", item.message_id},
                         {"outcome", to_string(item.outcome)},
                         {"detail", item.detail}});
    }
    return dump({{"items", std::move(items)}});
}

Result<RecallReply> recall_reply_from_json(std::string_view body) {
    constexpr const char* kWhat = "answer to recall";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    RecallReply reply;
    const auto* items = reader.field("items");
    if (items == nullptr || !items->is_array()) reader.refuse("items", "is not a list");
    for (std::size_t i = 0; reader.wrong().empty() && i < items->size(); ++i) {
        if (!(*items)[i].is_object()) {
            reader.refuse("items", "holds something else than messages");
            break;
        }
        JsonReader fields((*items)[i]);
        reply.items.push_back(read_item(fields));
        if (!fields.wrong().empty()) reader.refuse("items", fields.wrong());
    }
    return reader.result(kWhat, std::move(reply));
}

}  // namespace bot::cli
