#pragma once

#include "bot/cli/command_line.hpp"
#include "bot/config/config.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <functional>
#include <iosfwd>

namespace bot::cli {

/// The three standard streams; tests put strings in their place.
struct Terminal {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
};

/// What verbs need of the process around them.
struct World {
    config::Variables environment;  ///< See config::process_environment.
    const resilience::Clock& clock;
};

/// The long-running verbs, and what only a build with the whole service can do. An empty function
/// makes its verb exit with 69.
struct Actions {
    std::function<int(const ServeOptions&)> serve = {};
    std::function<int(const SandboxVerbOptions&, const Terminal&)> sandbox = {};
    /// Used by `send` when no bot owns the state folder.
    std::function<resilience::Result<SendReply>(const ConfigOptions&, const SendRequest&)>
        send_without_owner = {};
};

/// `main` without the process: reads the command line, runs the verb, returns the exit code
/// (exit_code.hpp). Blocks as long as the verb runs.
int run_command_line(int argc,
                     const char* const* argv,
                     const Terminal& terminal,
                     const World& world,
                     const Actions& actions);

/// Where settings come from, given the options of a verb.
config::Sources sources_for(const ConfigOptions& options, config::Variables environment);

/// Loads the configuration as the options of a verb say. Beside what `config::load` finds, a file
/// with settings that was named but is not there is a mistake.
config::Loaded load_config(const ConfigOptions& options, const World& world);

/// One line each.
void print(const std::vector<config::ConfigProblem>& problems, std::ostream& out);

/// Loads the configuration; on mistakes prints them all and returns nothing (exit with 78).
std::optional<config::Config> load_or_complain(const ConfigOptions& options,
                                               const World& world,
                                               std::ostream& err);

int run_send(SendVerbOptions options,
             const Terminal& terminal,
             const World& world,
             const Actions& actions);
int run_status(const StatusOptions& options, const Terminal& terminal, const World& world);
int run_why(const WhyOptions& options, const Terminal& terminal, const World& world);
int run_check_config(const CheckConfigOptions& options,
                     const Terminal& terminal,
                     const World& world);
int run_version(const VersionOptions& options, const Terminal& terminal);

}  // namespace bot::cli
