#include "bot/cli/control_client.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/verbs.hpp"

#include <ostream>
#include <string>

namespace bot::cli {

namespace outbox = messaging::outbox;

int run_recall(const RecallOptions& options,
               const Terminal& terminal,
               const World& world,
               const Actions& actions) {
    const auto config = load_or_complain(options.config, world, terminal.err);
    if (!config) return kExitConfig;
    auto reply = ControlClient(config->state_dir, world.clock).recall(options.request);
    if (without_owner(reply) && actions.recall_without_owner) {
        reply = actions.recall_without_owner(options.config, options.request);
    }
    if (!reply.ok()) return complain("recall", reply.error(), terminal.err);
    const auto& items = reply.value().items;
    if (options.json) {
        terminal.out << to_json(reply.value()) << "\n";
        return exit_code_for(reply.value());
    }
    if (items.empty()) {
        terminal.err << "stentor recall: no delivery has this id or group; ended ones are kept "
                        "for a while only\n";
    }
    for (const auto& item : items) {
        const bool would = options.request.dry_run && item.outcome != RecallItem::Outcome::kFailed;
        terminal.out << outbox::to_string(item.id) << "  " << (would ? "would be " : "")
                     << to_string(item.outcome) << "  " << item.destination;
        if (!item.detail.empty()) terminal.out << "  " << item.detail;
        terminal.out << "\n";
    }
    return exit_code_for(reply.value());
}

}  // namespace bot::cli
