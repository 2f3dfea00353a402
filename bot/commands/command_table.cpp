#include "bot/commands/command_table.hpp"

#include "bot/commands/aliases.hpp"
#include "bot/commands/confirm_card.hpp"
#include "bot/commands/help_text.hpp"
#include "bot/commands/named.hpp"
#include "bot/commands/permission.hpp"
#include "bot/text/closest.hpp"
#include "bot/text/markdown.hpp"
#include "bot/text/utf8.hpp"
#include "resilience/ascii.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <set>
#include <utility>

namespace bot::commands {

using resilience::Done;
using resilience::Result;

namespace {

using resilience::ascii::lowered;

bool is_word(const std::string& name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '?';
    });
}

std::string short_for(const std::string& name, const std::string& text) {
    return "`" + name + "` is short for `" + text::escape_code(text) + "`.\n\n";
}

constexpr const char* kConfirm = "confirm";
constexpr const char* kDecline = "decline";

Command decision(const char* name, const char* summary) {
    return {.name = name,
            .summary = summary,
            .arguments = {{.name = "code", .help = "as I have given it", .required = true}},
            .handler = nullptr};  // Answered by the table, which runs what was asked.
}

Asker who(const Invocation& invocation, const Services& services) {
    return {.email = invocation.person_email,
            .room = services.room_name ? services.room_name(invocation.room_id) : ""};
}

// Another chart is another question; another theme of the same one is not.
std::optional<Reply> too_fast(const Command& command,
                              const CommandLine& line,
                              const Invocation& invocation,
                              const Services& services) {
    const auto& rules = services.config.cool_downs;
    const auto rule = std::find_if(rules.begin(), rules.end(),
                                   [&](const auto& one) { return one.command == command.name; });
    if (rule == rules.end() || services.cool_down == nullptr) return std::nullopt;
    CoolDown::Question question{
        .what = command.name, .person = invocation.person_id, .room = invocation.room_id};
    for (const auto& word : line.words)
        question.what += " " + lowered(word);
    const auto wait = services.cool_down->ask(question, {.user = rule->user, .room = rule->room},
                                              services.clock.now());
    if (!wait) return std::nullopt;
    return deny(too_soon(question, *wait), "too fast");
}

Reply ask_back(const std::string& question,
               const Invocation& invocation,
               const Services& services) {
    if (services.confirmations == nullptr || !services.chance) {
        return refuse("I would have to ask whether you mean it, and cannot do that here.");
    }
    const auto code = services.confirmations->ask(
        {.person = invocation.person_id, .room = invocation.room_id, .text = invocation.text},
        services.clock.now(), services.chance());
    return confirm_card(question, code, invocation.direct);
}

std::string echo(const std::string& word) {
    return text::is_utf8(word) ? text::escape_markdown(text::shorten(word, kEchoMax)) : "that word";
}

}  // namespace

Result<CommandTable> CommandTable::make(std::vector<Command> commands,
                                        const std::vector<config::Alias>& aliases) {
    CommandTable table;
    table.commands_ = std::move(commands);
    Command help{.name = "help",
                 .aliases = {"?", "commands"},
                 .summary = "Lists the commands, or explains one",
                 .arguments = {{.name = "command", .help = "what to explain"}},
                 .handler = nullptr};  // Answered by the table, which is what it describes.
    table.commands_.insert(table.commands_.begin(), std::move(help));
    table.commands_.push_back(decision(kConfirm, "Has something done that I asked about"));
    table.commands_.push_back(decision(kDecline, "Leaves it undone"));
    if (auto checked = table.check_names(); !checked.ok()) return checked.error();
    for (const auto& alias : aliases) {
        if (auto added = table.add(alias); !added.ok()) return added.error();
    }
    return table;
}

Result<Done> CommandTable::check_names() const {
    std::set<std::string> taken;
    for (const auto& command : commands_) {
        if (const auto wrong = declaration_mistake(command.arguments, command.options);
            !wrong.empty()) {
            return resilience::permanent_error("The command \"" + command.name +
                                               "\" is not well declared: " + wrong);
        }
        auto names = command.aliases;
        names.insert(names.begin(), command.name);
        for (const auto& name : names) {
            if (!is_word(name)) {
                return resilience::permanent_error("\"" + name +
                                                   "\" cannot be the name of a command; use a "
                                                   "lower-case word");
            }
            if (!taken.insert(name).second) {
                return resilience::permanent_error("Two commands have the name or alias \"" + name +
                                                   "\"; rename one");
            }
        }
    }
    return Done{};
}

