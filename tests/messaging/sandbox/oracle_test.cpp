#include "messaging/sandbox/oracle.hpp"

#include "tests/messaging/sandbox/sandbox_world.hpp"

#include <catch2/catch.hpp>

using Json = nlohmann::json;
using messaging::sandbox::FaultPlan;
using messaging::sandbox::retry_wait;
using messaging::sandbox::sequence_number;
using tests::SandboxWorld;
using namespace std::chrono_literals;

namespace {

Json verdict(SandboxWorld& w) {
    return Json::parse(w.model.oracle().json());
}

void use(SandboxWorld& w, const std::string& plan) {
    auto parsed = FaultPlan::parse(plan);
    REQUIRE(parsed.ok());
    w.model.set_faults(std::move(parsed).value(), w.now());
}

}  // namespace

TEST_CASE("the oracle counts duplicates by what was said", "[sandbox][oracle]") {
    SandboxWorld w;
    w.posted("a #1");
    w.posted("a #1");
    w.posted("b #2");
    w.post({{"roomId", w.direct.id}, {"text", "a #1"}});
    w.posted("a #1", "person-token");
    const auto seen = verdict(w);
    CHECK(seen["requests"] == 5);
    CHECK(seen["stored"] == 4);
    CHECK(seen["distinct"] == 3);
    CHECK(seen["duplicates"] == 1);
    CHECK(seen["duplicatesAfterLostAnswer"] == 0);
    CHECK(seen["orderViolations"] == 0);
    for (const auto& room : seen["rooms"]) {
        if (room["roomId"] != w.group.id) continue;
        CHECK(room["duplicates"] == 1);
        CHECK(room["duplicateList"][0]["text"] == "a #1");
        CHECK(room["lastSequence"] == 2);
    }
    w.model.oracle().reset();
    CHECK(verdict(w)["stored"] == 0);
}

TEST_CASE("files with the same name and other bytes are no duplicates", "[sandbox][oracle]") {
    SandboxWorld w;
    const auto upload = [&](const std::string& bytes) {
        const auto body = "--b\r\nContent-Disposition: form-data; name=\"roomId\"\r\n\r\n" +
                          w.group.id +
                          "\r\n--b\r\nContent-Disposition: form-data; name=\"files\"; "
                          "filename=\"a\"\r\n\r\n" +
                          bytes + "\r\n--b--\r\n";
        return w.call("POST", "/messages", body, "bot-token", "multipart/form-data; boundary=b");
    };
    REQUIRE(upload("one").status == 200);
    upload("two");
    CHECK(verdict(w)["duplicates"] == 0);
    upload("two");
    CHECK(verdict(w)["duplicates"] == 1);
}

TEST_CASE("the oracle sees order broken within a room", "[sandbox][oracle]") {
    SandboxWorld w;
    for (const auto* text : {"#1", "#2", "#4", "#3", "#5"})
        w.posted(text);
    w.post({{"roomId", w.direct.id}, {"text", "#1"}});
    CHECK(verdict(w)["orderViolations"] == 1);
    w.posted("#2");  // a late copy is a duplicate, not a second sin
    CHECK(verdict(w)["orderViolations"] == 1);
    CHECK(verdict(w)["duplicates"] == 1);
}

TEST_CASE("the oracle knows what was stored although the sender heard otherwise",
          "[sandbox][oracle]") {
    SandboxWorld w;
    use(w, R"({"rules":[{"method":"POST","count":1,
                         "action":{"kind":"commitThenFail","status":502}}]})");
    w.posted("x");
    CHECK(verdict(w)["storedThenFailed"] == 1);
    w.posted("x");
    CHECK(verdict(w)["duplicatesAfterLostAnswer"] == 1);
}

TEST_CASE("the oracle counts requests that did not wait", "[sandbox][oracle]") {
    SandboxWorld w;
    use(w, R"({"rules":[{"method":"POST","count":1,
                         "action":{"kind":"fail","status":429,"retryAfter":"3"}}]})");
    const auto early = [&] { return verdict(w)["earlyRequests"].get<int>(); };
    w.posted("a");
    w.clock.advance(50ms);
    w.posted("b");
    CHECK(early() == 0);  // was on its way
    w.clock.advance(1s);
    w.call("GET", "/people/me");
    CHECK(early() == 0);  // another kind of request
    w.posted("c");
    CHECK(early() == 1);
    w.clock.advance(1'950ms);
    w.posted("d");
    CHECK(early() == 1);
}

TEST_CASE("Retry-After is read as seconds or as a date", "[sandbox][oracle]") {
    const resilience::Clock::WallTime now{std::chrono::seconds{784'111'777}};
    CHECK(retry_wait("12", now) == 12s);
    CHECK(retry_wait("Sun, 06 Nov 1994 08:49:40 GMT", now) == 3s);
    CHECK_FALSE(retry_wait("rand(30),add(30)", now));
    CHECK_FALSE(retry_wait("", now));
    CHECK_FALSE(retry_wait("Sun, 06 Nov 1994 08:49:40 CET", now));
}

TEST_CASE("a sequence number is the first # with digits", "[sandbox][oracle]") {
    CHECK(sequence_number("report #12 of #20") == 12U);
    CHECK(sequence_number("# heading #7") == 7U);
    CHECK_FALSE(sequence_number("no number"));
    CHECK_FALSE(sequence_number("#99999999999999999999999"));
}
