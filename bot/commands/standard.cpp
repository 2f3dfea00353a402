#include "bot/commands/standard.hpp"

#include "bot/text/markdown.hpp"
#include "bot/text/time_text.hpp"

namespace bot::commands {
namespace {

using text::escape_markdown;

Reply status(const Invocation&, const Arguments&, const Services& services) {
    return say(services.status());
}

Reply ping(const Invocation&, const Arguments&, const Services& services) {
    return say("pong, " + text::utc(services.clock.wall_now()));
}

Reply whoami(const Invocation& invocation, const Arguments&, const Services&) {
    const auto name = asker(invocation);
    const auto address = escape_markdown(invocation.person_email);
    return say("You are **" + name + "**" + (name == address ? "" : ", " + address) +
               ".\n\nPerson id: `" + text::escape_code(invocation.person_id) + "`\n\nThis room (" +
               (invocation.direct ? "direct" : "group") + "): `" +
               text::escape_code(invocation.room_id) + "`");
}

Reply hello(const Invocation& invocation, const Arguments&, const Services& services) {
    return say("Hello " + asker(invocation) + ", I am " +
               escape_markdown(services.config.bot_name) + ". `help` shows what I can do.");
}

}  // namespace

std::vector<Command> standard_commands() {
    return {
        chart_command(),
        charts_command(),
        report_command(),
        reports_command(),
        report_runs_command(),
        {.name = "status",
         .aliases = {"bot_status"},
         .summary = "Says how the service is doing",
         .handler = status},
        post_command(),
        why_command(),
        cancel_command(),
        {.name = "ping", .summary = "Answers, to show that I am here", .handler = ping},
        {.name = "whoami",
         .summary = "Shows who you are to me, and this room's id",
         .handler = whoami},
        about_command(),
        {.name = "hi",
         .aliases = {"hello", "hey"},
         .summary = "Greets",
         .arguments = {{.name = "words",
                        .help = "whatever else one says",
                        .type = ArgumentType::kText}},
         .handler = hello},
    };
}

}  // namespace bot::commands
