#pragma once

#include "bot/commands/command.hpp"
#include "bot/commands/command_line.hpp"
#include "bot/commands/command_table.hpp"
#include "bot/config/config.hpp"

#include <vector>

namespace bot::commands {

/// What an alias of `command` stands for, with what was written behind it: words come at the end,
/// options take the place of the alias's own, whichever of their names was used. Pure.
CommandLine expand(const Command& command, const CommandLine& meant, const CommandLine& given);

/// What is wrong with the aliases of a configuration, with file and line: one that has the name of
/// a command, or that stands for another alias, for no command, for what its command does not take,
/// or for a chart or report that there is not. `table` holds the commands alone. Pure.
std::vector<config::ConfigProblem> check_aliases(const config::Config& config,
                                                 const CommandTable& table);

}  // namespace bot::commands
