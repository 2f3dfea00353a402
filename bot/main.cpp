#include "bot/app.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/sandbox_verb.hpp"
#include "bot/cli/verbs.hpp"
#include "bot/config/config.hpp"
#include "bot/signals.hpp"
#include "resilience/clock.hpp"

#include <exception>
#include <iostream>

int main(int argc, char** argv) {
    using namespace bot::cli;
    try {
        resilience::SystemClock clock;
        const World world{bot::config::process_environment(), clock};
        const Terminal terminal{std::cin, std::cout, std::cerr};
        Actions actions;
        actions.serve = bot::run_serve;
        actions.sandbox = [&](const SandboxVerbOptions& options, const Terminal& streams) {
            const bot::StopSignals signals;
            return run_sandbox(options, streams, world, clock, signals.token());
        };
        actions.send_without_owner = bot::run_send_without_owner;
        return run_command_line(argc, argv, terminal, world, actions);
    } catch (const std::exception& error) {
        std::cerr << "stentor: internal error: " << error.what() << "\n";
        return kExitFailed;
    }
}
