#include "resilience/classify.hpp"

#include "resilience/retry.hpp"

#include <catch2/catch.hpp>

#include <string>

using resilience::Classifier;
using resilience::ErrorClass;
using resilience::FailureInfo;
using resilience::FailureKind;
using resilience::Profile;
using resilience::Scope;
using resilience::Verdict;
using namespace std::chrono_literals;

namespace {

constexpr resilience::Clock::WallTime kNow{std::chrono::seconds{1'795'312'800}};

Verdict classify(const FailureInfo& failure, Profile profile = Profile::kDefault) {
    return Classifier(profile).classify(failure, kNow);
}

Verdict text(std::string_view message, Profile profile = Profile::kDefault) {
    return classify({.message = message}, profile);
}

Verdict status(int status, std::string_view message = {}, Profile profile = Profile::kDefault) {
    const FailureInfo failure{
        .kind = FailureKind::kHttpStatus, .status = status, .message = message};
    return classify(failure, profile);
}

Verdict code(FailureKind kind, std::string_view code, Profile profile = Profile::kDefault) {
    return classify({.kind = kind, .code = code}, profile);
}

bool is(const Verdict& verdict, ErrorClass cls, Scope scope, std::string_view rule) {
    CAPTURE(to_string(verdict.cls), to_string(verdict.scope), verdict.rule);
    CHECK(verdict.cls == cls);
    CHECK(verdict.scope == scope);
    CHECK(verdict.rule == rule);
    return true;
}

}  // namespace

TEST_CASE("digits inside other things are no status", "[classify]") {
    for (const char* message :
         {"listening on 127.0.0.1:40329", "connect to host:503 gave up", "port 5000", "port 503",
          "image 1504x1504", "model tts-0429", "key sk-502abc502", "processed 503 records",
          "took 504 ms", "row 429 of 500", "503", "id 503-404", "item 502.5",
          "429 messages waiting", "see RFC 429", "error at line 503: oops"}) {
        CAPTURE(message);
        CHECK(text(message).rule == "unknown");
    }
}

TEST_CASE("a number in HTTP context is a status", "[classify]") {
    for (const char* message :
         {"HTTP 503", "HTTP/1.1 503", "HTTP/2 503", "status 503", "status: 503", "status=503",
          "Request failed with status code 503", "{\"status\":503}", "503 Service Unavailable",
          "[503] Service Unavailable", "HTTP Error 503: whatever", "503 Server Error: x for url: y",
          "server responded with 503", "(503, 'Service Unavailable')"}) {
        CAPTURE(message);
        CHECK(text(message).rule == "http_503");
    }
    CHECK(text("HTTP 503", Profile::kWebex).rule == "webex_503");
    CHECK(text("[429] Too Many Requests - slow").cls == ErrorClass::kRateLimited);
    CHECK(text("404 Client Error: Not Found for url: https://x/503").rule == "http_404");
}

TEST_CASE("words inside other things do not match", "[classify]") {
    for (const char* message :
         {"could not write timeout.png", "timeoutless mode is on", "see /var/log/timeout/503.log",
          "for url: https://example.com/timeout?status=503", "rated limits", "the proxyless way",
          "ssl", "certificate", "proxy"}) {
        CAPTURE(message);
        CHECK(text(message).rule == "unknown");
    }
}

TEST_CASE("tracking ids and quoted text of users never match", "[classify]") {
    for (const char* message :
         {"odd answer, tracking id ROUTERGW_503-timeout-1", "NA_429-throttled-4 was odd",
          "odd: CLIENT_timeout-1_1", "odd: ROUTER_5F05-timeout",
          "cannot post message \"connection reset by peer\"", "markdown: 'timed out'",
          "text=\"HTTP 503\" was odd", "{\"text\": \"request timed out\"}",
          "post \xE2\x80\x9Ctimed out\xE2\x80\x9D was odd"}) {
        CAPTURE(message);
        CHECK(text(message).rule == "unknown");
    }
}

TEST_CASE("what a person said behind a colon decides nothing", "[classify]") {
    for (const char* message :
         {"user said: 503 Service Unavailable", "the user wrote: request timed out",
          "message: \"503 Service Unavailable\"", "Message: 'request timed out' was odd"}) {
        CAPTURE(message);
        CHECK(text(message).rule == "unknown");
    }
    CHECK(text("user said: timed out\nHTTP 503").rule == "http_503");
    CHECK(text("the server said: 503 Service Unavailable").rule == "http_503");
    CHECK(text("message: 503 Service Unavailable").rule == "http_503");
}

TEST_CASE("a number behind the word error alone is no status", "[classify]") {
    for (const char* message : {"error 503", "Error: 503", "error code 503", "error 503: oops"})
        CHECK(text(message).rule == "unknown");
}

TEST_CASE("quoted errors do match", "[classify]") {
    CHECK(text("('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))")
              .rule == "text_cut_off");
    CHECK(text("{\"message\":\"Too many requests\"}").rule == "text_rate_limited");
    CHECK(text("error \"connection refused\"").rule == "text_not_connected");
    CHECK(text("can't connect to server").rule == "text_not_connected");
}

TEST_CASE("a text of a megabyte takes no longer than its bytes", "[classify]") {
    for (const char* unit : {"NA_", "ROUTER_", "CLIENT_NA_", "ROUTERGW_-"}) {
        std::string text;
        while (text.size() < 1'000'000)
            text += unit;
        CHECK(classify({.message = text}).rule == "unknown");
    }
}

TEST_CASE("a quote that is never closed hides nothing", "[classify]") {
    CHECK(text("said 'well, the request timed out").rule == "text_timeout");
}

TEST_CASE("texts of real libraries are understood", "[classify]") {
    using enum ErrorClass;
    CHECK(text("Operation timed out after 10000 milliseconds with 0 bytes received").cls ==
          kAmbiguous);
    CHECK(
        text("HTTPSConnectionPool(host='x', port=443): Max retries exceeded with url: /v1 (Caused "
             "by NewConnectionError('Failed to establish a new connection: [Errno 111] "
             "Connection refused'))")
            .rule == "text_not_connected");
    CHECK(text("HTTPSConnectionPool(host='x', port=443): Read timed out. (read timeout=60)").rule ==
          "text_cut_off");
    CHECK(text("Received HTTP code 407 from proxy after CONNECT").rule == "proxy_credentials");
    CHECK(text("Received HTTP code 403 from proxy after CONNECT").rule == "proxy_refused");
    CHECK(text("SSL certificate problem: self-signed certificate").rule == "text_certificate");
    CHECK(text("x509: certificate signed by unknown authority").rule == "text_certificate");
    CHECK(text("java.net.SocketTimeoutException: Read timed out").rule == "text_cut_off");
    CHECK(text("requests.exceptions.Timeout: slow").rule == "text_timeout");
    CHECK(text("MONTHLY_REQUEST_COUNT reached").rule == "text_quota");
    CHECK(text("429 Too Many Requests: insufficient_quota").rule == "text_quota");
    CHECK(text("Invalid API key provided").rule == "text_credentials");
    CHECK(text("Session timeout, please sign in again").cls == kAuth);
    CHECK(text("rejected by content policy").cls == kPermanent);
    CHECK(text("token limit exceeded").cls == kPermanent);
    CHECK(text("operation canceled").rule == "text_cancelled");
    CHECK(text("Bad gateway").cls == kAmbiguous);
    CHECK(text("service unavailable", Profile::kWebex).cls == kTransient);
}

TEST_CASE("an unknown text is permanent unless the caller says otherwise", "[classify]") {
    CHECK(is(text("something odd"), ErrorClass::kPermanent, Scope::kMessage, "unknown"));
    CHECK(text("").rule == "unknown");
    const Classifier open(Profile::kDefault, ErrorClass::kAmbiguous);
    CHECK(open.classify({.message = "something odd"}, kNow).cls == ErrorClass::kAmbiguous);
    CHECK(open.classify({.message = "404 not found"}, kNow).cls == ErrorClass::kPermanent);
}

TEST_CASE("Webex statuses and texts decide class and scope", "[classify]") {
    using enum ErrorClass;
    using enum Scope;
    const auto webex = [](int code, std::string_view message) {
        return status(code, message, Profile::kWebex);
    };
    is(webex(401,
             "The request requires a valid access token set in the Authorization request "
             "header."),
       kAuth, kBot, "http_401");
    is(webex(407, ""), kAuth, kBot, "http_407");
    is(webex(403, "Failed to get activity."), kPermanent, kRoom, "webex_403");
    is(webex(404, "{\"message\":\"Could not find a room with provided ID.\"}"), kPermanent, kRoom,
       "webex_room_not_found");
    is(webex(404, "{\"message\":\"Failed to find user with specified email address.\"}"),
       kPermanent, kMessage, "webex_person_not_found");
    is(webex(404, "Unable to get message."), kPermanent, kMessage, "webex_message_not_found");
    is(webex(404, "The requested resource could not be found."), kPermanent, kRoom, "webex_404");
    is(webex(400, "Both text and file cannot be empty."), kPermanent, kMessage, "http_400");
    is(webex(400, "Unable to post message to room: \"The request payload is too big\""), kPermanent,
       kMessage, "webex_payload_too_big");
    is(webex(400, "x: Message length limited to 7439 characters before encryption and 10000"),
       kPermanent, kMessage, "webex_text_too_long");
    is(webex(400, "Unable to retrieve content"), kPermanent, kMessage, "webex_content_unreachable");
    is(webex(409, "User is already a participant in the room."), kPermanent, kMessage,
       "http_other_4xx");
    is(webex(423, ""), kTransient, kMessage, "webex_423");
    is(webex(429, "<html>Too many</html>"), kRateLimited, kBot, "http_429");
    is(webex(500, ""), kAmbiguous, kMessage, "http_500");
    is(webex(502, "Failed to create room."), kAmbiguous, kMessage, "http_502");
    is(webex(503, ""), kTransient, kMessage, "webex_503");
    is(webex(504, ""), kAmbiguous, kMessage, "http_504");
}

TEST_CASE("faults of name resolution and TLS concern the whole bot", "[classify]") {
    using enum ErrorClass;
    using enum Scope;
    using enum FailureKind;
    is(code(kDns, "EAI_NONAME", Profile::kWebex), kTransient, kBot, "dns_unknown_host");
    is(code(kDns, "EAI_NONAME"), kPermanent, kBot, "dns_unknown_host");
    is(code(kDns, "EAI_AGAIN"), kTransient, kBot, "dns_try_again");
    is(classify({.kind = kDns, .message = "Name or service not known"}), kPermanent, kBot,
       "dns_unknown_host");
    for (const char* fault :
         {"CERT_HOSTNAME_MISMATCH", "CERT_EXPIRED", "CERT_UNTRUSTED", "CERT_SELF_SIGNED"}) {
        is(code(kTls, fault, Profile::kWebex), kPermanent, kBot, "tls_certificate");
    }
    is(code(kTls, "ALERT_PROTOCOL_VERSION"), kPermanent, kBot, "tls_refused");
    is(code(kTls, "HANDSHAKE_INTERRUPTED"), kTransient, kMessage, "tls_interrupted");
    is(code(kTls, "ALERT_INTERNAL_ERROR"), kTransient, kMessage, "tls_interrupted");
    is(classify({.kind = kTls, .message = "SSL certificate problem: certificate has expired"}),
       kPermanent, kBot, "tls_certificate");
}

TEST_CASE("a certificate fault that is not named is worth one repeat and no more", "[classify]") {
    using enum ErrorClass;
    using enum Scope;
    for (const char* named :
         {"certificate verify failed: self-signed certificate in certificate chain",
          "SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed: certificate has expired",
          "x509: certificate signed by unknown authority",
          "SSL certificate problem: unable to get local issuer certificate"}) {
        INFO(named);
        CHECK(text(named).cls == kPermanent);
        CHECK_FALSE(text(named).repeats_max);
    }
    const auto unnamed = text("unknown certificate verification error");
    is(unnamed, kTransient, kBot, "certificate_unnamed");
    CHECK(unnamed.repeats_max == 1U);
    is(classify({.kind = FailureKind::kTls, .message = "SSL certificate problem: x"}), kTransient,
       kBot, "certificate_unnamed");
    CHECK(resilience::to_error(unnamed, "x").repeats_max == 1U);

    resilience::RetryState state({.max_attempts = 10}, resilience::Idempotency::kIdempotent, {});
    CHECK(state.on_failure(resilience::to_failure(unnamed), {}, 0.5).retry);
    const auto second = state.on_failure(resilience::to_failure(unnamed), {}, 0.5);
    CHECK_FALSE(second.retry);
    CHECK(second.reason == resilience::GiveUp::kAttemptsExhausted);
}

TEST_CASE("what was sent decides whether a cut call may have happened", "[classify]") {
    using enum ErrorClass;
    using enum FailureKind;
    for (const auto kind : {kSend, kReceive, kReadTimeout}) {
        CHECK(classify({.kind = kind, .bytes_sent = 0}).cls == kTransient);
        CHECK(classify({.kind = kind, .bytes_sent = 1}).cls == kAmbiguous);
        CHECK(classify({.kind = kind}).cls == kAmbiguous);
    }
    CHECK(code(kConnect, "ECONNREFUSED").cls == kTransient);
    CHECK(code(kConnect, "EACCES").cls == kPermanent);
    CHECK(code(kConnectTimeout, "").cls == kTransient);
    CHECK(code(kHttp2, "REFUSED_STREAM").cls == kTransient);
    CHECK(code(kHttp2, "GOAWAY").cls == kAmbiguous);
    CHECK(classify({.kind = kHttp2, .code = "GOAWAY", .message = "stream above last id"}).cls ==
          kTransient);
    CHECK(code(kHttp2, "INTERNAL_ERROR").cls == kAmbiguous);
    CHECK(classify({.kind = kMalformedResponse, .status = 201}).rule == "unreadable_success");
    CHECK(classify({.kind = kMalformedResponse, .status = 401}).rule == "http_401");
    CHECK(classify({.kind = kMalformedResponse}).rule == "unreadable_response");
}

TEST_CASE("a refusing proxy is judged by its status", "[classify]") {
    using enum ErrorClass;
    const auto proxy = [](int status) {
        return classify({.kind = FailureKind::kProxy, .status = status}).cls;
    };
    CHECK(proxy(407) == kAuth);
    CHECK(proxy(403) == kPermanent);
    CHECK(proxy(503) == kTransient);
    CHECK(proxy(0) == kTransient);
}

TEST_CASE("codes of files and of exceptions are looked at before their text", "[classify]") {
    using enum ErrorClass;
    using enum FailureKind;
    CHECK(code(kLocalIo, "ENOENT").cls == kPermanent);
    CHECK(code(kLocalIo, "EMFILE").cls == kTransient);
    CHECK(code(kLocalIo, "").cls == kPermanent);
    CHECK(classify({.code = "ECONNREFUSED", .message = "timeout"}).rule == "code_not_sent");
    CHECK(classify({.code = "ECONNRESET", .message = "odd"}).rule == "code_cut_off");
    CHECK(classify({.code = "ENOENT", .message = "connection reset"}).cls == kPermanent);
    CHECK(classify({.code = "CERT_EXPIRED"}).rule == "tls_certificate");
    CHECK(classify({.code = "EAI_NONAME"}).rule == "dns_unknown_host");
    CHECK(classify({.code = "E_ODD", .message = "request timed out"}).rule == "text_timeout");
}

TEST_CASE("bad requests are permanent although transports report them", "[classify]") {
    for (const char* fault :
         {"BAD_URL", "UNSUPPORTED_PROTOCOL", "BAD_HEADER", "TOO_MANY_REDIRECTS"}) {
        CHECK(code(FailureKind::kConnect, fault).rule == "bad_request");
        CHECK(code(FailureKind::kReceive, fault).rule == "bad_request");
    }
}

TEST_CASE("what we refused ourselves is not repeated", "[classify]") {
    using enum ErrorClass;
    is(classify({.kind = FailureKind::kCancelled}), kPermanent, Scope::kMessage, "cancelled");
    is(classify({.kind = FailureKind::kCircuitOpen}), kPermanent, Scope::kBot, "circuit_open");
    is(classify({.kind = FailureKind::kProgramming, .message = "timeout"}), kPermanent,
       Scope::kMessage, "programming");
}

TEST_CASE("a wait is reported for a refusal with a date alone", "[classify]") {
    const auto with_date = [](int status) {
        return classify({.kind = FailureKind::kHttpStatus, .status = status, .retry_after = "9"});
    };
    for (const int refusal : {403, 413, 423, 429, 503, 529}) {
        CHECK(with_date(refusal).cls == ErrorClass::kRateLimited);
        CHECK(with_date(refusal).server_delay == 9s);
    }
    for (const int other : {400, 401, 404, 500, 502, 504}) {
        CHECK(with_date(other).cls == status(other).cls);
        CHECK_FALSE(with_date(other).server_delay.has_value());
    }
}

TEST_CASE("statuses without a rule are permanent", "[classify]") {
    CHECK(status(418).rule == "http_other_4xx");
    for (const int code : {501, 505, 508, 510}) {
        CHECK(status(code).rule == "http_other_5xx");
        CHECK(status(code).cls == ErrorClass::kPermanent);
    }
    CHECK(status(302).rule == "http_unexpected");
    CHECK(status(-7).rule == "http_unexpected");
}

TEST_CASE("the strict profile repeats nothing for words alone", "[classify]") {
    CHECK(text("request timed out", Profile::kStrict).rule == "strict_words");
    CHECK(text("HTTP 429", Profile::kStrict).cls == ErrorClass::kPermanent);
    CHECK(text("HTTP 401", Profile::kStrict).cls == ErrorClass::kAuth);
    CHECK(status(503, "", Profile::kStrict).cls == ErrorClass::kAmbiguous);
}

TEST_CASE("the literal profile matches twelve words anywhere", "[classify]") {
    for (const char* message : {"port 5035", "SSL", "bad Certificate", "no proxy", "a TIMEOUT b"}) {
        CAPTURE(message);
        CHECK(text(message, Profile::kLiteral).cls == ErrorClass::kTransient);
    }
    CHECK(text("oops", Profile::kLiteral).cls == ErrorClass::kPermanent);
    CHECK(status(429, "", Profile::kLiteral).cls == ErrorClass::kTransient);
    CHECK(status(404, "", Profile::kLiteral).cls == ErrorClass::kPermanent);
    CHECK(code(FailureKind::kReceive, "EOF", Profile::kLiteral).cls == ErrorClass::kTransient);
    CHECK(code(FailureKind::kProgramming, "", Profile::kLiteral).cls == ErrorClass::kPermanent);
}

TEST_CASE("what people wrote in the quotes of their language decides nothing", "[classify]") {
    for (const char* quoted :
         {"\xE2\x80\x98rate limit\xE2\x80\x99",
          "\xE2\x80\x98it wasn\xE2\x80\x99t a rate limit\xE2\x80\x99",
          "\xE2\x80\x9Erate limit\xE2\x80\x9C", "\xE2\x80\x9Erate limit\xE2\x80\x9D",
          "\xE2\x80\x9Arate limit\xE2\x80\x98", "\xC2\xAB rate limit \xC2\xBB",
          "\xE2\x80\xB9rate limit\xE2\x80\xBA", "\xE3\x80\x8Crate limit\xE3\x80\x8D",
          "\xE3\x80\x8Erate limit\xE3\x80\x8F"}) {
        CAPTURE(quoted);
        CHECK(text(std::string("could not render ") + quoted + " as a title").rule == "unknown");
        // What follows the quote counts again.
        CHECK(text(std::string(quoted) + ": connection refused").rule == "text_not_connected");
    }
    // Never closed, or no quote at all: nothing is hidden.
    CHECK(text("caf\xC3\xA9 \xC2\xAB connection refused").rule == "text_not_connected");
    CHECK(text("can\xE2\x80\x99t reach it: connection refused").rule == "text_not_connected");
}

TEST_CASE("what a database or broker undid or put off is repeated", "[classify]") {
    for (const char* message :
         {"sqlite3.OperationalError: database is locked", "database table is locked: orders",
          "ERROR:  deadlock detected", "Deadlock found when trying to get lock; try restarting",
          "ERROR:  could not serialize access due to concurrent update",
          "Lock wait timeout exceeded; try restarting transaction",
          "FATAL:  sorry, too many clients already", "ERROR 1040 (HY000): Too many connections",
          "FATAL:  the database system is starting up", "LEADER_NOT_AVAILABLE",
          "NOT_LEADER_OR_FOLLOWER: it has moved"}) {
        CAPTURE(message);
        CHECK(text(message).rule == "text_not_carried_out");
        CHECK(text(message).cls == ErrorClass::kTransient);
    }
    // Written by the leader, and perhaps kept: a repeat may double it.
    CHECK(text("NOT_ENOUGH_REPLICAS_AFTER_APPEND").cls != ErrorClass::kTransient);
    CHECK(text("invalid page: database is locked").cls == ErrorClass::kPermanent);
    CHECK(text("the locked database").rule == "unknown");
}

TEST_CASE("profiles have names both ways", "[classify]") {
    CHECK_FALSE(resilience::parse_profile("nosuch").has_value());
    for (const auto profile :
         {Profile::kDefault, Profile::kWebex, Profile::kStrict, Profile::kLiteral}) {
        CHECK(resilience::parse_profile(to_string(profile)) == profile);
    }
}
