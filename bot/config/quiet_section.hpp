#pragma once

#include "bot/config/yaml_mapping.hpp"
#include "bot/schedule/quiet_hours.hpp"

#include <optional>
#include <string>

namespace bot::config {

/// Reads the key `quiet` of a room, {from: "22:00", to: "07:00", time_zone: Europe/Tallinn}. What
/// is wrong is added to `problems`, and the room has no quiet hours.
std::optional<schedule::QuietHours> read_quiet(const YamlEntry& entry,
                                               const std::string& room,
                                               ProblemList& problems);

}  // namespace bot::config
