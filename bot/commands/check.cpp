#include "bot/commands/check.hpp"

#include "bot/commands/aliases.hpp"
#include "bot/commands/command_table.hpp"
#include "bot/commands/permission.hpp"
#include "bot/commands/standard.hpp"

#include <utility>

namespace bot::commands {

std::vector<config::ConfigProblem> check_config(const config::Config& config) {
    const auto table = CommandTable::make(standard_commands());
    if (table.ok()) {
        auto problems = check_aliases(config, table.value());
        for (auto& problem : check_rules(config, table.value()))
            problems.push_back(std::move(problem));
        return problems;
    }
    return {{{}, 0, table.error().message, "This is a mistake in the program; please report it"}};
}

}  // namespace bot::commands
