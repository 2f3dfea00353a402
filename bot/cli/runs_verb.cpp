#include "bot/cli/control_client.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/timeline_text.hpp"
#include "bot/cli/verbs.hpp"

#include <chrono>
#include <ostream>
#include <string>

namespace bot::cli {

namespace outbox = messaging::outbox;

namespace {

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

// "0.3 s" to "59.9 s", then "1 min 4 s".
std::string length_of(const outbox::Run& run) {
    if (run.end == outbox::RunEnd::kRunning || run.end == outbox::RunEnd::kInterrupted) return "-";
    const auto tenths = run.took.count() / 100;
    if (tenths >= 600) return span(std::chrono::duration_cast<std::chrono::seconds>(run.took));
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

// What was asked is kept redacted and on one line.
void print_line(const outbox::Run& run, std::ostream& out) {
    out << moment(run.started) << "  " << padded(std::string(to_string(run.kind)), 8) << "  "
        << padded(run.name, 10) << "  " << padded(std::string(to_string(run.end)), 11) << "  "
        << padded(length_of(run), 6) << "  " << (run.who.empty() ? "-" : run.who);
    if (!run.what.empty()) out << "  \"" << run.what << "\"";
    if (!run.where.empty()) out << "  in " << run.where;
    if (!run.reason.empty()) out << "  (" << run.reason << ")";
    out << "\n";
}

}  // namespace

int run_runs(const RunsOptions& options,
             const Terminal& terminal,
             const World& world,
             const Actions& actions) {
    const auto config = load_or_complain(options.config, world, terminal.err);
    if (!config) return kExitConfig;
    auto reply = ControlClient(config->state_dir, world.clock).runs(options.request);
    if (without_owner(reply) && actions.runs_without_owner) {
        reply = actions.runs_without_owner(options.config, options.request);
    }
    if (!reply.ok()) return complain("runs", reply.error(), terminal.err);
    for (const auto& run : reply.value().runs) {
        if (options.json) {
            terminal.out << run_line(run) << "\n";
        } else {
            print_line(run, terminal.out);
        }
    }
    if (reply.value().runs.empty()) terminal.err << "stentor runs: there are none of these\n";
    return kExitOk;
}

}  // namespace bot::cli
