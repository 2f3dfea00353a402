// The command "post".
#include "bot/commands/named.hpp"
#include "bot/commands/standard.hpp"
#include "bot/reports/report.hpp"
#include "bot/text/closest.hpp"
#include "bot/text/utf8.hpp"
#include "resilience/ascii.hpp"

#include <utility>

namespace bot::commands {
namespace {

std::string title_of(const config::Room& room) {
    return text::escape_markdown(room.title.empty() ? room.name : room.title);
}

std::string no_such_room(const config::Config& config, const std::string& name) {
    const auto near = text::closest(name, names_of(config.rooms));
    const auto shown =
        text::is_utf8(name) ? text::escape_markdown(text::shorten(name, kEchoMax)) : "?";
    return "There is no room \"" + shown + "\" in my configuration." +
           (near.empty() ? "" : " Did you mean `" + near + "`?");
}

resilience::Result<std::string> question(const Invocation&,
                                         const Arguments& arguments,
                                         const Services& services) {
    const auto& config = services.config;
    const auto* report = find_named(config.reports, arguments.text("report"));
    if (report == nullptr) {
        return resilience::permanent_error(
            no_such(names_of(config.reports), "report", arguments.text("report"))
                .messages.front()
                .markdown);
    }
    const auto* room = config.find_room(resilience::ascii::lowered(arguments.text("room")));
    if (room == nullptr) {
        return resilience::permanent_error(no_such_room(config, arguments.text("room")));
    }
    return "Post the report **" + text::escape_markdown(report->title) + "** into **" +
           title_of(*room) + "**?";
}

Reply not_posted(const config::Room& room, const resilience::Error& error) {
    return refuse("The report was not posted into " + title_of(room) +
                      ". The operators can find the reason in my log.",
                  error.message);
}

Reply post_parts_elsewhere(const reports::Spec& report,
                           const config::Room& room,
                           const Invocation& invocation,
                           const Services& services) {
    if (!services.post_report) return refuse("I cannot post reports of several parts here.");
    const auto begun = services.post_report(report.name, room.name, invocation);
    if (!begun.ok()) return not_posted(room, begun.error());
    return say("The report **" + text::escape_markdown(report.title) + "**, " +
               std::to_string(report.parts.size()) + " parts, is being posted into **" +
               title_of(room) + "**; a line above the parts says how they stand.");
}

Reply post(const Invocation& invocation, const Arguments& arguments, const Services& services) {
    if (!services.post) return refuse("I cannot post into other rooms here.");
    const auto& config = services.config;
    const auto* report = find_named(config.reports, arguments.text("report"));
    const auto* room = config.find_room(resilience::ascii::lowered(arguments.text("room")));
    if (report == nullptr || room == nullptr) return refuse("That is not there any more.");
    if (!report->parts.empty()) return post_parts_elsewhere(*report, *room, invocation, services);
    auto built = reports::build_report(
        *report, find_named(config.charts, report->chart),
        {services.renderer, services.reader, services.clock, config.charts, &services.scratch},
        watch_of(invocation));
    if (!built.ok()) {
        return refuse(text::escape_markdown(built.error().message), built.error().message);
    }
    if (invocation.stop.stop_requested()) return refuse("Taken back.");
    const auto posted =
        services.post(room->name, built.value().messages, "post:" + invocation.message_id);
    if (!posted.ok()) return not_posted(*room, posted.error());
    auto reply = say("The report **" + text::escape_markdown(report->title) +
                     "** is posted into **" + title_of(*room) + "**.");
    for (const auto& problem : built.value().problems) {
        reply.ok = false;
        reply.detail += (reply.detail.empty() ? "" : "; ") + problem;
    }
    return reply;
}

}  // namespace

Command post_command() {
    return {.name = "post",
            .summary = "Posts a report into another room",
            .arguments = {{.name = "report",
                           .help = "the report; `reports` lists them",
                           .required = true},
                          {.name = "room",
                           .help = "where, by the room's name in my configuration",
                           .required = true}},
            .example = "post aging-tickets operations",
            // It speaks where its asker may not even be.
            .audience = Audience::kAdmins,
            .confirm = question,
            .handler = post};
}

}  // namespace bot::commands
