#include "bot/config/config.hpp"
#include "bot/config/dotenv.hpp"
#include "bot/config/draft.hpp"
#include "bot/config/yaml_file.hpp"
#include "bot/text/closest.hpp"
#include "messaging/webex/ids.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace bot::config {
namespace {

constexpr std::size_t kFileMax = 1U << 20U;
// A guessable secret would let anybody forge webhook calls.
constexpr std::size_t kWebhookSecretMin = 16;

// What cannot be looked at is treated as present: reading it then says why it cannot be read.
bool exists(const std::string& path) {
    std::error_code error;
    return std::filesystem::exists(path, error) || error;
}

// A value and where it was found.
struct Setting {
    std::string value;
    std::string file;
    int line = 0;
};

class Loader {
public:
    explicit Loader(const Sources& sources) : sources_(sources) {}

    Loaded run() {
        // Weakest last: the first to set a name wins.
        take_flags();
        for (const auto& [name, value] : sources_.environment)
            take(name, {value, "environment"});
        take_dotenv();
        take_yaml();
        apply();
        read_secret_files();
        check_whole();
        return {std::move(draft_.config), std::move(problems_), std::move(warnings_)};
    }

private:
    void take_flags() {
        for (const auto& row : variable_rows()) {
            const auto found = sources_.flags.find(std::string(row.variable.name));
            if (found == sources_.flags.end() || found->second.empty()) continue;
            if (row.variable.secret) {
                add({"command line", 0,
                     found->first + " is on the command line, where every user can read it",
                     "Set it in the environment, or name a file in " + found->first + "_FILE"});
                continue;
            }
            take(found->first, {found->second, "command line"});
        }
    }

    void take(const std::string& name, Setting setting) {
        if (!setting.value.empty()) settings_.emplace(name, std::move(setting));
    }

    void take_dotenv() {
        if (!sources_.dotenv_path || !exists(*sources_.dotenv_path)) return;
        const auto& path = *sources_.dotenv_path;
        const auto text = read_file(path, 0);
        if (!text) return;
        std::vector<std::string> known;
        for (const auto& variable : variables())
            known.emplace_back(variable.name);
        auto dotenv = parse_dotenv(*text);
        for (auto& mistake : dotenv.mistakes) {
            add({path, mistake.line, std::move(mistake.what), std::move(mistake.cure)});
        }
        for (auto& entry : dotenv.entries) {
            // Other programs keep their variables there, too: only likely typos are mistakes.
            const auto near = text::closest(entry.name, known);
            if (!near.empty() && near != entry.name) {
                add({path, entry.line, "There is no variable " + entry.name,
                     "Did you mean " + near + "?"});
            }
            take(entry.name, {std::move(entry.value), path, entry.line});
        }
    }

    void take_yaml() {
        std::string path;
        Setting origin{{}, "command line"};
        if (sources_.yaml_path) {
            path = *sources_.yaml_path;
        } else if (const auto found = settings_.find("CONFIG_FILE"); found != settings_.end()) {
            path = found->second.value;
            origin = found->second;
        }
        if (path.empty()) return;
        settings_["CONFIG_FILE"] = {path, origin.file, origin.line};
        if (!exists(path)) {
            add({origin.file, origin.line, "CONFIG_FILE names no file: \"" + path + "\"",
                 "Correct the path; assets/config/example.yaml shows what such a file holds"});
            return;
        }
        const auto text = read_file(path, 0);
        if (!text) return;
        for (auto& [name, setting] :
             read_yaml(*text, draft_.config, {path, problems_, warnings_})) {
            take_from_yaml(path, name, setting);
        }
    }

