// The command "about".
#include "bot/commands/standard.hpp"
#include "bot/text/markdown.hpp"
#include "bot/text/time_text.hpp"
#include "bot/version.hpp"

#include <chrono>

namespace bot::commands {
namespace {

Reply about(const Invocation&, const Arguments&, const Services& services) {
    const auto& config = services.config;
    const auto up =
        std::chrono::duration_cast<std::chrono::seconds>(services.clock.now() - services.started);
    const auto docs =
        config.docs.empty()
            ? std::string("the folder `docs` of my source: commands.md, operations.md")
            : text::escape_markdown(config.docs);
    return say("I am **" + text::escape_markdown(config.bot_name) + "**, which is Stentor " +
               std::string(version()) +
               ": a Webex bot and notification service whose messages arrive.\n\n- Up for " +
               text::duration(up) +
               "; `status` says how I am doing\n- `help` lists what I can do, " +
               "`help COMMAND` explains one\n- Documentation: " + docs);
}

}  // namespace

Command about_command() {
    return {.name = "about",
            .summary = "Says what I am, my version, and where my documentation is",
            .handler = about};
}

}  // namespace bot::commands
