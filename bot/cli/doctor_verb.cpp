#include "bot/cli/control_client.hpp"
#include "bot/cli/doctor.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/json_reader.hpp"
#include "bot/cli/verbs.hpp"
#include "bot/config/secret_file.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <utility>

namespace bot::cli {

namespace fs = std::filesystem;
using Level = Finding::Level;

namespace {

void look_at_folder(const std::string& path, Machine& machine) {
    struct stat facts {};
    machine.state_dir_there = ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
    if (!machine.state_dir_there) return;
    machine.state_dir_private = (facts.st_mode & (S_IRWXG | S_IRWXO)) == 0;
    machine.state_dir_writable = ::access(path.c_str(), W_OK | X_OK) == 0;
    struct statvfs disk {};
    if (::statvfs(path.c_str(), &disk) != 0) return;
    machine.disk_free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    machine.disk_size = std::uint64_t{disk.f_blocks} * disk.f_frsize;
}

void look_at_spool(const std::string& folder, Machine& machine) {
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        struct stat facts {};
        if (::stat(at->path().c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
        const std::chrono::seconds written{facts.st_mtime};
        const auto now = std::chrono::duration_cast<std::chrono::seconds>(machine.now);
        machine.spool.push_back({at->path().filename().string(), now - written});
        machine.spool_bytes += static_cast<std::uint64_t>(facts.st_size);
    }
}

void look_at_token(const std::string& path, Machine& machine) {
    if (path.empty()) return;
    struct stat facts {};
    machine.token_file_open =
        ::stat(path.c_str(), &facts) == 0 && (facts.st_mode & (S_IRGRP | S_IROTH)) != 0;
    const auto token = config::read_secret_file(path);
    if (!token.ok()) machine.token_file_problem = token.error().message;
}

Examined examine(const DoctorOptions& options, const World& world, const Actions& actions) {
    Examined seen;
    seen.loaded = load_config(options.config, world);
    const auto& config = seen.loaded.config;
    auto& machine = seen.machine;
    machine.now = resilience::since_epoch(world.clock.wall_now());
    look_at_folder(config.state_dir, machine);
    look_at_spool(config.state_dir + "/spool", machine);
    look_at_token(config.access_token_file, machine);
    machine.alarms = log::AlarmFile(config.state_dir + "/" + log::AlarmFile::kName).read();
    seen.facts = ControlClient(config.state_dir, world.clock).facts();
    seen.owner = seen.facts.ok();
    const bool alone = without_owner(seen.facts) && machine.state_dir_there;
    if (alone && actions.facts_without_owner) {
        seen.facts = actions.facts_without_owner(options.config);
    } else if (!machine.state_dir_there) {
        auto none = resilience::permanent_error("there is no state folder");
        none.rule = "store_missing";
        seen.facts = std::move(none);
    }
    return seen;
}

int exit_code_of(const Examined& seen, const std::vector<Finding>& findings) {
    if (!seen.loaded.problems.empty()) return kExitConfig;
    const bool failed = std::any_of(findings.begin(), findings.end(), [](const auto& finding) {
        return finding.level == Level::kFail;
    });
    return failed ? kExitFailed : kExitOk;
}

void print_json(const std::vector<Finding>& findings, std::ostream& out) {
    auto list = nlohmann::json::array();
    for (const auto& finding : findings) {
        list.push_back({{"level", to_string(finding.level)},
                        {"about", finding.about},
                        {"text", finding.text},
                        {"cure", finding.cure}});
    }
    out << dump({{"findings", std::move(list)}}) << "\n";
}

}  // namespace

int run_doctor(const DoctorOptions& options,
               const Terminal& terminal,
               const World& world,
               const Actions& actions) {
    const auto seen = examine(options, world, actions);
    const auto findings = diagnose(seen);
    if (options.json) {
        print_json(findings, terminal.out);
        return exit_code_of(seen, findings);
    }
    for (const auto& finding : findings) {
        const std::string level(to_string(finding.level));
        terminal.out << level << std::string(5 - level.size(), ' ') << finding.about << ": "
                     << finding.text << "\n";
        if (!finding.cure.empty()) terminal.out << "     -> " << finding.cure << "\n";
    }
    return exit_code_of(seen, findings);
}

}  // namespace bot::cli
