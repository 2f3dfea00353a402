#include "bot/charts/text_table.hpp"

#include "bot/charts/page.hpp"
#include "bot/text/markdown.hpp"
#include "bot/text/utf8.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace bot::charts {
namespace {

constexpr std::size_t kWidth = 40;
constexpr std::size_t kFirstMax = 16;
constexpr std::size_t kCellMax = 12;

struct Column {
    std::string heading;
    std::vector<std::string> cells;
    bool right = true;
    std::size_t width = 0;
};

std::string cell_of(const Plot& plot, std::size_t series, std::size_t row) {
    if (!plot.texts.empty()) return plot.texts[series][row];
    const auto& value = plot.values[series][row];
    return value ? readable(*value) : std::string{};
}

void fit(Column& column, std::size_t longest) {
    column.heading = text::escape_code(text::shorten(column.heading, longest));
    column.width = text::length(column.heading);
    for (auto& cell : column.cells) {
        cell = text::escape_code(text::shorten(cell, longest));
        column.width = std::max(column.width, text::length(cell));
    }
}

std::string padded(const Column& column, std::string_view cell) {
    const std::string gap(column.width - std::min(column.width, text::length(cell)), ' ');
    return column.right ? gap + std::string(cell) : std::string(cell) + gap;
}

void add_line(std::string& out, std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
}

}  // namespace

std::string text_table(const Spec& spec, const Plot& plot, std::size_t rows_max) {
    const auto all = plot.labels.size();
    const auto first = all > rows_max ? all - rows_max : 0;
    std::vector<Column> columns(1);
    columns[0].heading = spec.x_label.empty() ? spec.x : spec.x_label;
    columns[0].right = false;
    columns[0].cells.assign(plot.labels.begin() + static_cast<std::ptrdiff_t>(first),
                            plot.labels.end());
    fit(columns[0], kFirstMax);
    std::size_t width = columns[0].width;
    std::string left_out;
    for (std::size_t i = 0; i < spec.series.size(); ++i) {
        const auto& series = spec.series[i];
        Column column;
        column.heading = series.label.empty() ? series.column : series.label;
        column.right = plot.texts.empty();
        for (auto row = first; row < all; ++row)
            column.cells.push_back(cell_of(plot, i, row));
        const auto name = column.heading;
        fit(column, kCellMax);
        if (width + 2 + column.width > kWidth) {
            left_out += (left_out.empty() ? "" : ", ") + text::escape_code(text::shorten(name, 24));
            continue;
        }
        width += 2 + column.width;
        columns.push_back(std::move(column));
    }

    std::string out = "```\n";
    const auto line_of = [&](auto&& cell) {
        std::string line;
        for (const auto& column : columns)
            line += (line.empty() ? "" : "  ") + padded(column, cell(column));
        return line;
    };
    add_line(out, line_of([](const Column& column) { return column.heading; }));
    if (first > 0) out += "(" + std::to_string(first) + " rows before)\n";
    for (std::size_t row = 0; row < all - first; ++row)
        add_line(out, line_of([&](const Column& column) { return column.cells[row]; }));
    if (!left_out.empty()) out += "No room for: " + left_out + "\n";
    return out + "```";
}

}  // namespace bot::charts
