#include "bot/cli/control_client.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/schedule_text.hpp"
#include "bot/cli/verbs.hpp"
#include "bot/schedule/timing.hpp"

#include <algorithm>
#include <chrono>
#include <ostream>
#include <string>

namespace bot::cli {

using schedule::Timing;
using schedule::WallTime;
using Ask = ScheduleOptions::Ask;

namespace {

// What the configuration alone says: no bot has to run.
int tell_times(const ScheduleOptions& options,
               const config::Config& config,
               const Terminal& terminal,
               const World& world) {
    int told = 0;
    for (const auto& spec : config.schedules) {
        if (!options.name.empty() && spec.name != options.name) continue;
        const auto timing = Timing::make(spec);
        if (!timing.ok()) return complain("schedule", timing.error(), terminal.err);
        ++told;
        if (options.ask == Ask::kExplain) {
            const auto day = timing.value().explain(options.date);
            terminal.out << spec.name << ": " << day.why << "\n";
            constexpr std::size_t kShown = 10;
            for (std::size_t i = 0; i < std::min(kShown, day.runs.size()); ++i)
                terminal.out << "  " << zone_time(timing.value().zone(), day.runs[i]) << "\n";
            if (day.runs.size() > kShown) {
                terminal.out << "  and " << day.runs.size() - kShown << " more\n";
            }
            continue;
        }
        terminal.out << spec.name << " (" << spec.report << " in " << spec.room << ")\n";
        auto run = timing.value().next_after(world.clock.wall_now());
        for (std::uint32_t i = 0; i < options.count && run; ++i) {
            terminal.out << "  " << zone_time(timing.value().zone(), *run) << "\n";
            run = timing.value().next_after(*run);
        }
    }
    if (told > 0) return kExitOk;
    terminal.err << "stentor schedule: "
                 << (options.name.empty() ? std::string("the configuration has no schedules")
                                          : "there is no schedule " + options.name)
                 << "\n";
    return kExitFailed;
}

}  // namespace

int run_schedule(const ScheduleOptions& options, const Terminal& terminal, const World& world) {
    const auto config = load_or_complain(options.config, world, terminal.err);
    if (!config) return kExitConfig;
    if (options.ask != Ask::kBot) return tell_times(options, *config, terminal, world);
    const auto reply = ControlClient(config->state_dir, world.clock).schedules(options.request);
    if (!reply.ok()) return complain("schedule", reply.error(), terminal.err);
    if (!reply.value().refusal.empty()) {
        terminal.err << "stentor schedule: " << reply.value().refusal << "\n";
        return kExitFailed;
    }
    const auto& schedules = reply.value().schedules;
    if (options.json) {
        for (const auto& status : schedules)
            terminal.out << schedule_line(status) << "\n";
    } else if (schedules.empty()) {
        terminal.err << "stentor schedule: the configuration has no schedules\n";
    } else {
        terminal.out << schedule_table(config->schedules, schedules);
    }
    return kExitOk;
}

}  // namespace bot::cli
