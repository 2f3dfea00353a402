#include "bot/config/yaml_file.hpp"

#include "bot/config/alias_section.hpp"
#include "bot/config/chart_section.hpp"
#include "bot/config/permission_section.hpp"
#include "bot/config/quiet_section.hpp"
#include "bot/config/report_section.hpp"
#include "bot/config/retry_section.hpp"
#include "bot/config/schedule_section.hpp"
#include "bot/config/yaml_mapping.hpp"
#include "messaging/webex/ids.hpp"
#include "resilience/ascii.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace bot::config {
namespace {

constexpr std::size_t kNameMax = 64;

// Runs the reader of one kind of thing over every named thing of a section.
class FileReader {
public:
    FileReader(Config& config, ProblemList problems)
        : folder_(std::filesystem::path(problems.file).parent_path()),
          config_(config),
          problems_(std::move(problems)) {}

    std::map<std::string, YamlSetting> run(std::string_view text) {
        const auto document = parse_yaml(text);
        for (const auto& mistake : document.mistakes) {
            problems_.add(mistake.line, mistake.what, mistake.cure);
        }
        const YamlMapping root(
            document.root, "the file",
            {"bot", "settings", "admins", "people", "rooms", "charts", "reports", "schedules",
             "aliases", "permissions", "cool_downs", "retry", "sandbox"},
            problems_);
        read_bot(root);
        read_admins(root);
        // Sources name policies of it.
        if (const auto* retry = root.find("retry")) read_retry(*retry, config_.retry, problems_);
        each(root, "people", &FileReader::read_person);
        each(root, "rooms", &FileReader::read_room);
        each(root, "charts", &FileReader::read_chart);
        each(root, "reports", &FileReader::read_report);
        each(root, "schedules", &FileReader::read_schedule);
        if (const auto* found = root.find("aliases")) {
            read_aliases(*found, config_.aliases, problems_);
        }
        if (const auto* found = root.find("permissions")) {
            read_permissions(*found, config_, problems_);
        }
        if (const auto* found = root.find("cool_downs")) {
            read_cool_downs(*found, config_, problems_);
        }
        read_sandbox(root);
        return read_settings(root);
    }

private:
    using ReadOne = void (FileReader::*)(const YamlEntry&);

    void each(const YamlMapping& root, const std::string& section, ReadOne read_one) {
        const auto* found = root.find(section);
        if (found == nullptr) return;
        const YamlMapping things(found->value, "the section " + section, {}, problems_);
        for (const auto& thing : things.entries()) {
            if (check_name(thing)) (this->*read_one)(thing);
        }
    }

    bool check_name(const YamlEntry& thing) {
        const auto allowed = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        };
        const auto& name = thing.key;
        if (!name.empty() && name.size() <= kNameMax &&
            std::all_of(name.begin(), name.end(), allowed) && name[0] != '-') {
            return true;
        }
        problems_.add(thing.line, "\"" + name + "\" cannot be a name",
                      "Use up to 64 of a-z, 0-9, - and _; people type it in chat");
        return false;
    }

    void read_bot(const YamlMapping& root) {
        const auto* found = root.find("bot");
        if (found == nullptr) return;
        const YamlMapping bot(found->value, "bot", {"name", "docs"}, problems_);
        config_.bot_name = bot.text("name", config_.bot_name);
        config_.docs = bot.text("docs");
    }

    void read_admins(const YamlMapping& root) {
        config_.admins = root.texts("admins");
        for (const auto& admin : config_.admins) {
            if (admin.find('@') != std::string::npos) continue;
            problems_.add(root.line("admins"), "\"" + admin + "\" is not an e-mail address",
                          "List the addresses of those who may use every command");
        }
    }

    void read_person(const YamlEntry& entry) {
        const YamlMapping fields(entry.value, "person " + entry.key, {"name", "email"}, problems_);
        const auto email = fields.required_text("email");
        if (!email.empty() && email.find('@') == std::string::npos) {
            problems_.add(fields.line("email"), "\"" + email + "\" is not an e-mail address",
                          "Write it like name@example.com");
        }
        config_.people.push_back({entry.key, fields.text("name", entry.key), email});
    }

    void judge_id(const Room& room, int line) {
        if (room.id.empty() || messaging::webex::parse_rest_id(room.id)) return;
        problems_.warn(line,
                       "The room " + room.name + " has the id \"" + room.id +
                           "\", which does not look like one of Webex",
                       "Write `@Stentor whoami` in the room: the answer has its id");
    }

