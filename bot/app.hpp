#pragma once

#include "bot/cli/command_line.hpp"
#include "bot/config/config.hpp"
#include "resilience/result.hpp"

#include <stop_token>

namespace bot {

/// The service, wired by hand: runs until `stop` is requested. Fails when something it needs cannot
/// be opened: the state folder ("store_in_use" when another process owns it), the port, the control
/// socket. Blocks; the log must be open.
resilience::Result<resilience::Done> serve(const config::Config& config,
                                           const cli::ServeOptions& options,
                                           const std::stop_token& stop);

}  // namespace bot
