#pragma once

#include "bot/cli/command_line.hpp"
#include "bot/cli/facts_protocol.hpp"
#include "bot/cli/fan_out_protocol.hpp"
#include "bot/cli/unix_http.hpp"
#include "bot/config/config.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <functional>
#include <iosfwd>
#include <optional>

namespace bot::cli {

/// Rule of the error when no bot runs and this process could not take the message either.
inline constexpr std::string_view kNothingAccepted = "nothing_accepted";

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
    // Used when no bot owns the state folder: they open the store themselves.
    std::function<resilience::Result<FanOutReply>(const ConfigOptions&, const FanOutRequest&)>
        send_many_without_owner = {};
    std::function<resilience::Result<DeadReply>(const ConfigOptions&, const DeadRequest&)>
        dead_without_owner = {};
    std::function<resilience::Result<RecallReply>(const ConfigOptions&, const RecallRequest&)>
        recall_without_owner = {};
    std::function<resilience::Result<ReleaseReply>(const ConfigOptions&, const ReleaseRequest&)>
        release_without_owner = {};
    std::function<resilience::Result<std::optional<Timeline>>(const ConfigOptions&,
                                                              messaging::outbox::DeliveryId)>
        timeline_without_owner = {};
    std::function<resilience::Result<ReportReply>(const ConfigOptions&, const ReportRequest&)>
        reports_without_owner = {};
    std::function<resilience::Result<RunsReply>(const ConfigOptions&, const RunsRequest&)>
        runs_without_owner = {};
    /// Looks at the store's file, too; fails with the rule `store_missing` when there is none.
    std::function<resilience::Result<StoreFacts>(const ConfigOptions&)> facts_without_owner = {};
};

/// Whether an answer is missing because no bot runs.
template <class T>
bool without_owner(const resilience::Result<T>& reply) {
    return !reply.ok() && reply.error().rule == kNoOwner;
}

/// Says on `err` why a verb has no answer. Returns the exit code.
int complain(const char* verb, const resilience::Error& error, std::ostream& err);

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
/// with settings that was named but is not there is a mistake, and an alias that stands for
/// nothing.
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
int run_why(const WhyOptions& options,
            const Terminal& terminal,
            const World& world,
            const Actions& actions);
int run_dead(const DeadOptions& options,
             const Terminal& terminal,
             const World& world,
             const Actions& actions);
int run_recall(const RecallOptions& options,
               const Terminal& terminal,
               const World& world,
               const Actions& actions);
int run_release(const ReleaseOptions& options,
                const Terminal& terminal,
                const World& world,
                const Actions& actions);
int run_report(const ReportOptions& options,
               const Terminal& terminal,
               const World& world,
               const Actions& actions);
int run_schedule(const ScheduleOptions& options, const Terminal& terminal, const World& world);
int run_runs(const RunsOptions& options,
             const Terminal& terminal,
             const World& world,
             const Actions& actions);
int run_doctor(const DoctorOptions& options,
               const Terminal& terminal,
               const World& world,
               const Actions& actions);
int run_check_config(const CheckConfigOptions& options,
                     const Terminal& terminal,
                     const World& world);
int run_version(const VersionOptions& options, const Terminal& terminal);

}  // namespace bot::cli
