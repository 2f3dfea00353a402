#include "messaging/sandbox/control_api.hpp"

#include "tests/messaging/sandbox/sandbox_world.hpp"

#include <catch2/catch.hpp>

using Json = nlohmann::json;
using messaging::http::ServerRequest;
using messaging::http::ServerResponse;
using messaging::sandbox::ControlApi;
using messaging::sandbox::refuse_foreign;
using tests::SandboxWorld;

namespace {

struct Page {
    explicit Page(SandboxWorld& sandbox) : w(sandbox), api(w.model, &w.person) {}

    ServerResponse call(const std::string& method,
                        const std::string& target,
                        const Json& body = Json()) {
        ServerRequest request;
        request.method = method;
        const auto mark = std::min(target.find('?'), target.size());
        request.path = "/sandbox" + target.substr(0, mark);
        if (mark < target.size()) request.query = target.substr(mark + 1);
        request.headers = {{"Host", "127.0.0.1:1"}, {"Content-Type", "application/json"}};
        if (!body.is_null()) request.body = body.dump();
        return api.handle(request, w.now());
    }
    Json get(const std::string& target) { return Json::parse(call("GET", target).body); }

    SandboxWorld& w;
    ControlApi api;
};

std::string events_of(SandboxWorld& w) {
    return w.model.take_effects().events;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("foreign pages get nothing from the sandbox", "[sandbox][control]") {
    ServerRequest request;
    request.method = "GET";
    const auto status = [&] {
        const auto refused = refuse_foreign(request);
        return refused ? refused->status : 0;
    };
    CHECK(status() == 403);
    request.headers = {{"Host", "evil.example.com:8080"}};
    CHECK(status() == 403);
    request.headers = {{"Host", "127.0.0.1:8080"}};
    CHECK(status() == 0);
    request.method = "POST";
    CHECK(status() == 415);
    request.headers.emplace_back("Content-Type", "text/plain");
    CHECK(status() == 415);
    request.headers.back().second = "application/json;charset=UTF-8";
    CHECK(status() == 0);
}

TEST_CASE("control calls with mistakes are refused with a reason", "[sandbox][control]") {
    SandboxWorld w;
    Page page(w);
    CHECK(page.call("GET", "/nothing").status == 404);
    CHECK(page.call("GET", "/rooms/unknown/messages").status == 404);
    CHECK(page.call("DELETE", "/rooms/" + w.group.id + "/messages").status == 404);
    CHECK(page.call("GET", "/contents/unknown").status == 404);
    CHECK(page.call("PUT", "/trouble", {{"mode", "earthquake"}}).status == 400);
    CHECK(page.call("PUT", "/trouble", {{"mode", "slow"}, {"seconds", -1}}).status == 400);
    CHECK(page.call("PUT", "/faults", {{"rules", 5}}).status == 400);
    CHECK(page.call("POST", "/actions", Json::array()).status == 400);
    CHECK(page.call("POST", "/rooms/" + w.group.id + "/messages", {{"text", ""}}).status == 400);
    ControlApi nobody(w.model, nullptr);
    ServerRequest request;
    request.method = "POST";
    request.path = "/sandbox/actions";
    request.body = "{}";
    CHECK(nobody.handle(request, w.now()).status == 409);
}

TEST_CASE("the state shows the person, the bots and their rooms", "[sandbox][control]") {
    SandboxWorld w;
    Page page(w);
    auto state = page.get("/state");
    CHECK(state["person"]["email"] == "demo@example.com");
    CHECK(state["bots"].size() == 1);
    CHECK(state["rooms"].size() == 2);
    CHECK(state["rooms"][1]["title"] == "Stentor");
    CHECK(state["trouble"] == Json{{"mode", "none"}, {"endsAt", nullptr}, {"remainingMs", 0}});
    CHECK(state["botUrl"].is_null());
    CHECK(state["lastEventId"].is_number());
    page.api.set_bot_url("http://127.0.0.1:9");
    CHECK(page.get("/state")["botUrl"] == "http://127.0.0.1:9");
}

TEST_CASE("what a person types mentions by name", "[sandbox][control]") {
    SandboxWorld w;
    Page page(w);
    const auto say = [&](const messaging::sandbox::Room& room, const std::string& text) {
        return Json::parse(
            page.call("POST", "/rooms/" + room.id + "/messages", {{"text", text}}).body);
    };
    const auto mention = say(w.group, "@Stentor chart <b>");
    CHECK(mention["text"] == "Stentor chart <b>");
    CHECK(mention["html"] == "<p><spark-mention data-object-type=\"person\" data-object-id=\"" +
                                 w.bot.id + "\">Stentor</spark-mention> chart &lt;b&gt;</p>");
    CHECK(w.group.messages.back()->mentioned_people == std::vector<std::string>{w.bot.id});
    CHECK(say(w.group, "@Stentorian mail@Stentor")["text"] == "@Stentorian mailStentor");
    CHECK(say(w.group, "@Nobody")["text"] == "@Nobody");
    CHECK(w.group.messages.back()->mentioned_people.empty());
    CHECK(say(w.direct, "help")["displayName"] == "Demo Person");

    const auto listed = page.get("/rooms/" + w.group.id + "/messages?limit=2")["items"];
    REQUIRE(listed.size() == 2);
    CHECK(listed[1]["text"] == "@Nobody");
    CHECK(listed[0]["isBot"] == false);
    CHECK(listed[0]["files"] == Json::array());
    CHECK(listed[0]["card"].is_null());
    CHECK(has(events_of(w), "event: message\ndata: {\"verb\":\"created\""));
}

TEST_CASE("pressing a button acts as the person", "[sandbox][control]") {
    SandboxWorld w;
    Page page(w);
    const auto card = Json::parse(
        w.post({{"roomId", w.group.id},
                {"attachments",
                 Json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                               {"content", {{"type", "AdaptiveCard"}}}}})}})
            .body);
    const auto pressed =
        page.call("POST", "/actions", {{"messageId", card["id"]}, {"inputs", {{"a", "b"}}}});
    CHECK(pressed.status == 200);
    const auto action = Json::parse(pressed.body);
    CHECK(action["personId"] == w.person.id);
    CHECK(action["inputs"]["a"] == "b");
    const auto shown = page.get("/rooms/" + w.group.id + "/messages")["items"][0];
    CHECK(shown["card"]["type"] == "AdaptiveCard");
}

