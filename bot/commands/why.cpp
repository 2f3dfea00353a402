// The command "why".
#include "bot/commands/standard.hpp"

namespace bot::commands {
namespace {

Reply why(const Invocation&, const Arguments& arguments, const Services& services) {
    if (!services.why) return refuse("I cannot look that up here.");
    return say(services.why(arguments.text("id")));
}

}  // namespace

Command why_command() {
    return {.name = "why",
            .summary = "Tells an admin what happened to a message",
            .arguments = {{.name = "id", .help = "the id of a delivery", .required = true}},
            .example = "why 6H0BRCQYW0000",
            // A story names rooms and people, and what other services said.
            .audience = Audience::kAdmins,
            .handler = why};
}

}  // namespace bot::commands
