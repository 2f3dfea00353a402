#include "bot/cli/verbs.hpp"

#include "bot/cli/exit_code.hpp"
#include "bot/cli/jsonl.hpp"
#include "bot/cli/matrix.hpp"
#include "bot/commands/check.hpp"
#include "bot/schedule/check.hpp"
#include "bot/version.hpp"
#include "resilience/classify.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <istream>
#include <ostream>
#include <type_traits>
#include <utility>
#include <variant>

namespace bot::cli {

namespace {

int not_in_this_build(const char* verb, std::ostream& err) {
    err << "stentor " << verb << ": this program was built without it\n";
    return kExitUnavailable;
}

nlohmann::json to_json(const config::ConfigProblem& problem) {
    return {{"file", problem.file},
            {"line", problem.line},
            {"what", problem.what},
            {"cure", problem.cure}};
}

nlohmann::json summary(const config::Config& config) {
    return {{"api_base_url", config.api_base_url},
            {"state_dir", config.state_dir},
            {"has_token", !config.access_token.empty()},
            {"webhook_url", config.webhook_url},
            {"rooms", config.rooms.size()},
            {"people", config.people.size()},
            {"charts", config.charts.size()},
            {"reports", config.reports.size()},
            {"schedules", config.schedules.size()}};
}

void print_summary(const config::Config& config, std::ostream& out) {
    out << "configuration is in order\n"
        << "  service   " << config.api_base_url << "\n"
        << "  state     " << config.state_dir << "\n"
        << "  file      " << (config.config_file.empty() ? "none" : config.config_file) << "\n"
        << "  " << config.rooms.size() << " rooms, " << config.people.size() << " people, "
        << config.charts.size() << " charts, " << config.reports.size() << " reports, "
        << config.schedules.size() << " schedules\n";
    if (const auto missing = config::missing_token(config)) {
        out << "note: " << missing->what << ". " << missing->cure << "\n";
    }
}

// A file that was named must be there; the one that is only looked for need not.
std::optional<config::ConfigProblem> missing_env_file(const ConfigOptions& options) {
    std::error_code ignored;
    if (!options.env_file || std::filesystem::exists(*options.env_file, ignored)) {
        return std::nullopt;
    }
    return config::ConfigProblem{"command line", 0,
                                 "--env-file " + *options.env_file + " does not exist",
                                 "Name a file with NAME=value lines, or leave the option out"};
}

// What `serve` would say of the machine's zone files, and what clocks will do to the schedules.
void judge_zones(config::Loaded& loaded, const resilience::Clock& clock) {
    if (!loaded.problems.empty()) return;
    const auto agree = schedule::zones_agree(loaded.config.schedules, clock.wall_now());
    if (!agree.ok()) {
        loaded.warnings.push_back({loaded.config.config_file, 0,
                                   "No report would be scheduled: " + agree.error().message,
                                   "Then check again"});
        return;
    }
    const auto decided = schedule::gaps_decided(loaded.config.schedules, clock.wall_now());
    if (decided.ok()) return;
    loaded.problems.push_back({loaded.config.config_file, 0, decided.error().message,
                               "Until then they run right after the jump"});
}

// Only the YAML file is read: no setting of the service plays a part.
std::optional<config::RetryRules> rules_for(const ClassifyOptions& options, std::ostream& err) {
    if (!options.config_file) return config::RetryRules{};
    auto loaded = config::load({.yaml_path = options.config_file});
    if (loaded.problems.empty()) return std::move(loaded.config.retry);
    print(loaded.problems, err);
    return std::nullopt;
}

int run_classify(const ClassifyOptions& options, const Terminal& terminal) {
    const auto rules = rules_for(options, terminal.err);
    if (!rules) return kExitConfig;
    const auto classifier_of = [&](resilience::Profile profile) {
        return rules->classifier_of(profile);
    };
    if (options.jsonl) return classify_jsonl(terminal.in, terminal.out, classifier_of);
    if (options.matrix) {
        return classify_matrix(terminal.in, terminal.out, terminal.err, classifier_of);
    }
    const auto profile =
        resilience::parse_profile(options.profile).value_or(resilience::Profile::kWebex);
    terminal.out << classify_text(options.text, classifier_of(profile));
    return kExitOk;
}

nlohmann::json to_json(const std::vector<config::ConfigProblem>& problems) {
    auto list = nlohmann::json::array();
    for (const auto& problem : problems)
        list.push_back(to_json(problem));
    return list;
}

}  // namespace

config::Sources sources_for(const ConfigOptions& options, config::Variables environment) {
    config::Sources sources;
    sources.environment = std::move(environment);
    sources.dotenv_path = options.env_file.value_or(".env");
    sources.yaml_path = options.config_file;
    if (options.state_dir) sources.flags["STATE_DIR"] = *options.state_dir;
    return sources;
}

config::Loaded load_config(const ConfigOptions& options, const World& world) {
    auto loaded = config::load(sources_for(options, world.environment));
    for (auto& problem : commands::check_config(loaded.config))
        loaded.problems.push_back(std::move(problem));
    if (auto problem = missing_env_file(options)) {
        loaded.problems.insert(loaded.problems.begin(), *std::move(problem));
    }
    return loaded;
}

void print(const std::vector<config::ConfigProblem>& problems, std::ostream& out) {
    for (const auto& problem : problems)
        out << config::to_string(problem) << "\n";
}

std::optional<config::Config> load_or_complain(const ConfigOptions& options,
                                               const World& world,
                                               std::ostream& err) {
    auto loaded = load_config(options, world);
    if (loaded.problems.empty()) return std::move(loaded.config);
    print(loaded.problems, err);
    return std::nullopt;
}

int complain(const char* verb, const resilience::Error& error, std::ostream& err) {
    err << "stentor " << verb << ": ";
    if (error.rule == kNoOwner) {
        err << "no bot runs with this state folder; start one with `stentor serve`, or name its "
               "folder with --state-dir\n";
        return kExitUnavailable;
    }
    err << error.message << "\n";
    if (error.cls == resilience::ErrorClass::kAuth) return kExitAuth;
    return kExitUnavailable;
}

int run_check_config(const CheckConfigOptions& options,
                     const Terminal& terminal,
                     const World& world) {
    auto loaded = load_config(options.config, world);
    judge_zones(loaded, world.clock);
    const bool ok = loaded.problems.empty();
    if (options.json) {
        nlohmann::json body{{"ok", ok},
                            {"problems", to_json(loaded.problems)},
                            {"warnings", to_json(loaded.warnings)}};
        if (ok) body["config"] = summary(loaded.config);
        terminal.out << body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
        return ok ? kExitOk : kExitConfig;
    }
    print(loaded.problems, terminal.err);
    for (const auto& warning : loaded.warnings)
        terminal.err << "warning: " << config::to_string(warning) << "\n";
    if (ok) print_summary(loaded.config, terminal.out);
    return ok ? kExitOk : kExitConfig;
}

int run_version(const VersionOptions& options, const Terminal& terminal) {
    if (options.json) {
        terminal.out << nlohmann::json{{"version", version()}}.dump() << "\n";
    } else {
        terminal.out << "stentor " << version() << "\n";
    }
    return kExitOk;
}

// NOLINTNEXTLINE(readability-function-cognitive-complexity): one line for each verb
int run_command_line(int argc,
                     const char* const* argv,
                     const Terminal& terminal,
                     const World& world,
                     const Actions& actions) {
    auto line = parse_command_line(argc, argv);
    terminal.out << line.out;
    terminal.err << line.err;
    if (!line.command) return line.exit_code;
    const auto run = [&](auto& options) -> int {
        using Options = std::decay_t<decltype(options)>;
        if constexpr (std::is_same_v<Options, ServeOptions>) {
            if (!actions.serve) return not_in_this_build("serve", terminal.err);
            return actions.serve(options);
        } else if constexpr (std::is_same_v<Options, SandboxVerbOptions>) {
            if (!actions.sandbox) return not_in_this_build("sandbox", terminal.err);
            return actions.sandbox(options, terminal);
        } else if constexpr (std::is_same_v<Options, SendVerbOptions>) {
            return run_send(std::move(options), terminal, world, actions);
        } else if constexpr (std::is_same_v<Options, ClassifyOptions>) {
            return run_classify(options, terminal);
        } else if constexpr (std::is_same_v<Options, BackoffOptions>) {
            return backoff_jsonl(terminal.in, terminal.out);
        } else if constexpr (std::is_same_v<Options, CheckConfigOptions>) {
            return run_check_config(options, terminal, world);
        } else if constexpr (std::is_same_v<Options, StatusOptions>) {
            return run_status(options, terminal, world);
        } else if constexpr (std::is_same_v<Options, WhyOptions>) {
            return run_why(options, terminal, world, actions);
        } else if constexpr (std::is_same_v<Options, DeadOptions>) {
            return run_dead(options, terminal, world, actions);
        } else if constexpr (std::is_same_v<Options, RecallOptions>) {
            return run_recall(options, terminal, world, actions);
        } else if constexpr (std::is_same_v<Options, ReleaseOptions>) {
            return run_release(options, terminal, world, actions);
        } else if constexpr (std::is_same_v<Options, ReportOptions>) {
            return run_report(options, terminal, world, actions);
        } else if constexpr (std::is_same_v<Options, ScheduleOptions>) {
            return run_schedule(options, terminal, world);
        } else if constexpr (std::is_same_v<Options, RunsOptions>) {
            return run_runs(options, terminal, world, actions);
        } else if constexpr (std::is_same_v<Options, DoctorOptions>) {
            return run_doctor(options, terminal, world, actions);
        } else {
            return run_version(options, terminal);
        }
    };
    const int code = std::visit(run, *line.command);
    terminal.out.flush();
    return code;
}

}  // namespace bot::cli
