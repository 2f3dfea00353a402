#include "resilience/event.hpp"

#include "resilience/blocking.hpp"
#include "resilience/presets.hpp"
#include "resilience/redact.hpp"
#include "resilience/retry_metrics.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using resilience::Dialect;
using resilience::Error;
using resilience::ErrorClass;
using resilience::Event;
using resilience::EventKind;
using resilience::GiveUp;
using resilience::Instant;
using resilience::redact;
using resilience::RepeatFilter;
using resilience::RetryMetrics;
using resilience::Scope;
using resilience::Severity;
using resilience::to_line;
using namespace std::chrono_literals;

namespace {

const Error kError{ErrorClass::kTransient, Scope::kMessage, "connection refused",
                   "text_not_connected"};

Event retry_of(std::string_view operation, std::uint32_t attempt, std::uint32_t most) {
    return {.kind = EventKind::kRetry,
            .operation = operation,
            .attempt = attempt,
            .max_attempts = most,
            .error = &kError};
}

Event end_of(std::string_view operation, std::uint32_t attempts, GiveUp reason) {
    return {.kind = EventKind::kGaveUp,
            .operation = operation,
            .attempt = attempts,
            .max_attempts = 3,
            .error = &kError,
            .reason = reason};
}

Event success_of(std::string_view operation, std::uint32_t attempt) {
    return {
        .kind = EventKind::kSuccess, .operation = operation, .attempt = attempt, .max_attempts = 3};
}

}  // namespace

TEST_CASE("no name of an operation or a rule breaks the line or shows a secret", "[event]") {
    const Error error{ErrorClass::kTransient, Scope::kMessage, "away", "my\nrule"};
    for (const auto dialect : {Dialect::kCarousel, Dialect::kBackoff, Dialect::kWebex,
                               Dialect::kClip, Dialect::kKeyValue}) {
        for (const auto kind : {EventKind::kRetry, EventKind::kGaveUp}) {
            const auto line = to_line(
                dialect,
                {.kind = kind, .operation = "a\nINFO forged token=S3cr3tPw", .error = &error});
            CAPTURE(line);
            CHECK(line.find_first_of("\n\r") == std::string::npos);
            CHECK(line.find("S3cr3tPw") == std::string::npos);
        }
    }
}

TEST_CASE("[S0.5] the carousel dialect tells attempts with one decimal", "[events]") {
    auto event = retry_of("publish", 1, 5);
    event.delay = 2s;
    CHECK(to_line(Dialect::kCarousel, event) == "Attempt 1/5 failed, retrying in 2.0s");
    CHECK(to_line(Dialect::kCarousel, end_of("publish", 3, GiveUp::kAttemptsExhausted)) ==
          "All retry attempts failed");
    CHECK(to_line(Dialect::kCarousel, end_of("publish", 1, GiveUp::kAuth)) ==
          "Attempt 1/3 failed, not retried: auth");
}

TEST_CASE("[S2.30] [S2.31] the backoff dialect tells operation and wait", "[events]") {
    auto event = retry_of("kafka_publish", 2, 3);
    event.delay = 2150ms;
    CHECK(to_line(Dialect::kBackoff, event) ==
          "Retry attempt 2/3 failed for kafka_publish, waiting 2.15s");
    CHECK(to_line(Dialect::kBackoff, success_of("X", 2)) == "Retry succeeded for X");
    CHECK(to_line(Dialect::kBackoff, end_of("X", 3, GiveUp::kAttemptsExhausted)) ==
          "All retry attempts exhausted for X");
    CHECK(to_line(Dialect::kBackoff, end_of("X", 1, GiveUp::kPermanent)) ==
          "Not retried (permanent): X");
}

TEST_CASE("[S3.48] the Webex dialect tells all four lines", "[events]") {
    auto event = retry_of("send_message", 1, 3);
    event.delay = 2s;
    CHECK(to_line(Dialect::kWebex, event) ==
          "⚠️ send_message attempt 1/3 failed: text_not_connected: connection refused. "
          "Retrying in 2.00s...");
    CHECK(to_line(Dialect::kWebex, success_of("send_message", 2)) ==
          "✅ send_message succeeded on attempt 2/3");
    CHECK(to_line(Dialect::kWebex, end_of("send_message", 3, GiveUp::kAttemptsExhausted)) ==
          "❌ send_message failed after 3 attempts. Last error: text_not_connected: connection "
          "refused");
    CHECK(to_line(Dialect::kWebex, end_of("send_message", 1, GiveUp::kPermanent)) ==
          "❌ send_message failed with non-retryable exception: text_not_connected: connection "
          "refused");
}

