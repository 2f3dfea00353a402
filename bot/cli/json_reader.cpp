#include "bot/cli/json_reader.hpp"

namespace bot::cli {

namespace outbox = messaging::outbox;
using Json = nlohmann::json;

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

resilience::Result<Json> parse_json_object(std::string_view body, const char* what) {
    auto json = Json::parse(body, nullptr, false);
    if (json.is_object()) return json;
    return resilience::permanent_error(std::string(what) +
                                       " not understood: it is not a JSON object");
}

std::optional<outbox::UncertainPolicy> parse_policy(std::string_view name) {
    using enum outbox::UncertainPolicy;
    return find_name(std::array{kPreferOnce, kPreferDelivery}, name);
}

std::optional<outbox::State> parse_state(std::string_view name) {
    using enum outbox::State;
    return find_name(std::array{kPending, kSending, kUncertain, kDelivered, kDead}, name);
}

std::optional<outbox::DeadReason> parse_reason(std::string_view name) {
    using enum outbox::DeadReason;
    return find_name(std::array{kNone, kRejected, kExpired, kCancelled, kMaybeDelivered, kDropped},
                     name);
}

outbox::Delivery read_delivery(JsonReader& reader) {
    outbox::Delivery delivery;
    std::string id;
    reader.text("id", id);
    delivery.id = outbox::parse_delivery_id(id).value_or(outbox::DeliveryId{});
    if (delivery.id.value == 0) reader.refuse("id", "is not a delivery id");
    reader.named<outbox::State>("state", delivery.state, parse_state);
    reader.named<outbox::DeadReason>("reason", delivery.reason, parse_reason);
    reader.named<outbox::Priority>("priority", delivery.priority, outbox::parse_priority);
    reader.flag("held", delivery.held);
    reader.flag("confirmedLate", delivery.confirmed_late);
    reader.number("attempts", delivery.attempts);
    reader.text("destination", delivery.destination);
    reader.text("messageId", delivery.message_id);
    reader.time("accepted", delivery.accepted);
    reader.time("changed", delivery.changed);
    reader.time("due", delivery.due);
    reader.time("deadline", delivery.deadline);
    reader.number("status", delivery.last.status);
    reader.text("rule", delivery.last.rule);
    reader.text("trackingId", delivery.last.tracking_id);
    reader.text("detail", delivery.last.detail);
    reader.text("origin", delivery.origin);
    reader.named<outbox::UncertainPolicy>("policy", delivery.policy, parse_policy);
    reader.number("maxAttempts", delivery.max_attempts);
    reader.number("repeats", delivery.repeats);
    reader.time("notBefore", delivery.not_before);
    std::string group;
    reader.text("group", group);
    if (const auto call = outbox::parse_delivery_id(group)) delivery.group = call->value;
    return delivery;
}

}  // namespace bot::cli
