#include "messaging/webex/message_json.hpp"

#include "messaging/webex/resources.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace messaging;
using namespace messaging::webex;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("an answer without an id yields none", "[json]") {
    CHECK_FALSE(parse_id("").ok());
    CHECK_FALSE(parse_id("<html>").ok());
    CHECK_FALSE(parse_id("\"id\"").ok());
    CHECK_FALSE(parse_id(R"(["id","x"])").ok());
    CHECK_FALSE(parse_id(R"({"id":1})").ok());
    CHECK_FALSE(parse_id(R"({"id":null,"x":"y"})").ok());
    CHECK_FALSE(parse_id(R"({"id":{"id":"x"}})").ok());
    CHECK_FALSE(parse_id(R"([{"id":"x"}])").ok());
    CHECK_FALSE(parse_id(R"({"x":["id","y"],"roomId":"z"})").ok());
    CHECK_FALSE(parse_id(R"({"id":"")").ok());
    CHECK_FALSE(parse_id(R"({"id":"Y2lz)").ok());
}

TEST_CASE("the id of an answer is found wherever it stands", "[json]") {
    CHECK(parse_id(R"({"id":"Y2lz"})").value() == "Y2lz");
    CHECK(parse_id(R"({"id":"Y2lz","rest":[cut)").value() == "Y2lz");
    CHECK(parse_id(R"( {"a":{"id":"no"},"b":[{"id":"no"}],"text":"\"id\":\"no\"","id":"yes"})")
              .value() == "yes");
    CHECK(parse_id(R"({"a":1,"b":-1,"c":1.5,"d":true,"e":null,"id":"yes"})").value() == "yes");
}

TEST_CASE("text that is no list is not taken for an empty one", "[json]") {
    CHECK_FALSE(parse_message_list("").ok());
    CHECK_FALSE(parse_message_list("{}").ok());
    CHECK_FALSE(parse_message_list("[]").ok());
    CHECK_FALSE(parse_message_list(R"({"items":{}})").ok());
    CHECK_FALSE(parse_message_list(R"({"items":[{"id":"x"})").ok());
    CHECK(parse_message_list(R"({"items":[]})").value().empty());
    CHECK(parse_message_list(R"({"items":[1,{},{"id":2},{"id":"x"}]})").value().size() == 1);
}

TEST_CASE("a message is read with what the service sent and nothing more", "[json]") {
    const auto* const text = R"({"id":"m","roomId":"r","roomType":"group","text":"Bot hi",
        "personId":"p","personEmail":"a@b.test","html":"<p>hi</p>","markdown":7,
        "mentionedPeople":["p1",2,"p2"],"mentionedGroups":["all"],"files":["u1","u2"],
        "attachments":[{}],"parentId":"q","created":"2026-04-23T12:09:05.902Z","new":{"x":[]}})";
    const auto view = parse_message(text).value();
    CHECK(view.id == "m");
    CHECK(view.room_id == "r");
    CHECK(view.room_type == "group");
    CHECK(view.parent_id == "q");
    CHECK(view.person_id == "p");
    CHECK(view.person_email == "a@b.test");
    CHECK(view.text == "Bot hi");
    CHECK(view.markdown.empty());
    CHECK(view.html == "<p>hi</p>");
    CHECK(view.mentioned_people == std::vector<std::string>{"p1", "p2"});
    CHECK(view.mentioned_groups == std::vector<std::string>{"all"});
    CHECK(view.files == std::vector<std::string>{"u1", "u2"});
    CHECK(view.file_count == 2);
    CHECK(view.has_card);
    CHECK(view.created == 1'776'946'145'902ms);

    const auto bare = parse_message(R"({"id":"m"})").value();
    CHECK(bare.created == 0ms);
    CHECK_FALSE(bare.has_card);
    CHECK_FALSE(parse_message(R"({"roomId":"r"})").ok());
    CHECK_FALSE(parse_message("<html>").ok());
}

TEST_CASE("times are read in both forms, with zones, and never guessed", "[json]") {
    CHECK(parse_timestamp("1970-01-01T00:00:00Z") == 0ms);
    CHECK(parse_timestamp("2015-10-18T14:26:16+00:00") == 1'445'178'376'000ms);
    CHECK(parse_timestamp("2015-10-18T16:26:16.5+02:00") == 1'445'178'376'500ms);
    CHECK(parse_timestamp("2015-10-18T09:26:16.123456-0500") == 1'445'178'376'123ms);
    for (const auto* const text :
         {"", "2015", "2015-10-18", "2015-10-18T14:26:16", "2015-02-30T14:26:16Z",
          "2015-10-18T24:26:16Z", "2015-10-18 14:26:16Z", "2015-10-18T14:26:16Zx",
          "2015-10-18T14:26:16+00", "-015-10-18T14:26:16Z", "2015-10-18T14:2x:16Z"}) {
        INFO(text);
        CHECK(parse_timestamp(text) == 0ms);
    }
}

