#include "messaging/sandbox/fault_plan.hpp"
#include "tests/messaging/sandbox/sandbox_world.hpp"

#include <catch2/catch.hpp>

using Json = nlohmann::json;
using messaging::http::ServerRequest;
using messaging::sandbox::FaultPlan;
using tests::error_text;
using tests::header;
using tests::SandboxWorld;
using namespace std::chrono_literals;

namespace {

void use(SandboxWorld& w, const Json& action, Json rule = Json::object()) {
    rule["action"] = action;
    auto plan = FaultPlan::parse(Json{{"rules", Json::array({rule})}}.dump());
    INFO((plan.ok() ? "" : plan.error().message));
    REQUIRE(plan.ok());
    w.model.set_faults(std::move(plan).value(), w.now());
}

Json oracle(SandboxWorld& w) {
    return Json::parse(w.model.oracle().json());
}

// The path and query of the next page, below /v1; empty if there is none.
std::string next_of(const SandboxWorld::Response& response) {
    const auto link = header(response, "Link");
    const auto start = link.find("/v1/");
    if (start == std::string::npos) return {};
    return link.substr(start + 3, link.find('>') - start - 3);
}

// Posts a file into the group room and gives the path of its content.
std::string upload(SandboxWorld& w, const std::string& bytes = "PDF") {
    const auto body = "--b\r\nContent-Disposition: form-data; name=\"roomId\"\r\n\r\n" +
                      w.group.id +
                      "\r\n--b\r\nContent-Disposition: form-data; name=\"files\"; "
                      "filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n" +
                      bytes + "\r\n--b--\r\n";
    const auto made =
        w.call("POST", "/messages", body, "bot-token", "multipart/form-data; boundary=b");
    const auto url = Json::parse(made.body)["files"][0].get<std::string>();
    return url.substr(url.find("/contents/"));
}

ServerRequest upload_head(const SandboxWorld& w, const std::string& token = "bot-token") {
    ServerRequest head;
    head.method = "POST";
    head.path = "/v1/messages";
    head.headers = {{"Host", "127.0.0.1:1"}, {"Authorization", "Bearer " + token}};
    (void)w;
    return head;
}

}  // namespace

TEST_CASE("a request that is cut on its way changes nothing and is counted", "[sandbox][faults]") {
    SandboxWorld w;
    use(w, {{"kind", "cutRequest"}, {"cutAfter", 100}, {"reset", true}},
        {{"path", "/v1/messages"}, {"first", 2}, {"count", 1}, {"bots", true}});
    const auto cut = [&](const std::string& token = "bot-token") {
        return w.model.cut_request(upload_head(w, token), w.now());
    };
    CHECK_FALSE(cut("unknown"));
    CHECK_FALSE(cut("person-token"));
    CHECK_FALSE(cut());
    const auto second = cut();
    REQUIRE(second);
    CHECK(second->after == 100);
    CHECK(second->reset);
    CHECK_FALSE(cut());
    CHECK(oracle(w)["requests"] == 1);
    CHECK(oracle(w)["stored"] == 0);
    CHECK(w.model.take_effects().events.find(
              "\"status\":null,\"outcome\":\"cut while it was sent\"") != std::string::npos);
    // Where the body did come the rule has no say.
    CHECK(w.posted("x").contains("id"));
}

TEST_CASE("a cut request that did not wait is counted as such", "[sandbox][faults]") {
    SandboxWorld w;
    auto plan = FaultPlan::parse(R"({"rules":[
        {"method":"POST","count":1,"action":{"kind":"fail","status":429,"retryAfter":9}},
        {"action":{"kind":"cutRequest"}}]})");
    REQUIRE(plan.ok());
    w.model.set_faults(std::move(plan).value(), w.now());
    w.posted("x");
    w.clock.advance(1s);
    CHECK(w.model.cut_request(upload_head(w), w.now()));
    CHECK(oracle(w)["earlyRequests"] == 1);
}

