#include "bot/web/delivery_json.hpp"

#include <nlohmann/json.hpp>

namespace bot::web {

namespace {

using Json = nlohmann::json;
using messaging::outbox::Delivery;
using messaging::outbox::JournalEntry;

constexpr std::string_view kRoomPrefix = "room:";

// Details may quote what another host sent; whatever its bytes, JSON comes out.
std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const JournalEntry& entry) {
    return {{"time", entry.time.count()}, {"attempt", entry.attempt},
            {"to", to_string(entry.to)},  {"reason", to_string(entry.reason)},
            {"next", entry.next.count()}, {"status", entry.note.status},
            {"rule", entry.note.rule},    {"trackingId", entry.note.tracking_id},
            {"detail", entry.note.detail}};
}

}  // namespace

Json delivery_object(const Delivery& delivery) {
    Json json{{"id", messaging::outbox::to_string(delivery.id)},
              {"state", to_string(delivery.state)},
              {"reason", to_string(delivery.reason)},
              {"held", delivery.held},
              {"confirmedLate", delivery.confirmed_late},
              {"attempts", delivery.attempts},
              {"destination", delivery.destination},
              {"priority", to_string(delivery.priority)},
              {"messageId", delivery.message_id},
              {"accepted", delivery.accepted.count()},
              {"changed", delivery.changed.count()},
              {"due", delivery.due.count()},
              {"deadline", delivery.deadline.count()},
              {"status", delivery.last.status},
              {"rule", delivery.last.rule},
              {"trackingId", delivery.last.tracking_id},
              {"detail", delivery.last.detail},
              {"origin", delivery.origin},
              {"policy", to_string(delivery.policy)},
              {"maxAttempts", delivery.max_attempts},
              {"repeats", delivery.repeats},
              {"notBefore", delivery.not_before.count()}};
    if (delivery.group != 0) {
        json["group"] = to_string(messaging::outbox::DeliveryId{delivery.group});
    }
    if (delivery.destination.starts_with(kRoomPrefix)) {
        json["roomId"] = delivery.destination.substr(kRoomPrefix.size());
    }
    return json;
}

std::string deliveries_json(const std::vector<Delivery>& deliveries, const Hold& hold) {
    Json items = Json::array();
    for (const auto& delivery : deliveries)
        items.push_back(delivery_object(delivery));
    return dump(
        {{"items", std::move(items)}, {"hold", {{"held", hold.held}, {"reason", hold.reason}}}});
}

std::string timeline_json(const Delivery& delivery, const std::vector<JournalEntry>& journal) {
    Json entries = Json::array();
    for (const auto& entry : journal)
        entries.push_back(to_json(entry));
    return dump({{"delivery", delivery_object(delivery)}, {"journal", std::move(entries)}});
}

}  // namespace bot::web
