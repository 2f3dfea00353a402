#include "bot/commands/aliases.hpp"

#include "bot/commands/named.hpp"
#include "bot/text/closest.hpp"
#include "resilience/ascii.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace bot::commands {

namespace {

// The name under which the command declares an option.
std::string declared_name(const Command& command, const std::string& name) {
    for (const auto& option : command.options) {
        const auto& also = option.also;
        if (std::find(also.begin(), also.end(), name) != also.end()) return option.name;
    }
    return name;
}

class Judge {
public:
    Judge(const config::Config& config, const CommandTable& table)
        : config_(config), table_(table) {}

    std::vector<config::ConfigProblem> run() {
        for (const auto& alias : config_.aliases)
            judge(alias);
        return std::move(problems_);
    }

private:
    void judge(const config::Alias& alias) {
        if (table_.find(alias.name) != nullptr) {
            return add(alias, "has the name of a command", "Choose another name, or remove it");
        }
        const auto line = parse_command_line(alias.text);
        if (!line.ok()) return add(alias, "cannot be read", line.error().message);
        const auto& verb = line.value().verb;
        const auto* command = table_.find(verb);
        if (command == nullptr) return judge_verb(alias, verb);
        // What is missing will be written behind the alias.
        auto positions = command->arguments;
        for (auto& argument : positions)
            argument.required = false;
        const auto arguments =
            read_arguments(command->name, positions, command->options, line.value(), {});
        if (!arguments.ok()) {
            return add(alias, "does not fit the command " + command->name,
                       arguments.error().message);
        }
        const auto& name = arguments.value().text("name");
        if (command->name == "chart") judge_name(alias, "chart", name, names_of(config_.charts));
        if (command->name == "report") judge_name(alias, "report", name, names_of(config_.reports));
    }

    void judge_verb(const config::Alias& alias, const std::string& verb) {
        const auto& aliases = config_.aliases;
        const bool another = std::any_of(aliases.begin(), aliases.end(),
                                         [&](const auto& other) { return other.name == verb; });
        if (another) {
            return add(alias, "stands for another alias, \"" + verb + "\"",
                       "Write out what that one stands for");
        }
        const auto near = text::closest(verb, table_.words());
        add(alias, "stands for the unknown command \"" + verb + "\"",
            near.empty() ? "Begin it with a command, as `help` lists them"
                         : "Did you mean \"" + near + "\"?");
    }

    void judge_name(const config::Alias& alias,
                    const std::string& kind,
                    const std::string& name,
                    const std::vector<std::string>& names) {
        const auto wanted = resilience::ascii::lowered(name);
        if (name.empty() || std::find(names.begin(), names.end(), wanted) != names.end()) return;
        const auto near = text::closest(name, names);
        add(alias, "stands for the unknown " + kind + " \"" + name + "\"",
            near.empty() ? "Name one of the section " + kind + "s"
                         : "Did you mean \"" + near + "\"?");
    }

    void add(const config::Alias& alias, const std::string& what, std::string cure) {
        problems_.push_back({config_.config_file, alias.line,
                             "The alias \"" + alias.name + "\" " + what, std::move(cure)});
    }

    const config::Config& config_;
    const CommandTable& table_;
    std::vector<config::ConfigProblem> problems_;
};

}  // namespace

CommandLine expand(const Command& command, const CommandLine& meant, const CommandLine& given) {
    auto line = given;
    line.verb = meant.verb;
    line.words.insert(line.words.begin(), meant.words.begin(), meant.words.end());
    for (const auto& own : meant.options) {
        const auto name = declared_name(command, own.first);
        const bool replaced = std::any_of(
            given.options.begin(), given.options.end(),
            [&](const auto& option) { return declared_name(command, option.first) == name; });
        if (!replaced) line.options.insert(own);
    }
    return line;
}

std::vector<config::ConfigProblem> check_aliases(const config::Config& config,
                                                 const CommandTable& table) {
    return Judge(config, table).run();
}

}  // namespace bot::commands
