#pragma once

#include "bot/charts/spec.hpp"
#include "bot/config/retry_rules.hpp"
#include "bot/config/yaml_mapping.hpp"

#include <filesystem>

namespace bot::config {

/// Reads one chart of the section `charts`; its keys are explained in docs/charts.md. Paths are
/// relative to `folder`, retry policies those of `retry`. What is wrong is added to `problems`, and
/// the default stands.
charts::Spec read_chart(const YamlEntry& entry,
                        const std::filesystem::path& folder,
                        const RetryRules& retry,
                        ProblemList& problems);

}  // namespace bot::config
