#include "messaging/sandbox/fault_plan.hpp"

#include "messaging/sandbox/trouble.hpp"
#include "tests/messaging/sandbox/sandbox_world.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <sstream>

using Json = nlohmann::json;
using messaging::sandbox::FaultPlan;
using messaging::sandbox::glob_match;
using tests::header;
using tests::SandboxWorld;
using namespace std::chrono_literals;

namespace {

void use(SandboxWorld& w, const Json& rules) {
    auto plan = FaultPlan::parse(Json{{"rules", rules}}.dump());
    INFO((plan.ok() ? "" : plan.error().message));
    REQUIRE(plan.ok());
    w.model.set_faults(std::move(plan).value(), w.now());
}

std::string problem(const std::string& plan) {
    const auto parsed = FaultPlan::parse(plan);
    return parsed.ok() ? "" : parsed.error().message;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

const Json kPosts = {{"method", "POST"}, {"path", "/v1/messages"}};

Json rule(Json fields, const Json& action) {
    fields["action"] = action;
    return fields;
}

}  // namespace

TEST_CASE("a plan that cannot be used says where and why", "[sandbox][faults]") {
    CHECK(has(problem("x"), "must be a JSON object"));
    CHECK(has(problem(R"({"rule":[]})"), "rule is not a known field"));
    CHECK(has(problem(R"({"rules":{}})"), "rules must be a list"));
    CHECK(has(problem(R"({"rules":[{}]})"), "rule 1: action is missing"));
    CHECK(has(problem(R"({"rules":[{"action":{"kind":"explode"}}]})"), "rule 1.action: kind"));
    CHECK(has(problem(R"({"rules":[{"action":{"kind":"fail","status":99}}]})"), "status"));
    CHECK(has(problem(R"({"rules":[{"first":0,"action":{"kind":"fail"}}]})"), "first"));
    CHECK(has(problem(R"({"rules":[{"probability":2,"action":{"kind":"fail"}}]})"), "probability"));
    CHECK(
        has(problem(R"({"rules":[{"pth":"/","action":{"kind":"fail"}}]})"), "pth is not a known"));
    CHECK(
        has(problem(R"({"rules":[{"action":{"status":500}}]})"), "rule 1.action: kind is missing"));
    CHECK(has(problem(R"({"rules":[{"action":{"kind":"delay","dripBytes":1}}]})"), "dripMs"));
    CHECK(has(problem(R"({"rules":[{"action":{"kind":"commitThenFail","cutAfter":1,
                                              "cutBodyAfter":1}}]})"),
              "together with cutAfter"));
    CHECK(has(problem(R"({"rules":[{"action":{"kind":"fail","cutBodyAfter":40}}]})"),
              "commitThenFail"));
    CHECK(has(problem(R"({"rules":[{"room":"x","action":{"kind":"cutRequest"}}]})"), "by room"));
    CHECK(has(problem(R"({"rules":[{"action":{"kind":"scan","verdict":"dirty"}}]})"),
              "clean, infected, unscannable"));
    CHECK(has(problem(R"({"hooks":[{}]})"), "hook rule 1: action is missing"));
    CHECK(has(problem(R"({"hooks":[{"action":{"kind":"explode"}}]})"), "hook rule 1.action: kind"));
    CHECK(has(problem(R"({"hooks":[{"path":"/","action":{"kind":"drop"}}]})"), "path is not a"));
    CHECK(has(problem(R"({"hooks":[{"action":{"kind":"duplicate","times":0}}]})"), "times"));
    CHECK(problem(R"({"seed":3,"rules":[{"action":{"kind":"hang"}}]})").empty());
    CHECK(problem(R"({"hooks":[{"action":{"kind":"drop"}}]})").empty());
}