TEST_CASE("half an answer hides a message that is there", "[sandbox][faults]") {
    SandboxWorld w;
    SECTION("cut inside the body") {
        use(w, {{"kind", "commitThenFail"}, {"cutBodyAfter", 40}});
        const auto response = w.post({{"roomId", w.group.id}, {"text", "x"}});
        CHECK(response.status == 200);
        CHECK(response.misbehaviour.cut_body_after == 40U);
        CHECK_FALSE(response.misbehaviour.cut_after);
        CHECK(oracle(w)["storedThenFailed"] == 1);
    }
    SECTION("a cut behind its end hides nothing") {
        use(w, GENERATE(Json{{"kind", "commitThenFail"}, {"cutBodyAfter", 100'000}},
                        Json{{"kind", "commitThenFail"}, {"cutAfter", 100'000}}));
        const auto response = w.post({{"roomId", w.group.id}, {"text", "x"}});
        CHECK(response.status == 200);
        CHECK(oracle(w)["storedThenFailed"] == 0);
        CHECK(w.model.take_effects().events.find("\"outcome\":\"ok\"") != std::string::npos);
    }
    CHECK(w.group.messages.size() == 1);
}

TEST_CASE("an answer that dribbles is whole, unless nobody waits for it", "[sandbox][faults]") {
    SandboxWorld w;
    use(w, GENERATE(Json{{"kind", "delay"}, {"dripBytes", 1}, {"dripMs", 100}},
                    Json{{"kind", "delay"}, {"delayMs", 90'000}}));
    w.posted("x");
    const auto slow = w.model.take_effects().slow_answer;
    REQUIRE(slow);
    CHECK(oracle(w)["storedThenFailed"] == 0);
    SECTION("waited for") {
        w.posted("x");
        CHECK(oracle(w)["duplicatesAfterLostAnswer"] == 0);
    }
    SECTION("abandoned") {
        w.model.answer_abandoned(*slow);
        w.posted("x");
        CHECK(oracle(w)["storedThenFailed"] == 1);
        CHECK(oracle(w)["duplicatesAfterLostAnswer"] == 1);
    }
    SECTION("abandoned after the counts were reset") {
        w.model.oracle().reset();
        w.model.answer_abandoned(*slow);
        CHECK(oracle(w)["storedThenFailed"] == 0);
    }
}

TEST_CASE("nothing is slow about an answer that was lost, or that told nothing new",
          "[sandbox][faults]") {
    SandboxWorld w;
    use(w, {{"kind", "commitThenFail"}, {"status", 504}, {"delayMs", 90'000}});
    w.posted("x");
    CHECK_FALSE(w.model.take_effects().slow_answer);
    use(w, {{"kind", "delay"}, {"dripBytes", 2}, {"dripMs", 3}});
    const auto me = w.call("GET", "/people/me");
    CHECK(me.misbehaviour.drip_bytes == 2);
    CHECK(me.misbehaviour.drip_pause == 3ms);
    CHECK_FALSE(w.model.take_effects().slow_answer);
}

TEST_CASE("paging goes wrong as it did in the real service", "[sandbox][faults]") {
    SandboxWorld w;
    SECTION("max=null in the link, which leads on all the same") {
        use(w, {{"kind", "paging"}, {"maxNull", true}});
        const auto first = w.call("GET", "/rooms?max=1");
        const auto next = next_of(first);
        CHECK(next.find("max=null&before&after=") != std::string::npos);
        CHECK(Json::parse(w.call("GET", next).body)["items"].size() == 1);
    }
    SECTION("an empty page leads to where it should have been") {
        use(w, {{"kind", "paging"}, {"emptyPage", true}}, {{"first", 2}, {"count", 2}});
        std::string page = "/rooms?max=1";
        std::string sizes;
        for (int i = 0; i < 9 && !page.empty(); ++i) {
            const auto response = w.call("GET", page);
            sizes += std::to_string(Json::parse(response.body)["items"].size());
            CHECK(next_of(response) != page);
            page = next_of(response);
        }
        CHECK(sizes == "1001");
    }
    SECTION("an empty first page of messages, without any query to build on") {
        for (const auto* text : {"a", "b"})
            w.post({{"roomId", w.direct.id}, {"text", text}});
        use(w, {{"kind", "paging"}, {"emptyPage", true}}, {{"count", 1}});
        const auto first = w.call("GET", "/messages?roomId=" + w.direct.id);
        CHECK(Json::parse(first.body)["items"].empty());
        CHECK(Json::parse(w.call("GET", next_of(first)).body)["items"].size() == 2);
        use(w, {{"kind", "paging"}, {"emptyPage", true}}, {{"count", 1}});
        const auto rooms = w.call("GET", "/rooms");
        CHECK(Json::parse(w.call("GET", next_of(rooms)).body)["items"].size() == 2);
    }
    SECTION("the link forgets mentionedPeople, and the next page is refused") {
        for (int i = 0; i < 2; ++i) {
            w.post({{"roomId", w.group.id}, {"markdown", "<@personId:" + w.bot.id + "> hi"}},
                   "person-token");
        }
        use(w, {{"kind", "paging"}, {"dropFilter", true}, {"maxNull", true}});
        const auto first = w.call("GET", "/messages?max=1&mentionedPeople=me&roomId=" + w.group.id);
        CHECK(Json::parse(first.body)["items"].size() == 1);
        CHECK(error_text(w.call("GET", next_of(first))) == "Failed to get activity.");
    }
}

TEST_CASE("a file is looked through before it is given out", "[sandbox][faults]") {
    SandboxWorld w;
    const auto file = upload(w);
    const auto get = [&](const std::string& more = "", const char* method = "GET") {
        return w.call(method, file + more);
    };
    const auto scan = [&](const char* verdict, int ms) {
        use(w, {{"kind", "scan"}, {"verdict", verdict}, {"scanMs", ms}});
    };

    SECTION("each for its own time, and then it is there") {
        const auto other = upload(w, "other");
        scan("clean", 5'000);
        CHECK(get().status == 423);
        CHECK(header(get(), "Retry-After") == "5");
        w.clock.advance(3'200ms);
        CHECK(header(get("", "HEAD"), "Retry-After") == "2");
        CHECK(w.call("GET", other).status == 423);
        w.clock.advance(1'800ms);
        CHECK(get().status == 200);
        CHECK(get().body == "PDF");
        CHECK(w.call("GET", other).status == 423);
        CHECK(w.call("GET", "/people/me").status == 200);
    }
    SECTION("infected, for good") {
        scan("infected", 1'000);
        CHECK(get().status == 423);
        w.clock.advance(1s);
        CHECK(get().status == 410);
        CHECK(header(get(), "Retry-After").empty());
        CHECK(get("?allow=unscannable").status == 410);
    }
    SECTION("unscannable, unless the caller takes that upon itself") {
        scan("unscannable", 0);
        CHECK(get().status == 428);
        CHECK(error_text(get()) == "file cannot be scanned");
        CHECK(get("?allow=unscannable").body == "PDF");
        CHECK(get("?allow=unscannable", "HEAD").status == 200);
        CHECK(get("?allow=everything").status == 428);
    }
    SECTION("a file that is not there has nothing to be looked through") {
        scan("infected", 0);
        CHECK(w.call("GET", "/contents/unknown").status == 404);
    }
    SECTION("a refusal is no lost answer") {
        scan("infected", 0);
        w.model.take_effects();
        get();
        CHECK(w.model.take_effects().events.find("\"outcome\":\"refused\"") != std::string::npos);
        CHECK(oracle(w)["storedThenFailed"] == 0);
    }
}

TEST_CASE("a wait that one file was given says nothing about another", "[sandbox][oracle]") {
    SandboxWorld w;
    const auto one = upload(w);
    const auto two = upload(w, "other");
    use(w, {{"kind", "scan"}, {"scanMs", 5'000}});
    w.call("GET", one);
    w.clock.advance(1s);
    w.call("GET", two);
    CHECK(oracle(w)["earlyRequests"] == 0);
    w.call("HEAD", one);
    CHECK(oracle(w)["earlyRequests"] == 1);
}

TEST_CASE("an event can come before the message that it is about", "[sandbox][faults]") {
    SandboxWorld w;
    const auto id = w.posted("x")["id"].get<std::string>();
    const auto other = w.posted("y")["id"].get<std::string>();
    use(w, {{"kind", "fail"}, {"status", 404}, {"message", "Unable to get message."}},
        {{"method", "GET"}, {"path", "/v1/messages/*"}, {"perPath", true}, {"count", 2}});
    const auto get = [&](const std::string& message) {
        return w.call("GET", "/messages/" + message).status;
    };
    CHECK(get(id) == 404);
    CHECK(get(other) == 404);
    CHECK(get(id) == 404);
    CHECK(get(id) == 200);
    CHECK(get(other) == 404);
    CHECK(get(other) == 200);
}

TEST_CASE("a card takes five actions side by side", "[sandbox][cards]") {
    SandboxWorld w;
    const auto actions = [](int count) {
        Json all = Json::array();
        for (int i = 0; i < count; ++i)
            all.push_back({{"type", "Action.Submit"}, {"title", std::to_string(i)}});
        return all;
    };
    const auto post = [&](const Json& card) {
        const Json attachment = {{"contentType", "application/vnd.microsoft.card.adaptive"},
                                 {"content", card}};
        return w.post(
            {{"roomId", w.group.id}, {"text", "card"}, {"attachments", Json::array({attachment})}});
    };
    CHECK(post({{"type", "AdaptiveCard"}, {"actions", actions(6)}}).status == 400);
    const Json crowded = {{"type", "ActionSet"}, {"actions", actions(6)}};
    CHECK(post({{"body", Json::array({1, crowded})}}).status == 400);
    CHECK(w.group.messages.empty());
    const Json full = {{"type", "ActionSet"}, {"actions", actions(5)}};
    CHECK(post({{"body", Json::array({full})}, {"actions", actions(5)}}).status == 200);
    CHECK(post({{"body", "none"}, {"actions", "none"}}).status == 200);
}
