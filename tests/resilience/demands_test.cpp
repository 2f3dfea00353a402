// One test per numbered demand of docs/requirements.md that no other test names.

#include "resilience/blocking.hpp"
#include "resilience/exceptions.hpp"
#include "resilience/guarded.hpp"
#include "resilience/presets.hpp"
#include "resilience/recipes.hpp"
#include "resilience/redact.hpp"
#include "resilience/retry_metrics.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace resilience;
using namespace std::chrono_literals;

namespace {

double half() {
    return 0.5;
}

/// Answers with the statuses of a script, then with success; judged as a client would judge them.
class ScriptedService {
public:
    explicit ScriptedService(std::vector<FailureInfo> failures, Profile profile = Profile::kDefault)
        : failures_(std::move(failures)), classifier_(profile) {}

    Result<std::string> operator()() {
        const auto call = static_cast<std::size_t>(calls++);
        if (call >= failures_.size()) return std::string("done");
        const auto& failure = failures_[call];
        return to_error(classifier_.classify(failure, {}), std::string(failure.message));
    }

    int calls = 0;

private:
    std::vector<FailureInfo> failures_;
    Classifier classifier_;
};

FailureInfo status(int code) {
    return {.kind = FailureKind::kHttpStatus, .status = code};
}

FailureInfo text(std::string_view message) {
    return {.kind = FailureKind::kException, .message = message};
}

/// How many calls a policy makes of a service that never recovers from `failure`.
int calls_for(const FailureInfo& failure, const RetryPolicy& policy) {
    VirtualClock clock;
    ScriptedService service(std::vector<FailureInfo>(99, failure));
    (void)retry(policy, clock, {}, half, service);
    return service.calls;
}

std::vector<Duration> waits(const RetryPolicy& policy, double u) {
    RetryState state(policy, Idempotency::kIdempotent, Instant{1h});
    std::vector<Duration> result;
    for (;;) {
        const auto next = state.on_failure({ErrorClass::kTransient}, Instant{1h}, u);
        if (!next.retry) return result;
        result.push_back(next.delay);
    }
}

}  // namespace

TEST_CASE("[S0.1] three named policies with base 2", "[demands]") {
    CHECK(presets::external_api().max_attempts == 5);
    CHECK(presets::external_api().backoff.initial == 2s);
    CHECK(presets::external_api().backoff.max == 30s);
    CHECK(presets::api().max_attempts == 3);
    CHECK(presets::api().backoff.initial == 1s);
    CHECK(presets::api().backoff.max == 10s);
    CHECK(presets::database().max_attempts == 3);
    CHECK(presets::database().backoff.initial == 500ms);
    CHECK(presets::database().backoff.max == 5s);
    for (const auto name : presets::kNames) {
        CHECK(presets::by_name(name)->backoff.multiplier == 2.0);
    }
}

TEST_CASE("[S0.2] waits double", "[demands]") {
    auto policy = presets::api();
    policy.max_attempts = 6;
    policy.backoff.max = 60s;
    CHECK(waits(policy, 0.5) == std::vector<Duration>{1s, 2s, 4s, 8s, 16s});
}

TEST_CASE("[S0.3] what is repeated, and what fails at once", "[demands]") {
    for (const int code : {429, 500, 502, 503, 504}) {
        CHECK(calls_for(status(code), presets::api()) == 3);
    }
    CHECK(calls_for({.kind = FailureKind::kReadTimeout}, presets::api()) == 3);
    CHECK(calls_for({.kind = FailureKind::kConnect, .code = "ECONNREFUSED"}, presets::api()) == 3);
    for (const int code : {400, 401}) {
        CHECK(calls_for(status(code), presets::api()) == 1);
    }
    for (const char* message : {"invalid API key", "rejected by content policy",
                                "invalid access token", "token limit exceeded"}) {
        CAPTURE(message);
        CHECK(calls_for(text(message), presets::api()) == 1);
    }
}

TEST_CASE("[S0.4] a broken answer yields a fallback value", "[demands]") {
    VirtualClock clock;
    const FailureInfo broken{.kind = FailureKind::kMalformedResponse, .status = 200};
    ScriptedService service({broken, broken, broken});
    auto result = retry(presets::api(), clock, {}, half, service);
    const auto sourced =
        with_fallback(std::move(result), [](const Error&) { return std::string("default"); });
    CHECK(sourced.from_fallback);
    CHECK(sourced.result.value() == "default");
}

