#include "bot/charts/code_table.hpp"

#include "bot/text/markdown.hpp"
#include "bot/text/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <vector>

namespace bot::charts {
namespace {

constexpr std::size_t kWidthMax = 34;
constexpr std::size_t kRowsMax = 30;
// A label or a heading cut shorter than this says nothing.
constexpr std::size_t kLabelMin = 6;
constexpr std::size_t kHeadingMin = 4;
constexpr std::size_t kGap = 1;

using Cells = std::vector<std::string>;

std::string shown_cell(const std::optional<double>& value) {
    return value ? fmt::format("{:.10g}", *value) : "";
}

// Of a table as it was written, which may be no number.
std::string cell_of(const Plot& plot, std::size_t series, std::size_t row) {
    return plot.texts.empty() ? shown_cell(plot.values[series][row]) : plot.texts[series][row];
}

std::string heading(const Series& series) {
    return text::escape_code(series.label.empty() ? series.column : series.label);
}

std::size_t widest(const Cells& cells) {
    std::size_t width = 0;
    for (const auto& cell : cells)
        width = std::max(width, text::length(cell));
    return width;
}

std::string blanks(const std::string& cell, std::size_t width) {
    std::string space(width - std::min(width, text::length(cell)), ' ');
    return space;
}

// Labels to the left, numbers to the right, headings cut to the space there is.
struct Grid {
    Cells labels;
    std::vector<Cells> columns;
    Cells headings;
};

Grid grid_of(const Spec& spec, const Plot& plot) {
    Grid grid;
    for (const auto& label : plot.labels)
        grid.labels.push_back(text::escape_code(label));
    for (std::size_t i = 0; i < plot.values.size(); ++i) {
        auto& column = grid.columns.emplace_back();
        for (std::size_t row = 0; row < plot.labels.size(); ++row)
            column.push_back(text::escape_code(cell_of(plot, i, row)));
        grid.headings.push_back(heading(spec.series[i]));
    }
    return grid;
}

// Widths of the labels and of each column; empty when they cannot be made to fit.
std::vector<std::size_t> widths_of(const Grid& grid, const std::string& corner) {
    std::vector<std::size_t> widths;
    std::size_t numbers = 0;
    for (std::size_t i = 0; i < grid.columns.size(); ++i) {
        const auto wanted = std::min(text::length(grid.headings[i]), kHeadingMin);
        widths.push_back(std::max(widest(grid.columns[i]), wanted));
        numbers += widths.back() + kGap;
    }
    auto labels = std::max(widest(grid.labels), text::length(corner));
    const auto needed = std::min(labels, kLabelMin);
    if (numbers + needed > kWidthMax) return {};
    labels = std::min(labels, kWidthMax - numbers);
    // What is left over goes to headings that are still cut, one character each in turn.
    auto left = kWidthMax - numbers - labels;
    for (bool given = true; given && left > 0;) {
        given = false;
        for (std::size_t i = 0; i < widths.size() && left > 0; ++i) {
            if (widths[i] >= text::length(grid.headings[i])) continue;
            ++widths[i];
            --left;
            given = true;
        }
    }
    widths.insert(widths.begin(), labels);
    return widths;
}

// Headings that look alike once they are cut say nothing: letters take their place, explained
// below.
std::string letter_headings(Grid& grid, const std::vector<std::size_t>& widths) {
    std::set<std::string> cut;
    for (std::size_t i = 0; i < grid.headings.size(); ++i)
        cut.insert(text::shorten(grid.headings[i], widths[i + 1]));
    if (cut.size() == grid.headings.size()) return {};
    std::string legend;
    for (std::size_t i = 0; i < grid.headings.size(); ++i) {
        const std::string letter(1, static_cast<char>('A' + i));
        legend += text::shorten(letter + " = " + grid.headings[i], kWidthMax) + "\n";
        grid.headings[i] = letter;
    }
    return legend;
}

std::string quoted(const std::string& cell) {
    if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
    std::string text = "\"";
    for (const char c : cell) {
        if (c == '"') text += '"';
        text += c;
    }
    return text + "\"";
}

}  // namespace

std::optional<std::string> code_table(const Spec& spec, const Plot& plot) {
    if (plot.labels.size() > kRowsMax) return std::nullopt;
    auto grid = grid_of(spec, plot);
    const auto corner = text::escape_code(spec.x);
    auto widths = widths_of(grid, corner);
    if (widths.empty()) return std::nullopt;
    const auto legend = letter_headings(grid, widths);
    if (!legend.empty()) widths = widths_of(grid, corner);
    const auto line = [&](const std::string& label, const auto& cell_of) {
        const auto shortened = text::shorten(label, widths[0]);
        auto text = shortened + blanks(shortened, widths[0]);
        for (std::size_t i = 0; i < grid.columns.size(); ++i) {
            const auto cell = text::shorten(cell_of(i), widths[i + 1]);
            text += std::string(kGap, ' ') + blanks(cell, widths[i + 1]) + cell;
        }
        return text + "\n";
    };
    auto table = "```\n" + line(corner, [&](std::size_t i) { return grid.headings[i]; });
    for (std::size_t row = 0; row < grid.labels.size(); ++row)
        table += line(grid.labels[row], [&](std::size_t i) { return grid.columns[i][row]; });
    return table + legend + "```";
}

std::string csv_table(const Spec& spec, const Plot& plot) {
    auto text = quoted(spec.x);
    for (const auto& series : spec.series)
        text += "," + quoted(series.label.empty() ? series.column : series.label);
    text += "\r\n";
    for (std::size_t row = 0; row < plot.labels.size(); ++row) {
        text += quoted(plot.labels[row]);
        for (std::size_t i = 0; i < plot.values.size(); ++i)
            text += "," + quoted(cell_of(plot, i, row));
        text += "\r\n";
    }
    return text;
}

}  // namespace bot::charts
