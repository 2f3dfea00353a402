#include "bot/actions.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/sandbox_verb.hpp"
#include "bot/cli/verbs.hpp"
#include "bot/config/config.hpp"
#include "bot/offline.hpp"
#include "bot/signals.hpp"
#include "resilience/clock.hpp"

#include <csignal>
#include <exception>
#include <iostream>

int main(int argc, char** argv) {
    using bot::cli::Actions;
    using bot::cli::SandboxVerbOptions;
    using bot::cli::Terminal;
    using bot::cli::World;
    // A peer that goes away is an error to handle, not a reason to end.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        resilience::SystemClock clock;
        const World world{bot::config::process_environment(), clock};
        const Terminal terminal{std::cin, std::cout, std::cerr};
        Actions actions;
        actions.serve = bot::run_serve;
        actions.sandbox = [&](const SandboxVerbOptions& options, const Terminal& streams) {
            const bot::StopSignals signals;
            return bot::cli::run_sandbox(options, streams, world, clock, signals.token());
        };
        actions.send_without_owner = bot::run_send_without_owner;
        actions.send_many_without_owner = bot::run_send_many_without_owner;
        actions.dead_without_owner = bot::run_dead_without_owner;
        actions.recall_without_owner = bot::run_recall_without_owner;
        actions.release_without_owner = bot::run_release_without_owner;
        actions.timeline_without_owner = bot::run_timeline_without_owner;
        actions.reports_without_owner = bot::run_reports_without_owner;
        actions.runs_without_owner = bot::run_runs_without_owner;
        actions.facts_without_owner = bot::run_facts_without_owner;
        return bot::cli::run_command_line(argc, argv, terminal, world, actions);
    } catch (const std::exception& error) {
        std::cerr << "stentor: internal error: " << error.what() << "\n";
        return bot::cli::kExitFailed;
    }
}