TEST_CASE("[S0.6] [S0.10] three timeouts then success are four calls and 14 s", "[demands]") {
    VirtualClock clock;
    const FailureInfo timeout{.kind = FailureKind::kReadTimeout};
    ScriptedService service({timeout, timeout, timeout});
    CHECK(retry(presets::external_api(), clock, {}, half, service).ok());
    CHECK(service.calls == 4);
    CHECK(clock.slept() == 14s);
    ScriptedService overloaded({status(503), status(503)});
    CHECK(retry(presets::external_api(), clock, {}, half, overloaded).ok());
    CHECK(overloaded.calls == 3);
}

TEST_CASE("[S0.11] [S0.13] after exhaustion the caller has a value that says what it took",
          "[demands]") {
    VirtualClock clock;
    ScriptedService service(std::vector<FailureInfo>(9, status(503)));
    const auto outcome = try_retry(RetryOptions{}, clock, {}, half, service);
    CHECK_FALSE(outcome.result.ok());
    CHECK(outcome.reason == GiveUp::kAttemptsExhausted);
    CHECK(outcome.attempts == 3);
}

TEST_CASE("[S0.12] the total time of a job is bounded", "[demands]") {
    VirtualClock clock;
    auto policy = presets::external_api();
    policy.max_elapsed = 10s;
    ScriptedService service(std::vector<FailureInfo>(9, status(503)));
    CHECK(try_retry({.policy = policy}, clock, {}, half, service).reason == GiveUp::kDeadline);
    CHECK(clock.slept() == 6s);
}

TEST_CASE("[S1.14] [S1.23] an image is repeated after 1, 2 and 4 s", "[demands]") {
    CHECK(waits(presets::image(), 0.7) == std::vector<Duration>{1s, 2s, 4s});
    CHECK(variation_of(2, 3) != variation_of(3, 3));
    VirtualClock clock;
    ScriptedService service({status(500)});
    CHECK(retry(presets::image(), clock, {}, half, service).ok());
    CHECK(service.calls == 2);
}

TEST_CASE("[S2.24] [S3.40] the defaults are three attempts from 1 to 60 s with jitter",
          "[demands]") {
    const RetryOptions options;
    CHECK(options.policy.max_attempts == 3);
    CHECK(options.policy.backoff.initial == 1s);
    CHECK(options.policy.backoff.max == 60s);
    CHECK(options.policy.backoff.multiplier == 2.0);
    CHECK(options.policy.backoff.jitter == Jitter::kProportional);
    CHECK_FALSE(options.retry_on);
    CHECK_FALSE(options.never_on);
    const RetryPolicy example{.backoff = {.initial = 2s, .max = 120s, .multiplier = 3.0},
                              .max_attempts = 5};
    CHECK(waits(example, 0.5) == std::vector<Duration>{2s, 6s, 18s, 54s});
}

TEST_CASE("[S2.25] [S3.46] the caller may write the loop", "[demands]") {
    VirtualClock clock;
    ScriptedService service({status(503)});
    RetryContext context({.policy = presets::api(), .operation = "check"}, clock, {}, half);
    while (context.should_retry()) {
        auto result = service();
        if (result.ok()) {
            context.success();
        } else {
            context.failed(result.error());
        }
    }
    CHECK(context.succeeded());
    CHECK(service.calls == 2);
}

TEST_CASE("[S2.26] [S2.39] exhaustion gives the original error", "[demands]") {
    VirtualClock clock;
    const Classifier classifier;
    int calls = 0;
    CHECK_THROWS_WITH(retry_throwing({}, clock, {}, half, classifier,
                                     [&]() -> int {
                                         ++calls;
                                         throw std::runtime_error("connection refused, honestly");
                                     }),
                      "connection refused, honestly");
    CHECK(calls == 3);
}

TEST_CASE("[S2.27] publishing repeats broker errors alone", "[demands]") {
    CHECK(presets::event_publish().backoff.initial == 1s);
    CHECK(presets::event_publish().backoff.max == 10s);
    VirtualClock clock;
    RetryOptions options{.policy = presets::event_publish(), .operation = "kafka_publish"};
    options.retry_on = [](const Error& error) { return error.rule == "broker"; };
    int calls = 0;
    const auto failing = [&](std::string rule) {
        calls = 0;
        (void)retry(options, clock, {}, half, [&]() -> Result<int> {
            ++calls;
            return Error{ErrorClass::kTransient, Scope::kMessage, "x", rule};
        });
        return calls;
    };
    CHECK(failing("broker") == 3);
    CHECK(failing("other") == 1);
}

