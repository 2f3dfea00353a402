#include "tests/messaging/sandbox/sandbox_world.hpp"

#include <catch2/catch.hpp>

using Json = nlohmann::json;
using tests::error_text;
using tests::header;
using tests::SandboxWorld;

TEST_CASE("paths and methods that do not exist are refused like by Webex", "[sandbox][rooms]") {
    SandboxWorld w;
    CHECK(w.call("GET", "/nothing").status == 404);
    CHECK(error_text(w.call("GET", "/nothing")) == "The requested resource could not be found.");
    CHECK(w.call("GET", "/messages/a/b").status == 404);
    const auto wrong = w.call("DELETE", "/messages");
    CHECK(wrong.status == 405);
    CHECK(error_text(wrong) == "Request method 'DELETE' not supported");
    CHECK(w.call("GET", "/nothing", "", "").status == 401);

    const auto body = Json::parse(wrong.body);
    CHECK(body["trackingId"] == header(wrong, "trackingid"));
    CHECK(body["errors"][0]["description"] == body["message"]);
}

TEST_CASE("people", "[sandbox][rooms]") {
    SandboxWorld w;
    const auto me = Json::parse(w.call("GET", "/people/me").body);
    CHECK(me["id"] == w.bot.id);
    CHECK(me["type"] == "bot");
    CHECK(me["emails"] == Json::array({"stentor@webex.bot"}));
    CHECK(Json::parse(w.call("GET", "/people/me", "", "person-token").body)["type"] == "person");
    CHECK(w.call("GET", "/people/" + w.person.id).status == 200);
    CHECK(w.call("GET", "/people/rubbish").status == 400);
    CHECK(w.call("GET", "/people").status == 400);
    const auto found = Json::parse(w.call("GET", "/people?email=demo@example.com").body)["items"];
    REQUIRE(found.size() == 1);
    CHECK(found[0]["displayName"] == "Demo Person");
}

TEST_CASE("rooms", "[sandbox][rooms]") {
    SandboxWorld w;
    SECTION("are refused without a title, and unknown ones") {
        CHECK(error_text(w.call("POST", "/rooms", "{}")) == "Title cannot be empty.");
        CHECK(w.call("GET", "/rooms/rubbish").status == 400);
        w.group.members = {&w.person};
        CHECK(w.call("GET", "/rooms/" + w.group.id).status == 404);
    }
    SECTION("are made with their maker inside, renamed and deleted") {
        const auto room = Json::parse(w.call("POST", "/rooms", R"({"title":"New"})").body);
        const auto path = "/rooms/" + room["id"].get<std::string>();
        CHECK(Json::parse(w.call("GET", path).body)["title"] == "New");
        CHECK(Json::parse(w.call("PUT", path, R"({"title":"Newer"})").body)["title"] == "Newer");
        CHECK(w.call("DELETE", path).status == 204);
        CHECK(w.call("GET", path).status == 404);
    }
    SECTION("deleting another's room only leaves it") {
        CHECK(w.call("DELETE", "/rooms/" + w.group.id).status == 204);
        CHECK(w.call("GET", "/rooms/" + w.group.id).status == 404);
        CHECK(w.call("GET", "/rooms/" + w.group.id, "", "person-token").status == 200);
    }
    SECTION("a direct room has the other's name") {
        CHECK(Json::parse(w.call("GET", "/rooms/" + w.direct.id).body)["title"] == "Demo Person");
        CHECK(Json::parse(w.call("GET", "/rooms?type=direct").body)["items"].size() == 1);
    }
    SECTION("lists are paged with a key without value") {
        const auto first = w.call("GET", "/rooms?max=1");
        const auto link = header(first, "Link");
        CHECK(link.find("max=1&before&after=") != std::string::npos);
        const auto next = link.substr(link.find("/v1") + 3, link.find('>') - link.find("/v1") - 3);
        const auto second = w.call("GET", next);
        CHECK(Json::parse(second.body)["items"].size() == 1);
        CHECK(Json::parse(second.body)["items"][0] != Json::parse(first.body)["items"][0]);
        CHECK(header(second, "Link").empty());
    }
}

TEST_CASE("memberships", "[sandbox][rooms]") {
    SandboxWorld w;
    const auto add = [&](const Json& body) { return w.call("POST", "/memberships", body.dump()); };
    CHECK(error_text(add(Json::object())) == "roomId cannot be null");
    CHECK(error_text(add({{"roomId", w.group.id}})) ==
          "Must specify either personId or personEmail.");
    const auto again = add({{"roomId", w.group.id}, {"personId", w.person.id}});
    CHECK(again.status == 409);
    CHECK(error_text(again) == "User is already a participant in the room.");

    const auto list = "/memberships?roomId=" + w.group.id;
    CHECK(Json::parse(w.call("GET", list).body)["items"].size() == 3);
    const auto other = Json::parse(w.call("GET", list + "&personEmail=other@example.com").body);
    REQUIRE(other["items"].size() == 1);
    const auto path = "/memberships/" + other["items"][0]["id"].get<std::string>();
    CHECK(w.call("GET", path).status == 200);
    CHECK(w.call("DELETE", path).status == 204);
    CHECK(w.call("DELETE", path).status == 404);
    CHECK(add({{"roomId", w.group.id}, {"personEmail", "other@example.com"}}).status == 200);
    CHECK(w.call("GET", "/memberships?personId=" + w.person.id).status == 400);
}

TEST_CASE("ids, names and UUIDs are exchangeable as far as Webex has it", "[sandbox][rooms]") {
    SandboxWorld w;
    CHECK(w.call("GET", "/rooms/" + w.group.uuid).status == 200);
    using messaging::sandbox::encode_id;
    CHECK(encode_id("us", "MESSAGE", "92db3be0-43bd-11e6-8ae9-dd5b3dfc565d") ==
          "Y2lzY29zcGFyazovL3VzL01FU1NBR0UvOTJkYjNiZTAtNDNiZC0xMWU2LThhZTktZGQ1YjNkZmM1NjVk");
    CHECK(encode_id("urn:TEAM:us-west-2_r", "MESSAGE", "92db3be0-43bd-11e6-8ae9-dd5b3dfc565d") ==
          "Y2lzY29zcGFyazovL3VybjpURUFNOnVzLXdlc3QtMl9yL01FU1NBR0UvOTJkYjNiZTAtNDNiZC0xMWU2LThhZTkt"
          "ZGQ1YjNkZmM1NjVk");
    const auto back = messaging::sandbox::decode_id(w.group.id);
    REQUIRE(back);
    CHECK(back->key == w.group.uuid);
    CHECK_FALSE(messaging::sandbox::decode_id("!!!"));
    CHECK(messaging::sandbox::name_uuid("a") == messaging::sandbox::name_uuid("a"));
    CHECK(messaging::sandbox::is_uuid(messaging::sandbox::name_uuid("a")));
}
