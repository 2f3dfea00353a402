#include "bot/log/event_json.hpp"

#include "resilience/blocking.hpp"
#include "resilience/presets.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace resilience;
using namespace std::chrono_literals;
using bot::log::EventContext;
using bot::log::to_json;
using nlohmann::json;

namespace {

constexpr Clock::WallTime kNow{std::chrono::seconds{1'795'312'800}};

const Error kTimeout{ErrorClass::kTransient, Scope::kMessage, "no answer within 10 s",
                     "connect_timeout"};

/// What a call with `failures` failures before its success tells.
std::vector<json> told(Dialect dialect,
                       const RetryPolicy& policy,
                       std::uint32_t failures,
                       const EventContext& context = {},
                       const Error& error = kTimeout) {
    VirtualClock clock(kNow);
    std::vector<json> records;
    const RetryOptions options{
        .policy = policy, .operation = "generate", .on_event = [&](const Event& event) {
            const auto line = to_json(dialect, event, kNow, context);
            CHECK(line.find('\n') == std::string::npos);
            records.push_back(json::parse(line));
        }};
    auto half = [] { return 0.5; };
    (void)retry(options, clock, {}, half, [&](std::uint32_t attempt) -> Result<Done> {
        if (attempt <= failures) return error;
        return Done{};
    });
    return records;
}

}  // namespace

TEST_CASE("no secret and no broken text reaches a record", "[event_json]") {
    const Error leaking{
        ErrorClass::kTransient, Scope::kMessage,
        "GET https://u:pw@example.com/?token=abc\nAuthorization: Bearer S3CR3T \xff", ""};
    for (const auto dialect : {Dialect::kCarousel, Dialect::kBackoff, Dialect::kWebex,
                               Dialect::kClip, Dialect::kKeyValue}) {
        for (const auto& record :
             told(dialect, presets::standard(), 9, {{"note", "Bearer S3CR3T"}}, leaking)) {
            const auto text = record.dump();
            CAPTURE(text);
            CHECK(text.find("S3CR3T") == std::string::npos);
            CHECK(text.find("pw@") == std::string::npos);
            CHECK(text.find("abc") == std::string::npos);
        }
    }
}

TEST_CASE("an added field replaces none of the record's own", "[event_json]") {
    const auto records = told(Dialect::kCarousel, presets::api(), 1,
                              {{"attempt", "x"}, {"timestamp", "x"}, {"user_id", "u1"}});
    CHECK(records.at(0)["attempt"] == 1);
    CHECK(records.at(0)["timestamp"] == "2026-11-22T02:00:00Z");
    CHECK(records.at(0)["user_id"] == "u1");
}

TEST_CASE("[S0.7] each retry has a JSON record", "[event_json]") {
    const auto records = told(Dialect::kCarousel, presets::external_api(), 1,
                              {{"user_id", "u1"}, {"carousel_id", "c1"}});
    REQUIRE(records.size() == 2);
    CHECK(records[0] == json{{"event", "retry_attempt"},
                             {"attempt", 1},
                             {"max_attempts", 5},
                             {"delay", 2.0},
                             {"exception", "connect_timeout: no answer within 10 s"},
                             {"function", "generate"},
                             {"user_id", "u1"},
                             {"carousel_id", "c1"},
                             {"timestamp", "2026-11-22T02:00:00Z"}});
}

TEST_CASE("[S0.8] success after three repeats has a JSON record", "[event_json]") {
    const auto records =
        told(Dialect::kCarousel, presets::external_api(), 3, {{"carousel_id", "c1"}});
    REQUIRE(records.size() == 4);
    CHECK(records[3] == json{{"event", "retry_success"},
                             {"attempt", 3},
                             {"total_delay", 14.0},
                             {"function", "generate"},
                             {"carousel_id", "c1"},
                             {"timestamp", "2026-11-22T02:00:00Z"}});
}

TEST_CASE("[S0.9] exhaustion has a JSON record", "[event_json]") {
    // Five repeats without a cap add up to the 62 s of the example.
    auto policy = presets::external_api();
    policy.max_attempts = 6;
    policy.backoff.max = 60s;
    const auto records = told(Dialect::kCarousel, policy, 9, {{"carousel_id", "c1"}});
    REQUIRE(records.size() == 6);
    CHECK(records[5] == json{{"event", "retry_exhausted"},
                             {"max_attempts", 6},
                             {"total_delay", 62.0},
                             {"function", "generate"},
                             {"carousel_id", "c1"},
                             {"error", "All retry attempts failed"},
                             {"timestamp", "2026-11-22T02:00:00Z"}});
}

TEST_CASE("what is not repeated is no exhaustion", "[event_json]") {
    const Error refused{ErrorClass::kAuth, Scope::kBot, "invalid API key", "text_credentials"};
    const auto records = told(Dialect::kCarousel, presets::api(), 9, {}, refused);
    REQUIRE(records.size() == 1);
    CHECK(records[0]["event"] == "retry_refused");
    CHECK(records[0]["reason"] == "auth");
    CHECK(records[0]["exception"] == "text_credentials: invalid API key");
}

TEST_CASE("records of the backoff dialect carry the fields beside the line", "[event_json]") {
    auto policy = presets::event_publish();
    policy.backoff.jitter = Jitter::kNone;
    policy.backoff.initial = 2150ms;
    const auto records = told(Dialect::kBackoff, policy, 9);
    REQUIRE(records.size() == 3);
    CHECK(records[0]["message"] == "Retry attempt 1/3 failed for generate, waiting 2.15s");
    CHECK(records[0]["delay_seconds"] == 2.15);
    CHECK(records[0]["max_attempts"] == 3);
    CHECK(records[2]["message"] == "All retry attempts exhausted for generate");
    CHECK(records[2]["attempts"] == 3);
    CHECK(records[2]["error"] == "connect_timeout: no answer within 10 s");
}

TEST_CASE("[S4.56] the four JSON records of a clip", "[event_json]") {
    const EventContext event{{"event_id", "e9"}};
    const auto failed = told(Dialect::kClip, presets::clip(), 9, event);
    REQUIRE(failed.size() == 4);
    CHECK(failed[1] == json{{"event", "clip_download_retry"},
                            {"attempt_number", 2},
                            {"wait_seconds", 2.0},
                            {"error_type", "connect_timeout"},
                            {"event_id", "e9"},
                            {"timestamp", "2026-11-22T02:00:00Z"}});
    CHECK(failed[3]["event"] == "clip_download_failed_all_retries");
    CHECK(failed[3]["attempts_made"] == 3);
    CHECK(failed[3]["final_error"] == "no answer within 10 s");

    const auto succeeded = told(Dialect::kClip, presets::clip(), 1);
    CHECK(succeeded.back()["event"] == "clip_download_success");
    CHECK(succeeded.back()["total_attempts"] == 2);

    const Error missing{ErrorClass::kPermanent, Scope::kMessage, "404", "http_404"};
    const auto refused = told(Dialect::kClip, presets::clip(), 9, {}, missing);
    REQUIRE(refused.size() == 1);
    CHECK(refused[0]["event"] == "clip_download_non_retriable_error");
    CHECK(refused[0]["error_type"] == "http_404");
}

TEST_CASE("attempts without a limit have no limit in the record", "[event_json]") {
    auto policy = presets::standard();
    policy.max_attempts = kUnlimitedAttempts;
    const auto records = told(Dialect::kKeyValue, policy, 1);
    CHECK_FALSE(records.at(0).contains("max_attempts"));
    CHECK(records.at(0)["event"] == "retry");
    CHECK(records.at(0)["delay_s"] == 1.0);
}