TEST_CASE("the examples of docs/sandbox.md are plans that can be used", "[sandbox][faults]") {
    std::ifstream file(std::string(SOURCE_ROOT) + "/docs/sandbox.md");
    const std::string page((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    std::size_t examples = 0;
    for (auto at = page.find("```json\n"); at != std::string::npos;
         at = page.find("```json\n", at + 8)) {
        const auto example = page.substr(at + 8, page.find("\n```", at) - at - 8);
        CHECK(problem(example).empty());
        ++examples;
    }
    CHECK(examples >= 4);
    // What a plan may say stands there: the complaint about an unknown kind lists them all.
    for (const auto* list : {"rules", "hooks"}) {
        const auto told = problem(R"({")" + std::string(list) + R"(":[{"action":{"kind":"x"}}]})");
        std::istringstream kinds(told.substr(told.find("one of ") + 7));
        for (std::string kind; std::getline(kinds >> std::ws, kind, ',');) {
            INFO(kind);
            CHECK(has(page, "`" + kind + "`"));
        }
    }
}

TEST_CASE("a star in a path stands for anything", "[sandbox][faults]") {
    CHECK(glob_match("/v1/*", "/v1/messages/x"));
    CHECK(glob_match("*/direct", "/v1/messages/direct"));
    CHECK(glob_match("/v1/messages", "/v1/messages"));
    CHECK_FALSE(glob_match("/v1/messages", "/v1/messages/x"));
    CHECK_FALSE(glob_match("/v1/*/x", "/v1/a/y"));
    CHECK(glob_match("*a*a*a*a*b", std::string(5'000, 'a') + "b"));
}

TEST_CASE("commit-then-fail and fail-without-commit look alike", "[sandbox][faults]") {
    const Json shape =
        GENERATE(Json{{"status", 502}, {"body", "html"}}, Json{{"status", 504}, {"body", "empty"}},
                 Json{{"status", 500}}, Json{{"status", 0}}, Json{{"status", 0}, {"reset", true}},
                 Json{{"status", 0}, {"cutAfter", 40}},
                 Json{{"status", 503}, {"cutBodyAfter", 9}, {"dripBytes", 1}, {"dripMs", 5}});
    const auto run = [&shape](const char* kind, std::size_t& stored) {
        SandboxWorld w;
        auto action = shape;
        action["kind"] = kind;
        use(w, Json::array({rule(kPosts, action)}));
        auto response = w.post({{"roomId", w.group.id}, {"text", "x"}});
        stored = w.group.messages.size();
        return response;
    };
    std::size_t committed = 0;
    std::size_t refused = 0;
    const auto a = run("commitThenFail", committed);
    const auto b = run("fail", refused);
    CHECK(committed == 1);
    CHECK(refused == 0);
    CHECK(a.status == b.status);
    CHECK(a.misbehaviour.cut_after == b.misbehaviour.cut_after);
    CHECK(a.misbehaviour.cut_body_after == b.misbehaviour.cut_body_after);
    CHECK(a.misbehaviour.drip_bytes == b.misbehaviour.drip_bytes);
    CHECK(a.misbehaviour.reset == b.misbehaviour.reset);
    CHECK(header(a, "Content-Type") == header(b, "Content-Type"));
    if (shape["status"] != 0 && shape.contains("body")) CHECK(a.body == b.body);
}

TEST_CASE("bodies of failures", "[sandbox][faults]") {
    SandboxWorld w;
    const auto answer = [&](Json action) {
        action["kind"] = "fail";
        use(w, Json::array({rule(Json::object(), action)}));
        return w.call("GET", "/people/me");
    };
    CHECK(header(answer({{"status", 429}, {"body", "html"}, {"retryAfter", 3'600}}),
                 "Retry-After") == "3600");
    CHECK(header(answer({{"status", 429}, {"retryAfter", "rand(30),add(30)"}}), "Retry-After") ==
          "rand(30),add(30)");
    CHECK(header(answer({{"status", 429}, {"retryDateS", 3}}), "Retry-After") ==
          "Sun, 22 Nov 2026 02:00:03 GMT");
    CHECK(header(answer({{"status", 503}, {"body", "html"}}), "Content-Type") == "text/html");
    CHECK(answer({{"status", 503}, {"body", "html"}}).body.size() == 162);
    CHECK(answer({{"status", 504}, {"body", "html"}}).body.size() == 132);
    CHECK(answer({{"status", 503}, {"body", "text"}}).body.size() == 95);
    CHECK(answer({{"status", 500}, {"body", "empty"}}).body.empty());
    const auto truncated = answer({{"status", 500}, {"body", "truncated"}});
    CHECK(std::stoul(header(truncated, "Content-Length")) > truncated.body.size());
    const auto wrong = answer({{"status", 502}, {"body", "mislabelled"}});
    CHECK(header(wrong, "Content-Type") == "application/json;charset=UTF-8");
    CHECK(wrong.body.rfind("<html>", 0) == 0);
    CHECK(tests::error_text(answer({{"status", 500}, {"message", "own text"}})) == "own text");
}

TEST_CASE("rules choose their requests", "[sandbox][faults]") {
    SandboxWorld w;
    const Json fail = {{"kind", "fail"}, {"status", 503}};
    const auto statuses = [&](int count) {
        std::string all;
        for (int i = 0; i < count; ++i) {
            all += w.call("GET", "/people/me").status == 200 ? '.' : 'x';
        }
        return all;
    };
    SECTION("the n-th and some more") {
        use(w, Json::array({rule({{"first", 3}, {"count", 2}}, fail)}));
        CHECK(statuses(6) == "..xx..");
    }
    SECTION("every k-th") {
        use(w, Json::array({rule({{"first", 2}, {"every", 3}}, fail)}));
        CHECK(statuses(8) == ".x..x..x");
    }
    SECTION("a share of them, the same ones each time") {
        use(w, Json::array({rule({{"probability", 0.5}}, fail)}));
        const auto once = statuses(64);
        use(w, Json::array({rule({{"probability", 0.5}}, fail)}));
        CHECK(statuses(64) == once);
        CHECK(std::count(once.begin(), once.end(), 'x') > 16);
        CHECK(std::count(once.begin(), once.end(), 'x') < 48);
    }
    SECTION("each path by itself") {
        use(w, Json::array({rule({{"perPath", true}, {"count", 1}}, fail)}));
        CHECK(statuses(3) == "x..");
        CHECK(w.call("GET", "/rooms").status == 503);
        CHECK(w.call("GET", "/rooms").status == 200);
    }
    SECTION("within a window of time") {
        use(w, Json::array({rule({{"startMs", 1'000}, {"endMs", 2'000}}, fail)}));
        CHECK(statuses(1) == ".");
        w.clock.advance(1'500ms);
        CHECK(statuses(1) == "x");
        w.clock.advance(1s);
        CHECK(statuses(1) == ".");
    }
    SECTION("of one room, also in a form") {
        use(w, Json::array({rule({{"room", w.group.id}}, fail)}));
        CHECK(w.post({{"roomId", w.group.id}, {"text", "x"}}).status == 503);
        CHECK(w.post({{"roomId", w.direct.id}, {"text", "x"}}).status == 200);
        const auto body = "--b\r\nContent-Disposition: form-data; name=\"roomId\"\r\n\r\n" +
                          w.group.id + "\r\n--b--\r\n";
        CHECK(w.call("POST", "/messages", body, "bot-token", "multipart/form-data; boundary=b")
                  .status == 503);
    }
    SECTION("of one person, and unless a query allows it") {
        use(w, Json::array(
                   {rule({{"person", "demo@example.com"}, {"unlessQuery", "allow=x"}}, fail)}));
        CHECK(statuses(1) == ".");
        CHECK(w.call("GET", "/people/me", "", "person-token").status == 503);
        CHECK(w.call("GET", "/people/me?allow=x", "", "person-token").status == 200);
    }
}

TEST_CASE("delays, hangs and refused tokens", "[sandbox][faults]") {
    SandboxWorld w;
    const auto answer = [&](const Json& action) {
        use(w, Json::array({rule(Json::object(), action)}));
        return w.post({{"roomId", w.group.id}, {"text", "x"}});
    };
    const auto late = answer({{"kind", "delay"}, {"delayMs", 70}});
    CHECK(late.status == 200);
    CHECK(late.misbehaviour.delay == 70ms);
    CHECK(w.group.messages.size() == 1);
    CHECK(answer({{"kind", "hang"}}).misbehaviour.hang);
    CHECK(w.group.messages.size() == 1);
    CHECK(answer({{"kind", "tokenRefused"}}).status == 401);
    const auto slow_loss =
        answer({{"kind", "commitThenFail"}, {"status", 504}, {"delayMs", 90'000}});
    CHECK(slow_loss.misbehaviour.delay == 90s);
    CHECK(w.group.messages.size() == 2);
}

TEST_CASE("a rate limit says when to come back", "[sandbox][faults]") {
    SandboxWorld w;
    use(w, Json::array({rule(
               kPosts,
               {{"kind", "rateLimit"}, {"requests", 2}, {"periodMs", 5'000}, {"byRoom", true}})}));
    const auto post = [&](const std::string& room) {
        return w.post({{"roomId", room}, {"text", "x"}});
    };
    CHECK(post(w.group.id).status == 200);
    CHECK(post(w.group.id).status == 200);
    w.clock.advance(1'200ms);
    const auto refused = post(w.group.id);
    CHECK(refused.status == 429);
    CHECK(header(refused, "Retry-After") == "4");
    CHECK(post(w.direct.id).status == 200);
    w.clock.advance(4s);
    CHECK(post(w.group.id).status == 200);
}

TEST_CASE("the page's troubles meet bots alone and end by themselves", "[sandbox][faults]") {
    SandboxWorld w;
    const auto set = [&](const char* mode) { REQUIRE(w.model.set_trouble(mode, 20s, w.now())); };
    const auto me = [&] { return w.call("GET", "/people/me").status; };
    const auto post = [&](const std::string& token = "bot-token") {
        return w.post({{"roomId", w.group.id}, {"text", "x"}}, token);
    };
    CHECK_FALSE(w.model.set_trouble("earthquake", 1s, w.now()));

    SECTION("unavailable") {
        set("unavailable");
        CHECK(me() == 503);
        CHECK(post("person-token").status == 200);
        w.clock.advance(20s);
        CHECK(me() == 200);
        CHECK(has(w.model.trouble().json(w.now()), "\"mode\":\"none\",\"endsAt\":null"));
    }
    SECTION("throttled") {
        set("throttled");
        CHECK(me() == 200);
        CHECK(post().status == 429);
        CHECK(header(post(), "Retry-After") == "3");
    }
    SECTION("answers lost") {
        set("answers_lost");
        CHECK(post().misbehaviour.cut_after == 0U);
        CHECK(w.group.messages.size() == 1);
    }
    SECTION("slow") {
        set("slow");
        CHECK(post().misbehaviour.delay == 3s);
    }
    SECTION("token refused") {
        set("token_refused");
        CHECK(me() == 401);
        CHECK(post("person-token").status == 200);
    }
    SECTION("until changed") {
        REQUIRE(w.model.set_trouble("unavailable", 0s, w.now()));
        w.clock.advance(24h);
        CHECK(me() == 503);
        set("none");
        CHECK(me() == 200);
    }
}
