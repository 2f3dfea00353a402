#include "bot/config/retry_section.hpp"

#include "resilience/presets.hpp"

#include <charconv>
#include <string>
#include <vector>

namespace bot::config {

namespace {

using resilience::ErrorClass;
using resilience::Scope;

constexpr std::uint32_t kAttemptsMax = 1000;
constexpr std::uint32_t kWaitMax = 24U * 3600U * 1000U;  // one day, in milliseconds
constexpr std::uint32_t kSpanMax = 30U * 24U * 3600U;    // thirty days, in seconds

const std::vector<std::string> kClassNames{"transient", "rate_limited", "ambiguous", "permanent",
                                           "auth"};
const std::vector<std::string> kScopeNames{"message", "room", "bot"};
const std::vector<std::string> kJitterNames{"none", "full", "equal", "proportional",
                                            "decorrelated"};

ErrorClass class_in(const YamlMapping& fields) {
    (void)fields.required_text("class");
    return static_cast<ErrorClass>(
        fields.choice("class", kClassNames, static_cast<std::size_t>(ErrorClass::kPermanent)));
}

Scope scope_in(const YamlMapping& fields) {
    return static_cast<Scope>(fields.choice("scope", kScopeNames, 0));
}

class RetryReader {
public:
    RetryReader(RetryRules& rules, ProblemList& problems) : rules_(rules), problems_(problems) {}

    void read(const YamlEntry& section) {
        const YamlMapping fields(section.value, "retry", {"policies", "classifier"}, problems_);
        if (const auto* policies = fields.find("policies")) {
            const YamlMapping named(policies->value, "policies of retry", {}, problems_);
            for (const auto& entry : named.entries()) {
                read_policy(entry);
            }
        }
        if (const auto* classifier = fields.find("classifier")) read_classifier(*classifier);
    }

private:
    void read_policy(const YamlEntry& entry) {
        const YamlMapping fields(
            entry.value, "policy " + entry.key,
            {"like", "max_attempts", "initial_ms", "max_ms", "multiplier", "jitter",
             "jitter_percent", "max_elapsed_s", "max_server_delay_s", "rate_limited_floor_s"},
            problems_);
        auto policy = base_of(entry, fields);
        auto& backoff = policy.backoff;
        policy.max_attempts = fields.number("max_attempts", 1, kAttemptsMax, policy.max_attempts);
        backoff.initial = std::chrono::milliseconds(fields.number(
            "initial_ms", 0, kWaitMax, to_number<std::chrono::milliseconds>(backoff.initial)));
        backoff.max = std::chrono::milliseconds(fields.number(
            "max_ms", 0, kWaitMax, to_number<std::chrono::milliseconds>(backoff.max)));
        backoff.multiplier = multiplier_in(fields, backoff.multiplier);
        backoff.jitter = static_cast<resilience::Jitter>(
            fields.choice("jitter", kJitterNames, static_cast<std::size_t>(backoff.jitter)));
        if (fields.find("jitter_percent") != nullptr) {
            backoff.ratio = fields.number("jitter_percent", 0, 100, 50) / 100.0;
        }
        if (fields.find("max_elapsed_s") != nullptr) {
            policy.max_elapsed =
                std::chrono::seconds(fields.number("max_elapsed_s", 1, kSpanMax, kSpanMax));
        }
        policy.max_server_delay = std::chrono::seconds(
            fields.number("max_server_delay_s", 0, kSpanMax,
                          to_number<std::chrono::seconds>(policy.max_server_delay)));
        policy.rate_limited_floor = std::chrono::seconds(
            fields.number("rate_limited_floor_s", 0, kSpanMax,
                          to_number<std::chrono::seconds>(policy.rate_limited_floor)));
        if (const auto mistake = mistake_in(policy); !mistake.empty()) {
            problems_.add(entry.line,
                          "The policy " + entry.key + " cannot work: " + std::string(mistake),
                          "Correct the numbers");
            return;
        }
        rules_.policies[entry.key] = policy;
    }

