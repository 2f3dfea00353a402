#include "bot/reports/part.hpp"

#include "bot/charts/caption.hpp"
#include "bot/charts/code_table.hpp"
#include "bot/reports/summary.hpp"
#include "bot/sources/csv.hpp"
#include "bot/sources/data_file.hpp"
#include "bot/text/markdown.hpp"
#include "bot/text/time_text.hpp"

#include <kainjow/mustache.hpp>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <utility>
#include <variant>

namespace bot::reports {
namespace {

using kainjow::mustache::data;
using messaging::Message;
using resilience::permanent_error;
using resilience::Result;

data row_of(const Group& group) {
    data row;
    row["group"] = group.name;
    row["count"] = std::to_string(group.count);
    row["over"] = std::to_string(group.over);
    row["oldest"] = shown(group.oldest);
    return row;
}

data values(const Text& spec, const std::string& title, const Summary& summary) {
    data all;
    all["title"] = title;
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
Result<std::string> fill(const std::string& source, const data& values) {
    try {
        kainjow::mustache::mustache form(source);
        if (!form.is_valid()) {
            return permanent_error("its template is broken: " + form.error_message());
        }
        form.set_custom_escape([](const std::string& text) { return text::escape_markdown(text); });
        return form.render(values);
    } catch (const std::exception& error) {
        return permanent_error(std::string("its template is broken: ") + error.what());
    }
}

const charts::Spec* find_chart(const Workshop& workshop, const std::string& name) {
    const auto found = std::find_if(workshop.charts.begin(), workshop.charts.end(),
                                    [&](const auto& chart) { return chart.name == name; });
    return found == workshop.charts.end() ? nullptr : &*found;
}

Result<Message> chart_message(const charts::Spec& chart,
                              const Workshop& workshop,
                              const sources::Watch& watch) {
    auto drawing = workshop.renderer.draw(chart, watch);
    if (const auto* none = std::get_if<charts::NoPicture>(&drawing)) {
        return permanent_error(none->reason);
    }
    Message message;
    const auto now = workshop.clock.wall_now();
    if (const auto* table = std::get_if<charts::TextTable>(&drawing)) {
        message.markdown = charts::caption(chart, table->freshness, "", now) +
                           "\n\nThe picture could not be drawn; these are its numbers.\n" +
                           table->markdown;
        return message;
    }
    auto& picture = std::get<charts::Picture>(drawing);
    message.markdown = charts::caption(chart, picture.freshness, "", now);
    const auto varied = charts::variation_line(picture.variation);
    if (!varied.empty()) message.markdown += "\n\n" + varied;
    message.text = std::move(picture.alt_text);
    message.files.push_back({std::move(picture.path), std::move(picture.file_name), "image/png"});
    return message;
}

Result<Message> table_message(const charts::Spec& chart,
                              const Workshop& workshop,
                              const sources::Watch& watch) {
    const auto read = workshop.renderer.rows(chart, watch);
    if (const auto* none = std::get_if<charts::NoPicture>(&read)) {
        return permanent_error(none->reason);
    }
    const auto& rows = std::get<charts::Rows>(read);
    Message message;
    message.markdown = charts::caption(chart, rows.freshness, "", workshop.clock.wall_now());
    if (const auto code = charts::code_table(rows.spec, rows.plot)) {
        message.markdown += "\n\n" + *code;
        return message;
    }
    if (workshop.scratch == nullptr) return permanent_error("it is too large for a message");
    auto path = workshop.scratch->write(charts::csv_table(rows.spec, rows.plot), ".csv");
    if (!path.ok())
        return permanent_error("it is too large for a message, and " + path.error().message);
    message.files.push_back({std::move(path).value(), chart.name + ".csv", "text/csv"});
    return message;
}

Result<Message> file_message(const Part& part) {
    const auto name = std::filesystem::path(part.value).filename().string();
    std::error_code error;
    if (!std::filesystem::is_regular_file(part.value, error)) {
        return permanent_error("its file " + name + " is missing");
    }
    if (std::filesystem::file_size(part.value, error) == 0 && !error) {
        return permanent_error("its file " + name + " is empty");
    }
    Message message;
    message.markdown = text::escape_markdown(part.name);
    message.files.push_back({part.value, name});
    return message;
}

Result<Message> card_message(const Part& part, const std::string& title) {
    auto card = sources::read_data_file(part.value);
    if (!card.ok()) return card.error();
    Message message;
    message.card_json = std::move(card.value().text);
    message.markdown = text::escape_markdown(title + ", " + part.name);
    return message;
}

}  // namespace

Result<std::string> build_text(const Text& text,
                               const std::string& title,
                               const Workshop& workshop,
                               const sources::Watch& watch) {
    const auto reading = workshop.reader.read(text.data, watch);
    if (!reading.ok()) return reading.error();
    const auto* table = std::get_if<sources::Table>(&reading.value().content);
    if (table == nullptr) return permanent_error("its data is a picture");
    const auto summary = summarize(text, *table);
    if (!summary.ok()) {
        return permanent_error("its data does not fit, " + summary.error().message);
    }
    const auto form = sources::read_data_file(text.template_path);
    if (!form.ok()) return form.error();

    auto all = values(text, title, summary.value());
    const auto age = workshop.clock.wall_now() - reading.value().as_of;
    all["as_of"] = text::utc(reading.value().as_of);
    all["age"] = text::duration(std::chrono::duration_cast<std::chrono::seconds>(age));
    auto filled = fill(form.value().text, all);
    if (!filled.ok()) return filled.error();
    auto markdown = std::move(filled).value();
    markdown.erase(0, markdown.find_first_not_of(" \n"));
    markdown.erase(markdown.find_last_not_of(" \n") + 1);
    if (markdown.empty()) return permanent_error("its template gives no text");
    return markdown;
}

std::string attach_chart(const charts::Spec& chart,
                         const Workshop& workshop,
                         const sources::Watch& watch,
                         Message& message) {
    auto drawing = workshop.renderer.draw(chart, watch);
    if (const auto* none = std::get_if<charts::NoPicture>(&drawing)) {
        message.markdown += "\n\n" + text::escape_markdown(none->sentence);
        return none->detail;
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
        return table->detail;
    }
    auto& picture = std::get<charts::Picture>(drawing);
    const auto varied = charts::variation_line(picture.variation);
    if (!varied.empty()) message.markdown += "\n\n" + varied;
    message.files.push_back({std::move(picture.path), std::move(picture.file_name), "image/png"});
    return {};
}

Result<Message> build_part(const Part& part,
                           const std::string& title,
                           const Workshop& workshop,
                           const sources::Watch& watch) {
    switch (part.kind) {
        case PartKind::kText: {
            auto markdown = build_text(part.text, title, workshop, watch);
            if (!markdown.ok()) return markdown.error();
            Message message;
            message.markdown = std::move(markdown).value();
            return message;
        }
        case PartKind::kChart:
        case PartKind::kTable: {
            const auto* chart = find_chart(workshop, part.value);
            if (chart == nullptr) return permanent_error("there is no such chart");
            return part.kind == PartKind::kChart ? chart_message(*chart, workshop, watch)
                                                 : table_message(*chart, workshop, watch);
        }
        case PartKind::kFile:
            return file_message(part);
        case PartKind::kCard:
            return card_message(part, title);
    }
    return permanent_error("there is no such kind of part");
}

}  // namespace bot::reports
