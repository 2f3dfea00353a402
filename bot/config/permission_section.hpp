#pragma once

#include "bot/config/config.hpp"
#include "bot/config/yaml_mapping.hpp"

namespace bot::config {

/// Reads the section `permissions` of the file, whose people and rooms are known already:
///
///     permissions:
///       report: {people: [robin], domains: [example.com], rooms: [operations]}
///       why: {emails: [sam@example.com]}
///
/// Whether there are such commands, `commands::check_config` knows.
void read_permissions(const YamlEntry& section, Config& config, ProblemList& problems);

/// Reads the section `cool_downs`:
///
///     cool_downs:
///       chart: {user_s: 10, room_s: 3}
void read_cool_downs(const YamlEntry& section, Config& config, ProblemList& problems);

}  // namespace bot::config
