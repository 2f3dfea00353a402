#include "bot/commands/permission.hpp"

#include "bot/commands/named.hpp"
#include "bot/text/closest.hpp"
#include "resilience/ascii.hpp"

#include <algorithm>

namespace bot::commands {

namespace {

bool among(const std::vector<std::string>& list, const std::string& wanted) {
    return std::any_of(list.begin(), list.end(), [&](const auto& one) {
        return resilience::ascii::lowered(one) == resilience::ascii::lowered(wanted);
    });
}

bool is_meant(const config::Permission& permission, const std::string& email) {
    if (permission.emails.empty() && permission.domains.empty()) return true;
    if (email.empty()) return false;
    return among(permission.emails, email) ||
           among(permission.domains, email.substr(email.rfind('@') + 1));
}

void judge(const std::string& section,
           const std::string& command,
           int line,
           const config::Config& config,
           const CommandTable& table,
           std::vector<config::ConfigProblem>& problems) {
    const auto* found = table.find(command);
    if (found != nullptr && found->name == command) return;
    const auto near = found != nullptr ? found->name : text::closest(command, table.words());
    problems.push_back(
        {config.config_file, line,
         "The section " + section + " names the unknown command \"" + command + "\"",
         near.empty() ? "Name a command as `help` lists it" : "Did you mean \"" + near + "\"?"});
}

}  // namespace

std::string denial(const Command& command, const config::Config& config, const Asker& asker) {
    if (!asker.email.empty() && among(config.admins, asker.email)) return {};
    const auto& rules = config.permissions;
    const auto rule = std::find_if(rules.begin(), rules.end(),
                                   [&](const auto& one) { return one.command == command.name; });
    if (rule == rules.end()) {
        if (command.audience == Audience::kEverybody) return {};
        return "Only admins may use `" + command.name +
               "`; who they are is in my configuration, which the operators keep.";
    }
    if (!is_meant(*rule, asker.email)) {
        return "You may not use `" + command.name +
               "`; the operators say in my configuration who may.";
    }
    if (!rule->rooms.empty() && !among(rule->rooms, asker.room)) {
        return "`" + command.name +
               "` may not be used in this room; the operators say in my configuration where it "
               "may.";
    }
    return {};
}

std::vector<config::ConfigProblem> check_rules(const config::Config& config,
                                               const CommandTable& table) {
    std::vector<config::ConfigProblem> problems;
    for (const auto& one : config.permissions)
        judge("permissions", one.command, one.line, config, table, problems);
    for (const auto& one : config.cool_downs)
        judge("cool_downs", one.command, one.line, config, table, problems);
    return problems;
}

}  // namespace bot::commands
