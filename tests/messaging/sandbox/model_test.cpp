#include "tests/messaging/sandbox/sandbox_world.hpp"

#include <catch2/catch.hpp>

using Json = nlohmann::json;
using tests::SandboxWorld;

TEST_CASE("the same requests, times and random numbers give the same answers", "[sandbox][model]") {
    const auto run = [] {
        SandboxWorld w;
        std::string all;
        for (int i = 0; i < 20; ++i) {
            all += w.post({{"roomId", w.group.id}, {"markdown", "*n* " + std::to_string(i)}}).body;
            all += w.call("GET", "/people/me").body;
            w.clock.advance(std::chrono::milliseconds{7});
        }
        return all + w.model.take_effects().events;
    };
    CHECK(run() == run());
}

TEST_CASE("a refusal by the rules is not turned into a lost answer", "[sandbox][model]") {
    SandboxWorld w;
    REQUIRE(w.model.set_trouble("answers_lost", std::chrono::seconds{0}, w.now()));
    const auto response = w.post({{"roomId", w.group.id}});
    CHECK(response.status == 400);
    CHECK_FALSE(response.misbehaviour.cut_after);
}

TEST_CASE("the plan goes on behind a trouble that only slows", "[sandbox][model]") {
    SandboxWorld w;
    auto plan = messaging::sandbox::FaultPlan::parse(
        R"({"rules":[{"action":{"kind":"fail","status":500}}]})");
    REQUIRE(plan.ok());
    w.model.set_faults(std::move(plan).value(), w.now());
    REQUIRE(w.model.set_trouble("slow", std::chrono::seconds{0}, w.now()));
    const auto response = w.call("GET", "/people/me");
    CHECK(response.status == 500);
    CHECK(response.misbehaviour.delay == std::chrono::seconds{3});
}

TEST_CASE("links name the host that was asked", "[sandbox][model]") {
    SandboxWorld w;
    messaging::http::ServerRequest request;
    request.method = "GET";
    request.path = "/v1/rooms";
    request.query = "max=1";
    request.headers = {{"Host", "localhost:7"}, {"Authorization", "Bearer bot-token"}};
    const auto response = w.model.handle(request, w.now());
    CHECK(tests::header(response, "Link").rfind("<http://localhost:7/v1/rooms?", 0) == 0);
}
