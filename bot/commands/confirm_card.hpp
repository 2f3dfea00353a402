#pragma once

#include "bot/commands/command.hpp"

#include <string>

namespace bot::commands {

/// Asks back before something is done: a card with two buttons that say `confirm CODE` and
/// `decline CODE`, and the same in words where cards are not shown. `question` is markdown. Pure.
Reply confirm_card(const std::string& question, const std::string& code, bool direct);

}  // namespace bot::commands
