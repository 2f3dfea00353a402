#pragma once

#include "resilience/result.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bot::commands {

/// A message taken apart: "chart mttr theme=dark" has the verb "chart", the word "mttr" and the
/// option theme.
struct CommandLine {
    std::string verb;  ///< First word, ASCII letters in lower case; empty for an empty message.
    std::vector<std::string> words = {};
    std::map<std::string, std::string> options = {};  ///< Names in lower case.
    std::set<std::string> bare = {};                  ///< Options that were given without a value.
};

/// Takes a message apart at blanks. "Quotes", 'quotes' and “typographic quotes” keep blanks
/// together where they begin a word or a value; one that is never closed is an ordinary character.
/// Options are `name=value`, `--name=value`, `--name value` and `--name` (value "true"); behind
/// `--` everything is a word. Fails, with a sentence for the sender, on more than 2 000 bytes, more
/// than 64 parts, or an option given twice. Takes any bytes.
resilience::Result<CommandLine> parse_command_line(std::string_view text);

}  // namespace bot::commands
