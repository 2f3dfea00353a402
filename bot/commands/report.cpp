// The commands "report" and "reports".
#include "bot/reports/report.hpp"

#include "bot/commands/named.hpp"
#include "bot/commands/standard.hpp"

#include <utility>

namespace bot::commands {
namespace {

Reply report(const Invocation&, const Arguments& arguments, const Services& services) {
    const auto& reports = services.config.reports;
    if (!arguments.has("name")) return list(reports, "report");
    const auto* spec = find_named(reports, arguments.text("name"));
    if (spec == nullptr) return no_such(names_of(reports), "report", arguments.text("name"));
    auto built = reports::build_report(*spec, find_named(services.config.charts, spec->chart),
                                       {services.renderer, services.reader, services.clock});
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
                return list(services.config.reports, "report");
            }};
}

}  // namespace bot::commands