    void read_room(const YamlEntry& entry) {
        Room room;
        room.name = entry.key;
        if (entry.value.kind == YamlValue::Kind::kText) {
            room.id = entry.value.text;  // The short form, "operations: Y2lzY29…".
            judge_id(room, entry.value.line);
            config_.rooms.push_back(std::move(room));
            return;
        }
        const YamlMapping fields(entry.value, "room " + entry.key,
                                 {"id", "title", "type", "members", "quiet"}, problems_);
        room.id = fields.text("id");
        judge_id(room, fields.line("id"));
        room.title = fields.text("title", entry.key);
        room.type = fields.choice("type", {"group", "direct"}, 0) == 0 ? RoomType::kGroup
                                                                       : RoomType::kDirect;
        room.members = fields.texts("members");
        if (const auto* quiet = fields.find("quiet")) {
            room.quiet = read_quiet(*quiet, room.name, problems_);
        }
        if (room.type == RoomType::kDirect && room.id.empty() && room.members.size() != 1) {
            problems_.add(fields.line("members"),
                          "The direct room " + entry.key + " has not exactly one member",
                          "Name the one person the bot talks with there");
        }
        for (const auto& member : room.members) {
            if (config_.find_person(member) != nullptr) continue;
            problems_.add(fields.line("members"),
                          "The room " + entry.key + " has the unknown member \"" + member + "\"",
                          "Add \"" + member + "\" to the section people");
        }
        config_.rooms.push_back(std::move(room));
    }

    void read_chart(const YamlEntry& entry) {
        config_.charts.push_back(config::read_chart(entry, folder_, config_.retry, problems_));
    }

    void read_report(const YamlEntry& entry) {
        std::vector<std::string> rooms;
        for (const auto& room : config_.rooms)
            rooms.push_back(room.name);
        config_.reports.push_back(
            config::read_report(entry, folder_, config_.retry, config_.charts, rooms, problems_));
    }

    void read_schedule(const YamlEntry& entry) {
        auto spec = config::read_schedule(entry, problems_);
        const auto line = [&entry](std::string_view key) {
            const auto& all = entry.value.entries;
            const auto found = std::find_if(all.begin(), all.end(),
                                            [key](const auto& one) { return one.key == key; });
            return found == all.end() ? entry.line : found->line;
        };
        if (!spec.report.empty() && !has(config_.reports, spec.report)) {
            problems_.add(
                line("report"),
                "The schedule " + entry.key + " names the unknown report \"" + spec.report + "\"",
                "Name one of the section reports");
        }
        if (!spec.room.empty() && config_.find_room(spec.room) == nullptr) {
            problems_.add(
                line("room"),
                "The schedule " + entry.key + " names the unknown room \"" + spec.room + "\"",
                "Name one of the section rooms");
        }
        config_.schedules.push_back(std::move(spec));
    }

    void read_sandbox(const YamlMapping& root) {
        const auto* found = root.find("sandbox");
        if (found == nullptr) return;
        const YamlMapping fields(found->value, "sandbox", {"bot_email", "bot_token", "tokens"},
                                 problems_);
        Sandbox sandbox;
        sandbox.bot_email = fields.text("bot_email", sandbox.bot_email);
        sandbox.bot_token = Secret(fields.required_text("bot_token"));
        const auto* tokens = fields.find("tokens");
        if (tokens != nullptr) {
            const YamlMapping people(tokens->value, "tokens of sandbox", {}, problems_);
            for (const auto& entry : people.entries()) {
                if (config_.find_person(entry.key) == nullptr) {
                    problems_.add(entry.line, "There is a token for nobody: \"" + entry.key + "\"",
                                  "Add \"" + entry.key + "\" to the section people");
                }
                sandbox.tokens[entry.key] = Secret(people.required_text(entry.key));
            }
        }
        for (const auto& person : config_.people) {
            if (sandbox.tokens.contains(person.name)) continue;
            problems_.add(found->line, "The person " + person.name + " has no sandbox token",
                          "Add one under \"tokens\"; any text will do");
        }
        config_.sandbox = std::move(sandbox);
    }

    std::map<std::string, YamlSetting> read_settings(const YamlMapping& root) {
        std::map<std::string, YamlSetting> settings;
        const auto* found = root.find("settings");
        if (found == nullptr) return settings;
        std::vector<std::string> known;
        for (const auto& variable : variables())
            known.push_back(resilience::ascii::lowered(variable.name));
        const YamlMapping fields(found->value, "settings", known, problems_);
        for (const auto& variable : variables()) {
            const auto key = resilience::ascii::lowered(variable.name);
            const auto* entry = fields.find(key);
            if (entry == nullptr) continue;
            settings[std::string(variable.name)] = {fields.text(key), entry->line};
        }
        return settings;
    }

    template <class Things>
    static bool has(const Things& things, const std::string& name) {
        return std::any_of(things.begin(), things.end(),
                           [&](const auto& thing) { return thing.name == name; });
    }

    std::filesystem::path folder_;
    Config& config_;
    ProblemList problems_;
};

}  // namespace

std::map<std::string, YamlSetting> read_yaml(std::string_view text,
                                             Config& config,
                                             ProblemList problems) {
    return FileReader(config, std::move(problems)).run(text);
}

}  // namespace bot::config
