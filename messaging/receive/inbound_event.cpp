#include "messaging/receive/inbound_event.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace messaging::receive {

using resilience::Error;
using resilience::permanent_error;
using resilience::Result;
using Json = nlohmann::json;
using Kind = InboundEvent::Kind;

namespace {

struct Field {
    const char* name;
    std::string InboundEvent::*member;
};

// The form in the ledger. `kind` is written beside these.
constexpr std::array<Field, 13> kLedgerFields{{{"id", &InboundEvent::id},
                                               {"roomId", &InboundEvent::room_id},
                                               {"roomType", &InboundEvent::room_type},
                                               {"personId", &InboundEvent::person_id},
                                               {"personEmail", &InboundEvent::person_email},
                                               {"created", &InboundEvent::created},
                                               {"parentId", &InboundEvent::parent_id},
                                               {"messageId", &InboundEvent::message_id},
                                               {"actorId", &InboundEvent::actor_id},
                                               {"hookId", &InboundEvent::hook_id},
                                               {"resource", &InboundEvent::resource},
                                               {"event", &InboundEvent::event},
                                               {"updated", &InboundEvent::updated}}};

constexpr std::array<Field, 9> kDataFields{{{"id", &InboundEvent::id},
                                            {"roomId", &InboundEvent::room_id},
                                            {"roomType", &InboundEvent::room_type},
                                            {"personId", &InboundEvent::person_id},
                                            {"personEmail", &InboundEvent::person_email},
                                            {"created", &InboundEvent::created},
                                            {"parentId", &InboundEvent::parent_id},
                                            {"messageId", &InboundEvent::message_id},
                                            {"updated", &InboundEvent::updated}}};

constexpr std::array<Field, 4> kEnvelopeFields{{{"id", &InboundEvent::hook_id},
                                                {"resource", &InboundEvent::resource},
                                                {"event", &InboundEvent::event},
                                                {"actorId", &InboundEvent::actor_id}}};

constexpr std::array<Kind, 5> kKinds{Kind::kMessage, Kind::kMessageUpdated, Kind::kMessageDeleted,
                                     Kind::kCardAction, Kind::kMembership};

std::optional<Kind> kind_of(std::string_view resource, std::string_view event) {
    if (resource == "messages") {
        if (event == "created") return Kind::kMessage;
        if (event == "updated") return Kind::kMessageUpdated;
        if (event == "deleted") return Kind::kMessageDeleted;
    }
    if (resource == "attachmentActions" && event == "created") return Kind::kCardAction;
    if (resource == "memberships" &&
        (event == "created" || event == "updated" || event == "deleted")) {
        return Kind::kMembership;
    }
    return std::nullopt;
}

// An absent or null field stays empty. Returns what is wrong, or nothing.
template <class Fields>
std::string read_fields(const Json& object, const Fields& fields, InboundEvent& event) {
    for (const auto& field : fields) {
        const auto found = object.find(field.name);
        if (found == object.end() || found->is_null()) continue;
        const auto* text = found->template get_ptr<const std::string*>();
        if (text == nullptr) return std::string("\"") + field.name + "\" is not a string";
        if (text->size() > kEventFieldLimit) {
            return std::string("\"") + field.name + "\" is longer than " +
                   std::to_string(kEventFieldLimit) + " bytes";
        }
        event.*field.member = *text;
    }
    return {};
}

Error malformed(const std::string& what) {
    return permanent_error("webhook call not understood: " + what);
}

// A name for the log: whatever the caller sent, one short line comes out.
std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 40))
        out += (c >= ' ' && c <= '~') ? c : '?';
    return out;
}

}  // namespace

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::kMessage:
            return "message";
        case Kind::kMessageUpdated:
            return "message_updated";
        case Kind::kMessageDeleted:
            return "message_deleted";
        case Kind::kCardAction:
            return "card_action";
        case Kind::kMembership:
            return "membership";
    }
    return "unknown";
}

std::string ledger_id(const InboundEvent& event) {
    switch (event.kind) {
        case Kind::kMessage:
        case Kind::kCardAction:
            return event.id;
        case Kind::kMessageUpdated:
            return event.id + "/updated/" + event.updated;
        case Kind::kMessageDeleted:
            return event.id + "/deleted";
        case Kind::kMembership:
            return event.id + "/" + event.event + "/" + event.created;
    }
    return event.id;
}

std::string to_json(const InboundEvent& event) {
    Json object{{"kind", to_string(event.kind)}};
    for (const auto& field : kLedgerFields) {
        const auto& value = event.*field.member;
        if (!value.empty()) object[field.name] = value;
    }
    // Events built in code may hold any bytes; parsed ones are valid UTF-8.
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<InboundEvent> inbound_event_from_json(std::string_view text) {
    const auto object = Json::parse(text, nullptr, false);
    const auto refused = [](const std::string& what) {
        return permanent_error("inbox record not understood: " + what);
    };
    if (!object.is_object()) return refused("it is not a JSON object");
    InboundEvent event;
    if (auto wrong = read_fields(object, kLedgerFields, event); !wrong.empty()) {
        return refused(wrong);
    }
    const auto name = object.find("kind");
    for (const auto kind : kKinds) {
        if (name == object.end() || !name->is_string() || *name != to_string(kind)) continue;
        event.kind = kind;
        if (event.id.empty()) return refused("\"id\" is missing");
        return event;
    }
    return refused("\"kind\" is missing or unknown");
}

Result<WebhookContent> parse_webhook(std::string_view body) {
    if (body.size() > kWebhookBodyLimit) {
        return malformed("the body has more than " + std::to_string(kWebhookBodyLimit) + " bytes");
    }
    const auto envelope = Json::parse(body, nullptr, false);
    if (envelope.is_discarded()) return malformed("the body is not JSON");
    if (!envelope.is_object()) return malformed("the body is not a JSON object");
    InboundEvent event;
    if (auto wrong = read_fields(envelope, kEnvelopeFields, event); !wrong.empty()) {
        return malformed(wrong);
    }
    if (event.resource.empty()) return malformed("\"resource\" is missing");
    if (event.event.empty()) return malformed("\"event\" is missing");
    const auto kind = kind_of(event.resource, event.event);
    if (!kind) {
        WebhookContent content;
        content.ignored = "no use for " + printable(event.resource) + "/" + printable(event.event);
        return content;
    }
    event.kind = *kind;
    const auto data = envelope.find("data");
    if (data == envelope.end() || !data->is_object()) {
        return malformed("\"data\" is missing or not an object");
    }
    if (auto wrong = read_fields(*data, kDataFields, event); !wrong.empty()) {
        return malformed("data." + wrong);
    }
    if (event.id.empty()) return malformed("\"data.id\" is missing");
    WebhookContent content;
    content.event = std::move(event);
    return content;
}

}  // namespace messaging::receive