TEST_CASE("[S2.28] [S2.29] the table of waits, with and without jitter", "[demands]") {
    RetryPolicy policy{.backoff = {.initial = 1s, .max = 30s, .jitter = Jitter::kNone},
                       .max_attempts = 7};
    CHECK(waits(policy, 0.5) == std::vector<Duration>{1s, 2s, 4s, 8s, 16s, 30s});
    policy.backoff.jitter = Jitter::kProportional;
    const std::vector<DelayRange> table{{500ms, 1500ms}, {1s, 3s}, {2s, 6s}, {4s, 12s}};
    for (std::uint32_t n = 1; n <= table.size(); ++n) {
        const auto range = backoff_range(policy.backoff, n, 0ns);
        CHECK(range.lo == table[n - 1].lo);
        CHECK(range.hi == table[n - 1].hi);
    }
}

TEST_CASE("[S2.32] [S2.37] the breaker stands behind the retry, the timeout inside", "[demands]") {
    VirtualClock clock;
    CircuitBreaker breaker({.failure_ratio = 2.0, .consecutive_failures = 5});
    const Guards guards{.breaker = &breaker, .attempt_timeout = 5s};
    const RetryOptions options{.policy = presets::api()};
    int calls = 0;
    const auto run = [&] {
        return run_guarded(options, guards, clock, {}, half,
                           [&](const Attempt& attempt) -> Result<int> {
                               ++calls;
                               CHECK(attempt.timeout == 5s);
                               return Error{ErrorClass::kTransient, Scope::kMessage, "x"};
                           });
    };
    CHECK(run().reason == GiveUp::kAttemptsExhausted);
    CHECK(run().reason == GiveUp::kCircuitOpen);
    CHECK(calls == 5);
}

TEST_CASE("[S2.33] the listed statuses are repeated for reads", "[demands]") {
    for (const int code : {408, 429, 500, 502, 503, 504}) {
        CHECK(calls_for(status(code), presets::standard()) == 3);
    }
}

TEST_CASE("[S2.36] what must never be repeated is not", "[demands]") {
    for (const int code : {400, 401, 403, 404, 422}) {
        CHECK(calls_for(status(code), presets::standard()) == 1);
    }
    CHECK(calls_for(text("validation failed: invalid title"), presets::standard()) == 1);
    CHECK_FALSE(is_repeatable(ErrorClass::kAmbiguous, Idempotency::kNonIdempotent));
    VirtualClock clock;
    FailureInfo limited = status(429);
    limited.retry_after = "7";
    ScriptedService service({limited});
    CHECK(retry(
              presets::api(), clock, {}, [] { return 0.0; }, service)
              .ok());
    CHECK(clock.slept() == 7s);
}

TEST_CASE("[S2.38] rate and repeats adapt to a service in trouble", "[demands]") {
    RateLimiter limiter(10.0, 1.0, Instant{1h});
    limiter.on_rate_limited(Instant{1h});
    CHECK(limiter.rate() < 10.0);
    RetryBudget budget({.ratio = 0.0, .floor_per_second = 0.0});
    CHECK_FALSE(budget.try_retry(Instant{1h}));
}

TEST_CASE("[S3.41] [S3.49] Webex calls start at 2 s and wait 15 s after a bare 429", "[demands]") {
    const auto policy = presets::webex();
    CHECK(policy.max_attempts == 3);
    CHECK(policy.backoff.initial == 2s);
    CHECK(policy.backoff.max == 30s);
    CHECK(policy.backoff.multiplier == 2.0);
    CHECK(policy.backoff.jitter == Jitter::kProportional);
    CHECK(retry_delay(policy, {ErrorClass::kRateLimited}, 1, 0ns, 0.0) == 15s);
}

TEST_CASE("[S3.42] broken connections are repeated", "[demands]") {
    using enum FailureKind;
    for (const auto& failure :
         {FailureInfo{.kind = kConnect}, FailureInfo{.kind = kReceive, .code = "ECONNRESET"},
          FailureInfo{.kind = kReceive, .code = "ECONNABORTED"}, FailureInfo{.kind = kReadTimeout},
          FailureInfo{.kind = kConnectTimeout}, FailureInfo{.kind = kHttp2},
          FailureInfo{.kind = kLocalIo, .code = "EMFILE"}}) {
        CHECK(calls_for(failure, presets::standard()) == 3);
    }
}

