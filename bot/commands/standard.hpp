#pragma once

#include "bot/commands/command.hpp"

#include <vector>

namespace bot::commands {

// Each command that needs more than a line is a file of its own: bot/commands/NAME.cpp.
Command about_command();
Command cancel_command();
Command chart_command();
Command charts_command();
Command post_command();
Command report_command();
Command reports_command();
Command report_runs_command();
Command why_command();

/// The bot's commands, in the order in which `help` lists them. `help`, `confirm` and
/// `decline` are the table's.
std::vector<Command> standard_commands();

}  // namespace bot::commands
