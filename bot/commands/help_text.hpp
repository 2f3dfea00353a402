#pragma once

#include "bot/commands/command.hpp"

#include <string>

namespace bot::commands {

/// What `help COMMAND` says, as markdown: how it is written, what each argument may be, an example
/// and its other names. Pure.
std::string help_text(const Command& command);

}  // namespace bot::commands
