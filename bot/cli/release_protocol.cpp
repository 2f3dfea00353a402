#include "bot/cli/release_protocol.hpp"

#include "bot/cli/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace bot::cli {

using resilience::Result;

std::string to_json(const ReleaseRequest& request) {
    return dump({{"room", request.room}});
}

Result<ReleaseRequest> release_request_from_json(std::string_view body) {
    constexpr const char* kWhat = "request to release";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    ReleaseRequest request;
    reader.text("room", request.room);
    reader.refuse_others();
    return reader.result(kWhat, std::move(request));
}

std::string to_json(const ReleaseReply& reply) {
    return dump({{"released", reply.released}});
}

Result<ReleaseReply> release_reply_from_json(std::string_view body) {
    constexpr const char* kWhat = "answer to release";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    ReleaseReply reply;
    const auto* list = reader.field("released");
    if (list == nullptr || !list->is_array()) {
        reader.refuse("released", "is not a list");
        return reader.result(kWhat, std::move(reply));
    }
    for (const auto& item : *list) {
        if (const auto* text = item.get_ptr<const std::string*>()) {
            reply.released.push_back(*text);
        } else {
            reader.refuse("released", "holds something else than destinations");
        }
    }
    return reader.result(kWhat, std::move(reply));
}

}  // namespace bot::cli
