#include "messaging/receive/inbound_event.hpp"

#include <catch2/catch.hpp>

using messaging::receive::InboundEvent;
using messaging::receive::parse_webhook;
using Kind = InboundEvent::Kind;

namespace {

std::string envelope(const std::string& resource,
                     const std::string& event,
                     const std::string& data) {
    return R"({"id":"HOOK","name":"n","resource":")" + resource + R"(","event":")" + event +
           R"(","actorId":"ACTOR","data":)" + data + "}";
}

std::string refusal(std::string_view body) {
    const auto parsed = parse_webhook(body);
    REQUIRE_FALSE(parsed.ok());
    return parsed.error().message;
}

InboundEvent event_of(const std::string& body) {
    auto parsed = parse_webhook(body);
    REQUIRE(parsed.ok());
    REQUIRE(parsed.value().event);
    return *parsed.value().event;
}

}  // namespace

TEST_CASE("a webhook body that is not what Webex sends is refused with the reason", "[inbound]") {
    CHECK_THAT(refusal(""), Catch::Contains("not JSON"));
    CHECK_THAT(refusal("{\"id\":"), Catch::Contains("not JSON"));
    CHECK_THAT(refusal("[]"), Catch::Contains("not a JSON object"));
    CHECK_THAT(refusal("{}"), Catch::Contains("\"resource\" is missing"));
    CHECK_THAT(refusal(R"({"resource":7})"), Catch::Contains("\"resource\" is not a string"));
    CHECK_THAT(refusal(R"({"resource":"messages"})"), Catch::Contains("\"event\" is missing"));
    CHECK_THAT(refusal(R"({"resource":"messages","event":"created"})"),
               Catch::Contains("\"data\""));
    CHECK_THAT(refusal(envelope("messages", "created", "[]")), Catch::Contains("\"data\""));
    CHECK_THAT(refusal(envelope("messages", "created", "{}")), Catch::Contains("\"data.id\""));
    CHECK_THAT(refusal(envelope("messages", "created", R"({"id":"M","roomId":[]})")),
               Catch::Contains("data.\"roomId\" is not a string"));
    CHECK_THAT(
        refusal(envelope("messages", "created", R"({"id":")" + std::string(1025, 'x') + R"("})")),
        Catch::Contains("longer than 1024"));
    CHECK_THAT(refusal("\"" + std::string(256U << 10U, 'x')), Catch::Contains("262144 bytes"));
    CHECK_THAT(refusal(envelope("messages", "created", "{\"id\":\"\xff\"}")),
               Catch::Contains("not JSON"));
}

TEST_CASE("a body nested a hundred thousand deep is refused, not recursed into", "[inbound]") {
    CHECK_THAT(refusal(std::string(100'000, '[')), Catch::Contains("not JSON"));
    CHECK_THAT(refusal(std::string(100'000, '[') + std::string(100'000, ']')),
               Catch::Contains("not a JSON object"));
}

TEST_CASE("events we have no use for are ignored with a printable reason", "[inbound]") {
    for (const auto* resource : {"rooms", "meetings", "all", "mess\\u0007ages"}) {
        const auto parsed = parse_webhook(envelope(resource, "created", R"({"id":"R"})"));
        REQUIRE(parsed.ok());
        CHECK_FALSE(parsed.value().event);
        CHECK_THAT(parsed.value().ignored, Catch::Contains("no use for"));
        CHECK(parsed.value().ignored.find('\a') == std::string::npos);
    }
    CHECK_FALSE(parse_webhook(envelope("attachmentActions", "deleted", "{}")).value().event);
}

TEST_CASE("a new message is read with everything the call says", "[inbound]") {
    const auto event = event_of(envelope(
        "messages", "created",
        R"({"id":"M1","roomId":"R1","roomType":"group","personId":"P1","personEmail":"a@b.test",)"
        R"("created":"2026-01-02T03:04:05.678Z","parentId":"M0","files":["u"],)"
        R"("mentionedPeople":null})"));
    InboundEvent expected;
    expected.id = "M1";
    expected.room_id = "R1";
    expected.room_type = "group";
    expected.person_id = "P1";
    expected.person_email = "a@b.test";
    expected.created = "2026-01-02T03:04:05.678Z";
    expected.parent_id = "M0";
    expected.actor_id = "ACTOR";
    expected.hook_id = "HOOK";
    expected.resource = "messages";
    expected.event = "created";
    CHECK(event == expected);
}

TEST_CASE("each kind of event is told apart", "[inbound]") {
    const std::string data = R"({"id":"X","messageId":"M","roomId":"R"})";
    CHECK(event_of(envelope("messages", "created", data)).kind == Kind::kMessage);
    CHECK(event_of(envelope("messages", "updated", data)).kind == Kind::kMessageUpdated);
    CHECK(event_of(envelope("messages", "deleted", data)).kind == Kind::kMessageDeleted);
    CHECK(event_of(envelope("memberships", "deleted", data)).kind == Kind::kMembership);
    const auto action = event_of(envelope("attachmentActions", "created", data));
    CHECK(action.kind == Kind::kCardAction);
    CHECK(action.message_id == "M");
}

TEST_CASE("two things that happened to one message have two names in the ledger", "[inbound]") {
    InboundEvent posted;
    posted.id = "M";
    auto deleted = posted;
    deleted.kind = Kind::kMessageDeleted;
    auto edited = posted;
    edited.kind = Kind::kMessageUpdated;
    edited.updated = "1";
    auto edited_again = edited;
    edited_again.updated = "2";
    CHECK(ledger_id(posted) == "M");
    CHECK(ledger_id(deleted) != ledger_id(posted));
    CHECK(ledger_id(edited) != ledger_id(posted));
    CHECK(ledger_id(edited) != ledger_id(edited_again));

    InboundEvent told_again = posted;
    told_again.hook_id = "another hook";
    CHECK(ledger_id(told_again) == ledger_id(posted));
}

TEST_CASE("a ledger record that is damaged is refused", "[inbound]") {
    for (const auto* text :
         {"", "7", "[]", "{}", R"({"kind":"message"})", R"({"kind":"other","id":"M"})",
          R"({"kind":1,"id":"M"})", R"({"kind":"message","id":["M"]})"}) {
        CAPTURE(text);
        CHECK_FALSE(messaging::receive::inbound_event_from_json(text).ok());
    }
}

TEST_CASE("every event survives the way into the ledger and back", "[inbound]") {
    for (const auto kind : {Kind::kMessage, Kind::kMessageUpdated, Kind::kMessageDeleted,
                            Kind::kCardAction, Kind::kMembership}) {
        InboundEvent event;
        event.kind = kind;
        event.id = "id \"quoted\" \xc3\xbc";
        event.room_id = "R";
        event.room_type = "direct";
        event.person_id = "P";
        event.person_email = "a@b.test";
        event.created = "2026-01-02T03:04:05Z";
        event.parent_id = "parent";
        event.message_id = "message";
        event.actor_id = "actor";
        event.hook_id = "hook";
        event.resource = "messages";
        event.event = "created";
        event.updated = "later";
        const auto back = messaging::receive::inbound_event_from_json(to_json(event));
        REQUIRE(back.ok());
        CHECK(back.value() == event);
    }
}
