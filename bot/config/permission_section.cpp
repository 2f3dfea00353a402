#include "bot/config/permission_section.hpp"

#include <algorithm>
#include <utility>

namespace bot::config {

namespace {

constexpr std::uint32_t kCoolDownMax = 86'400;

bool is_domain(const std::string& text) {
    return text.find('.') != std::string::npos && text.find_first_of("@ *") == std::string::npos &&
           text.front() != '.' && text.back() != '.';
}

class Reader {
public:
    Reader(const Config& config, ProblemList& problems) : config_(config), problems_(problems) {}

    Permission run(const YamlEntry& entry) {
        const YamlMapping fields(entry.value, "permission " + entry.key,
                                 {"people", "emails", "domains", "rooms"}, problems_);
        Permission permission;
        permission.command = entry.key;
        permission.line = entry.line;
        permission.emails = emails(fields, entry.key);
        for (const auto& name : fields.texts("people"))
            add_person(fields, entry.key, name, permission.emails);
        permission.domains = fields.texts("domains");
        for (const auto& domain : permission.domains) {
            if (!domain.empty() && is_domain(domain)) continue;
            problems_.add(fields.line("domains"), "\"" + domain + "\" is not a domain",
                          "Write what stands behind the @ of an address: example.com");
        }
        permission.rooms = fields.texts("rooms");
        for (const auto& room : permission.rooms) {
            if (config_.find_room(room) != nullptr) continue;
            problems_.add(
                fields.line("rooms"),
                "The permission " + entry.key + " names the unknown room \"" + room + "\"",
                "Name one of the section rooms");
        }
        if (fields.entries().empty()) {
            problems_.add(entry.line, "The permission " + entry.key + " says nothing",
                          "Give it people, emails, domains or rooms, or remove it");
        }
        return permission;
    }

private:
    std::vector<std::string> emails(const YamlMapping& fields, const std::string& command) {
        auto addresses = fields.texts("emails");
        for (const auto& address : addresses) {
            if (address.find('@') != std::string::npos) continue;
            auto what = "\"" + address;
            what.append("\" of permission ").append(command).append(" is not an e-mail address");
            problems_.add(fields.line("emails"), std::move(what), "Write it like name@example.com");
        }
        return addresses;
    }

    void add_person(const YamlMapping& fields,
                    const std::string& command,
                    const std::string& name,
                    std::vector<std::string>& emails) {
        if (const auto* person = config_.find_person(name)) {
            emails.push_back(person->email);
            return;
        }
        problems_.add(fields.line("people"),
                      "The permission " + command + " names the unknown person \"" + name + "\"",
                      "Add \"" + name + "\" to the section people");
    }

    const Config& config_;
    ProblemList& problems_;
};

}  // namespace

void read_permissions(const YamlEntry& section, Config& config, ProblemList& problems) {
    const YamlMapping entries(section.value, "the section permissions", {}, problems);
    for (const auto& entry : entries.entries())
        config.permissions.push_back(Reader(config, problems).run(entry));
}

void read_cool_downs(const YamlEntry& section, Config& config, ProblemList& problems) {
    const YamlMapping entries(section.value, "the section cool_downs", {}, problems);
    for (const auto& entry : entries.entries()) {
        const YamlMapping fields(entry.value, "cool-down " + entry.key, {"user_s", "room_s"},
                                 problems);
        config.cool_downs.push_back(
            {.command = entry.key,
             .line = entry.line,
             .user = std::chrono::seconds{fields.number("user_s", 0, kCoolDownMax, 0)},
             .room = std::chrono::seconds{fields.number("room_s", 0, kCoolDownMax, 0)}});
    }
}

}  // namespace bot::config
