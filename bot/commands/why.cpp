// The command "why".
#include "bot/commands/named.hpp"
#include "bot/commands/standard.hpp"

#include <algorithm>

namespace bot::commands {
namespace {

bool is_admin(const std::string& email, const config::Config& config) {
    return std::any_of(config.admins.begin(), config.admins.end(), [&](const auto& admin) {
        return !email.empty() && lowered(admin) == lowered(email);
    });
}

// A story names rooms and people, and what other services said: not for everybody.
Reply why(const Invocation& invocation, const Arguments& arguments, const Services& services) {
    if (!is_admin(invocation.person_email, services.config)) {
        return refuse("Only admins may ask that; who they are is in my configuration.",
                      "not an admin: " + invocation.person_email);
    }
    if (!services.why) return refuse("I cannot look that up here.");
    return say(services.why(arguments.text("id")));
}

}  // namespace

Command why_command() {
    return {.name = "why",
            .summary = "Tells an admin what happened to a message",
            .arguments = {{.name = "id", .help = "the id of a delivery", .required = true}},
            .example = "why 6H0BRCQYW0000",
            .handler = why};
}

}  // namespace bot::commands
