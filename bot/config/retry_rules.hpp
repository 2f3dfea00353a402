#pragma once

#include "resilience/classifier_rules.hpp"
#include "resilience/retry.hpp"

#include <map>
#include <string>
#include <string_view>

namespace bot::config {

/// How this bot tries again: the presets of the library, as the operator has changed them, policies
/// of the operator's own, and rules for the classifier.
struct RetryRules {
    /// Changed presets and new policies, by name.
    std::map<std::string, resilience::RetryPolicy> policies = {};
    resilience::ErrorClass unknown = resilience::ErrorClass::kPermanent;
    resilience::ClassifierRules classifier = {};

    /// The profile's rules, with the operator's before them.
    resilience::Classifier classifier_of(resilience::Profile profile) const {
        return {profile, unknown, classifier};
    }
    /// The policy of that name: the operator's, or else the library's preset; empty if neither has
    /// it.
    std::optional<resilience::RetryPolicy> policy(std::string_view name) const;
};

}  // namespace bot::config
