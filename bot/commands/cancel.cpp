// The command "cancel".
#include "bot/commands/named.hpp"
#include "bot/commands/standard.hpp"
#include "bot/text/markdown.hpp"
#include "bot/text/utf8.hpp"

#include <string>
#include <vector>

namespace bot::commands {
namespace {

std::string shown(const std::string& what) {
    if (!text::is_utf8(what)) return "what you asked";
    return "`" + text::escape_code(text::shorten(what, kEchoMax)) + "`";
}

Reply cancel(const Invocation& invocation, const Arguments&, const Services& services) {
    if (!services.cancel) return refuse("I cannot do that here.");
    const auto cancelled = services.cancel(invocation.room_id, invocation.person_id);
    if (cancelled.empty()) return say("You are not waiting for anything in this room.");
    std::string list;
    for (std::size_t i = 0; i < cancelled.size(); ++i) {
        if (i > 0) list += i + 1 == cancelled.size() ? " and " : ", ";
        list += shown(cancelled[i]);
    }
    return say("Cancelled " + list + ".");
}

}  // namespace

Command cancel_command() {
    return {.name = "cancel",
            .summary = "Ends what you are waiting for in this room",
            .urgent = true,
            .handler = cancel};
}

}  // namespace bot::commands
