#include "tests/messaging/sandbox/sandbox_world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using Json = nlohmann::json;
using messaging::sandbox::HookPost;
using tests::error_text;
using tests::SandboxWorld;
using namespace std::chrono_literals;

namespace {

Json hook(const std::string& resource = "messages", const std::string& event = "created") {
    return {{"name", "h"},
            {"targetUrl", "http://127.0.0.1:2/hook"},
            {"resource", resource},
            {"event", event},
            {"secret", "s3cret"}};
}

Json add_hook(SandboxWorld& w, const Json& body) {
    const auto response = w.call("POST", "/webhooks", body.dump());
    REQUIRE(response.status == 200);
    w.model.take_effects();
    return Json::parse(response.body);
}

std::vector<HookPost> hooks(SandboxWorld& w) {
    return w.model.take_effects().hooks;
}

}  // namespace

TEST_CASE("webhooks are checked field by field", "[sandbox][webhooks]") {
    SandboxWorld w;
    const auto refusal = [&](Json body, const char* without) {
        body.erase(without);
        return error_text(w.call("POST", "/webhooks", body.dump()));
    };
    CHECK(refusal(hook(), "name") == "name cannot be empty");
    CHECK(refusal(hook(), "targetUrl") == "targetUrl cannot be null");
    CHECK(refusal(hook(), "resource") == "resource cannot be null");
    CHECK(refusal(hook(), "event") == "event cannot be null");
    auto elsewhere = hook();
    for (const auto* url : {"http://example.com/", "https://127.0.0.1/", "http://127.0.0.1@evil/",
                            "http://127.0.0.1.example.com/"}) {
        elsewhere["targetUrl"] = url;
        CHECK(w.call("POST", "/webhooks", elsewhere.dump()).status == 400);
    }
    auto filtered = hook();
    filtered["filter"] = "roomId=unknown";
    CHECK(error_text(w.call("POST", "/webhooks", filtered.dump())) ==
          "invalid value for filter: roomId");
}

TEST_CASE("webhooks are kept, changed and removed by their owner", "[sandbox][webhooks]") {
    SandboxWorld w;
    const auto made = add_hook(w, hook());
    CHECK(made["status"] == "active");
    CHECK(made["secret"] == "s3cret");
    CHECK(made["ownedBy"] == "creator");
    const auto path = "/webhooks/" + made["id"].get<std::string>();
    CHECK(w.call("GET", path, "", "person-token").status == 404);
    CHECK(Json::parse(w.call("GET", "/webhooks").body)["items"].size() == 1);
    CHECK(w.call("PUT", path, R"({"name":"n"})").status == 400);
    const auto changed = w.call(
        "PUT", path, R"({"name":"n","targetUrl":"http://localhost:3/","status":"inactive"})");
    CHECK(Json::parse(changed.body)["name"] == "n");
    CHECK(Json::parse(changed.body)["status"] == "active");
    CHECK(w.call("DELETE", path).status == 204);
    CHECK(w.call("GET", path).status == 404);
}

TEST_CASE("a delivery is signed over its exact bytes and tells no text", "[sandbox][webhooks]") {
    CHECK(messaging::sandbox::hook_signature(
              "s3cret", R"({"id":"abc","resource":"messages","event":"created"})") ==
          "3c048e8492fd5480dea5ad09eb405692f470f954");
    CHECK(messaging::sandbox::hook_signature("s3cret",
                                             "{\"name\":\"Gr\xC3\xBC\xC3\x9F"
                                             "e\"}") == "0b2dd13b6a3a283ad5c20dc8e6a73ac223fd96e4");

    SandboxWorld w;
    const auto made = add_hook(w, hook());
    w.post({{"roomId", w.direct.id}, {"text", "psst"}}, "person-token");
    const auto posts = hooks(w);
    REQUIRE(posts.size() == 1);
    CHECK(posts[0].url == "http://127.0.0.1:2/hook");
    CHECK(posts[0].signature == messaging::sandbox::hook_signature("s3cret", posts[0].body));
    CHECK(posts[0].body.find("psst") == std::string::npos);
    CHECK(posts[0].body.find("s3cret") == std::string::npos);
    const auto body = Json::parse(posts[0].body);
    CHECK(body["id"] == made["id"]);
    CHECK(body["resource"] == "messages");
    CHECK(body["actorId"] == w.person.id);
    CHECK(body["data"]["roomType"] == "direct");
    CHECK(body["data"]["personEmail"] == "demo@example.com");
}

TEST_CASE("a bot hears in a group what mentions it, and itself", "[sandbox][webhooks]") {
    const bool echo = GENERATE(true, false);
    messaging::sandbox::ModelOptions options;
    options.echo_own = echo;
    SandboxWorld w(options);
    add_hook(w, hook());
    w.posted("among us", "person-token");
    CHECK(hooks(w).empty());
    w.post({{"roomId", w.group.id}, {"markdown", "<@all> hello"}}, "person-token");
    CHECK(hooks(w).size() == 1);
    w.post({{"roomId", w.group.id}, {"markdown", "<@personId:" + w.bot.id + "> hi"}},
           "person-token");
    CHECK(hooks(w).size() == 1);
    w.posted("mine");
    CHECK(hooks(w).size() == (echo ? 1U : 0U));
    w.post({{"roomId", w.direct.id}, {"text", "mine"}});
    CHECK(hooks(w).size() == 1);
    w.group.members = {&w.person};
    w.post({{"roomId", w.group.id}, {"markdown", "<@all> gone"}}, "person-token");
    CHECK(hooks(w).empty());
}

TEST_CASE("filters and the firehose", "[sandbox][webhooks]") {
    SandboxWorld w;
    SECTION("all conditions must hold") {
        auto body = hook();
        body["filter"] = "roomType=direct&personEmail=demo@example.com";
        add_hook(w, body);
        w.post({{"roomId", w.direct.id}, {"text", "a"}}, "person-token");
        CHECK(hooks(w).size() == 1);
        w.post({{"roomId", w.direct.id}, {"text", "b"}});
        CHECK(hooks(w).empty());
    }
    SECTION("mentionedPeople=me") {
        auto body = hook();
        body["filter"] = "mentionedPeople=me";
        add_hook(w, body);
        w.posted("mine");
        CHECK(hooks(w).empty());
        w.post({{"roomId", w.group.id}, {"markdown", "<@personId:" + w.bot.id + ">"}},
               "person-token");
        CHECK(hooks(w).size() == 1);
    }
    SECTION("the firehose names what happened and leaves out actions") {
        add_hook(w, hook("all", "all"));
        const auto made =
            w.post({{"roomId", w.direct.id},
                    {"text", "card"},
                    {"attachments",
                     Json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                   {"content", Json::object()}}})}});
        const auto posts = hooks(w);
        REQUIRE(posts.size() == 1);
        CHECK(Json::parse(posts[0].body)["resource"] == "messages");
        CHECK(Json::parse(posts[0].body)["event"] == "created");
        const Json action = {{"type", "submit"}, {"messageId", Json::parse(made.body)["id"]}};
        w.call("POST", "/attachment/actions", action.dump(), "person-token");
        CHECK(hooks(w).empty());
        w.call("DELETE", "/messages/" + Json::parse(made.body)["id"].get<std::string>());
        CHECK(Json::parse(hooks(w).at(0).body)["event"] == "deleted");
        w.call("POST", "/rooms", R"({"title":"x"})");
        CHECK(hooks(w).size() == 2);
    }
    SECTION("pressing a card reaches its author") {
        add_hook(w, hook("attachmentActions"));
        const auto card = Json::parse(
            w.post({{"roomId", w.group.id},
                    {"attachments",
                     Json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                   {"content", Json::object()}}})}})
                .body);
        const Json action = {
            {"type", "submit"}, {"messageId", card["id"]}, {"inputs", {{"a", "secret input"}}}};
        w.call("POST", "/attachment/actions", action.dump(), "person-token");
        const auto posts = hooks(w);
        REQUIRE(posts.size() == 1);
        CHECK(posts[0].body.find("secret input") == std::string::npos);
    }
}

