#pragma once

#include "bot/cli/command_line.hpp"
#include "bot/cli/fan_out_protocol.hpp"
#include "resilience/result.hpp"

namespace bot {

/// The service, wired by hand: runs until a stop signal. Returns the process's exit code: 0 after
/// a clean stop, 75 when another process owns the state folder, 77, 78 … (bot/cli/exit_code.hpp).
/// Blocks; logs to standard output, mistakes of the configuration go to standard error.
int run_serve(const cli::ServeOptions& options);

/// Delivers one message without a running bot: opens the state folder itself, sends and waits.
/// Fails when another process owns the folder. Blocks.
resilience::Result<cli::SendReply> run_send_without_owner(const cli::ConfigOptions& options,
                                                          const cli::SendRequest& request);

/// The same for many targets.
resilience::Result<cli::FanOutReply> run_send_many_without_owner(const cli::ConfigOptions& options,
                                                                 const cli::FanOutRequest& request);

}  // namespace bot
