#include "bot/cli/fan_out_protocol.hpp"

#include "bot/cli/exit_code.hpp"
#include "bot/cli/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace bot::cli {

using Json = nlohmann::json;
using resilience::Result;

namespace {

void read_targets(JsonReader& reader, std::vector<SendRequest>& into) {
    const auto* list = reader.field("also");
    if (list == nullptr) return;
    if (!list->is_array() || list->size() >= kTargetsMax) {
        return reader.refuse("also", "is not a list of fewer than " + std::to_string(kTargetsMax));
    }
    for (const auto& item : *list) {
        if (!item.is_object() || item.size() != 1) {
            return reader.refuse("also", "holds something else than one target");
        }
        JsonReader fields(item);
        auto& target = into.emplace_back();
        fields.text("room", target.room);
        fields.text("person", target.person);
        fields.text("email", target.email);
        fields.refuse_others();
        if (!fields.wrong().empty()) return reader.refuse("also", fields.wrong());
        if (target_text(target).empty()) return reader.refuse("also", "holds an empty target");
    }
}

}  // namespace

const std::string& target_text(const SendRequest& request) {
    if (!request.room.empty()) return request.room;
    return request.person.empty() ? request.email : request.person;
}

int exit_code_for(const FanOutReply& reply) {
    const auto count = [&reply](SendOutcome outcome) {
        return std::count_if(reply.items.begin(), reply.items.end(),
                             [outcome](const auto& item) { return item.reply.outcome == outcome; });
    };
    const auto all = static_cast<std::ptrdiff_t>(reply.items.size());
    const auto failed = count(SendOutcome::kFailed);
    if (failed == all) return kExitFailed;
    if (failed > 0) return kExitPartial;
    if (count(SendOutcome::kAuth) > 0) return kExitAuth;
    return count(SendOutcome::kDelivered) == all ? kExitOk : kExitTryLater;
}

std::string to_json(const FanOutRequest& request) {
    auto also = Json::array();
    for (const auto& target : request.also) {
        if (!target.room.empty()) {
            also.push_back({{"room", target.room}});
        } else if (!target.person.empty()) {
            also.push_back({{"person", target.person}});
        } else {
            also.push_back({{"email", target.email}});
        }
    }
    return dump({{"message", Json::parse(to_json(request.message))}, {"also", std::move(also)}});
}

Result<FanOutRequest> fan_out_request_from_json(std::string_view body) {
    constexpr const char* kWhat = "request to send to many";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    FanOutRequest request;
    read_targets(reader, request.also);
    const auto* message = reader.field("message");
    if (message == nullptr) reader.refuse("message", "is missing");
    reader.refuse_others();
    if (!reader.wrong().empty()) return reader.result(kWhat, std::move(request));
    auto read = send_request_from_json(message->dump());
    if (!read.ok()) return std::move(read).error();
    request.message = std::move(read).value();
    return request;
}

std::string to_json(const FanOutReply& reply) {
    auto items = Json::array();
    for (const auto& item : reply.items) {
        auto one = Json::parse(to_json(item.reply));
        one["to"] = item.to;
        items.push_back(std::move(one));
    }
    return dump({{"state", reply.state}, {"group", reply.group}, {"items", std::move(items)}});
}

Result<FanOutReply> fan_out_reply_from_json(std::string_view body) {
    constexpr const char* kWhat = "answer to sending to many";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    FanOutReply reply;
    reader.text("state", reply.state);
    reader.text("group", reply.group);
    const auto* items = reader.field("items");
    if (items == nullptr || !items->is_array()) {
        reader.refuse("items", "is not a list");
        return reader.result(kWhat, std::move(reply));
    }
    for (const auto& item : *items) {
        auto one = send_reply_from_json(item.dump());
        if (!one.ok()) return std::move(one).error();
        auto& read = reply.items.emplace_back();
        read.reply = std::move(one).value();
        JsonReader fields(item);
        fields.text("to", read.to);
        if (!fields.wrong().empty()) reader.refuse("items", fields.wrong());
    }
    return reader.result(kWhat, std::move(reply));
}

}  // namespace bot::cli
