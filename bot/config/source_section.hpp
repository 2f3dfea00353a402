#pragma once

#include "bot/config/retry_rules.hpp"
#include "bot/config/yaml_mapping.hpp"
#include "bot/sources/spec.hpp"

#include <filesystem>
#include <string>

namespace bot::config {

/// What a source is read for, and with what it is checked.
struct SourceContext {
    std::string whose;                    ///< "chart mttr", for problems.
    const std::filesystem::path& folder;  ///< Paths are relative to it.
    const RetryRules& retry;              ///< Policies a source may name.
    bool picture = false;                 ///< A picture is wanted and no rows.
};

/// Reads the key "data" of a chart or report: the path of a file, or a mapping with one of the keys
/// file, url, prometheus, sqlite and command; docs/charts.md explains them. What is wrong is added
/// to `problems`. A file that is not there is only warned about: it may be written later, and is
/// then told of in the room that asks.
sources::Spec read_source(const YamlMapping& fields,
                          const SourceContext& context,
                          ProblemList& problems);

/// A path relative to `folder`; an empty one stays empty.
std::string in_folder(const std::filesystem::path& folder, const std::string& path);

}  // namespace bot::config
