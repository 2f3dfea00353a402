#pragma once

#include "bot/cli/verbs.hpp"
#include "bot/config/config.hpp"
#include "messaging/sandbox/sandbox.hpp"

#include <stop_token>

namespace bot::cli {

/// The sandbox that a configuration describes: its people with their tokens, the bot, and the
/// rooms, of each of which the bot is a member. `config.sandbox` must be set.
messaging::sandbox::SandboxOptions sandbox_options(const config::Config& config,
                                                   const SandboxVerbOptions& options);

/// `stentor sandbox`: serves until `stop`. Returns the exit code: 0 after a clean stop, 69 when it
/// cannot listen, its state is in use or its fault plan cannot be used, 78 when the configuration
/// describes no sandbox.
int run_sandbox(const SandboxVerbOptions& options,
                const Terminal& terminal,
                const World& world,
                resilience::Clock& clock,
                const std::stop_token& stop);

}  // namespace bot::cli
