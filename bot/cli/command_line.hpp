#pragma once

#include "bot/cli/control_protocol.hpp"
#include "bot/cli/dead_protocol.hpp"
#include "bot/cli/recall_protocol.hpp"
#include "bot/cli/release_protocol.hpp"
#include "bot/cli/report_protocol.hpp"
#include "bot/cli/runs_protocol.hpp"
#include "bot/cli/schedule_protocol.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace bot::cli {

/// Where a verb finds its settings; what is not given is searched as described in README.
struct ConfigOptions {
    std::optional<std::string> config_file = std::nullopt;  ///< --config
    std::optional<std::string> env_file = std::nullopt;     ///< --env-file; else ".env"
    std::optional<std::string> state_dir = std::nullopt;    ///< --state-dir
};

/// `stentor serve`: the service.
struct ServeOptions {
    ConfigOptions config;
    std::optional<std::uint16_t> port = std::nullopt;
    /// Written (mode 0600) once the bot serves: lines NAME=value.
    std::string ready_file = {};
    /// Origin of a page that may list deliveries; the demo's.
    std::string page_origin = {};
    bool standby = false;      ///< Wait while another process owns the state folder.
    bool start_empty = false;  ///< Put a damaged outbox aside and start without it.
};

/// `stentor sandbox`: a Webex on loopback.
struct SandboxVerbOptions {
    ConfigOptions config;
    std::optional<std::uint16_t> port = std::nullopt;  ///< The next free one when it is taken.
    std::string web_root = {};
    std::string faults = {};  ///< File with a fault plan.
    std::string bot_url = {};
    std::string ready_file = {};
    bool fresh = false;
};

/// `stentor send`.
struct SendVerbOptions {
    ConfigOptions config;
    SendRequest request;                    ///< With the first target.
    std::vector<SendRequest> targets = {};  ///< All others; nothing but a target in each.
    std::string card_file = {};
    bool json = false;
};

/// `stentor classify`.
struct ClassifyOptions {
    std::string text = {};
    std::string profile = "webex";
    bool jsonl = false;
    bool matrix = false;
    std::optional<std::string> config_file = std::nullopt;  ///< With rules of the operator.
};

/// `stentor backoff --jsonl`.
struct BackoffOptions {};

/// `stentor check-config`.
struct CheckConfigOptions {
    ConfigOptions config;
    bool json = false;
};

/// `stentor status`.
struct StatusOptions {
    ConfigOptions config;
    bool json = false;
};

/// `stentor why ID`.
struct WhyOptions {
    ConfigOptions config;
    messaging::outbox::DeliveryId id;
    bool json = false;
};

/// `stentor dead list|show|redrive|drop|export`.
struct DeadOptions {
    ConfigOptions config;
    DeadRequest request;
    bool all = false;
    std::uint32_t limit = 100;  ///< For list and export; 0: all.
    bool json = false;
};

/// `stentor recall ID...`.
struct RecallOptions {
    ConfigOptions config;
    RecallRequest request;
    bool json = false;
};

/// `stentor release ROOM`.
struct ReleaseOptions {
    ConfigOptions config;
    ReleaseRequest request;
    bool all = false;
    bool json = false;
};

/// `stentor report list|show|redrive|recall`.
struct ReportOptions {
    ConfigOptions config;
    ReportRequest request;
    bool recall = false;  ///< Take back what the run has posted; `request` asks which that is.
    bool dry_run = false;
    bool json = false;
};

/// `stentor runs`.
struct RunsOptions {
    ConfigOptions config;
    RunsRequest request;
    bool json = false;
};

/// `stentor schedule list|next|explain|run|pause|resume`.
struct ScheduleOptions {
    enum class Ask : std::uint8_t { kBot, kNext, kExplain };
    ConfigOptions config;
    Ask ask = Ask::kBot;  ///< kNext and kExplain read the configuration and need no bot.
    ScheduleRequest request;
    std::string name = {};  ///< For kNext and kExplain; empty: all.
    std::uint32_t count = 5;
    std::chrono::year_month_day date = {};
    bool json = false;
};

/// `stentor doctor`.
struct DoctorOptions {
    ConfigOptions config;
    bool json = false;
};

/// `stentor version`.
struct VersionOptions {
    bool json = false;
};

using Command = std::variant<ServeOptions,
                             SandboxVerbOptions,
                             SendVerbOptions,
                             ClassifyOptions,
                             BackoffOptions,
                             CheckConfigOptions,
                             StatusOptions,
                             WhyOptions,
                             DeadOptions,
                             RecallOptions,
                             ReleaseOptions,
                             ReportOptions,
                             RunsOptions,
                             ScheduleOptions,
                             DoctorOptions,
                             VersionOptions>;

/// A command, or what to print and how to exit instead (help, a usage error).
struct ParsedLine {
    std::optional<Command> command = std::nullopt;
    int exit_code = 0;
    std::string out = {};
    std::string err = {};
};

/// Reads a command line. Pure: opens no file. Usage errors have exit code 64.
ParsedLine parse_command_line(int argc, const char* const* argv);

/// "90", "90s", "15m", "2h", "1d" as seconds; empty on anything else or beyond a year.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace bot::cli