    /// What the policy starts from: the preset that it changes, or the one that it names.
    resilience::RetryPolicy base_of(const YamlEntry& entry, const YamlMapping& fields) {
        const auto preset = resilience::presets::by_name(entry.key);
        const auto like = fields.text("like");
        if (preset && like.empty()) return *preset;
        if (like.empty()) {
            problems_.add(entry.line, "There is no preset \"" + entry.key + "\" to change",
                          "Name one of " + preset_names() +
                              ", or say with \"like\" what the new policy starts from");
            return {};
        }
        if (const auto other = rules_.policy(like)) return *other;
        problems_.add(fields.line("like"),
                      "The policy " + entry.key + " is like the unknown \"" + like + "\"",
                      "Name one of " + preset_names() + ", or a policy above this one");
        return {};
    }

    double multiplier_in(const YamlMapping& fields, double fallback) {
        const auto text = fields.text("multiplier");
        if (text.empty()) return fallback;
        double value = 0;
        const auto* end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data(), end, value);
        if (error == std::errc() && rest == end && value >= 1.0 && value <= 100.0) return value;
        problems_.add(fields.line("multiplier"), R"("multiplier" is ")" + text + '"',
                      "Write a number from 1 to 100, such as 2 or 1.5");
        return fallback;
    }

    void read_classifier(const YamlEntry& section) {
        const YamlMapping fields(section.value, "classifier of retry",
                                 {"unknown", "statuses", "phrases"}, problems_);
        rules_.unknown = static_cast<ErrorClass>(fields.choice(
            "unknown", kClassNames, static_cast<std::size_t>(ErrorClass::kPermanent)));
        if (const auto* statuses = fields.find("statuses")) {
            const YamlMapping named(statuses->value, "statuses of classifier", {}, problems_);
            for (const auto& entry : named.entries()) {
                read_status(entry);
            }
        }
        if (const auto* phrases = fields.find("phrases")) {
            const YamlMapping named(phrases->value, "phrases of classifier", {}, problems_);
            for (const auto& entry : named.entries()) {
                read_phrase(entry);
            }
        }
    }

    void read_status(const YamlEntry& entry) {
        int status = 0;
        const auto* end = entry.key.data() + entry.key.size();
        const auto [rest, error] = std::from_chars(entry.key.data(), end, status);
        if (error != std::errc() || rest != end) status = 0;
        const YamlMapping fields(entry.value, "status " + entry.key, {"class", "scope"}, problems_);
        resilience::StatusRule rule{
            .status = status, .cls = class_in(fields), .scope = scope_in(fields)};
        if (keep(entry, {.statuses = {rule}})) rules_.classifier.statuses.push_back(rule);
    }

    void read_phrase(const YamlEntry& entry) {
        const YamlMapping fields(entry.value, "phrase " + entry.key,
                                 {"text", "class", "scope", "status"}, problems_);
        resilience::PhraseRule rule{.phrase = fields.required_text("text"),
                                    .cls = class_in(fields),
                                    .scope = scope_in(fields),
                                    .name = entry.key};
        if (fields.find("status") != nullptr) {
            rule.status = static_cast<int>(fields.number("status", 300, 599, 400));
        }
        if (rules_.classifier.phrases.size() == resilience::kPhraseRulesMax) {
            problems_.add(entry.line, "There are more than 64 phrases",
                          "Remove some: the first that matches decides");
        } else if (keep(entry, {.phrases = {rule}})) {
            rules_.classifier.phrases.push_back(std::move(rule));
        }
    }

    bool keep(const YamlEntry& entry, const resilience::ClassifierRules& one) {
        const auto mistake = mistake_in(one);
        if (mistake.empty()) return true;
        problems_.add(entry.line, "The rule " + entry.key + " cannot work: " + mistake,
                      "Correct it; docs/resilience.md shows examples");
        return false;
    }

    static std::string preset_names() {
        std::string names;
        for (const auto name : resilience::presets::kNames) {
            names.append(names.empty() ? "" : ", ").append(name);
        }
        return names;
    }

    template <class Unit>
    static std::uint32_t to_number(resilience::Duration span) {
        return static_cast<std::uint32_t>(std::chrono::duration_cast<Unit>(span).count());
    }

    RetryRules& rules_;
    ProblemList& problems_;
};

}  // namespace

std::optional<resilience::RetryPolicy> RetryRules::policy(std::string_view name) const {
    const auto own = policies.find(std::string(name));
    if (own != policies.end()) return own->second;
    return resilience::presets::by_name(name);
}

void read_retry(const YamlEntry& section, RetryRules& rules, ProblemList& problems) {
    RetryReader(rules, problems).read(section);
}

}  // namespace bot::config
