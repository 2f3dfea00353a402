#include "bot/config/config.hpp"
#include "resilience/presets.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <string>

using bot::config::load;
using bot::config::Loaded;
using resilience::ErrorClass;
using resilience::FailureInfo;
using resilience::FailureKind;
using resilience::Jitter;
using resilience::Profile;
using resilience::Scope;
using namespace std::chrono_literals;

namespace {

Loaded load_retry(const std::string& section) {
    const tests::TempFolder folder;
    return load({.yaml_path = folder.write("c.yaml", "retry:\n" + section)});
}

std::string problems_of(const std::string& section) {
    std::string all;
    for (const auto& problem : load_retry(section).problems) {
        all += std::to_string(problem.line) + ": " + problem.what + "\n";
    }
    return all;
}

bot::config::RetryRules rules_of(const std::string& section) {
    auto loaded = load_retry(section);
    for (const auto& problem : loaded.problems) {
        FAIL_CHECK(to_string(problem));
    }
    return loaded.config.retry;
}

}  // namespace

TEST_CASE("mistakes in a retry policy have their line", "[config]") {
    CHECK(problems_of("  policies: {ledger: {max_attempts: 2}}\n") ==
          "2: There is no preset \"ledger\" to change\n");
    CHECK(problems_of("  policies:\n    ledger: {like: webx}\n") ==
          "3: The policy ledger is like the unknown \"webx\"\n");
    CHECK(problems_of("  policies:\n    api: {max_attempts: 0}\n") ==
          "3: \"max_attempts\" of policy api is \"0\"\n");
    CHECK(problems_of("  policies:\n    api:\n      multiplier: 0.5\n") ==
          "4: \"multiplier\" is \"0.5\"\n");
    CHECK(problems_of("  policies:\n    api: {jitter: some}\n") ==
          "3: \"jitter\" of policy api is \"some\"\n");
    CHECK(problems_of("  policies:\n    api: {retries: 2}\n") ==
          "3: policy api has no key \"retries\"\n");
    CHECK(problems_of("  policies:\n    api: {initial_ms: 20000}\n")
              .find("3: The policy api cannot work: ") == 0);
}

TEST_CASE("mistakes in the rules of the classifier have their line", "[config]") {
    CHECK(problems_of("  classifier: {unknown: maybe}\n") ==
          "2: \"unknown\" of classifier of retry is \"maybe\"\n");
    CHECK(problems_of("  classifier:\n    statuses:\n      200: {class: transient}\n") ==
          "4: The rule 200 cannot work: the status 200 is not one of 300 to 599\n");
    CHECK(problems_of("  classifier:\n    statuses:\n      many: {class: transient}\n") ==
          "4: The rule many cannot work: the status 0 is not one of 300 to 599\n");
    CHECK(problems_of("  classifier:\n    phrases:\n      m: {text: m}\n") ==
          "4: phrase m has no \"class\"\n");
    CHECK(problems_of("  classifier:\n    phrases:\n      m: {class: auth}\n")
              .find("4: phrase m has no \"text\"\n") == 0);
    CHECK(problems_of("  classifier:\n    phrases:\n      m: {text: '--', class: auth}\n") ==
          "4: The rule m cannot work: a phrase needs at least one letter or digit\n");
    std::string many = "  classifier:\n    phrases:\n";
    for (int i = 0; i < 65; ++i) {
        many += "      p" + std::to_string(i) + ": {text: a, class: auth}\n";
    }
    CHECK(problems_of(many) == "68: There are more than 64 phrases\n");
}

TEST_CASE("without a section the presets are the library's", "[config]") {
    const auto rules = rules_of("  policies: {}\n");
    for (const auto name : resilience::presets::kNames) {
        CAPTURE(name);
        REQUIRE(rules.policy(name).has_value());
        CHECK(rules.policy(name)->max_attempts == resilience::presets::by_name(name)->max_attempts);
    }
    CHECK_FALSE(rules.policy("ledger").has_value());
}

TEST_CASE("each preset can be changed by its name, number by number", "[config]") {
    const auto rules = rules_of(
        "  policies:\n"
        "    webex: {initial_ms: 3000}\n"
        "    ledger: {like: webex, max_attempts: 7, multiplier: 1.5, jitter: equal,\n"
        "             jitter_percent: 10, max_ms: 9000, max_elapsed_s: 60,\n"
        "             max_server_delay_s: 30, rate_limited_floor_s: 4}\n");
    CHECK(rules.policy("webex")->backoff.initial == 3s);
    CHECK(rules.policy("webex")->max_attempts == 3);
    CHECK(rules.policy("webex")->rate_limited_floor == 15s);
    const auto ledger = rules.policy("ledger").value();
    CHECK(ledger.backoff.initial == 3s);  // of the webex above, as it was changed
    CHECK(ledger.max_attempts == 7);
    CHECK(ledger.backoff.multiplier == 1.5);
    CHECK(ledger.backoff.jitter == Jitter::kEqual);
    CHECK(ledger.backoff.ratio == 0.1);
    CHECK(ledger.backoff.max == 9s);
    CHECK(ledger.max_elapsed == 60s);
    CHECK(ledger.max_server_delay == 30s);
    CHECK(ledger.rate_limited_floor == 4s);
}

TEST_CASE("the operator's rules reach the classifier", "[config]") {
    const auto rules = rules_of(
        "  classifier:\n"
        "    unknown: ambiguous\n"
        "    statuses:\n"
        "      420: {class: rate_limited, scope: room}\n"
        "    phrases:\n"
        "      maintenance: {text: Maintenance window, class: transient, scope: bot}\n"
        "      later: {text: try later, class: transient, status: 400}\n");
    const auto classifier = rules.classifier_of(Profile::kWebex);
    const auto judge = [&](const FailureInfo& failure) { return classifier.classify(failure, {}); };
    CHECK(judge({.message = "what is this"}).cls == ErrorClass::kAmbiguous);
    const auto limited = judge({.kind = FailureKind::kHttpStatus, .status = 420});
    CHECK(limited.cls == ErrorClass::kRateLimited);
    CHECK(limited.scope == Scope::kRoom);
    CHECK(judge({.message = "maintenance window"}).rule == "maintenance");
    CHECK(judge({.kind = FailureKind::kHttpStatus, .status = 400, .message = "try later"}).rule ==
          "later");
}
