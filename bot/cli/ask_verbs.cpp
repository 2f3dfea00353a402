#include "bot/cli/control_client.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/timeline_text.hpp"
#include "bot/cli/unix_http.hpp"
#include "bot/cli/verbs.hpp"

#include <ostream>
#include <string>

namespace bot::cli {

namespace outbox = messaging::outbox;

namespace {

void print(const StatusReport& status, std::ostream& out) {
    out << "stentor " << status.version << ", up " << span(status.uptime) << ", "
        << (status.account.empty() ? "account not verified yet" : status.account) << "\n"
        << "sending    " << (status.held ? "on hold: " + status.hold_reason : "running") << "\n"
        << "receiving  " << status.receiving << "\n"
        << "outbox     " << status.pending << " pending";
    if (status.pending > 0) out << " (oldest " << span(status.oldest) << ")";
    out << ", " << status.sending << " sending, " << status.uncertain << " uncertain, "
        << status.delivered << " delivered, " << status.dead << " dead\n";
}

}  // namespace

int run_status(const StatusOptions& options, const Terminal& terminal, const World& world) {
    const auto config = load_or_complain(options.config, world, terminal.err);
    if (!config) return kExitConfig;
    const auto status = ControlClient(config->state_dir, world.clock).status();
    if (!status.ok()) return complain("status", status.error(), terminal.err);
    if (options.json) {
        terminal.out << to_json(status.value()) << "\n";
    } else {
        print(status.value(), terminal.out);
    }
    return kExitOk;
}

int run_why(const WhyOptions& options,
            const Terminal& terminal,
            const World& world,
            const Actions& actions) {
    const auto config = load_or_complain(options.config, world, terminal.err);
    if (!config) return kExitConfig;
    auto timeline = ControlClient(config->state_dir, world.clock).timeline(options.id);
    if (without_owner(timeline) && actions.timeline_without_owner) {
        timeline = actions.timeline_without_owner(options.config, options.id);
    }
    if (!timeline.ok()) return complain("why", timeline.error(), terminal.err);
    if (!timeline.value()) {
        terminal.err << "stentor why: there is no delivery " << outbox::to_string(options.id)
                     << " in " << config->state_dir << "; ended ones are kept for a while only\n";
        return kExitFailed;
    }
    if (options.json) {
        terminal.out << to_json(*timeline.value()) << "\n";
    } else {
        terminal.out << timeline_text(*timeline.value());
    }
    return kExitOk;
}

}  // namespace bot::cli
