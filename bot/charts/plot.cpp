#include "bot/charts/plot.hpp"

#include <utility>

namespace bot::charts {
namespace {

// More marks than this melt into each other at 1200 pixels.
constexpr std::size_t kPlotRowsMax = 400;
constexpr std::size_t kHeatMapRowsMax = 60;  // cells lower than this are stripes

resilience::Error missing(const std::string& column) {
    return resilience::permanent_error("there is no column \"" + column + "\"");
}

// The numbers of one column; `any` becomes true where it holds something to show.
resilience::Result<std::vector<std::optional<double>>> read_column(const Spec& spec,
                                                                   const std::string& name,
                                                                   const sources::Table& table,
                                                                   std::size_t column,
                                                                   bool& any) {
    std::vector<std::optional<double>> values;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const auto& cell = table.rows[i][column];
        const auto number = sources::parse_number(cell);
        if (!number && !cell.empty() && spec.kind != Kind::kTable) {
            return resilience::permanent_error("row " + std::to_string(table.lines[i]) +
                                               " has no number in the column \"" + name + "\"");
        }
        any = any || !cell.empty();
        values.push_back(number);
    }
    return values;
}

void add_texts(Plot& plot, const Spec& spec, const sources::Table& table) {
    for (const auto& series : spec.series) {
        const auto column = table.find(series.column);
        auto& texts = plot.texts.emplace_back();
        for (const auto& row : table.rows)
            texts.push_back(row[*column]);
    }
}

}  // namespace

std::size_t series_max(Kind kind) {
    switch (kind) {
        case Kind::kBar:
        case Kind::kNumber:
            return 1;
        case Kind::kHeatMap:
            return 31;  // the days of a month
        default:
            return 8;
    }
}

resilience::Result<Spec> with_series(Spec spec, const sources::Table& table) {
    if (!spec.series.empty()) return spec;
    for (const auto& column : table.columns) {
        if (column != spec.x) spec.series.push_back({column});
    }
    const auto most = series_max(spec.kind);
    if (spec.series.empty()) {
        return resilience::permanent_error("there is no column but \"" + spec.x + "\"");
    }
    if (spec.series.size() > most) {
        return resilience::permanent_error("there are " + std::to_string(spec.series.size()) +
                                           " series, more than the " + std::to_string(most) +
                                           " that this kind of chart can show");
    }
    return spec;
}

resilience::Result<Plot> make_plot(const Spec& spec, const sources::Table& table) {
    const auto x = table.find(spec.x);
    if (!x) return missing(spec.x);
    if (table.rows.empty()) return resilience::permanent_error("there are no rows below the first");
    const auto rows_max = spec.kind == Kind::kHeatMap ? kHeatMapRowsMax : kPlotRowsMax;
    if (table.rows.size() > rows_max) {
        return resilience::permanent_error("there are more than " + std::to_string(rows_max) +
                                           " rows, too many for a picture");
    }
    Plot plot;
    for (const auto& row : table.rows)
        plot.labels.push_back(row[*x]);
    bool any = false;
    for (const auto& series : spec.series) {
        const auto column = table.find(series.column);
        if (!column) return missing(series.column);
        auto read = read_column(spec, series.column, table, *column, any);
        if (!read.ok()) return read.error();
        plot.values.push_back(std::move(read).value());
    }
    const bool as_table = spec.kind == Kind::kTable;
    if (!any) {
        return resilience::permanent_error(as_table ? "there is nothing in its columns"
                                                    : "there is not one number in it");
    }
    if (as_table) add_texts(plot, spec, table);
    return plot;
}

}  // namespace bot::charts