    void take_from_yaml(const std::string& path,
                        const std::string& name,
                        const YamlSetting& setting) {
        const auto all = variables();
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const auto& each) { return each.name == name; });
        if (found != all.end() && found->secret) {
            add({path, setting.line, name + " does not belong into this file",
                 "Set it in the environment or .env, or name a file in " + name + "_FILE"});
        } else if (name == "CONFIG_FILE") {
            add({path, setting.line, "A configuration file cannot name another one",
                 "Remove the line"});
        } else {
            take(name, {setting.value, path, setting.line});
        }
    }

    void apply() {
        for (const auto& row : variable_rows()) {
            const std::string name(row.variable.name);
            const auto found = settings_.find(name);
            if (found == settings_.end()) {
                if (!row.variable.fallback.empty()) {
                    (void)row.apply(draft_, std::string(row.variable.fallback));
                }
                continue;
            }
            const auto& setting = found->second;
            const auto mistake = row.apply(draft_, setting.value);
            if (mistake.empty()) continue;
            auto what = name;
            what.append(" is ").append(mistake);
            if (!row.variable.secret) what.append(" (\"").append(setting.value).append("\")");
            add({setting.file, setting.line, std::move(what),
                 "Give it as: " + std::string(row.variable.unit)});
        }
    }

    void read_secret_files() {
        read_secret_file("WEBEX_ACCESS_TOKEN", draft_.token_file, draft_.config.access_token);
        draft_.config.access_token_file = draft_.token_file;
        read_secret_file("WEBEX_WEBHOOK_SECRET", draft_.webhook_secret_file,
                         draft_.config.webhook_secret);
    }

    void read_secret_file(const std::string& name, const std::string& path, Secret& target) {
        if (path.empty()) return;
        const auto& origin = settings_.at(name + "_FILE");
        if (settings_.contains(name)) {
            add({origin.file, origin.line, name + " and " + name + "_FILE are both set",
                 "Remove one of them"});
            return;
        }
        if (!exists(path)) {
            add({origin.file, origin.line, name + "_FILE names no file: \"" + path + "\"",
                 "Correct the path"});
            return;
        }
        auto text = read_file(path, 0);
        if (!text) return;
        while (!text->empty() && (text->back() <= ' '))
            text->pop_back();
        const bool odd =
            std::any_of(text->begin(), text->end(), [](char c) { return c <= ' ' || c == '\x7f'; });
        if (text->empty() || odd) {
            add({path, 0, text->empty() ? "The file is empty" : "The file holds more than a token",
                 "Put the one secret of " + name + " into it"});
            return;
        }
        target = Secret(std::move(*text));
    }

    void check_whole() {
        const auto& config = draft_.config;
        if (!config.webhook_url.empty() &&
            config.webhook_secret.reveal().size() < kWebhookSecretMin) {
            add_at("WEBEX_WEBHOOK_URL",
                   config.webhook_secret.empty()
                       ? "There is a webhook address but no WEBEX_WEBHOOK_SECRET: anybody could "
                         "post commands"
                       : "WEBEX_WEBHOOK_SECRET is shorter than 16 characters",
                   "Set WEBEX_WEBHOOK_SECRET to what `openssl rand -hex 20` prints");
        }
        if (config.delivery_wait > config.delivery_deadline) {
            add_at("DELIVERY_WAIT_S", "DELIVERY_WAIT_S is longer than DELIVERY_DEADLINE_S",
                   "Make it shorter: nothing is left to wait for after the deadline");
        }
        if (config.connect_timeout > config.attempt_timeout) {
            add_at("CONNECT_TIMEOUT_S", "CONNECT_TIMEOUT_S is longer than ATTEMPT_TIMEOUT_S",
                   "Make it shorter: connecting is a part of the attempt");
        }
        const bool known = config.find_room(config.ops_room) != nullptr ||
                           messaging::webex::parse_rest_id(config.ops_room).has_value();
        if (!config.ops_room.empty() && !known) {
            warnings_.push_back(
                {config.config_file, 0,
                 "OPS_ROOM names \"" + config.ops_room + "\", which is none of the section rooms",
                 "It must be the title of a room that the bot is in; better name "
                 "one of the section rooms"});
        }
        if (!config.ca_file.empty() && !exists(config.ca_file)) {
            add_at("WEBEX_CA_FILE", "WEBEX_CA_FILE names no file: \"" + config.ca_file + "\"",
                   "Correct the path");
        }
    }

    // Reports a problem at the place where `name` was set.
    void add_at(const std::string& name, std::string what, std::string cure) {
        const auto found = settings_.find(name);
        const auto setting = found == settings_.end() ? Setting{{}, "environment"} : found->second;
        add({setting.file, setting.line, std::move(what), std::move(cure)});
    }

    std::optional<std::string> read_file(const std::string& path, int line) {
        std::ifstream file(path, std::ios::binary);
        std::string text;
        // One byte more than allowed tells a full file from a longer one.
        text.resize(kFileMax + 1);
        if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
        if (!file.is_open() || file.bad()) {
            add({path, line, "The file cannot be read", "Check its permissions"});
            return std::nullopt;
        }
        text.resize(static_cast<std::size_t>(file.gcount()));
        if (text.size() > kFileMax) {
            add({path, line, "The file is larger than 1 MiB", "Name the right file"});
            return std::nullopt;
        }
        return text;
    }

    void add(ConfigProblem problem) { problems_.push_back(std::move(problem)); }

    const Sources& sources_;
    Draft draft_;
    std::map<std::string, Setting> settings_;
    std::vector<ConfigProblem> problems_;
    std::vector<ConfigProblem> warnings_;
};

}  // namespace

Loaded load(const Sources& sources) {
    return Loader(sources).run();
}

std::optional<ConfigProblem> missing_token(const Config& config) {
    if (!config.access_token.empty()) return std::nullopt;
    return ConfigProblem{"environment", 0, "WEBEX_ACCESS_TOKEN is not set",
                         "Create a bot at https://developer.webex.com/my-apps/new/bot and put its "
                         "token into .env; the demo (./dev run) needs none"};
}

std::vector<std::string> secrets(const Config& config) {
    std::vector<std::string> all;
    const auto add = [&](const Secret& secret) {
        if (!secret.empty()) all.push_back(secret.reveal());
    };
    add(config.access_token);
    add(config.webhook_secret);
    if (config.sandbox) {
        add(config.sandbox->bot_token);
        for (const auto& [name, token] : config.sandbox->tokens)
            add(token);
    }
    return all;
}

Variables process_environment() {
    Variables variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

}  // namespace bot::config
