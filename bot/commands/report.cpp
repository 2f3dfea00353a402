// The commands "report" and "reports".
#include "bot/reports/report.hpp"

#include "bot/commands/named.hpp"
#include "bot/commands/standard.hpp"
#include "bot/text/time_text.hpp"

#include <utility>

namespace bot::commands {
namespace {

// Its header is the answer.
Reply post_parts(const reports::Spec& spec,
                 const Invocation& invocation,
                 const Services& services) {
    if (!services.post_report) return refuse("I cannot post reports of several parts here.");
    const auto begun = services.post_report(spec.name, "", invocation);
    if (begun.ok()) return {};
    return refuse("I cannot post the report " + text::escape_markdown(spec.name) +
                      " now. The operators can find the reason in my log.",
                  begun.error().message);
}

Reply report(const Invocation& invocation, const Arguments& arguments, const Services& services) {
    const auto& reports = services.config.reports;
    if (!arguments.has("name")) return list(reports, "report");
    const auto* spec = find_named(reports, arguments.text("name"));
    if (spec == nullptr) return no_such(names_of(reports), "report", arguments.text("name"));
    if (!spec->parts.empty()) return post_parts(*spec, invocation, services);
    auto built = reports::build_report(*spec, find_named(services.config.charts, spec->chart),
                                       {services.renderer, services.reader, services.clock,
                                        services.config.charts, &services.scratch},
                                       watch_of(invocation));
    if (!built.ok()) {
        return refuse(text::escape_markdown(built.error().message), built.error().message);
    }
    Reply reply;
    reply.messages = std::move(built.value().messages);
    for (const auto& problem : built.value().problems) {
        reply.ok = false;
        reply.detail += (reply.detail.empty() ? "" : "; ") + problem;
    }
    return reply;
}

Reply list_of_reports(const Services& services) {
    auto reply = list(services.config.reports, "report");
    if (!services.next_run) return reply;
    std::string coming;
    for (const auto& report : services.config.reports) {
        const auto next = services.next_run(report.name);
        if (next) coming += "- `" + report.name + "` on " + text::utc(*next) + "\n";
    }
    if (!coming.empty()) reply.messages.front().markdown += "\nNext by themselves:\n\n" + coming;
    return reply;
}

}  // namespace

Command report_command() {
    return {.name = "report",
            .summary = "Builds a report from the data as it is now",
            .arguments = {{.name = "name", .help = "the report; `reports` lists them"}},
            .example = "report aging-tickets",
            .handler = report};
}

Command reports_command() {
    return {.name = "reports",
            .summary = "Lists the reports",
            .handler = [](const auto&, const auto&, const auto& services) {
                return list_of_reports(services);
            }};
}

}  // namespace bot::commands
