#pragma once

#include "bot/config/yaml_mapping.hpp"
#include "bot/schedule/spec.hpp"

namespace bot::config {

/// Reads one schedule of the section `schedules`; its keys are explained in docs/schedules.md. What
/// is wrong is added to `problems`, and the default stands. Whether its report and its room exist
/// is for the caller.
schedule::Spec read_schedule(const YamlEntry& entry, ProblemList& problems);

}  // namespace bot::config