Result<Done> CommandTable::add(const config::Alias& alias) {
    const auto refuse_alias = [&alias](const std::string& why) {
        return resilience::permanent_error("The alias \"" + alias.name + "\" " + why);
    };
    if (!is_word(alias.name)) return refuse_alias("is no lower-case word");
    if (find(alias.name) != nullptr) return refuse_alias("has the name of another; rename it");
    auto line = parse_command_line(alias.text);
    if (!line.ok()) return refuse_alias("cannot be read: " + line.error().message);
    const auto meant = find_short(line.value().verb) == nullptr ? find(line.value().verb) : nullptr;
    if (meant == nullptr) return refuse_alias("stands for no command: " + alias.text);
    shorts_.push_back({alias.name, alias.text, std::move(line).value(),
                       static_cast<std::size_t>(meant - commands_.data())});
    return Done{};
}

const CommandTable::Short* CommandTable::find_short(std::string_view word) const {
    const auto found = std::find_if(shorts_.begin(), shorts_.end(),
                                    [&](const Short& one) { return one.name == word; });
    return found == shorts_.end() ? nullptr : &*found;
}

const Command* CommandTable::find(std::string_view word) const {
    const auto name = lowered(word);
    for (const auto& command : commands_) {
        const auto& aliases = command.aliases;
        if (command.name == name ||
            std::find(aliases.begin(), aliases.end(), name) != aliases.end()) {
            return &command;
        }
    }
    const auto* meant = find_short(name);
    return meant == nullptr ? nullptr : &commands_[meant->command];
}

Reply CommandTable::answer(const Invocation& invocation, const Services& services) const {
    auto line = parse_command_line(invocation.text);
    if (!line.ok()) return refuse(line.error().message);
    const auto verb = line.value().verb;
    if (verb.empty()) return overview(invocation, services);
    const auto* command = find(verb);
    if (command == nullptr) return unknown(verb);
    if (const auto* alias = find_short(verb)) {
        line = expand(*command, alias->line, line.value());
    }
    if (auto why = denial(*command, services.config, who(invocation, services)); !why.empty()) {
        return deny(std::move(why), "not allowed");
    }
    const auto today = std::chrono::floor<std::chrono::days>(services.clock.wall_now());
    const auto arguments =
        read_arguments(command->name, command->arguments, command->options, line.value(), today);
    if (!arguments.ok()) return refuse(arguments.error().message);
    if (!command->handler) return built_in(*command, invocation, arguments.value(), services);
    if (!invocation.confirmed) {
        if (auto wait = too_fast(*command, line.value(), invocation, services)) {
            return *std::move(wait);
        }
    }
    return run(*command, invocation, arguments.value(), services);
}

Reply CommandTable::run(const Command& command,
                        const Invocation& invocation,
                        const Arguments& arguments,
                        const Services& services) const {
    std::string what = "an exception of unknown kind";
    try {
        if (command.confirm && !invocation.confirmed) {
            auto question = command.confirm(invocation, arguments, services);
            if (!question.ok()) return refuse(question.error().message);
            if (!question.value().empty()) return ask_back(question.value(), invocation, services);
        }
        return command.handler(invocation, arguments, services);
    } catch (const std::exception& error) {
        what = error.what();
    } catch (...) {  // NOLINT(bugprone-empty-catch): the text above stands for it.
    }
    return refuse("Something went wrong with **" + command.name +
                      "**. It has been logged; please try again later.",
                  "command " + command.name + " threw: " + what);
}

Reply CommandTable::built_in(const Command& command,
                             const Invocation& invocation,
                             const Arguments& arguments,
                             const Services& services) const {
    const bool decides = command.name == kConfirm || command.name == kDecline;
    return decides ? decide(command, invocation, arguments, services)
                   : help(invocation, arguments, services);
}

