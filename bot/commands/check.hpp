#pragma once

#include "bot/config/config.hpp"

#include <vector>

namespace bot::commands {

/// What the configuration says of commands and cannot be so, with file and line: aliases that
/// conflict or stand for nothing, rules for commands that there are not. Pure; meant for the start
/// and for check-config.
std::vector<config::ConfigProblem> check_config(const config::Config& config);

}  // namespace bot::commands
