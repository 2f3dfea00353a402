#include "messaging/webex/errors.hpp"

#include <catch2/catch.hpp>

using namespace messaging;
using resilience::ErrorClass;
using resilience::FailureKind;
using resilience::Scope;
using webex::call_failure;
using webex::parse_error_body;

namespace {

http::Request post() {
    http::Request request;
    request.method = "POST";
    request.url = "https://webexapis.com/v1/messages?x=private";
    request.bearer_token = "secret-token";
    return request;
}

webex::CallFailure judge(const http::Outcome& outcome) {
    static const resilience::Classifier classifier(resilience::Profile::kWebex);
    auto failed = call_failure(post(), outcome, classifier, resilience::VirtualClock{}.wall_now());
    CHECK(failed.error.message.find("secret-token") == std::string::npos);
    CHECK(failed.error.message.find("private") == std::string::npos);
    CHECK(failed.error.message.find('\n') == std::string::npos);
    return failed;
}

std::string body_of(const std::string& text) {
    return R"({"message":")" + text + R"(","errors":[{"description":")" + text +
           R"("}],"trackingId":"ROUTERGW_5c5523e7"})";
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("error bodies of every kind become one line", "[errors]") {
    CHECK(parse_error_body("").message.empty());
    CHECK(parse_error_body("[]").message == "[]");
    CHECK(parse_error_body("{}").message.empty());
    CHECK(parse_error_body(R"({"message":7})").message.empty());
    CHECK(parse_error_body("upstream connect error\r\n  reset").message ==
          "upstream connect error reset");
    CHECK(parse_error_body("<html><head><title>429 Too Many Requests</title></head>"
                           "<body><h1>Too Many Requests</h1></body></html>")
              .message == "429 Too Many Requests Too Many Requests");
    CHECK(parse_error_body(R"({"message":"a\nb","trackingId":"ROUTER_1"})").message == "a b");
    CHECK(parse_error_body(R"({"message":"x","trackingId":"ROUTER 1"})").tracking_id.empty());
    const auto vague = parse_error_body(
        R"({"message":"Bad request. See 'errors' for more details.",
            "errors":[{"description":"a is missing"},7,{"description":"b too"}]})");
    CHECK(vague.message == "a is missing b too");
    const auto cut = parse_error_body(R"({"message":"cut in the mid)").message;
    CHECK(has(cut, "cut in the mid"));
    std::string longest;
    for (int i = 0; i < 1'000; ++i)
        longest += "\xC3\xBC";
    CHECK(parse_error_body(longest).message.size() < 310);
}

TEST_CASE("a refusal names the call, the status, the text, a cure and the tracking id",
          "[errors]") {
    const auto failed = judge(
        http::Response{.status = 404, .body = body_of("Could not find a room with provided ID.")});
    CHECK(failed.error.message ==
          "POST /v1/messages: HTTP 404, Could not find a room with provided ID. (add the bot to "
          "the room, or correct the room id) [tracking id ROUTERGW_5c5523e7]");
    CHECK(failed.status == 404);
    CHECK(failed.tracking_id == "ROUTERGW_5c5523e7");
    CHECK(failed.error.cls == ErrorClass::kPermanent);
    CHECK(failed.error.scope == Scope::kRoom);
    CHECK(failed.error.rule == "webex_room_not_found");
}

TEST_CASE("the texts that Webex is known to send are judged and cured", "[errors]") {
    struct Case {
        int status;
        const char* text;
        ErrorClass cls;
        Scope scope;
        const char* cure;
    };
    const auto known = GENERATE(values<Case>({
        {401, "The request requires a valid access token set in the Authorization request header.",
         ErrorClass::kAuth, Scope::kBot, "WEBEX_ACCESS_TOKEN"},
        {400,
         "Message length limited to 7439 characters before encryption and 10000 characters after "
         "encryption.",
         ErrorClass::kPermanent, Scope::kMessage, "split the text"},
        {400, "Unable to post message to room: \\\"The request payload is too big\\\"",
         ErrorClass::kPermanent, Scope::kMessage, "smaller card"},
        {400, "Unable to retrieve content", ErrorClass::kPermanent, Scope::kMessage, "reachable"},
        {404, "Failed to find user with specified email address.", ErrorClass::kPermanent,
         Scope::kMessage, "e-mail address"},
        {403, "Failed to get activity.", ErrorClass::kPermanent, Scope::kRoom, "mention it"},
        {502, "Failed to create room.", ErrorClass::kAmbiguous, Scope::kMessage, ""},
    }));
    INFO(known.text);
    const auto failed = judge(http::Response{.status = known.status, .body = body_of(known.text)});
    CHECK(failed.error.cls == known.cls);
    CHECK(failed.error.scope == known.scope);
    CHECK(has(failed.error.message, known.cure));
}

TEST_CASE("a rate limit carries its wait, in JSON and in HTML", "[errors]") {
    const auto body = GENERATE(
        std::string{"<html><body><h1>Too Many Requests</h1></body></html>"},
        body_of("The user has sent too many requests in a given amount of time."), std::string{});
    const auto failed = judge(
        http::Response{.status = 429,
                       .headers = {{"Retry-After", "3600"}, {"Trackingid", "ROUTERGW_0e5c9a52"}},
                       .body = body});
    CHECK(failed.error.cls == ErrorClass::kRateLimited);
    CHECK(failed.error.retry_after == std::chrono::hours{1});
    CHECK(failed.tracking_id == "ROUTERGW_0e5c9a52");
}

TEST_CASE("a failure without an answer says whether anything was sent", "[errors]") {
    http::Failure refused;
    refused.kind = FailureKind::kConnect;
    refused.code = "ECONNREFUSED";
    refused.bytes_sent = 0;
    refused.message = "Failed to connect to webexapis.com port 443";
    const auto failed = judge(refused);
    CHECK(failed.error.message ==
          "POST /v1/messages: Failed to connect to webexapis.com port 443 [ECONNREFUSED]; nothing "
          "was sent");
    CHECK(failed.error.cls == ErrorClass::kTransient);
    CHECK(failed.status == 0);

    http::Failure late;
    late.kind = FailureKind::kReadTimeout;
    late.bytes_sent = 400;
    late.message = "Operation timed out";
    CHECK(judge(late).error.cls == ErrorClass::kAmbiguous);

    http::Failure untrusted;
    untrusted.kind = FailureKind::kTls;
    untrusted.code = "CERT_UNTRUSTED";
    untrusted.message = "SSL certificate problem";
    CHECK(has(judge(untrusted).error.message, "CA file"));
    CHECK(judge(untrusted).error.scope == Scope::kBot);
}

TEST_CASE("the token in an incoming webhook's address stays out of the text", "[errors]") {
    http::Request request;
    request.method = "POST";
    request.url = "https://webexapis.com/v1/webhooks/incoming/Y2lzc2VjcmV0";
    const auto failed = call_failure(request, http::Response{.status = 404},
                                     resilience::Classifier(resilience::Profile::kWebex), {});
    CHECK(has(failed.error.message, "POST /v1/webhooks/incoming/…: HTTP 404"));
    CHECK_FALSE(has(failed.error.message, "Y2lzc2VjcmV0"));
}
