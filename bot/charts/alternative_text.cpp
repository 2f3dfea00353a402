#include "bot/charts/alternative_text.hpp"

#include "bot/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace bot::charts {
namespace {

constexpr std::size_t kListedMax = 12;
constexpr std::size_t kNameMax = 40;

std::string shown(double value) {
    auto number = std::to_string(value);
    number.erase(number.find_last_not_of('0') + 1);
    if (number.back() == '.') number.pop_back();
    return number;
}

std::string name_of(const Series& series) {
    return text::shorten(series.label.empty() ? series.column : series.label, kNameMax);
}

std::string row_name(const Plot& plot, std::size_t row) {
    return text::shorten(plot.labels[row], kNameMax);
}

// Every number of one series, if they are few.
std::string one_series(const Plot& plot) {
    std::string text;
    const auto rows = plot.labels.size();
    for (std::size_t row = rows > kListedMax ? rows - 1 : 0; row < rows; ++row) {
        const auto& value = plot.values[0][row];
        if (value) text += " " + row_name(plot, row) + ": " + shown(*value) + ".";
    }
    return text;
}

std::string last_row(const Spec& spec, const Plot& plot) {
    std::string text;
    for (std::size_t i = 0; i < spec.series.size(); ++i) {
        const auto& last = plot.values[i].back();
        if (!last) continue;
        text += " " + name_of(spec.series[i]) + " at " + row_name(plot, plot.labels.size() - 1) +
                ": " + shown(*last) + ".";
    }
    return text;
}

std::string highest_and_lowest(const Spec& spec, const Plot& plot) {
    struct Cell {
        double value = 0;
        std::size_t series = 0;
        std::size_t row = 0;
    };
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < plot.values.size(); ++i) {
        for (std::size_t row = 0; row < plot.labels.size(); ++row) {
            if (const auto& value = plot.values[i][row]) cells.push_back({*value, i, row});
        }
    }
    const auto [low, high] = std::minmax_element(
        cells.begin(), cells.end(), [](const Cell& a, const Cell& b) { return a.value < b.value; });
    const auto place = [&](std::string_view what, const Cell& cell) {
        return " " + std::string(what) + ": " + shown(cell.value) + " at " +
               row_name(plot, cell.row) + ", " + name_of(spec.series[cell.series]) + ".";
    };
    return place("Highest", *high) + place("Lowest", *low);
}

std::string first_rows(const Spec& spec, const Plot& plot) {
    constexpr std::size_t kRowsMax = 5;
    std::string text;
    const auto rows = std::min(plot.labels.size(), kRowsMax);
    for (std::size_t row = 0; row < rows; ++row) {
        text += " " + row_name(plot, row) + ":";
        for (std::size_t i = 0; i < spec.series.size(); ++i) {
            const auto& cell = plot.texts[i][row];
            if (cell.empty()) continue;
            text += (i == 0 ? " " : ", ") + name_of(spec.series[i]) + " " +
                    text::shorten(cell, kNameMax);
        }
        text += ".";
    }
    if (rows < plot.labels.size()) {
        text += " And " + std::to_string(plot.labels.size() - rows) + " more.";
    }
    return text;
}

}  // namespace

std::string alternative_text(const Spec& spec, const Plot& plot, const std::string& note) {
    constexpr std::array kKinds = {"Bar chart",
                                   "Grouped bar chart",
                                   "Stacked bar chart",
                                   "Line chart",
                                   "Area chart",
                                   "Heat map",
                                   "Number",
                                   "Table"};
    constexpr std::size_t kTextMax = 1500;
    auto text = std::string(kKinds.at(static_cast<std::size_t>(spec.kind))) + " \"" + spec.title +
                "\"" + (spec.unit.empty() ? "" : " in " + spec.unit) + ", " + row_name(plot, 0) +
                " to " + row_name(plot, plot.labels.size() - 1) + ", " + note + ".";
    if (spec.kind == Kind::kTable) {
        text += first_rows(spec, plot);
    } else if (spec.kind == Kind::kHeatMap) {
        text += highest_and_lowest(spec, plot);
    } else if (spec.series.size() == 1) {
        text += one_series(plot);
    } else {
        text += last_row(spec, plot);
    }
    return text::shorten(text, kTextMax);
}

}  // namespace bot::charts