TEST_CASE("a webhook that fails is switched off and stays off", "[sandbox][webhooks]") {
    SandboxWorld w;
    const auto id = add_hook(w, hook())["id"].get<std::string>();
    const auto status = [&] {
        return Json::parse(w.call("GET", "/webhooks/" + id).body)["status"].get<std::string>();
    };
    SECTION("99 failures in five minutes are forgiven") {
        for (int i = 0; i < 99; ++i)
            w.model.hook_delivered({id}, false, w.now());
        CHECK(status() == "active");
        w.clock.advance(6min);
        w.model.hook_delivered({id}, false, w.now());
        CHECK(status() == "active");
    }
    SECTION("100 are not") {
        for (int i = 0; i < 100; ++i)
            w.model.hook_delivered({id}, false, w.now());
        CHECK(status() == "inactive");
        w.post({{"roomId", w.direct.id}, {"text", "x"}}, "person-token");
        CHECK(hooks(w).empty());
        const auto activate = [&] {
            return w.call("PUT", "/webhooks/" + id,
                          R"({"name":"h","targetUrl":"http://127.0.0.1:2/","status":"active"})");
        };
        CHECK(Json::parse(activate().body)["status"] == "active");
        w.model.hook_delivered({id}, true, w.now());
        CHECK(status() == "active");
        w.model.hook_delivered({id}, false, w.now());
        CHECK(status() == "inactive");
        activate();
        w.clock.advance(6min);
        w.model.hook_delivered({id}, false, w.now());
        CHECK(status() == "active");
    }
}

TEST_CASE("an incoming webhook posts for an integration", "[sandbox][webhooks]") {
    SandboxWorld w;
    auto& person = w.world.add_person("incoming@webex.bot", "Incoming", true, 0);
    w.group.members.push_back(&person);
    w.model.add_incoming("token", person, w.group);
    CHECK(w.call("POST", "/webhooks/incoming/other", R"({"text":"x"})", "").status == 404);
    CHECK(w.call("POST", "/webhooks/incoming/token", "{}", "").status == 400);
    const auto response = w.call("POST", "/webhooks/incoming/token", R"({"markdown":"**x**"})", "");
    CHECK(response.status == 204);
    CHECK(response.body.empty());
    REQUIRE(w.group.messages.size() == 1);
    CHECK(w.group.messages[0]->person == &person);
    CHECK(w.group.messages[0]->html == "<p><strong>x</strong></p>");
}