Reply CommandTable::decide(const Command& command,
                           const Invocation& invocation,
                           const Arguments& arguments,
                           const Services& services) const {
    if (services.confirmations == nullptr) return refuse("I do not ask back here.");
    const auto answer = services.confirmations->take(arguments.text("code"), invocation.person_id,
                                                     invocation.room_id, services.clock.now());
    switch (answer.outcome) {
        case Confirmations::Outcome::kUnknown:
            return deny("I am not waiting for that code in this room, or no longer. Ask again.",
                        "unknown code");
        case Confirmations::Outcome::kNotTheirs:
            return deny("Somebody else was asked; only they can answer.", "not theirs");
        case Confirmations::Outcome::kTaken:
            break;
    }
    if (command.name == kDecline) {
        auto reply = say("It is left undone.");
        reply.reason = "declined: " + answer.text;
        reply.card_served = true;
        return reply;
    }
    auto meant = invocation;
    meant.text = answer.text;
    meant.confirmed = true;
    auto reply = this->answer(meant, services);
    if (reply.reason.empty()) reply.reason = "confirmed: " + answer.text;
    reply.card_served = true;
    return reply;
}

Reply CommandTable::help(const Invocation& invocation,
                         const Arguments& arguments,
                         const Services& services) const {
    const auto& asked = arguments.text("command");
    if (asked.empty()) return overview(invocation, services);
    const auto* command = find(asked);
    if (command == nullptr) return unknown(asked);
    const auto* alias = find_short(lowered(asked));
    const auto stands_for = alias == nullptr ? "" : short_for(alias->name, alias->text);
    return say(stands_for + help_text(*command));
}

// What somebody may not use is not offered to them.
Reply CommandTable::overview(const Invocation& invocation, const Services& services) const {
    std::string markdown = "This is what I can do:\n\n";
    const auto asker = who(invocation, services);
    for (const auto& command : commands_) {
        if (!denial(command, services.config, asker).empty()) continue;
        markdown += "- `" + usage_of(command, false) + "` " + command.summary + "\n";
    }
    std::string shorts;
    for (const auto& one : shorts_)
        shorts += (shorts.empty() ? "`" : ", `") + one.name + "`";
    if (!shorts.empty()) markdown += "\nShort forms: " + shorts + ".\n";
    markdown += "\n`help COMMAND` explains one.";
    if (!invocation.direct) markdown += " In this room, mention me first.";
    return say(std::move(markdown));
}

Reply CommandTable::unknown(const std::string& word) const {
    const auto near = text::closest(word, words());
    return refuse("I do not know \"" + echo(word) + "\". " +
                  (near.empty() ? "" : "Did you mean `" + near + "`? ") +
                  "`help` lists what I can do.");
}

std::vector<std::string> CommandTable::words() const {
    std::vector<std::string> all;
    for (const auto& command : commands_) {
        all.push_back(command.name);
        all.insert(all.end(), command.aliases.begin(), command.aliases.end());
    }
    for (const auto& one : shorts_)
        all.push_back(one.name);
    return all;
}

Reply say(std::string markdown) {
    Reply reply;
    reply.messages.emplace_back();
    reply.messages.front().markdown = std::move(markdown);
    return reply;
}

Reply refuse(std::string markdown, std::string detail) {
    auto reply = say(std::move(markdown));
    reply.ok = false;
    reply.detail = std::move(detail);
    return reply;
}

Reply deny(std::string markdown, std::string reason) {
    auto reply = refuse(std::move(markdown));
    reply.reason = std::move(reason);
    return reply;
}

sources::Watch watch_of(const Invocation& invocation) {
    sources::Watch watch;
    watch.stop = invocation.stop;
    if (invocation.retrying) {
        watch.on_repeat = [&invocation](const sources::Repeat& repeat) {
            invocation.retrying({repeat.failed + 1, repeat.attempts_max, repeat.wait});
        };
    }
    return watch;
}

std::string asker(const Invocation& invocation) {
    const auto& name =
        invocation.person_name.empty() ? invocation.person_email : invocation.person_name;
    auto safe = text::escape_markdown(text::is_utf8(name) ? text::shorten(name, kEchoMax) : "");
    return safe.empty() ? "you" : safe;
}

}  // namespace bot::commands
