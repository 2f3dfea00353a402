#include "bot/cli/control_client.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/verbs.hpp"

#include <ostream>

namespace bot::cli {

int run_release(const ReleaseOptions& options,
                const Terminal& terminal,
                const World& world,
                const Actions& actions) {
    const auto config = load_or_complain(options.config, world, terminal.err);
    if (!config) return kExitConfig;
    auto reply = ControlClient(config->state_dir, world.clock).release(options.request);
    if (without_owner(reply) && actions.release_without_owner) {
        reply = actions.release_without_owner(options.config, options.request);
    }
    if (!reply.ok()) return complain("release", reply.error(), terminal.err);
    if (options.json) {
        terminal.out << to_json(reply.value()) << "\n";
    } else {
        for (const auto& destination : reply.value().released)
            terminal.out << "released " << destination << "\n";
        if (reply.value().released.empty()) terminal.err << "stentor release: nothing is held\n";
    }
    return reply.value().released.empty() ? kExitFailed : kExitOk;
}

}  // namespace bot::cli
