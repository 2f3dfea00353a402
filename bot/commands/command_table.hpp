#pragma once

#include "bot/commands/command.hpp"
#include "resilience/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bot::commands {

/// All commands, found by the exact first word of a message. Immutable; any thread.
class CommandTable {
public:
    /// Takes the commands and adds `help`, `confirm` and `decline`. Refuses two that share a name
    /// or alias, names that are no lower-case word, and arguments that contradict each other: a
    /// mistake found here is found at start, not by a user. `aliases` are the operator's; one that
    /// names a command, or stands for none, is refused too.
    static resilience::Result<CommandTable> make(std::vector<Command> commands,
                                                 const std::vector<config::Alias>& aliases = {});

    /// The command of this name or alias in any case, or null.
    const Command* find(std::string_view word) const;
    /// All names and aliases.
    std::vector<std::string> words() const;

    /// Answers an invocation, if the asker may use the command (permission.hpp) and does not ask
    /// too fast (cool_down.hpp). Never throws: a handler that does costs its user one notice
    /// without detail, and the log gets the rest. An empty message is answered like "help", an
    /// unknown word with the command most like it, and what does not fit a command's arguments with
    /// a sentence that says what does.
    Reply answer(const Invocation& invocation, const Services& services) const;

private:
    CommandTable() = default;

    Reply help(const Invocation& invocation,
               const Arguments& arguments,
               const Services& services) const;
    Reply built_in(const Command& command,
                   const Invocation& invocation,
                   const Arguments& arguments,
                   const Services& services) const;
    Reply decide(const Command& command,
                 const Invocation& invocation,
                 const Arguments& arguments,
                 const Services& services) const;
    Reply run(const Command& command,
              const Invocation& invocation,
              const Arguments& arguments,
              const Services& services) const;
    Reply overview(const Invocation& invocation, const Services& services) const;
    Reply unknown(const std::string& word) const;
    // A word of the operator's that stands for a command with arguments.
    struct Short {
        std::string name;
        std::string text;
        CommandLine line;
        std::size_t command = 0;
    };

    resilience::Result<resilience::Done> check_names() const;
    resilience::Result<resilience::Done> add(const config::Alias& alias);
    const Short* find_short(std::string_view word) const;

    std::vector<Command> commands_;
    std::vector<Short> shorts_;
};

}  // namespace bot::commands
