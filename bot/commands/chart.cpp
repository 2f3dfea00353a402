// The commands "chart" and "charts".
#include "bot/charts/caption.hpp"
#include "bot/charts/code_table.hpp"
#include "bot/charts/renderer.hpp"
#include "bot/commands/named.hpp"
#include "bot/commands/standard.hpp"
#include "bot/text/markdown.hpp"

#include <utility>
#include <variant>

namespace bot::commands {
namespace {

using text::escape_markdown;

// As many as a picture can have.
constexpr std::int64_t kRowsMax = 400;

std::string heading(const charts::Spec& chart,
                    const Invocation& invocation,
                    const Services& services,
                    const charts::Freshness& freshness) {
    return charts::caption(chart, freshness, asker(invocation), services.clock.wall_now()) +
           (chart.rows_last > 0 ? " Only its last " + std::to_string(chart.rows_last) + " rows."
                                : "");
}

Reply without(const charts::NoPicture& none) {
    return refuse(escape_markdown(none.sentence), none.detail);
}

Reply show_picture(const charts::Spec& chart,
                   const Invocation& invocation,
                   const Services& services) {
    auto drawing = services.renderer.draw(chart, watch_of(invocation));
    if (const auto* none = std::get_if<charts::NoPicture>(&drawing)) return without(*none);
    if (const auto* table = std::get_if<charts::TextTable>(&drawing)) {
        // Numbers are better than nothing, but not what was asked for.
        return refuse(heading(chart, invocation, services, table->freshness) +
                          "\n\nI could not draw the picture; these are its numbers.\n" +
                          table->markdown,
                      table->detail);
    }
    auto& picture = std::get<charts::Picture>(drawing);
    auto text = heading(chart, invocation, services, picture.freshness);
    const auto varied = charts::variation_line(picture.variation);
    if (!varied.empty()) text += "\n\n" + varied;
    auto reply = say(std::move(text));
    auto& message = reply.messages.front();
    message.text = std::move(picture.alt_text);
    message.files.push_back({std::move(picture.path), std::move(picture.file_name), "image/png"});
    return reply;
}

// The numbers themselves: in the room where they fit a phone, as a file where they do not.
Reply show_table(const charts::Spec& chart,
                 const Invocation& invocation,
                 const Services& services) {
    const auto read = services.renderer.rows(chart, watch_of(invocation));
    if (const auto* none = std::get_if<charts::NoPicture>(&read)) return without(*none);
    const auto& rows = std::get<charts::Rows>(read);
    auto reply = say(heading(chart, invocation, services, rows.freshness));
    auto& message = reply.messages.front();
    if (const auto code = charts::code_table(rows.spec, rows.plot)) {
        message.markdown += "\n\n" + *code;
        return reply;
    }
    auto path = services.scratch.write(charts::csv_table(rows.spec, rows.plot), ".csv");
    if (!path.ok()) {
        return refuse("I have the table of the chart " + chart.name +
                          ", but cannot write it into a file. The operators can find the reason "
                          "in my log.",
                      path.error().message);
    }
    message.markdown += " It is too large for a message, so here it is as a file.";
    message.files.push_back({std::move(path).value(), chart.name + ".csv", "text/csv"});
    return reply;
}

Reply chart(const Invocation& invocation, const Arguments& arguments, const Services& services) {
    const auto& charts = services.config.charts;
    if (!arguments.has("name")) return list(charts, "chart");
    const auto* found = find_named(charts, arguments.text("name"));
    if (found == nullptr) return no_such(names_of(charts), "chart", arguments.text("name"));
    auto spec = *found;
    const auto& theme = arguments.text("theme");
    if (!theme.empty()) spec.theme = theme == "dark" ? charts::Theme::kDark : charts::Theme::kLight;
    spec.rows_last = static_cast<std::uint32_t>(arguments.integer("last").value_or(0));
    return arguments.text("as") == "table" ? show_table(spec, invocation, services)
                                           : show_picture(spec, invocation, services);
}

}  // namespace

Command chart_command() {
    return {.name = "chart",
            .summary = "Draws a chart",
            .arguments = {{.name = "name", .help = "the chart; `charts` lists them"}},
            .options = {{.name = "last",
                         .help = "only the last rows of its data",
                         .type = ArgumentType::kInteger,
                         .min = 1,
                         .max = kRowsMax,
                         .also = {"weeks"}},
                        {.name = "as",
                         .help = "how to show it",
                         .type = ArgumentType::kChoice,
                         .fallback = "picture",
                         .choices = {"picture", "table"}},
                        {.name = "theme",
                         .help = "colours of the picture",
                         .type = ArgumentType::kChoice,
                         .choices = {"light", "dark"}}},
            .example = "chart mttr --weeks 6 --as table",
            .handler = chart};
}

Command charts_command() {
    return {.name = "charts",
            .summary = "Lists the charts",
            .handler = [](const auto&, const auto&, const auto& services) {
                return list(services.config.charts, "chart");
            }};
}

}  // namespace bot::commands