TEST_CASE("[S4.53] the clip dialect counts retries", "[events]") {
    CHECK(to_line(Dialect::kClip, end_of("Clip download", 4, GiveUp::kAttemptsExhausted)) ==
          "Clip download failed after 3 attempts");
    CHECK(to_line(Dialect::kClip, success_of("Clip download", 2)) ==
          "Clip download succeeded on attempt 2");
    auto event = retry_of("Clip download", 1, 4);
    event.delay = 1s;
    CHECK(to_line(Dialect::kClip, event) ==
          "Clip download retry 1 in 1s after text_not_connected: connection refused");
    CHECK(to_line(Dialect::kClip, end_of("Clip download", 1, GiveUp::kPermanent)) ==
          "Clip download failed, not retriable: text_not_connected: connection refused");
}

TEST_CASE("the machine dialect tells all fields", "[events]") {
    auto event = retry_of("a \"b\"", 1, 3);
    event.delay = 1500ms;
    event.total_delay = 2s;
    event.maybe_duplicate = true;
    CHECK(to_line(Dialect::kKeyValue, event) ==
          "event=retry operation=\"a \\\"b\\\"\" attempt=1 max_attempts=3 retries=0 delay_s=1.500 "
          "total_delay_s=2.000 maybe_duplicate=true class=transient type=text_not_connected "
          "error=\"connection refused\"");
    auto unlimited = success_of("x", 2);
    unlimited.max_attempts = resilience::kUnlimitedAttempts;
    CHECK(to_line(Dialect::kKeyValue, unlimited) ==
          "event=success operation=\"x\" attempt=2 retries=1 total_delay_s=0.000");
    CHECK(to_line(Dialect::kWebex, unlimited) == "✅ x succeeded on attempt 2");
}

TEST_CASE("retries warn, ends are errors, successes are information", "[events]") {
    CHECK(severity_of(retry_of("x", 1, 3)) == Severity::kWarning);
    CHECK(severity_of(end_of("x", 3, GiveUp::kAuth)) == Severity::kError);
    CHECK(severity_of(success_of("x", 1)) == Severity::kInfo);
}

TEST_CASE("no credential comes through redaction", "[redact]") {
    const std::string token(64, 'Z');
    const std::string webex = token + "_PF84_1eb65fdf-9643-417f-9974-ad72cae0e10f";
    const std::vector<std::string> texts{"Authorization: Bearer " + webex,
                                         "authorization=Basic dXNlcjpTRUNSRVQ=",
                                         "{\"Authorization\":\"Bearer SECRET\"}",
                                         "got Bearer SECRET1 back",
                                         "https://user:SECRET@host/path",
                                         "https://SECRET@host",
                                         "GET https://host/p?token=SECRET&x=1",
                                         "password: SECRET",
                                         "{\"access_token\": \"SECRET\"}",
                                         "api_key=SECRET,",
                                         "id " + webex,
                                         "https://host/hooks/" + webex,
                                         "Proxy-Authorization: SECRET"};
    for (const auto& text : texts) {
        CAPTURE(text);
        const auto shown = redact(text);
        CHECK(shown.find("SECRET") == std::string::npos);
        CHECK(shown.find("ZZZ") == std::string::npos);
        CHECK(shown.find("dXNlc") == std::string::npos);
        CHECK(shown.find("[redacted]") != std::string::npos);
    }
}

TEST_CASE("a secret goes whole, however it is quoted and its key is spelt", "[redact]") {
    for (const char* text : {R"({"password": "correct horse S3cr3tPw"})",
                             R"({"secret":"one S3cr3tPw two","x":1})",
                             R"({"password":"a\"S3cr3tPw"})",
                             R"({"token":{"value":"S3cr3tPw"}})",
                             R"(token=["S3cr3tPw"])",
                             R"({\"password\":\"S3cr3tPw\"})",
                             "password='a b S3cr3tPw'",
                             "DB_PASSWORD=S3cr3tPw",
                             "WEBEX_ACCESS_TOKEN=S3cr3tPw",
                             "X-Spark-Signature: S3cr3tPw",
                             "X-Auth-Token: S3cr3tPw",
                             "X-API-Key: S3cr3tPw",
                             "clientSecret: S3cr3tPw",
                             "accessToken=S3cr3tPw",
                             "pwd=S3cr3tPw",
                             "private_key=S3cr3tPw",
                             "https://h.example/#access_token=S3cr3tPw",
                             "https://h.example/p;token=S3cr3tPw",
                             "GET /callback?code=S3cr3tPw HTTP/1.1",
                             "hooks.example/in?k%5B0%5D=S3cr3tPw&x=1",
                             "postgres://user:a/b#S3cr3tPw@db/app",
                             "amqp://user:p@ss/S3cr3tPw@broker:5672/",
                             "redis://:S3cr3tPw?x@cache:6379",
                             R"(Authorization: Digest username="x", response="S3cr3tPw")",
                             "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJTM2NyM3RQdyJ9.S3cr3tPw end"}) {
        const auto shown = redact(text);
        CAPTURE(text, shown);
        CHECK(shown.find("S3cr3tPw") == std::string::npos);
        CHECK(shown.find("[redacted]") != std::string::npos);
    }
    CHECK(redact(R"({"password":"a b","user":"x"})") == R"({"password":"[redacted]","user":"x"})");
    CHECK(redact("max_tokens=5, signature_count: 3") == "max_tokens=5, signature_count: 3");
}

