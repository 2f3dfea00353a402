#include "bot/commands/help_text.hpp"

namespace bot::commands {
namespace {

// "- `--last N` (or `--weeks`): only the last rows of its data; a whole number from 1 to 400".
std::string argument_line(const Argument& argument, bool option) {
    auto needed = argument;
    needed.required = true;  // without brackets: that it may be left out is said in words
    std::string line = "- `" + usage_of(needed, option) + "`";
    for (const auto& name : argument.also)
        line += " (or `--" + name + "`)";
    line += ": " + argument.help;
    const bool anything =
        argument.type == ArgumentType::kWord || argument.type == ArgumentType::kText;
    if (!anything) line += "; " + kind_of(argument);
    if (!argument.fallback.empty()) {
        line += "; otherwise `" + argument.fallback + "`";
    } else if (!argument.required) {
        line += "; may be left out";
    }
    return line + "\n";
}

}  // namespace

std::string usage_of(const Command& command, bool with_options) {
    auto usage = command.name;
    for (const auto& argument : command.arguments)
        usage += " " + usage_of(argument, false);
    if (!with_options) return usage;
    for (const auto& option : command.options)
        usage += " " + usage_of(option, true);
    return usage;
}

std::string help_text(const Command& command) {
    auto markdown = "**" + command.name + "**: " + command.summary + ".\n\nUsage: `" +
                    usage_of(command, true) + "`";
    std::string lines;
    for (const auto& argument : command.arguments)
        lines += argument_line(argument, false);
    for (const auto& option : command.options)
        lines += argument_line(option, true);
    if (!lines.empty()) markdown += "\n\n" + lines;
    if (!command.example.empty()) {
        markdown +=
            (lines.empty() ? "\n\n" : "\n") + std::string("Example: `") + command.example + "`";
    }
    std::string aliases;
    for (const auto& alias : command.aliases)
        aliases += (aliases.empty() ? "`" : ", `") + alias + "`";
    if (!aliases.empty()) markdown += "\n\nAlso: " + aliases;
    return markdown;
}

}  // namespace bot::commands
