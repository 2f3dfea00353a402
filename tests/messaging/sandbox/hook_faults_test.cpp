#include "messaging/sandbox/hook_queue.hpp"
#include "tests/messaging/sandbox/sandbox_world.hpp"

#include <catch2/catch.hpp>

using Json = nlohmann::json;
using messaging::sandbox::FaultPlan;
using messaging::sandbox::hook_signature;
using messaging::sandbox::HookPost;
using messaging::sandbox::reformatted_json;
using tests::SandboxWorld;
using namespace std::chrono_literals;

namespace {

/// A sandbox with one webhook of the bot, about messages.
struct Hooked : SandboxWorld {
    explicit Hooked(const Json& rules) {
        const Json hook = {{"name",
                            "Gr\xC3\xBC\xC3\x9F"
                            "e"},
                           {"targetUrl", "http://127.0.0.1:2/hook"},
                           {"resource", "messages"},
                           {"event", "created"},
                           {"secret", "s3cret"}};
        id = Json::parse(call("POST", "/webhooks", hook.dump()).body)["id"].get<std::string>();
        auto plan = FaultPlan::parse(Json{{"hooks", rules}}.dump());
        INFO((plan.ok() ? "" : plan.error().message));
        REQUIRE(plan.ok());
        model.set_faults(std::move(plan).value(), now());
        model.take_effects();
    }

    void say(const std::string& text) {
        post({{"roomId", direct.id}, {"text", text}}, "person-token");
    }
    /// What is to be delivered now.
    std::vector<HookPost> due() {
        model.tick(now());
        return model.take_effects().hooks;
    }
    /// Delivers all that is due, and what follows from that; gives the texts in order.
    std::string deliver(bool ok = true) {
        std::string all;
        for (auto posts = due(); !posts.empty(); posts = due()) {
            for (const auto& one : posts) {
                all += text_of(one);
                model.hook_delivered(one, ok, now());
            }
        }
        return all;
    }
    std::string text_of(const HookPost& post) {
        const auto message = Json::parse(post.body)["data"]["id"].get<std::string>();
        return world.message(message)->text;
    }
    bool is_active() { return world.webhook(id)->active; }
    Json counts() { return Json::parse(model.oracle().json())["hooks"]; }

    std::string id;
};

Json rule(const Json& action, Json fields = Json::object()) {
    fields["action"] = action;
    return Json::array({fields});
}

}  // namespace

TEST_CASE("a delivery can be lost, which nobody counts as a failure", "[sandbox][hooks]") {
    Hooked w(rule({{"kind", "drop"}}, {{"first", 2}, {"count", 1}}));
    for (const auto* text : {"a", "b", "c"})
        w.say(text);
    CHECK(w.deliver() == "ac");
    CHECK(w.counts() == Json{{"owed", 3}, {"sent", 2}, {"failed", 0}});
}

TEST_CASE("deliveries that are made to fail switch the webhook off", "[sandbox][hooks]") {
    SECTION("at the hundredth") {
        Hooked w(rule({{"kind", "fail"}}));
        for (int i = 0; i < 99; ++i)
            w.say("x");
        CHECK(w.is_active());
        w.say("x");
        CHECK_FALSE(w.is_active());
        CHECK(w.deliver().empty());
        CHECK(w.counts() == Json{{"owed", 100}, {"sent", 0}, {"failed", 100}});
    }
    SECTION("at once where the plan says so, until it is re-activated") {
        Hooked w(rule({{"kind", "disable"}}, {{"count", 1}}));
        w.say("a");
        CHECK_FALSE(w.is_active());
        w.say("b");
        CHECK(w.deliver().empty());
        const Json active = {
            {"name", "h"}, {"targetUrl", "http://127.0.0.1:2/"}, {"status", "active"}};
        w.call("PUT", "/webhooks/" + w.id, active.dump());
        w.say("c");
        CHECK(w.deliver(false) == "c");
        CHECK_FALSE(w.is_active());  // one failure soon after re-activation is enough
    }
}

TEST_CASE("signatures can be wrong or missing", "[sandbox][hooks]") {
    const bool missing = GENERATE(true, false);
    Hooked w(rule({{"kind", missing ? "noSignature" : "wrongSignature"}}, {{"count", 1}}));
    w.say("a");
    const auto bad = w.due().at(0);
    CHECK(bad.signature.size() == (missing ? 0U : 40U));
    CHECK(bad.signature != hook_signature("s3cret", bad.body));
    w.say("b");
    const auto good = w.due().at(0);
    CHECK(good.signature == hook_signature("s3cret", good.body));
}

