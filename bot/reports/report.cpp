#include "bot/reports/report.hpp"

#include "bot/charts/caption.hpp"
#include "bot/reports/summary.hpp"
#include "bot/sources/csv.hpp"
#include "bot/sources/data_file.hpp"
#include "bot/text/markdown.hpp"
#include "bot/text/time_text.hpp"

#include <kainjow/mustache.hpp>

#include <exception>
#include <utility>
#include <variant>

namespace bot::reports {
namespace {

using kainjow::mustache::data;

resilience::Error fail(const Spec& spec, const std::string& reason) {
    return resilience::permanent_error("I cannot build the report " + spec.name + ": " + reason +
                                       ".");
}

data row_of(const Group& group) {
    data row;
    row["group"] = group.name;
    row["count"] = std::to_string(group.count);
    row["over"] = std::to_string(group.over);
    row["oldest"] = shown(group.oldest);
    return row;
}

data values(const Spec& spec, const Summary& summary) {
    data all;
    all["title"] = spec.title;
    all["total"] = std::to_string(summary.all.count);
    all["groups_total"] = std::to_string(summary.groups.size());
    all["over"] = std::to_string(summary.all.over);
    all["limit"] = shown(spec.limit);
    all["mean"] = shown(summary.mean);
    all["oldest"] = shown(summary.all.oldest);
    all["oldest_item"] = summary.all.oldest_item;
    all["oldest_group"] = summary.all.name;
    all["table"] = code_table(spec, summary);
    data rows{data::type::list};
    for (const auto& group : summary.groups)
        rows << row_of(group);
    all["rows"] = std::move(rows);
    return all;
}

// The library reports a broken template as a text, and has no promise about exceptions.
resilience::Result<std::string> fill(const std::string& source, const data& values) {
    try {
        kainjow::mustache::mustache form(source);
        if (!form.is_valid()) {
            return resilience::permanent_error("its template is broken: " + form.error_message());
        }
        form.set_custom_escape([](const std::string& text) { return text::escape_markdown(text); });
        return form.render(values);
    } catch (const std::exception& error) {
        return resilience::permanent_error(std::string("its template is broken: ") + error.what());
    }
}

void attach_chart(const charts::Spec& chart,
                  const Workshop& workshop,
                  const sources::Watch& watch,
                  Report& report) {
    auto& message = report.messages.front();
    auto drawing = workshop.renderer.draw(chart, watch);
    if (const auto* none = std::get_if<charts::NoPicture>(&drawing)) {
        message.markdown += "\n\n" + text::escape_markdown(none->sentence);
        report.problems.push_back(none->detail);
        return;
    }
    const auto& freshness = std::holds_alternative<charts::Picture>(drawing)
                                ? std::get<charts::Picture>(drawing).freshness
                                : std::get<charts::TextTable>(drawing).freshness;
    if (freshness.stale || !freshness.warnings.empty()) {
        message.markdown += "\n\nChart " + chart.name + ": " +
                            charts::freshness_line(freshness, workshop.clock.wall_now());
    }
    if (const auto* table = std::get_if<charts::TextTable>(&drawing)) {
        message.markdown += "\n\n" + text::escape_markdown(chart.title) +
                            ", as text because the picture could not be drawn:\n" + table->markdown;
        report.problems.push_back(table->detail);
        return;
    }
    auto& picture = std::get<charts::Picture>(drawing);
    const auto varied = charts::variation_line(picture.variation);
    if (!varied.empty()) message.markdown += "\n\n" + varied;
    message.files.push_back({std::move(picture.path), std::move(picture.file_name), "image/png"});
}

}  // namespace

resilience::Result<Report> build_report(const Spec& spec,
                                        const charts::Spec* chart,
                                        const Workshop& workshop,
                                        const sources::Watch& watch) {
    const auto reading = workshop.reader.read(spec.data, watch);
    if (!reading.ok()) return fail(spec, reading.error().message);
    const auto* table = std::get_if<sources::Table>(&reading.value().content);
    if (table == nullptr) return fail(spec, "its data is a picture");
    const auto summary = summarize(spec, *table);
    if (!summary.ok()) return fail(spec, "its data does not fit, " + summary.error().message);
    const auto form = sources::read_data_file(spec.template_path);
    if (!form.ok()) return fail(spec, form.error().message);

    auto all = values(spec, summary.value());
    const auto age = workshop.clock.wall_now() - reading.value().as_of;
    all["as_of"] = text::utc(reading.value().as_of);
    all["age"] = text::duration(std::chrono::duration_cast<std::chrono::seconds>(age));
    auto text = fill(form.value().text, all);
    if (!text.ok()) return fail(spec, text.error().message);
    auto markdown = std::move(text).value();
    markdown.erase(0, markdown.find_first_not_of(" \n"));
    markdown.erase(markdown.find_last_not_of(" \n") + 1);
    if (markdown.empty()) return fail(spec, "its template gives no text");

    Report report;
    report.messages.emplace_back();
    report.messages.front().markdown = std::move(markdown);
    if (chart != nullptr) attach_chart(*chart, workshop, watch, report);
    return report;
}

}  // namespace bot::reports
