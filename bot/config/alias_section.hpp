#pragma once

#include "bot/config/alias.hpp"
#include "bot/config/yaml_mapping.hpp"

#include <vector>

namespace bot::config {

/// Reads the section `aliases` of the file:
///
///     aliases:
///       aging: chart aging
///       weekly: chart mttr --weeks 6
///
/// Whether each of them stands for something that there is, `commands::check_aliases` knows.
void read_aliases(const YamlEntry& section, std::vector<Alias>& aliases, ProblemList& problems);

}  // namespace bot::config
