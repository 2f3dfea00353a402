#include "tests/messaging/sandbox/sandbox_world.hpp"

#include <catch2/catch.hpp>

using Json = nlohmann::json;
using tests::error_text;
using tests::header;
using tests::SandboxWorld;

namespace {

std::string form(const std::vector<std::pair<std::string, std::string>>& fields,
                 const std::string& file_part,
                 const std::string& bytes) {
    std::string body;
    for (const auto& [name, value] : fields) {
        body +=
            "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }
    if (!file_part.empty()) {
        body += "--b\r\nContent-Disposition: form-data; name=\"" + file_part +
                "\"; filename=\"chart.png\"\r\nContent-Type: image/png\r\n\r\n" + bytes + "\r\n";
    }
    return body + "--b--\r\n";
}

const std::string kForm = "multipart/form-data; boundary=b";
const std::string kCardType = "application/vnd.microsoft.card.adaptive";

}  // namespace

TEST_CASE("a message is refused in the order and with the words of Webex", "[sandbox][messages]") {
    SandboxWorld w;
    const auto refusal = [&](const Json& body) {
        const auto response = w.post(body);
        return std::to_string(response.status) + " " + error_text(response);
    };
    const std::string destination =
        "400 Message destination could not be determined. Provide only one destination in the "
        "roomId, toPersonEmail, or toPersonId field";

    SECTION("the token comes first") {
        const auto response = w.call("POST", "/messages", "not json", "wrong");
        CHECK(response.status == 401);
        CHECK(error_text(response) ==
              "The request requires a valid access token set in the Authorization request header.");
    }
    SECTION("then the content, before any destination") {
        CHECK(refusal(Json::object()) == "400 Both text and file cannot be empty.");
        CHECK(refusal({{"toPersonEmail", "nobody@example.com"}}) ==
              "400 Both text and file cannot be empty.");
    }
    SECTION("then the destination") {
        CHECK(refusal({{"text", "x"}}) == destination);
        CHECK(refusal({{"text", "x"}, {"roomId", w.group.id}, {"toPersonId", w.person.id}}) ==
              destination);
    }
    SECTION("then the recipient, before the length") {
        const std::string long_text(8'000, 'x');
        CHECK(refusal({{"text", long_text}, {"toPersonEmail", "nobody@example.com"}}) ==
              "404 Failed to find user with specified email address.");
        CHECK(refusal({{"text", "x"}, {"toPersonId", w.group.id}}) ==
              "400 Expect base64 ID or UUID.");
        CHECK(refusal({{"text", "x"}, {"roomId", "rubbish"}}) == "400 Expect base64 ID or UUID.");
        const auto unknown =
            messaging::sandbox::encode_id("us", "ROOM", messaging::sandbox::name_uuid("unknown"));
        CHECK(refusal({{"text", "x"}, {"roomId", unknown}}) ==
              "404 Could not find a room with provided ID.");
    }
    SECTION("a room without the bot does not exist for it") {
        w.group.members = {&w.person};
        CHECK(refusal({{"text", "x"}, {"roomId", w.group.id}}) ==
              "404 Could not find a room with provided ID.");
    }
    SECTION("malformed bodies and other types of content") {
        CHECK(w.call("POST", "/messages", "{").status == 400);
        CHECK(w.call("POST", "/messages", "{\"text\":\"\xFF\"}").status == 400);
        CHECK(refusal({{"text", 5}, {"roomId", w.group.id}}) ==
              "400 The request could not be understood by the server due to malformed syntax.");
        const auto plain = w.call("POST", "/messages", "hello", "bot-token", "text/plain");
        CHECK(plain.status == 415);
        CHECK(error_text(plain) == "Content type 'text/plain' not supported");
        const std::string deep(200'000, '[');
        CHECK(w.call("POST", "/messages", "{\"attachments\":" + deep).status == 400);
    }
    CHECK(w.group.messages.empty());
}

TEST_CASE("no field of a message is longer than 7439 bytes", "[sandbox][messages]") {
    const std::string too_long =
        "Message length limited to 7439 characters before encryption and 10000 characters after "
        "encryption.";
    SandboxWorld w;
    const auto send = [&](const char* field, const std::string& value) {
        return w.post({{"roomId", w.group.id}, {field, value}});
    };
    CHECK(send("text", std::string(7'439, 'x')).status == 200);
    CHECK(error_text(send("text", std::string(7'440, 'x'))) == too_long);
    CHECK(error_text(send("markdown", std::string(7'440, 'x'))) == too_long);

    SECTION("bytes count, not characters") {
        std::string umlauts;
        for (int i = 0; i < 3'720; ++i)
            umlauts += "\xC3\xBC";
        CHECK(error_text(send("text", umlauts)) == too_long);
    }
    SECTION("the derived html counts, unless that is switched off") {
        const std::string ampersands(3'000, '&');
        CHECK(error_text(send("markdown", ampersands)) == too_long);
        messaging::sandbox::ModelOptions lenient;
        lenient.rest.limit_html = false;
        SandboxWorld w2(lenient);
        CHECK(w2.post({{"roomId", w2.group.id}, {"markdown", ampersands}}).status == 200);
    }
}

TEST_CASE("a posted message comes back whole", "[sandbox][messages]") {
    SandboxWorld w;

    SECTION("with status 200, the usual headers and times in milliseconds") {
        const auto response = w.post({{"roomId", w.group.id}, {"text", "hello"}});
        CHECK(response.status == 200);
        CHECK(header(response, "Content-Type") == "application/json;charset=UTF-8");
        CHECK(header(response, "trackingid").rfind("ROUTERGW_", 0) == 0);
        const auto message = Json::parse(response.body);
        CHECK(message["roomType"] == "group");
        CHECK(message["text"] == "hello");
        CHECK(message["personEmail"] == "stentor@webex.bot");
        CHECK(message["created"].get<std::string>().size() == 24);
        CHECK_FALSE(message.contains("html"));
        const auto id = messaging::sandbox::decode_id(message["id"].get<std::string>());
        REQUIRE(id);
        CHECK(id->type == "MESSAGE");
    }
    SECTION("markdown brings html, text and mentions") {
        const auto message =
            Json::parse(w.post({{"roomId", w.group.id},
                                {"markdown", "Hi <@personEmail:demo@example.com>, **look**"}})
                            .body);
        CHECK(message["text"] == "Hi Demo Person, look");
        CHECK(message["html"] ==
              "<p>Hi <spark-mention data-object-type=\"person\" data-object-id=\"" + w.person.id +
                  "\">Demo Person</spark-mention>, <strong>look</strong></p>");
        CHECK(message["mentionedPeople"] == Json::array({w.person.id}));
    }
    SECTION("to an e-mail address: the direct room is made at need") {
        const auto before = w.world.rooms().size();
        const auto first =
            Json::parse(w.post({{"toPersonEmail", "other@example.com"}, {"text", "x"}}).body);
        CHECK(first["roomType"] == "direct");
        CHECK(w.world.rooms().size() == before + 1);
        const auto second = Json::parse(w.post({{"toPersonId", w.other.id}, {"text", "y"}}).body);
        CHECK(second["roomId"] == first["roomId"]);
    }
    SECTION("a reply to a reply lies under the root") {
        const auto root = w.posted("root")["id"];
        const auto reply =
            Json::parse(w.post({{"roomId", w.group.id}, {"text", "a"}, {"parentId", root}}).body);
        const auto deeper = Json::parse(
            w.post({{"roomId", w.group.id}, {"text", "b"}, {"parentId", reply["id"]}}).body);
        CHECK(deeper["parentId"] == root);
        CHECK(w.post({{"roomId", w.direct.id}, {"text", "c"}, {"parentId", root}}).status == 404);
    }
}

TEST_CASE("a file comes in the part `files` and goes out with its name", "[sandbox][messages]") {
    SandboxWorld w;
    const auto upload = [&](const std::string& part, const std::string& bytes) {
        return w.call("POST", "/messages", form({{"roomId", w.group.id}}, part, bytes), "bot-token",
                      kForm);
    };
    SECTION("another part name is not a file") {
        CHECK(error_text(upload("file", "PNG")) == "Both text and file cannot be empty.");
    }
    SECTION("two files are one too many") {
        const auto one = form({{"roomId", w.group.id}}, "files", "a");
        const auto two = one.substr(0, one.size() - 7) + form({}, "files", "b");
        CHECK(w.call("POST", "/messages", two, "bot-token", kForm).status == 400);
    }
    SECTION("a body that is no form") {
        CHECK(w.call("POST", "/messages", "--b\r\n", "bot-token", kForm).status == 400);
        CHECK(w.call("POST", "/messages", "x", "bot-token", "multipart/form-data").status == 415);
    }
    SECTION("download by those who see the message") {
        const std::string bytes("\x89PNG\0\r\n--x", 10);
        const auto message = Json::parse(upload("files", bytes).body);
        const auto url = message["files"][0].get<std::string>();
        REQUIRE(url.rfind("http://127.0.0.1:1/v1/contents/", 0) == 0);
        const auto path = url.substr(std::string("http://127.0.0.1:1/v1").size());
        const auto got = w.call("GET", path);
        CHECK(got.body == bytes);
        CHECK(header(got, "Content-Type") == "image/png");
        CHECK(header(got, "Content-Disposition") == "attachment; filename=\"chart.png\"");
        CHECK(w.call("HEAD", path).status == 200);
        w.group.members = {&w.person};
        CHECK(w.call("GET", path).status == 404);
        CHECK(w.call("GET", path, "", "person-token").status == 200);
    }
    SECTION("a deleted message takes its file along") {
        const auto message = Json::parse(upload("files", "PNG").body);
        const auto url = message["files"][0].get<std::string>();
        w.call("DELETE", "/messages/" + message["id"].get<std::string>());
        CHECK(w.call("GET", url.substr(21)).status == 404);
    }
    SECTION("a file by URL that nobody fetched is refused") {
        const auto response =
            w.post({{"roomId", w.group.id}, {"files", Json::array({"http://127.0.0.1:9/x.png"})}});
        CHECK(error_text(response) == "Unable to retrieve content");
    }
}

TEST_CASE("cards", "[sandbox][messages]") {
    SandboxWorld w;
    const auto send = [&](const Json& attachments) {
        return w.post({{"roomId", w.group.id}, {"attachments", attachments}});
    };
    const Json card = {{"contentType", kCardType}, {"content", {{"type", "AdaptiveCard"}}}};

    CHECK(send(Json::array({{{"contentType", "text/html"}, {"content", Json::object()}}})).status ==
          400);
    CHECK(send(Json::array({card, card})).status == 400);
    const Json large = {{"contentType", kCardType},
                        {"content", {{"text", std::string(30'000, 'x')}}}};
    CHECK(error_text(send(Json::array({large}))) ==
          "Unable to post message to room: \"The request payload is too big\"");
    const auto message = Json::parse(send(Json::array({card})).body);
    CHECK(message["attachments"][0] == card);

    SECTION("are pressed by others than their author") {
        const Json action = {
            {"type", "submit"}, {"messageId", message["id"]}, {"inputs", {{"choice", "yes"}}}};
        CHECK(error_text(w.call("POST", "/attachment/actions", action.dump())) ==
              "Unable to post attachment action: \"Author of a card cannot submit a cardAction on "
              "that card\"");
        const auto pressed = w.call("POST", "/attachment/actions", action.dump(), "person-token");
        CHECK(pressed.status == 200);
        const auto id = Json::parse(pressed.body)["id"].get<std::string>();
        const auto read = Json::parse(w.call("GET", "/attachment/actions/" + id).body);
        CHECK(read["inputs"]["choice"] == "yes");
        CHECK(read["personId"] == w.person.id);
        Json plain = action;
        plain["messageId"] = w.posted("no card")["id"];
        CHECK(error_text(w.call("POST", "/attachment/actions", plain.dump(), "person-token")) ==
              "Unable to post attachment action: \"MessageId should point to an activity with "
              "cards\"");
    }
}

TEST_CASE("a bot sees in group rooms only what concerns it", "[sandbox][messages]") {
    SandboxWorld w;
    const auto unheard = w.posted("among us", "person-token")["id"].get<std::string>();
    const auto list = "/messages?roomId=" + w.group.id;

    CHECK(error_text(w.call("GET", "/messages/" + unheard)) == "Unable to get message.");
    CHECK(w.call("GET", "/messages/" + unheard, "", "person-token").status == 200);
    CHECK(w.call("GET", list).status == 403);
    CHECK(error_text(w.call("GET", list)) == "Failed to get activity.");
    CHECK(w.call("GET", list, "", "person-token").status == 200);

    const auto own = w.posted("mine")["id"].get<std::string>();
    CHECK(w.call("GET", "/messages/" + own).status == 200);
    const auto mention = Json::parse(
        w.post({{"roomId", w.group.id}, {"markdown", "<@personId:" + w.bot.id + "> hello"}},
               "person-token")
            .body);
    CHECK(w.call("GET", "/messages/" + mention["id"].get<std::string>()).status == 200);
    const auto listed = Json::parse(w.call("GET", list + "&mentionedPeople=me").body)["items"];
    REQUIRE(listed.size() == 1);
    CHECK(listed[0]["id"] == mention["id"]);
    CHECK(w.call("GET", list + "&mentionedPeople=" + w.person.id).status == 403);

    w.post({{"roomId", w.direct.id}, {"text", "private"}}, "person-token");
    CHECK(Json::parse(w.call("GET", "/messages?roomId=" + w.direct.id).body)["items"].size() == 1);
    CHECK(Json::parse(w.call("GET", "/messages/direct?personEmail=demo@example.com").body)["items"]
              .size() == 1);
}

TEST_CASE("lists are newest first and paged by Link", "[sandbox][messages]") {
    SandboxWorld w;
    CHECK(error_text(w.call("GET", "/messages")) ==
          "Required String parameter 'roomId' is not present");
    CHECK(error_text(w.call("GET", "/messages?roomId=x")) == "Expect base64 ID or UUID.");
    for (int i = 0; i < 5; ++i) {
        w.post({{"roomId", w.direct.id}, {"text", "n" + std::to_string(i)}});
        w.clock.advance(std::chrono::seconds{1});
    }
    std::string target = "/messages?roomId=" + w.direct.id + "&max=2";
    std::string seen;
    int pages = 0;
    while (!target.empty()) {
        const auto page = w.call("GET", target);
        REQUIRE(page.status == 200);
        const auto body = Json::parse(page.body);
        for (const auto& item : body["items"]) {
            seen += item["text"].get<std::string>() + " ";
        }
        ++pages;
        const auto link = header(page, "Link");
        if (link.empty()) break;
        CHECK(link.find("&before&") != std::string::npos);
        CHECK(link.find(">; rel=\"next\"") != std::string::npos);
        target = link.substr(link.find("/v1") + 3, link.find('>') - link.find("/v1") - 3);
    }
    CHECK(seen == "n4 n3 n2 n1 n0 ");
    CHECK(pages == 3);

    SECTION("before a time") {
        const auto third = w.direct.messages[2]->created_ms;
        const auto page = Json::parse(w.call("GET", "/messages?roomId=" + w.direct.id + "&before=" +
                                                        messaging::sandbox::iso_time(third))
                                          .body);
        CHECK(page["items"].size() == 2);
    }
    SECTION("a cursor that is gone") {
        const auto id = w.direct.messages[2]->id;
        w.call("DELETE", "/messages/" + id);
        const auto page = w.call("GET", "/messages?roomId=" + w.direct.id + "&beforeMessage=" + id);
        CHECK(page.status == 404);
    }
}

TEST_CASE("messages are edited ten times and deleted once", "[sandbox][messages]") {
    SandboxWorld w;
    const auto id = w.posted("first")["id"].get<std::string>();
    const auto edit = [&](const Json& body, const std::string& token = "bot-token") {
        return w.call("PUT", "/messages/" + id, body.dump(), token);
    };
    CHECK(error_text(edit({{"text", "x"}})) == "roomId cannot be null");
    CHECK(edit({{"roomId", w.group.id}}).status == 400);
    CHECK(edit({{"roomId", w.group.id}, {"markdown", "x"}, {"html", "x"}}).status == 400);
    CHECK(edit({{"roomId", w.group.id}, {"text", "x"}}, "person-token").status == 403);
    for (int i = 0; i < 10; ++i) {
        const auto response = edit({{"roomId", w.group.id}, {"markdown", "*x*"}});
        REQUIRE(response.status == 200);
        CHECK(Json::parse(response.body).contains("updated"));
    }
    CHECK(edit({{"roomId", w.group.id}, {"text", "x"}}).status == 400);

    CHECK(w.call("DELETE", "/messages/" + id, "", "person-token").status == 403);
    const auto deleted = w.call("DELETE", "/messages/" + id);
    CHECK(deleted.status == 204);
    CHECK(deleted.body.empty());
    CHECK(w.call("DELETE", "/messages/" + id).status == 404);
    CHECK(w.call("GET", "/messages/" + id).status == 404);
}

TEST_CASE("a room keeps a bounded number of messages", "[sandbox][messages]") {
    SandboxWorld w({}, 3);
    const auto first = w.posted("0")["id"].get<std::string>();
    for (int i = 1; i < 5; ++i)
        w.posted(std::to_string(i));
    CHECK(w.group.messages.size() == 3);
    CHECK(w.call("GET", "/messages/" + first).status == 404);
}
