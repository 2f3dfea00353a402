#pragma once

#include "bot/charts/spec.hpp"
#include "bot/config/retry_rules.hpp"
#include "bot/config/yaml_mapping.hpp"
#include "bot/reports/spec.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace bot::config {

/// Reads one report of the section `reports`; its keys are explained in docs/reports.md. Paths are
/// relative to `folder`, retry policies those of `retry`, and charts it names must be among
/// `charts` and rooms among `rooms`. What is wrong is added to `problems`, and the default stands.
reports::Spec read_report(const YamlEntry& entry,
                          const std::filesystem::path& folder,
                          const RetryRules& retry,
                          const std::vector<charts::Spec>& charts,
                          const std::vector<std::string>& rooms,
                          ProblemList& problems);

}  // namespace bot::config