TEST_CASE("[S3.43] the literal list of words can be had", "[demands]") {
    const Classifier literal(Profile::kLiteral);
    for (const char* word : {"connection reset", "connection aborted", "timeout", "timed out",
                             "rate limit", "too many requests", "503", "504", "service unavailable",
                             "ssl", "certificate", "proxy"}) {
        CAPTURE(word);
        CHECK(is_repeatable(literal.classify(text(std::string("x") + word + "y"), {}).cls,
                            Idempotency::kNonIdempotent));
    }
}

TEST_CASE("[S3.44] programming errors are never repeated", "[demands]") {
    VirtualClock clock;
    const Classifier classifier;
    int calls = 0;
    CHECK_THROWS_AS(retry_throwing({}, clock, {}, half, classifier,
                                   [&]() -> int {
                                       ++calls;
                                       return std::vector<int>().at(3);
                                   }),
                    std::out_of_range);
    CHECK(calls == 1);
    for (const char* message : {"ValueError: x", "TypeError: x", "KeyError: 'timeout'"}) {
        CHECK(classifier.classify(text(message), {}).cls == ErrorClass::kPermanent);
    }
}

TEST_CASE("[S3.45] [S4.55] callbacks before each retry and at the end", "[demands]") {
    VirtualClock clock;
    int retries = 0;
    std::uint32_t total = 0;
    RetryOptions options{.policy = presets::api()};
    options.on_retry = [&](std::uint32_t attempt, const Error&, Duration delay) {
        ++retries;
        CHECK(delay == (attempt == 1 ? 1s : 2s));
    };
    options.on_failure = [&](const Error&, std::uint32_t attempts) { total = attempts; };
    options.on_event = [](const Event& event) {
        if (event.kind == EventKind::kRetry) CHECK(severity_of(event) == Severity::kWarning);
    };
    ScriptedService service(std::vector<FailureInfo>(9, status(503)));
    CHECK_FALSE(retry(options, clock, {}, half, service).ok());
    CHECK(retries == 2);
    CHECK(total == 3);
}

TEST_CASE("[S3.51] a connection error, then success, are two calls", "[demands]") {
    VirtualClock clock;
    ScriptedService service({{.kind = FailureKind::kConnect, .code = "ECONNREFUSED"}},
                            Profile::kWebex);
    CHECK(retry(presets::webex(), clock, {}, half, service).ok());
    CHECK(service.calls == 2);
}

TEST_CASE("[S4.52] [S4.58] a clip is repeated after 1, 2 and 4 s", "[demands]") {
    VirtualClock clock;
    std::vector<std::string> lines;
    RetryOptions options{.policy = presets::clip(), .operation = "Clip download"};
    options.on_event = [&](const Event& event) { lines.push_back(to_line(Dialect::kClip, event)); };
    ScriptedService service(std::vector<FailureInfo>(9, status(503)));
    CHECK_FALSE(retry(options, clock, {}, half, service).ok());
    CHECK(service.calls == 4);
    CHECK(clock.slept() == 7s);
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].find("retry 1 in 1s") != std::string::npos);
    CHECK(lines[2].find("retry 3 in 4s") != std::string::npos);
    CHECK(lines[3] == "Clip download failed after 3 attempts");
}

TEST_CASE("[S4.54] clips: refusals are final, unknown errors are repeated", "[demands]") {
    const Classifier classifier(Profile::kDefault, ErrorClass::kAmbiguous);
    const auto repeated = [&](const FailureInfo& failure) {
        return is_repeatable(classifier.classify(failure, {}).cls, Idempotency::kIdempotent);
    };
    for (const int code : {401, 403, 404}) {
        CHECK_FALSE(repeated(status(code)));
    }
    CHECK_FALSE(repeated(text("clip not found")));
    CHECK_FALSE(repeated(text("invalid camera 7")));
    CHECK(repeated(text("something nobody has seen before")));
    CHECK(repeated({.kind = FailureKind::kReadTimeout}));
}

TEST_CASE("[S4.57] error texts reach no log with credentials", "[demands]") {
    const Error error{ErrorClass::kTransient, Scope::kMessage,
                      "GET https://nvr:hunter2@camera/clip?token=abc failed"};
    const Event event{.kind = EventKind::kGaveUp, .operation = "Clip download", .error = &error};
    for (const auto dialect : {Dialect::kCarousel, Dialect::kBackoff, Dialect::kWebex,
                               Dialect::kClip, Dialect::kKeyValue}) {
        const auto line = to_line(dialect, event);
        CHECK(line.find("hunter2") == std::string::npos);
        CHECK(line.find("abc") == std::string::npos);
    }
}
