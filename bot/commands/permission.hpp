#pragma once

#include "bot/commands/command.hpp"
#include "bot/commands/command_table.hpp"
#include "bot/config/config.hpp"

#include <string>
#include <vector>

namespace bot::commands {

/// Who asks, and where.
struct Asker {
    std::string email;      ///< Empty: not known, so that nothing which is not for everybody is.
    std::string room = {};  ///< Name from the configuration; empty: a room it does not name.
};

/// Why this one may not use the command, as a sentence for them; empty: they may. Admins may use
/// every command anywhere. For others the configuration's permission decides, and where there is
/// none the command itself. Addresses and domains are compared without regard to case. Pure.
std::string denial(const Command& command, const config::Config& config, const Asker& asker);

/// Permissions and cool-downs of commands that there are not, with file and line. Pure.
std::vector<config::ConfigProblem> check_rules(const config::Config& config,
                                               const CommandTable& table);

}  // namespace bot::commands
