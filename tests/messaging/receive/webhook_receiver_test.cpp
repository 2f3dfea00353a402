#include "messaging/receive/webhook_receiver.hpp"

#include "messaging/webex/signature.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace http = messaging::http;
using messaging::receive::InboundEvent;
using messaging::receive::judge;
using messaging::receive::Verdict;
using messaging::receive::WebhookReceiver;
using resilience::permanent_error;
using resilience::Result;

namespace {

constexpr std::string_view kSecret = "s3cret";
const std::string kBody =
    R"({"id":"H","resource":"messages","event":"created","data":{"id":"M1","roomId":"R1"}})";

http::ServerRequest signed_call(const std::string& body, std::string_view secret = kSecret) {
    http::ServerRequest request;
    request.method = "POST";
    request.path = "/webhook";
    request.body = body;
    request.headers = {{"x-spark-signature", messaging::webex::webhook_signature(secret, body)}};
    return request;
}

// A receiver with a ledger that answers when the test says so.
struct Bench {
    std::vector<InboundEvent> recorded;
    std::vector<WebhookReceiver::Recorded> waiting;
    std::vector<InboundEvent> delivered;
    std::vector<Verdict> refused;
    std::vector<http::ServerResponse> answers;
    std::unique_ptr<WebhookReceiver> receiver;

    Bench() {
        auto opened = WebhookReceiver::open(
            {.secret = std::string(kSecret),
             .accept =
                 [this](const InboundEvent& event, WebhookReceiver::Recorded done) {
                     recorded.push_back(event);
                     waiting.push_back(std::move(done));
                 },
             .deliver = [this](const InboundEvent& event) { delivered.push_back(event); },
             .refused = [this](const Verdict& verdict,
                               const std::string&) { refused.push_back(verdict); }});
        REQUIRE(opened.ok());
        receiver = std::move(opened).value();
    }

    void call(const http::ServerRequest& request) {
        receiver->handle(request, [this](http::ServerResponse response) {
            answers.push_back(std::move(response));
        });
    }
};

}  // namespace

TEST_CASE("a receiver without a secret is not opened", "[webhook]") {
    auto opened = WebhookReceiver::open(
        {.secret = "",
         .accept = [](const InboundEvent&, const WebhookReceiver::Recorded&) {},
         .deliver = [](const InboundEvent&) {}});
    REQUIRE_FALSE(opened.ok());
    CHECK_THAT(opened.error().message, Catch::Contains("no webhook secret"));
    CHECK_FALSE(WebhookReceiver::open({.secret = "x", .accept = {}, .deliver = {}}).ok());
}

TEST_CASE("a call with a missing or wrong signature gets 401 and is never parsed", "[webhook]") {
    auto unsigned_call = signed_call(kBody);
    unsigned_call.headers.clear();
    auto tampered = signed_call(kBody);
    tampered.body += " ";
    for (const auto& request :
         {unsigned_call, tampered, signed_call(kBody, "other"), signed_call("{broken", "other")}) {
        Bench bench;
        bench.call(request);
        REQUIRE(bench.answers.size() == 1);
        CHECK(bench.answers[0].status == 401);
        CHECK(bench.recorded.empty());
        CHECK(bench.delivered.empty());
        CHECK(bench.receiver->counters().bad_signature == 1);
        REQUIRE(bench.refused.size() == 1);
        CHECK(bench.refused[0].kind == Verdict::Kind::kBadSignature);
    }
}

TEST_CASE("a call that is not a POST gets 405 and is told what is allowed", "[webhook]") {
    Bench bench;
    auto request = signed_call(kBody);
    request.method = "GET";
    bench.call(request);
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].status == 405);
    CHECK(http::find_header(bench.answers[0].headers, "Allow") == "POST");
    CHECK(bench.receiver->counters().malformed == 1);
}

TEST_CASE("a well signed call with broken JSON gets 400", "[webhook]") {
    Bench bench;
    bench.call(signed_call("{broken"));
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].status == 400);
    CHECK_THAT(bench.answers[0].body, Catch::Contains("not JSON"));
    CHECK(bench.receiver->counters().malformed == 1);
    CHECK(bench.recorded.empty());
}

TEST_CASE("an event that cannot be recorded gets 503 and is not worked on", "[webhook]") {
    Bench bench;
    bench.call(signed_call(kBody));
    bench.waiting.at(0)(permanent_error("disk full"));
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].status == 503);
    CHECK(http::find_header(bench.answers[0].headers, "Retry-After") == "5");
    CHECK(bench.delivered.empty());
    CHECK(bench.receiver->counters().ledger_failed == 1);
}

TEST_CASE("an event of no use gets 200 and is not recorded", "[webhook]") {
    Bench bench;
    bench.call(signed_call(R"({"resource":"rooms","event":"created","data":{"id":"R"}})"));
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].status == 200);
    CHECK(bench.recorded.empty());
    CHECK(bench.receiver->counters().ignored == 1);
    CHECK(bench.refused.at(0).reason == "no use for rooms/created");
}

TEST_CASE("an event is answered only once it is durable, then delivered", "[webhook]") {
    Bench bench;
    bench.call(signed_call(kBody));
    REQUIRE(bench.recorded.size() == 1);
    CHECK(bench.recorded[0].id == "M1");
    CHECK(bench.answers.empty());
    CHECK(bench.delivered.empty());

    bench.waiting.at(0)(true);
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].status == 200);
    REQUIRE(bench.delivered.size() == 1);
    CHECK(bench.delivered[0] == bench.recorded[0]);
    CHECK(bench.receiver->counters().accepted == 1);

    SECTION("a ledger that reports twice changes nothing") {
        bench.waiting.at(0)(true);
        CHECK(bench.answers.size() == 1);
        CHECK(bench.delivered.size() == 1);
    }
    SECTION("the same event told again gets 200 and is not delivered again") {
        bench.call(signed_call(kBody));
        bench.waiting.at(1)(false);
        REQUIRE(bench.answers.size() == 2);
        CHECK(bench.answers[1].status == 200);
        CHECK(bench.delivered.size() == 1);
        CHECK(bench.receiver->counters().duplicates == 1);
    }
}

TEST_CASE("the receiver may go while an event is still being recorded", "[webhook]") {
    Bench bench;
    bench.call(signed_call(kBody));
    bench.receiver.reset();
    bench.waiting.at(0)(true);
    CHECK(bench.answers.size() == 1);
    CHECK(bench.delivered.size() == 1);
}

TEST_CASE("judging alone records nothing and names the event", "[webhook]") {
    const auto verdict = judge(signed_call(kBody), kSecret);
    CHECK(verdict.kind == Verdict::Kind::kAccept);
    CHECK(verdict.status == 200);
    REQUIRE(verdict.event);
    CHECK(verdict.event->room_id == "R1");
    CHECK(judge(signed_call(kBody, ""), "").status == 401);
}
