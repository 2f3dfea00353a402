#include "bot/cli/exit_code.hpp"
#include "bot/cli/sandbox_verb.hpp"
#include "bot/cli/verbs.hpp"
#include "bot/config/config.hpp"
#include "bot/signals.hpp"
#include "resilience/clock.hpp"

#include <exception>
#include <iostream>

int main(int argc, char** argv) {
    try {
        resilience::SystemClock clock;
        const bot::cli::World world{bot::config::process_environment(), clock};
        const bot::cli::Terminal terminal{std::cin, std::cout, std::cerr};
        bot::cli::Actions actions;
        actions.sandbox = [&](const auto& options, const auto& streams) {
            const bot::StopSignals signals;
            return bot::cli::run_sandbox(options, streams, world, clock, signals.token());
        };
        return bot::cli::run_command_line(argc, argv, terminal, world, actions);
    } catch (const std::exception& error) {
        std::cerr << "stentor: internal error: " << error.what() << "\n";
        return bot::cli::kExitFailed;
    }
}
