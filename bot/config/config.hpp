#pragma once

#include "bot/charts/spec.hpp"
#include "bot/config/alias.hpp"
#include "bot/config/permission_rules.hpp"
#include "bot/config/retry_rules.hpp"
#include "bot/config/secret.hpp"
#include "bot/reports/spec.hpp"
#include "bot/schedule/quiet_hours.hpp"
#include "bot/schedule/spec.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bot::config {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class LogFormat : std::uint8_t { kHuman, kJson };

/// Whether the bot's own posts come back to it and may serve as evidence of delivery.
enum class EchoEvidence : std::uint8_t {
    kAuto,  ///< Found out by a self-test at start.
    kOn,
    kOff
};

/// Somebody the configuration knows by a short name.
struct Person {
    std::string name;          ///< Key in the file, "demo".
    std::string display_name;  ///< "Demo Person".
    std::string email;
};

enum class RoomType : std::uint8_t { kGroup, kDirect };

/// A room the configuration knows by a short name. With the real service it has an `id`; in the
/// demo the sandbox makes it from the other members.
struct Room {
    std::string name;  ///< Key in the file, "operations".
    std::string id = {};
    std::string title = {};
    RoomType type = RoomType::kGroup;
    std::vector<std::string> members = {};  ///< Names of people; the bot is always in.
    /// What may wait is held meanwhile.
    std::optional<schedule::QuietHours> quiet = std::nullopt;
};

/// How the demo's sandbox knows the bot and the people. These tokens open nothing elsewhere.
struct Sandbox {
    std::string bot_email = "stentor@webex.bot";
    Secret bot_token = {};
    std::map<std::string, Secret> tokens = {};  ///< By name of the person.
};

/// Everything an operator can decide. Plain data: copy it freely, read it from any thread.
struct Config {
    // The service.
    Secret access_token = {};
    std::string access_token_file = {};  ///< Where it was read and is watched; empty: nowhere.
    std::string api_base_url = "https://webexapis.com/v1";  ///< Without a slash at its end.
    std::string webhook_url = {};  ///< Public address of this bot; empty: no webhook is made.
    Secret webhook_secret = {};
    std::string ca_file = {};  ///< PEM file of further trusted authorities.
    std::string https_proxy = {};
    std::string no_proxy = {};

    // This process.
    std::string state_dir = "state";
    std::string config_file = {};  ///< The YAML file that was read; empty: none.
    LogLevel log_level = LogLevel::kInfo;
    LogFormat log_format = LogFormat::kHuman;
    std::string log_file = {};
    std::string http_address = "127.0.0.1";
    std::uint16_t http_port = 8080;  ///< 0: the system chooses.
    std::uint32_t workers = 4;
    std::string gnuplot = "gnuplot";

    // Sending.
    std::string ops_room = {};  ///< For alarms: name of a room below, or a room id.
    std::uint32_t send_concurrency = 64;
    double rate_limit = 0;  ///< Requests per second; 0: learned from the service.
    std::chrono::seconds delivery_wait{30};
    std::chrono::seconds delivery_deadline{3600};
    std::chrono::seconds attempt_timeout{30};
    std::chrono::seconds connect_timeout{5};
    std::chrono::days retention{30};
    std::uint64_t retention_max = 1'000'000;  ///< Ended deliveries that are kept at most.
    std::uint64_t spool_quota = std::uint64_t{1024} << 20U;  ///< Bytes.
    EchoEvidence echo_evidence = EchoEvidence::kAuto;

    // The YAML file.
    std::string bot_name = "Stentor";
    std::string docs = {};  ///< Where people read about it; `about` says so.
    /// E-mail addresses of those who may use every command.
    std::vector<std::string> admins = {};
    std::vector<Person> people = {};
    std::vector<Room> rooms = {};
    std::vector<charts::Spec> charts = {};
    std::vector<reports::Spec> reports = {};
    std::vector<schedule::Spec> schedules = {};
    std::vector<Alias> aliases = {};
    std::vector<Permission> permissions = {};
    std::vector<CoolDownRule> cool_downs = {};
    RetryRules retry = {};
    std::optional<Sandbox> sandbox = std::nullopt;

    /// The room of this name, or null.
    const Room* find_room(std::string_view name) const;
    /// The person of this name, or null.
    const Person* find_person(std::string_view name) const;
};

/// One mistake in the configuration and how to mend it.
struct ConfigProblem {
    std::string file;  ///< A path, "environment" or "command line".
    int line = 0;      ///< From 1; 0 where there are no lines.
    std::string what;
    std::string cure;
};

/// "assets/config/demo.yaml:12: what. cure.", without a line break at its end.
std::string to_string(const ConfigProblem& problem);

using Variables = std::map<std::string, std::string>;

/// Where settings come from, strongest first. An empty value counts as absent everywhere.
struct Sources {
    Variables flags = {};        ///< Command line, by variable name: {"HTTP_PORT", "8081"}.
    Variables environment = {};  ///< See `process_environment`; names not ours are ignored.
    std::optional<std::string> dotenv_path = std::nullopt;  ///< A missing file is no mistake.
    /// Overrides CONFIG_FILE. A missing file is a mistake.
    std::optional<std::string> yaml_path = std::nullopt;
};

struct Loaded {
    /// Complete only when `problems` is empty; else what could be read, over the defaults.
    Config config;
    std::vector<ConfigProblem> problems;
    /// What the bot can start with, but an operator should look at: a data file that is not there
    /// (yet).
    std::vector<ConfigProblem> warnings = {};
};

/// Reads all sources and checks them as a whole: flag > environment > .env > YAML > default.
///
/// Reads files and nothing else. Reports every mistake, not the first: bad values, unknown names,
/// duplicate keys, references to nothing, contradictions, schedules that cannot be kept. Paths in
/// the YAML file are relative to its folder. A missing access token is not a mistake here, see
/// `missing_token`.
Loaded load(const Sources& sources);

/// The mistake of starting against a real service without a token; empty if there is one.
std::optional<ConfigProblem> missing_token(const Config& config);

/// All secrets of a configuration that are set, for redaction.
std::vector<std::string> secrets(const Config& config);

/// The environment of this process. Call it before threads start.
Variables process_environment();

/// One environment variable as the operator sees it.
struct Variable {
    std::string_view name;
    std::string_view meaning;
    std::string_view unit;      ///< "seconds", "path", "info | debug | …"
    std::string_view fallback;  ///< The default as text; empty: none.
    bool secret = false;        ///< Refused on the command line and in the YAML file.
};

/// Every variable there is, in the order of `.env.example`.
std::span<const Variable> variables();

}  // namespace bot::config
