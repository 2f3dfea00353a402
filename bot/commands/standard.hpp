#pragma once

#include "bot/commands/command.hpp"

#include <vector>

namespace bot::commands {

// Each command that needs more than a line is a file of its own: bot/commands/NAME.cpp.
Command cancel_command();
Command chart_command();
Command charts_command();
Command report_command();
Command reports_command();
Command why_command();

/// The bot's commands, in the order in which `help` lists them. `help` itself is the table's.
std::vector<Command> standard_commands();

}  // namespace bot::commands
