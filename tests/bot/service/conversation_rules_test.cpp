// What the ledger has of a conversation, and what people may not do.
#include "bot/service/conversation.hpp"
#include "tests/bot/service/talk.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <thread>

using bot::commands::Command;
using bot::commands::say;
using Catch::Contains;
using messaging::http::Response;
using messaging::outbox::RunEnd;
using messaging::receive::InboundEvent;
using tests::Talk;

using namespace std::chrono_literals;

namespace {

using Answers = std::vector<std::string>;

Command command(std::string name, bot::commands::Handler handler) {
    return {.name = std::move(name), .summary = "S", .handler = std::move(handler)};
}

Command ping() {
    return command("ping", [](const auto&, const auto&, const auto&) { return say("pong"); });
}

}  // namespace

TEST_CASE("each command is in the ledger with who, where, what and how it ended",
          "[conversation]") {
    resilience::VirtualClock* time = nullptr;
    Talk talk({ping(),
               command("no", [](const auto&, const auto&,
                                const auto&) { return bot::commands::refuse("no"); }),
               command("broken",
                       [](const auto&, const auto&, const auto&) {
                           return bot::commands::refuse("sorry", "the file is gone");
                       }),
               command("slow", [&time](const auto&, const auto&, const auto&) {
                   time->advance(3s);
                   return say("done");
               })});
    time = &talk.clock;
    int number = 0;
    for (const auto* text : {"ping", "no", "broken", "slow", "nosuch"})
        talk.say("m" + std::to_string(++number), text);
    CHECK(talk.answers().size() == 5);
    const auto runs = talk.ledger.list({}).value();
    REQUIRE(runs.size() == 5);
    CHECK(runs[4].name == "ping");
    CHECK(runs[4].end == RunEnd::kOk);
    CHECK(runs[4].who == "robin@example.com");
    CHECK(runs[4].where == "ops");
    CHECK(runs[3].end == RunEnd::kRefused);
    CHECK(runs[2].what == "broken");
    CHECK(runs[2].end == RunEnd::kFailed);
    CHECK(runs[2].reason == "the file is gone");
    CHECK(runs[1].took == 3s);
    CHECK(runs[0].name == "unknown");
    CHECK(runs[0].end == RunEnd::kRefused);
}

TEST_CASE("who may not, or asks too fast, is told so, and the ledger says why", "[conversation]") {
    Talk talk({ping(), command("secret", [](const auto&, const auto&, const auto&) {
                   return say("the secret");
               })});
    talk.config.permissions = {{.command = "secret", .domains = {"example.org"}}};
    talk.config.cool_downs = {{.command = "ping", .user = 10s}};
    talk.say("m1", "secret");
    talk.say("m2", "ping");
    talk.say("m3", "ping");
    CHECK(talk.answers().size() == 3);
    talk.clock.advance(10s);
    talk.say("m4", "ping", "other");
    CHECK(talk.answers() ==
          Answers{"You may not use `secret`; the operators say in my configuration who may.",
                  "pong", "`ping` was asked 0 s ago; again in 10 s."});
    CHECK(talk.answers("other") == Answers{"pong"});
    const auto runs = talk.ledger.list({}).value();
    CHECK(runs.at(3).end == RunEnd::kRefused);
    CHECK(runs.at(3).reason == "not allowed");
    CHECK(runs.at(1).end == RunEnd::kRefused);
    CHECK(runs.at(1).reason == "too fast");
}

TEST_CASE("whoever presses a button has the permissions of their address", "[conversation]") {
    Talk talk({command("secret",
                       [](const auto&, const auto&, const auto&) { return say("the secret"); })});
    talk.config.permissions = {{.command = "secret", .emails = {"robin@example.com"}}};
    std::string members = R"([{"id":"1","roomId":"ops","personId":"robin","personEmail":)"
                          R"("robin@example.com","created":"2026-11-27T00:00:00Z"}])";
    talk.answer_with([&](const auto& request) {
        if (request.url.find("/memberships") != std::string::npos) {
            return Response{.status = 200, .body = R"({"items":)" + members + "}"};
        }
        return Response{.status = 200,
                        .body = R"({"id":"a1","type":"submit","messageId":"m1","personId":"robin",)"
                                R"("roomId":"ops","inputs":{"command":"secret"}})"};
    });
    const auto press = [&](const std::string& id) {
        auto event = Talk::event(id);
        event.kind = InboundEvent::Kind::kCardAction;
        event.person_email.clear();  // Webex sends none
        talk.tell(event);
        return talk.answers().back();
    };
    CHECK(press("a1") == "the secret");
    members = "[]";
    CHECK_THAT(press("a2"), Contains("You may not use `secret`"));
    CHECK_THAT(talk.log(), Contains("cannot tell who has pressed a button"));
}
