#include "resilience/classifier_rules.hpp"

#include "tests/support/allocation_count.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>

using resilience::Classifier;
using resilience::ClassifierRules;
using resilience::ErrorClass;
using resilience::FailureInfo;
using resilience::FailureKind;
using resilience::mistake_in;
using resilience::Profile;
using resilience::Scope;
using resilience::Verdict;
using namespace std::chrono_literals;

namespace {

constexpr resilience::Clock::WallTime kNow{std::chrono::seconds{1'795'312'800}};

Classifier with(ClassifierRules rules, Profile profile = Profile::kDefault) {
    return Classifier(profile, ErrorClass::kPermanent, std::move(rules));
}

FailureInfo answer(int status, std::string_view body = {}, std::string_view retry_after = {}) {
    return {.kind = FailureKind::kHttpStatus,
            .status = status,
            .retry_after = retry_after,
            .message = body};
}

FailureInfo text(std::string_view message) {
    return {.message = message};
}

const ClassifierRules kMaintenance{
    .phrases = {
        {.phrase = "Maintenance window", .cls = ErrorClass::kTransient, .scope = Scope::kBot}}};

}  // namespace

TEST_CASE("a rule with a mistake is named in words", "[classifier_rules]") {
    CHECK(mistake_in(ClassifierRules{}) == "");
    CHECK(mistake_in(kMaintenance) == "");
    CHECK(mistake_in({.statuses = {{.status = 200}}}) == "the status 200 is not one of 300 to 599");
    CHECK(mistake_in({.statuses = {{.status = 420}, {.status = 420}}}) ==
          "the status 420 has two rules");
    CHECK(mistake_in({.phrases = {{.phrase = " -- "}}}) ==
          "a phrase needs at least one letter or digit");
    CHECK(mistake_in({.phrases = {{.phrase = "gone", .status = 204}}}) ==
          "the status 204 of \"gone\" is not one of 300 to 599");
    ClassifierRules many;
    many.phrases.assign(65, {.phrase = "word"});
    CHECK(mistake_in(many) == "there are 65 phrases; at most 64 are possible");
}

TEST_CASE("rules with a mistake are left out, the others work", "[classifier_rules]") {
    ClassifierRules rules = kMaintenance;
    rules.phrases.insert(rules.phrases.begin(), {.phrase = "--"});
    rules.statuses = {{.status = 200, .cls = ErrorClass::kTransient}};
    const auto classifier = with(rules);
    CHECK(classifier.classify(text("maintenance window"), kNow).cls == ErrorClass::kTransient);
}

TEST_CASE("a user's status takes the place of the table", "[classifier_rules]") {
    const auto classifier =
        with({.statuses = {{.status = 418, .cls = ErrorClass::kTransient, .name = "teapot"}}});
    const Verdict verdict = classifier.classify(answer(418), kNow);
    CHECK(verdict.cls == ErrorClass::kTransient);
    CHECK(verdict.rule == "teapot");
    CHECK(classifier.classify(answer(404), kNow).rule == "http_404");
    CHECK(Classifier().classify(answer(418), kNow).cls == ErrorClass::kPermanent);
}

TEST_CASE("a status read from a text alone follows the profile", "[classifier_rules]") {
    // Words are weaker than facts: only a phrase can change what a text means.
    const auto classifier = with({.statuses = {{.status = 418, .cls = ErrorClass::kTransient}}});
    CHECK(classifier.classify(text("HTTP 418"), kNow).cls == ErrorClass::kPermanent);
}

TEST_CASE("a date in Retry-After is stronger than a user's status", "[classifier_rules]") {
    const auto classifier = with({.statuses = {{.status = 503, .cls = ErrorClass::kPermanent}}});
    const Verdict dated = classifier.classify(answer(503, {}, "7"), kNow);
    CHECK(dated.cls == ErrorClass::kRateLimited);
    CHECK(dated.server_delay == 7s);
    CHECK(classifier.classify(answer(503), kNow).cls == ErrorClass::kPermanent);
}

TEST_CASE("a status that the user calls rate limited obeys Retry-After", "[classifier_rules]") {
    const auto classifier = with({.statuses = {{.status = 420, .cls = ErrorClass::kRateLimited}}});
    CHECK(classifier.classify(answer(420, {}, "3"), kNow).server_delay == 3s);
    CHECK(classifier.classify(answer(420), kNow).server_delay == std::nullopt);
    CHECK(classifier.classify(answer(420), kNow).rule == "user_http_420");
}

TEST_CASE("a user's phrase decides before the built-in ones", "[classifier_rules]") {
    const auto classifier = with(kMaintenance);
    const Verdict verdict =
        classifier.classify(text("invalid state: MAINTENANCE, window until 04:00"), kNow);
    CHECK(verdict.cls == ErrorClass::kTransient);
    CHECK(verdict.scope == Scope::kBot);
    CHECK(verdict.rule == "user_maintenance_window");
}

TEST_CASE("a user's phrase matches whole words outside of quotes and paths", "[classifier_rules]") {
    const auto classifier = with(kMaintenance);
    for (const char* message :
         {"maintenance windows", "premaintenance window", "text: \"maintenance window\"",
          "at https://example.com/maintenance window-2", "maintenance.window"}) {
        CAPTURE(message);
        CHECK(classifier.classify(text(message), kNow).rule != "user_maintenance_window");
    }
}

TEST_CASE("a phrase is read as texts are", "[classifier_rules]") {
    const auto classifier = with({.phrases = {{.phrase = "Can't  lock -- ledger.db",
                                               .cls = ErrorClass::kTransient,
                                               .name = "ledger_locked"}}});
    CHECK(classifier.classify(text("error: can't lock ledger.db"), kNow).rule == "ledger_locked");
    CHECK(classifier.classify(text("cant lock: ledger.db!"), kNow).rule == "ledger_locked");
}

TEST_CASE("a phrase without a status does not look into answers", "[classifier_rules]") {
    const auto classifier = with(kMaintenance);
    CHECK(classifier.classify(answer(400, "maintenance window"), kNow).rule == "http_400");
}

TEST_CASE("a phrase with a status decides about such answers alone", "[classifier_rules]") {
    const auto classifier =
        with({.statuses = {{.status = 400, .cls = ErrorClass::kAuth}},
              .phrases = {{.phrase = "try again", .cls = ErrorClass::kTransient, .status = 400}}});
    CHECK(classifier.classify(answer(400, R"({"message":"Try again."})"), kNow).cls ==
          ErrorClass::kTransient);
    CHECK(classifier.classify(answer(400, "no"), kNow).cls == ErrorClass::kAuth);
    CHECK(classifier.classify(answer(404, "try again"), kNow).rule == "http_404");
    CHECK(classifier.classify(text("try again"), kNow).rule == "unknown");
}

TEST_CASE("of two phrases the first in the list decides", "[classifier_rules]") {
    const auto classifier =
        with({.phrases = {{.phrase = "b", .name = "first"}, {.phrase = "a", .name = "second"}}});
    CHECK(classifier.classify(text("a b"), kNow).rule == "first");
}

TEST_CASE("all 64 phrases can match", "[classifier_rules]") {
    ClassifierRules rules;
    for (int i = 0; i < 64; ++i) {
        rules.phrases.push_back({.phrase = "word" + std::to_string(i)});
    }
    const auto classifier = with(rules);
    for (int i = 0; i < 64; ++i) {
        const std::string word = "word" + std::to_string(i);
        CHECK(classifier.classify(text(word), kNow).rule == "user_" + word);
    }
}

TEST_CASE("a user's rule counts in the strict and in the literal profile", "[classifier_rules]") {
    for (const auto profile : {Profile::kStrict, Profile::kLiteral}) {
        const auto classifier = with(kMaintenance, profile);
        CHECK(classifier.classify(text("maintenance window"), kNow).cls == ErrorClass::kTransient);
    }
}

TEST_CASE("what is no answer is not for the user's rules", "[classifier_rules]") {
    const auto classifier = with(kMaintenance);
    for (const auto kind : {FailureKind::kCancelled, FailureKind::kDns, FailureKind::kConnect,
                            FailureKind::kReadTimeout, FailureKind::kProgramming}) {
        const FailureInfo failure{.kind = kind, .message = "maintenance window"};
        CHECK(classifier.classify(failure, kNow).rule == Classifier().classify(failure, kNow).rule);
    }
}

TEST_CASE("a verdict by a user's rule lives as long as a copy of the classifier",
          "[classifier_rules]") {
    std::optional<Classifier> first = with(kMaintenance);
    const Classifier copy = *first;
    const Verdict verdict = first->classify(text("maintenance window"), kNow);
    first.reset();
    CHECK(verdict.rule == "user_maintenance_window");
}

TEST_CASE("asking the user's rules allocates nothing", "[classifier_rules]") {
    const auto classifier = with(kMaintenance);
    const std::string message = "while deploying: maintenance window";
    const auto before = test_support::allocations();
    const Verdict verdict = classifier.classify(text(message), kNow);
    CHECK(test_support::allocations() == before);
    CHECK(verdict.scope == Scope::kBot);
}
