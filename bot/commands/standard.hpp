#pragma once

#include "bot/commands/command.hpp"

#include <vector>

namespace bot::commands {

/// The bot's commands: hi, ping, status, whoami, charts, chart, reports, report.
std::vector<Command> standard_commands();

}  // namespace bot::commands