TEST_CASE("a message is rendered with one destination and what it has", "[json]") {
    CHECK(json::parse(render_message(room("r"), {.text = "hi"})) ==
          json::parse(R"({"roomId":"r","text":"hi"})"));
    CHECK(json::parse(render_message(person("p"), {.markdown = "**hi**", .parent_id = "q"})) ==
          json::parse(R"({"toPersonId":"p","markdown":"**hi**","parentId":"q"})"));
    const auto card = json::parse(render_message(
        email("a@b.test"), {.text = "t", .card_json = R"({"type":"AdaptiveCard"})"}));
    CHECK(card == json::parse(R"({"toPersonEmail":"a@b.test","text":"t","attachments":[
        {"contentType":"application/vnd.microsoft.card.adaptive",
         "content":{"type":"AdaptiveCard"}}]})"));
    // What is no JSON cannot break out of the JSON around it.
    const auto broken = json::parse(
        render_message(room("r"), {.text = "t", .card_json = R"({}],"roomId":"other","x":[{})"}));
    CHECK(broken == json::parse(R"({"roomId":"r","text":"t"})"));
    // Quotes, line breaks and bytes that are no UTF-8 cannot break out of the JSON.
    const auto hostile = json::parse(render_message(room("r\""), {.text = "\"\n\xff"}));
    CHECK(hostile["text"] == "\"\n\xEF\xBF\xBD");
}

TEST_CASE("things without an id are refused by name", "[json]") {
    CHECK(parse_person("{}").error().message == "the answer is no person");
    CHECK(parse_room("[]").error().message == "the answer is no room");
    CHECK(parse_membership("x").error().message == "the answer is no membership");
    CHECK(parse_webhook(R"({"id":""})").error().message == "the answer is no webhook");
    CHECK(parse_attachment_action("").error().message == "the answer is no attachment action");
    CHECK(parse_room_list("{}").error().message == "the answer is no list of rooms");
    CHECK_FALSE(parse_membership_list("").ok());
    CHECK_FALSE(parse_webhook_list(R"({"items":1})").ok());
}

TEST_CASE("people, rooms, memberships, webhooks and card actions are read", "[json]") {
    const auto me = parse_person(R"({"id":"p","emails":["bot@webex.bot"],"displayName":"Stentor",
        "nickName":"S","orgId":"o","type":"bot"})")
                        .value();
    CHECK(me.emails == std::vector<std::string>{"bot@webex.bot"});
    CHECK(me.display_name == "Stentor");
    CHECK(me.type == "bot");

    const auto rooms = parse_room_list(R"({"items":[{"id":"r","title":"Ops","type":"group",
        "isLocked":true,"isAnnouncementOnly":true,"lastActivity":"2026-04-23T12:09:05.902Z"},
        {"id":"s","title":"ciphertext","errors":{"title":{"code":"kms_failure"}}}]})")
                           .value();
    REQUIRE(rooms.size() == 2);
    CHECK(rooms[0].title == "Ops");
    CHECK(rooms[0].is_locked);
    CHECK(rooms[0].is_announcement_only);
    CHECK(rooms[0].last_activity == 1'776'946'145'902ms);
    CHECK_FALSE(rooms[0].title_failed);
    CHECK(rooms[1].title_failed);

    const auto member = parse_membership(R"({"id":"m","roomId":"r","personEmail":"a@b.test",
        "personDisplayName":"A","isModerator":true,"roomType":"direct"})")
                            .value();
    CHECK(member.person_name == "A");
    CHECK(member.is_moderator);
    CHECK(member.room_type == "direct");

    const auto hook = parse_webhook(R"({"id":"w","name":"n","targetUrl":"https://bot.test/",
        "resource":"messages","event":"created","status":"inactive","secret":"s3cret"})")
                          .value();
    CHECK(hook.status == "inactive");
    CHECK(hook.target_url == "https://bot.test/");

    const auto action = parse_attachment_action(R"({"id":"a","type":"submit","messageId":"m",
        "inputs":{"name":"x","count":3,"flags":[true]}})")
                            .value();
    REQUIRE(action.inputs.size() == 3);
    CHECK(action.inputs[0] == std::pair<std::string, std::string>{"count", "3"});
    CHECK(action.inputs[1].second == "[true]");
    CHECK(action.inputs[2].second == "x");
}

TEST_CASE("webhooks and edits are rendered as the service wants them", "[json]") {
    WebhookSpec spec;
    spec.name = "stentor";
    spec.target_url = "https://bot.test/hook";
    CHECK(json::parse(render_new_webhook(spec)) ==
          json::parse(R"({"name":"stentor","targetUrl":"https://bot.test/hook",
                          "resource":"messages","event":"created"})"));
    spec.secret = "s";
    spec.filter = "roomType=direct";
    CHECK(json::parse(render_new_webhook(spec))["filter"] == "roomType=direct");
    CHECK(json::parse(render_webhook_update(spec)) ==
          json::parse(R"({"name":"stentor","targetUrl":"https://bot.test/hook","secret":"s",
                          "status":"active"})"));
    CHECK(json::parse(render_edit("r", "t", "")) == json::parse(R"({"roomId":"r","text":"t"})"));
    CHECK(json::parse(render_edit("r", "t", "m")) ==
          json::parse(R"({"roomId":"r","markdown":"m"})"));
}