TEST_CASE("trouble is told to pages when it begins and when it ends", "[sandbox][control]") {
    SandboxWorld w;
    Page page(w);
    const auto set = page.call("PUT", "/trouble", {{"mode", "answers_lost"}, {"seconds", 20}});
    CHECK(Json::parse(set.body)["remainingMs"] == 20'000);
    CHECK(Json::parse(set.body)["endsAt"].is_string());
    CHECK(has(events_of(w), "event: trouble\ndata: {\"mode\":\"answers_lost\""));
    CHECK(w.model.next_tick(w.now()) == std::chrono::seconds{20});
    w.clock.advance(std::chrono::seconds{20});
    w.model.tick(w.now());
    CHECK(has(events_of(w), "event: trouble\ndata: {\"mode\":\"none\""));
    CHECK(page.get("/trouble")["mode"] == "none");
}

TEST_CASE("pages are told what bots did and how it went", "[sandbox][control]") {
    SandboxWorld w;
    Page page(w);
    const auto event_after = [&](const std::function<void()>& act) {
        w.model.take_effects();
        act();
        const auto all = events_of(w);
        const auto at = all.find("event: request\ndata: ");
        if (at == std::string::npos) return Json();
        return Json::parse(all.substr(at + 21, all.find("\n\n", at) - at - 21));
    };
    const auto post = [&] { w.posted("x"); };
    const auto ok = event_after(post);
    CHECK(ok["outcome"] == "ok");
    CHECK(ok["status"] == 200);
    CHECK(ok["roomId"] == w.group.id);
    CHECK(ok["messageId"] == w.group.messages.back()->id);
    CHECK(event_after([&] { w.call("GET", "/people/me"); }).is_null());
    CHECK(event_after([&] { w.posted("x", "person-token"); }).is_null());
    CHECK(event_after([&] { w.call("GET", "/nothing"); })["outcome"] == "refused");

    page.call("PUT", "/trouble", {{"mode", "answers_lost"}});
    const auto lost = event_after(post);
    CHECK(lost["outcome"] == "stored, answer lost");
    CHECK(lost["status"].is_null());
    CHECK(lost["messageId"] == w.group.messages.back()->id);
    page.call("PUT", "/trouble", {{"mode", "throttled"}});
    const auto throttled = event_after(post);
    CHECK(throttled["status"] == 429);
    CHECK(throttled["retryAfter"] == "3");
    CHECK(throttled["note"] == "throttled");
    CHECK_FALSE(throttled.contains("messageId"));
    page.call("PUT", "/faults", {{"rules", Json::array({{{"action", {{"kind", "hang"}}}}})}});
    page.call("PUT", "/trouble", {{"mode", "none"}});
    CHECK(event_after(post)["outcome"] == "never answered");
}

TEST_CASE("faults, oracle and reset", "[sandbox][control]") {
    SandboxWorld w;
    Page page(w);
    const Json plan = {{"rules", Json::array({{{"action", {{"kind", "fail"}, {"status", 500}}}}})}};
    CHECK(page.get("/state")["faults"] == Json{{"rules", 0}, {"hooks", 0}});
    CHECK(Json::parse(page.call("PUT", "/faults", plan).body) == plan);
    CHECK(has(events_of(w), "event: faults\ndata: {\"rules\":1,\"hooks\":0}"));
    CHECK(page.get("/state")["faults"] == Json{{"rules", 1}, {"hooks", 0}});
    CHECK(page.get("/faults") == plan);
    w.posted("x");
    CHECK(page.get("/oracle")["requests"] == 1);
    CHECK(page.call("POST", "/oracle/reset").status == 200);
    CHECK(page.get("/oracle")["requests"] == 0);
    CHECK(page.call("POST", "/reset").status == 200);
    CHECK(page.get("/faults")["rules"].empty());
    w.posted("x");
    CHECK(w.group.messages.size() == 1);
    page.call("POST", "/reset");
    CHECK(w.group.messages.empty());
    CHECK(has(events_of(w), "event: reset"));
}