TEST_CASE("a body can look otherwise, signed as it is sent", "[sandbox][hooks]") {
    Hooked w(rule({{"kind", "reformat"}}));
    w.say("a");
    const auto post = w.due().at(0);
    CHECK(post.body.find("\"name\": \"Gr\\u00fc\\u00dfe\", ") != std::string::npos);
    CHECK(post.signature == hook_signature("s3cret", post.body));
    CHECK(w.text_of(post) == "a");
    CHECK(reformatted_json(R"({"a":[1,"x:,\"y\\",{}]})") == R"({"a": [1, "x:,\"y\\", {}]})");
}

TEST_CASE("deliveries come late", "[sandbox][hooks]") {
    Hooked w(rule({{"kind", "delay"}, {"delayMs", 700}}, {{"count", 1}}));
    w.say("a");
    w.say("b");
    CHECK(w.deliver() == "b");
    CHECK(w.model.has_late_hooks());
    CHECK(w.model.next_tick(w.now()) == 700ms);
    w.clock.advance(699ms);
    CHECK(w.due().empty());
    w.clock.advance(1ms);
    CHECK(w.deliver() == "a");
    CHECK_FALSE(w.model.next_tick(w.now()));
}

TEST_CASE("deliveries come twice, the second after the first", "[sandbox][hooks]") {
    Hooked w(rule({{"kind", "duplicate"}, {"times", 3}}, {{"count", 1}}));
    w.say("a");
    const auto first = w.due();
    REQUIRE(first.size() == 1);
    CHECK(w.due().empty());
    w.model.hook_delivered(first[0], false, w.now());
    CHECK(w.deliver() == "aa");
    w.say("b");
    CHECK(w.deliver() == "b");
    CHECK(w.counts()["sent"] == 4);
}

TEST_CASE("deliveries overtake each other", "[sandbox][hooks]") {
    Hooked w(rule({{"kind", "reorder"}, {"delayMs", 5'000}}, {{"count", 1}}));
    w.say("a");
    CHECK(w.due().empty());
    SECTION("when there is another one") {
        w.say("b");
        const auto next = w.due();
        REQUIRE(next.size() == 1);
        CHECK(w.text_of(next[0]) == "b");
        CHECK(w.due().empty());  // not before the other has arrived
        w.model.hook_delivered(next[0], true, w.now());
        CHECK(w.deliver() == "a");
        w.clock.advance(5s);
        CHECK(w.due().empty());
    }
    SECTION("or come late when there is none") {
        w.clock.advance(5s);
        CHECK(w.deliver() == "a");
    }
    SECTION("or never, when the webhook is gone") {
        w.call("DELETE", "/webhooks/" + w.id);
        w.clock.advance(5s);
        CHECK(w.due().empty());
    }
    SECTION("or never, after a reset") {
        w.model.reset(w.now());
        w.clock.advance(5s);
        CHECK(w.due().empty());
    }
}

TEST_CASE("failed deliveries are repeated only where the plan says so", "[sandbox][hooks]") {
    Hooked w(rule({{"kind", "retry"}, {"times", 2}, {"delayMs", 1'000}}, {{"count", 1}}));
    w.say("a");
    CHECK(w.deliver(false) == "a");
    w.clock.advance(1s);
    CHECK(w.deliver(false) == "a");
    w.clock.advance(1s);
    CHECK(w.deliver(false) == "a");
    w.clock.advance(1h);
    CHECK(w.deliver().empty());
    CHECK(w.counts() == Json{{"owed", 1}, {"sent", 3}, {"failed", 3}});
    w.say("b");
    CHECK(w.deliver(false) == "b");
    w.clock.advance(1h);
    CHECK(w.deliver().empty());
}

TEST_CASE("misfortunes of webhooks choose and combine", "[sandbox][hooks]") {
    SandboxWorld other;
    Json rules = rule({{"kind", "drop"}}, {{"room", other.group.id}});
    rules.push_back({{"event", "deleted"}, {"action", {{"kind", "drop"}}}});
    rules.push_back({{"resource", "rooms"}, {"action", {{"kind", "drop"}}}});
    rules.push_back({{"person", "nobody@example.com"}, {"action", {{"kind", "drop"}}}});
    rules.push_back({{"startMs", 60'000}, {"action", {{"kind", "drop"}}}});
    rules.push_back({{"action", {{"kind", "delay"}, {"delayMs", 100}}}});
    rules.push_back({{"action", {{"kind", "delay"}, {"delayMs", 200}}}});
    rules.push_back({{"action", {{"kind", "noSignature"}}}});
    Hooked w(rules);
    w.say("a");
    w.posted("in the group");
    CHECK(w.due().empty());
    w.clock.advance(300ms);
    const auto posts = w.due();
    REQUIRE(posts.size() == 1);
    CHECK(w.text_of(posts[0]) == "a");
    CHECK(posts[0].signature.empty());
    w.clock.advance(60s);
    w.say("b");
    w.clock.advance(300ms);
    CHECK(w.due().empty());
}
