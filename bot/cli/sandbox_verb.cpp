#include "bot/cli/sandbox_verb.hpp"

#include "bot/cli/exit_code.hpp"
#include "bot/cli/ready_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <ostream>
#include <string>
#include <utility>

namespace bot::cli {

namespace fs = std::filesystem;
namespace sandbox = messaging::sandbox;
using resilience::Done;
using resilience::Result;

namespace {

constexpr std::uint16_t kPortDefault = 8300;

std::vector<sandbox::SandboxPerson> people_of(const config::Config& config) {
    std::vector<sandbox::SandboxPerson> people;
    for (const auto& person : config.people) {
        sandbox::SandboxPerson made;
        made.email = person.email;
        made.display_name = person.display_name;
        const auto token = config.sandbox->tokens.find(person.name);
        if (token != config.sandbox->tokens.end()) made.token = token->second.reveal();
        people.push_back(std::move(made));
    }
    sandbox::SandboxPerson bot;
    bot.email = config.sandbox->bot_email;
    bot.display_name = config.bot_name;
    bot.is_bot = true;
    bot.token = config.sandbox->bot_token.reveal();
    people.push_back(std::move(bot));
    return people;
}

std::vector<sandbox::SandboxRoom> rooms_of(const config::Config& config) {
    std::vector<sandbox::SandboxRoom> rooms;
    for (const auto& room : config.rooms) {
        sandbox::SandboxRoom made;
        made.title = room.title;
        made.type = room.type == config::RoomType::kDirect ? sandbox::SandboxRoom::Type::kDirect
                                                           : sandbox::SandboxRoom::Type::kGroup;
        for (const auto& name : room.members) {
            if (const auto* person = config.find_person(name)) {
                made.members.push_back(person->email);
            }
        }
        made.members.push_back(config.sandbox->bot_email);
        rooms.push_back(std::move(made));
    }
    return rooms;
}

// Forgets what a former run kept, but not under a sandbox that still runs: it holds the lock.
Result<Done> forget(const std::string& folder) {
    std::error_code error;
    if (folder.empty() || !fs::exists(folder, error)) return Done{};
    const auto lock_path = folder + "/lock";
    const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const bool free = lock >= 0 && ::flock(lock, LOCK_EX | LOCK_NB) == 0;
    if (free) {
        fs::remove(folder + "/journal.jsonl", error);
        fs::remove_all(folder + "/files", error);
    }
    if (lock >= 0) ::close(lock);
    if (free && !error) return Done{};
    return resilience::permanent_error(
        "--fresh: cannot clear " + folder +
        (free ? ": " + error.message() : ": another sandbox uses it; stop that one"));
}

int complain(const std::string& message, int exit_code, std::ostream& err) {
    err << "stentor sandbox: " << message << "\n";
    return exit_code;
}

}  // namespace

sandbox::SandboxOptions sandbox_options(const config::Config& config,
                                        const SandboxVerbOptions& options) {
    sandbox::SandboxOptions made;
    made.port = options.port.value_or(kPortDefault);
    made.next_free_port = made.port != 0;
    made.state_dir = options.config.state_dir.value_or("");
    made.web_root = options.web_root;
    made.fault_plan_file = options.faults;
    made.bot_url = options.bot_url;
    made.people = people_of(config);
    made.rooms = rooms_of(config);
    return made;
}

int run_sandbox(const SandboxVerbOptions& options,
                const Terminal& terminal,
                const World& world,
                resilience::Clock& clock,
                const std::stop_token& stop) {
    const auto config = load_or_complain(options.config, world, terminal.err);
    if (!config) return kExitConfig;
    if (!config->sandbox) {
        return complain(
            "the configuration has no section `sandbox`; assets/config/demo.yaml shows "
            "one (--config FILE)",
            kExitConfig, terminal.err);
    }
    const auto made = sandbox_options(*config, options);
    if (options.fresh) {
        if (const auto done = forget(made.state_dir); !done.ok()) {
            return complain(done.error().message, kExitUnavailable, terminal.err);
        }
    }
    const auto opened = sandbox::Sandbox::open(made, clock);
    if (!opened.ok()) return complain(opened.error().message, kExitUnavailable, terminal.err);
    const auto url = "http://127.0.0.1:" + std::to_string(opened.value()->port());
    if (!options.ready_file.empty()) {
        const auto written = write_ready_file(
            options.ready_file, {{"SANDBOX_URL", url},
                                 {"WEBEX_API_BASE_URL", url + "/v1"},
                                 {"WEBEX_ACCESS_TOKEN", config->sandbox->bot_token.reveal()}});
        if (!written.ok()) {
            return complain(written.error().message, kExitUnavailable, terminal.err);
        }
    }
    terminal.out << "sandbox on " << url << "\n" << std::flush;
    opened.value()->run(stop);
    return kExitOk;
}

}  // namespace bot::cli
