#include "bot/cli/control_client.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/timeline_text.hpp"
#include "bot/cli/verbs.hpp"

#include <algorithm>
#include <ostream>
#include <string>

namespace bot::cli {

namespace outbox = messaging::outbox;
using resilience::Result;
using Verb = DeadRequest::Verb;

namespace {

constexpr const char* kVerb = "dead";

// Asks the owner, or the store itself where there is none.
class Desk {
public:
    Desk(const DeadOptions& options,
         const std::string& state_dir,
         const World& world,
         const Actions& actions)
        : options_(options), client_(state_dir, world.clock), actions_(actions) {}

    Result<DeadReply> ask(const DeadRequest& request) {
        if (alone_) return actions_.dead_without_owner(options_.config, request);
        auto reply = client_.dead(request);
        alone_ = without_owner(reply) && static_cast<bool>(actions_.dead_without_owner);
        return alone_ ? ask(request) : reply;
    }
    Result<std::optional<Timeline>> timeline(outbox::DeliveryId id) const {
        if (alone_) return actions_.timeline_without_owner(options_.config, id);
        return client_.timeline(id);
    }

private:
    const DeadOptions& options_;
    ControlClient client_;
    const Actions& actions_;
    bool alone_ = false;
};

void print_line(const outbox::Delivery& letter, std::ostream& out) {
    out << outbox::to_string(letter.id) << "  " << moment(letter.changed) << "  "
        << to_string(letter.reason) << "  " << letter.destination << "  attempts "
        << letter.attempts;
    if (!letter.last.rule.empty()) out << "  rule " << letter.last.rule;
    if (!letter.last.detail.empty()) out << "  " << letter.last.detail;
    out << "\n";
}

// Pages through all that is meant; says each.
template <class Say>
Result<std::uint64_t> page_through(Desk& desk, const DeadOptions& options, const Say& say) {
    auto request = options.request;
    std::uint64_t left = options.all ? 0 : options.limit;
    const bool bounded = left != 0;
    std::uint64_t said = 0;
    while (!bounded || left > 0) {
        request.limit =
            bounded ? static_cast<std::uint32_t>(std::min<std::uint64_t>(left, kDeadPageMax))
                    : kDeadPageMax;
        const auto page = desk.ask(request);
        if (!page.ok()) return page.error();
        const auto& items = page.value().items;
        for (const auto& item : items)
            say(item.letter);
        said += items.size();
        if (bounded) left -= items.size();
        if (items.size() < request.limit) break;
        request.before = items.back().letter.id;
    }
    return said;
}

int list(Desk& desk, const DeadOptions& options, const Terminal& terminal) {
    const auto said = page_through(desk, options, [&](const outbox::Delivery& letter) {
        if (options.json) {
            terminal.out << export_line(letter) << "\n";
        } else {
            print_line(letter, terminal.out);
        }
    });
    if (!said.ok()) return complain(kVerb, said.error(), terminal.err);
    if (said.value() == 0) terminal.err << "stentor dead: there are none of these\n";
    return kExitOk;
}

int show(Desk& desk, const DeadOptions& options, const Terminal& terminal) {
    std::size_t shown = 0;
    for (const auto id : options.request.ids) {
        auto one = options.request;
        one.ids = {id};
        const auto reply = desk.ask(one);
        if (!reply.ok()) return complain(kVerb, reply.error(), terminal.err);
        if (reply.value().items.empty()) {
            terminal.err << "stentor dead: " << outbox::to_string(id)
                         << " is no dead letter; `stentor why` tells what it is\n";
            continue;
        }
        ++shown;
        const auto& letter = reply.value().items.front().letter;
        if (options.json) {
            terminal.out << export_line(letter) << "\n";
            continue;
        }
        const auto timeline = desk.timeline(id);
        if (!timeline.ok()) return complain(kVerb, timeline.error(), terminal.err);
        if (timeline.value()) terminal.out << timeline_text(*timeline.value());
        if (letter.file) {
            terminal.out << "  file     " << letter.file->name << ", " << letter.file->size
                         << " bytes\n";
        }
        terminal.out << "  content  " << letter.payload << "\n";
    }
    return shown == options.request.ids.size() ? kExitOk : kExitFailed;
}

int change(Desk& desk, const DeadOptions& options, const Terminal& terminal) {
    const auto reply = desk.ask(options.request);
    if (!reply.ok()) return complain(kVerb, reply.error(), terminal.err);
    const auto& done = reply.value();
    if (options.json) {
        terminal.out << to_json(done) << "\n";
    } else {
        const bool redrive = options.request.verb == Verb::kRedrive;
        const std::string what = redrive ? "sent again" : "put away";
        for (const auto& item : done.items) {
            terminal.out << outbox::to_string(item.letter.id) << "  "
                         << (item.done ? (options.request.dry_run ? "would be " : "") + what
                                       : "left: " + item.detail)
                         << "  " << item.letter.destination << "\n";
        }
        terminal.out << done.changed << " of " << done.matched
                     << (options.request.dry_run ? " would be " : " ") << what << "\n";
    }
    if (done.changed == done.matched && done.matched > 0) return kExitOk;
    return done.changed == 0 ? kExitFailed : kExitPartial;
}

}  // namespace

int run_dead(const DeadOptions& options,
             const Terminal& terminal,
             const World& world,
             const Actions& actions) {
    const auto config = load_or_complain(options.config, world, terminal.err);
    if (!config) return kExitConfig;
    Desk desk(options, config->state_dir, world, actions);
    if (options.request.verb != Verb::kList) return change(desk, options, terminal);
    const bool single = options.request.with_content && !options.request.ids.empty();
    return single ? show(desk, options, terminal) : list(desk, options, terminal);
}

}  // namespace bot::cli
