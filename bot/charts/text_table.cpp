#include "bot/charts/text_table.hpp"

#include "bot/charts/code_table.hpp"
#include "bot/text/markdown.hpp"
#include "bot/text/utf8.hpp"

#include <optional>

namespace bot::charts {
namespace {

template <class Cells>
void drop_first(Cells& cells, std::size_t count) {
    cells.erase(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(count));
}

void drop_rows(Plot& plot, std::size_t count) {
    drop_first(plot.labels, count);
    for (auto& series : plot.values)
        drop_first(series, count);
    for (auto& series : plot.texts)
        drop_first(series, count);
}

}  // namespace

std::string text_table(Spec spec, Plot plot, std::size_t rows_max) {
    std::string left_out;
    if (plot.labels.size() > rows_max) {
        const auto count = plot.labels.size() - rows_max;
        drop_rows(plot, count);
        left_out = std::to_string(count) + " earlier rows";
    }
    std::string columns;
    auto table = code_table(spec, plot);
    while (!table && spec.series.size() > 1) {
        const auto& series = spec.series.back();
        const auto& name = series.label.empty() ? series.column : series.label;
        columns += (columns.empty() ? "" : ", ") + text::escape_markdown(text::shorten(name, 24));
        spec.series.pop_back();
        plot.values.pop_back();
        if (!plot.texts.empty()) plot.texts.pop_back();
        table = code_table(spec, plot);
    }
    if (!table) return "Its cells are too long for a message.";
    if (!columns.empty()) {
        left_out += (left_out.empty() ? "the columns " : " and the columns ") + columns;
    }
    return left_out.empty() ? *table : *table + "\n\nLeft out: " + left_out + ".";
}

}  // namespace bot::charts