TEST_CASE("what is no credential stays readable", "[redact]") {
    const std::string room = "Y2lzY29zcGFyazovL3VzL1JPT00vMmI3YjZkMjAtYmM4NS0xMWVlLTk2ZmEtZjk0OGE3";
    const std::vector<std::string> texts{"connect to https://webexapis.com/v1/messages failed",
                                         "token expired",
                                         "the basic idea",
                                         "room " + room,
                                         "digest " + std::string(64, 'a'),
                                         "https://host.example:8443/people/@robin is away",
                                         "http://[::1]:8300/@robin",
                                         "did it arrive? x=1",
                                         "attempt 2/3: 503 Service Unavailable"};
    for (const auto& text : texts) {
        CHECK(redact(text) == text);
    }
    CHECK(redact("https://host/p?q=1 rest") == "https://host/p?[redacted] rest");
}

TEST_CASE("a redacted text is one line of limited length", "[redact]") {
    CHECK(redact("a\nb\r\tc\x01") == "a\\nb\\r\\tc\\x01");
    const auto cut = redact(std::string(499, ' ') + "ä" + std::string(100, 'x'));
    CHECK(cut == std::string(499, ' ') + "…");
    CHECK(redact(std::string(100'000, '.')).size() == 503);
    CHECK(redact(std::string(500, '.')).size() == 500);
}

TEST_CASE("the same event comes through once per interval", "[events]") {
    RepeatFilter filter(10s);
    const Instant start{1h};
    const auto event = retry_of("x", 1, 3);
    CHECK(filter.admit(event, start).pass);
    CHECK_FALSE(filter.admit(event, start + 1s).pass);
    CHECK_FALSE(filter.admit(retry_of("x", 2, 3), start + 9s).pass);
    CHECK(filter.admit(retry_of("y", 1, 3), start + 9s).pass);
    CHECK(filter.admit(end_of("x", 3, GiveUp::kAuth), start + 9s).pass);
    const auto next = filter.admit(event, start + 10s);
    CHECK(next.pass);
    CHECK(next.held_back == 2);
}

TEST_CASE("the filter forgets the oldest when it is full", "[events]") {
    RepeatFilter filter(1h);
    const Instant start{1h};
    for (int i = 0; i < 65; ++i) {
        const auto name = std::to_string(i);
        CHECK(filter.admit(retry_of(name, 1, 3), start + i * 1s).pass);
    }
    CHECK_FALSE(filter.admit(retry_of("1", 1, 3), start + 70s).pass);
    CHECK(filter.admit(retry_of("0", 1, 3), start + 70s).pass);
}

TEST_CASE("[S0.12] [S2.34] metrics count calls, attempts, outcomes and waits", "[events]") {
    RetryMetrics metrics;
    resilience::VirtualClock clock;
    resilience::RetryOptions options{.policy = resilience::presets::api()};
    options.on_event = [&](const Event& event) { metrics.on_event(event); };
    const auto run = [&](int failures, ErrorClass cls) {
        int calls = 0;
        const auto result = resilience::retry(
            options, clock, {}, [] { return 0.0; },
            [&]() -> resilience::Result<int> {
                if (calls++ < failures) return Error{cls, Scope::kMessage, "x"};
                return 1;
            });
        return result.ok();
    };
    CHECK(run(0, ErrorClass::kTransient));
    CHECK(run(1, ErrorClass::kTransient));
    CHECK(run(2, ErrorClass::kTransient));
    CHECK_FALSE(run(3, ErrorClass::kTransient));
    CHECK_FALSE(run(1, ErrorClass::kAuth));
    const auto seen = metrics.snapshot();
    CHECK(seen.calls == 5);
    CHECK(seen.attempts == 1 + 2 + 3 + 3 + 1);
    CHECK(seen.successes == std::array<std::uint64_t, 3>{1, 1, 1});
    CHECK(seen.failures[static_cast<std::size_t>(GiveUp::kAttemptsExhausted)] == 1);
    CHECK(seen.failures[static_cast<std::size_t>(GiveUp::kAuth)] == 1);
    CHECK(seen.delays[2] == 3);  // waits of 1 s
    CHECK(seen.delays[3] == 2);  // waits of 2 s
    CHECK(seen.delay_seconds == Approx(7.0));
    CHECK(seen.exhaustion_rate() == Approx(0.2));
    CHECK(RetryMetrics().snapshot().exhaustion_rate() == 0.0);
}
