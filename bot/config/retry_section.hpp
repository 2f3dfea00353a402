#pragma once

#include "bot/config/retry_rules.hpp"
#include "bot/config/yaml_mapping.hpp"

namespace bot::config {

/// Fills `rules` from the section `retry` of the file:
///
///     retry:
///       policies:
///         webex: {initial_ms: 3000}                 # changes the preset
///         ledger: {like: database, max_attempts: 5} # a new one
///       classifier:
///         unknown: permanent
///         statuses:
///           420: {class: rate_limited}
///         phrases:
///           maintenance: {text: maintenance window, class: transient, scope: bot, status: 400}
///
/// Names of phrases are the names of rules, as `stentor why` and the logs show them.
void read_retry(const YamlEntry& section, RetryRules& rules, ProblemList& problems);

}  // namespace bot::config
