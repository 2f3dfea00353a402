#include "bot/commands/check.hpp"

#include "bot/commands/aliases.hpp"
#include "bot/commands/command_table.hpp"
#include "bot/commands/standard.hpp"

namespace bot::commands {

std::vector<config::ConfigProblem> check_config(const config::Config& config) {
    const auto table = CommandTable::make(standard_commands());
    if (table.ok()) return check_aliases(config, table.value());
    return {{{}, 0, table.error().message, "This is a mistake in the program; please report it"}};
}

}  // namespace bot::commands
