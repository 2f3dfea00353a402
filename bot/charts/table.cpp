#include "bot/charts/scripts.hpp"
#include "bot/sources/csv.hpp"
#include "bot/text/utf8.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace bot::charts {
namespace {

constexpr double kTableTop = 122;
constexpr double kEdge = 40;
constexpr double kRowMin = 30;  // pixels of the design; below, letters touch
constexpr double kRowMax = 44;
constexpr std::size_t kCellMax = 40;

struct Column {
    std::string heading;
    std::vector<std::string> cells;
    bool numbers = true;  // set to the right, so that digits stand below each other
    std::size_t longest = 0;
};

Column column_of(const std::string& heading,
                 const std::vector<std::string>& cells,
                 std::size_t rows) {
    Column column{.heading = text::shorten(heading, kCellMax), .cells = {}};
    column.longest = text::length(column.heading);
    for (std::size_t i = 0; i < rows; ++i) {
        column.cells.push_back(text::shorten(cells[i], kCellMax));
        column.longest = std::max(column.longest, text::length(column.cells.back()));
        column.numbers =
            column.numbers && (cells[i].empty() || sources::parse_number(cells[i]).has_value());
    }
    return column;
}

class PictureTable {
public:
    PictureTable(Page& page, const Plot& plot) : page_(page), plot_(plot) {
        const double room = page.height() - kTableTop - 34;
        const auto all = plot.labels.size();
        const auto fitting = static_cast<std::size_t>(room / kRowMin) - 1;  // below the headings
        rows_ = all <= fitting ? all : fitting - 1;                         // and one line says so
        lines_ = 1 + rows_ + (rows_ < all ? 1 : 0);
        row_height_ = std::min(kRowMax, room / static_cast<double>(lines_));
        const auto& spec = page.spec();
        columns_.push_back(
            column_of(spec.x_label.empty() ? spec.x : spec.x_label, plot.labels, rows_));
        columns_.front().numbers = false;
        for (std::size_t i = 0; i < spec.series.size(); ++i) {
            const auto& series = spec.series[i];
            columns_.push_back(column_of(series.label.empty() ? series.column : series.label,
                                         plot.texts[i], rows_));
        }
    }

    void write() {
        const auto& look = page_.look();
        const double width = page_.width() - 2 * kEdge;
        for (std::size_t row = 0; !page_.plain() && row < rows_; row += 2) {
            page_.box(kEdge, top_of(row + 1), width, row_height_,
                      mix(look.background, look.grid, 0.45));
        }
        page_.box(kEdge, top_of(1) - 2, width, 2, look.faint);
        double left = kEdge + 12;
        const double letters = total_letters();
        for (const auto& column : columns_) {
            const double share = (static_cast<double>(column.longest) + 2) / letters;
            write_column(column, left, (width - 24) * share);
            left += (width - 24) * share;
        }
        if (rows_ < plot_.labels.size()) {
            page_.label(kEdge + 12, middle_of(rows_ + 1), "left",
                        fmt::format("and {} more", plot_.labels.size() - rows_), page_.font(15),
                        look.faint);
        }
        // A plot command makes gnuplot write the page.
        page_.line("unset key");
        page_.line("unset tics");
        page_.line("set xrange [0:1]");
        page_.line("set yrange [0:1]");
        page_.line("plot NaN notitle");
    }

private:
    double top_of(std::size_t line) const {
        return kTableTop + row_height_ * static_cast<double>(line);
    }
    double middle_of(std::size_t line) const { return top_of(line) + row_height_ / 2; }

    double total_letters() const {
        double all = 0;
        for (const auto& column : columns_)
            all += static_cast<double>(column.longest) + 2;
        return all;
    }

    void write_column(const Column& column, double left, double width) {
        const auto& look = page_.look();
        const double at = column.numbers ? left + width - 12 : left;
        const auto* align = column.numbers ? "right" : "left";
        // A letter is nine pixels wide on average: what does not fit is cut, not written over.
        const auto fitting = std::max<std::size_t>(2, static_cast<std::size_t>(width / 9.0));
        page_.label(at, middle_of(0), align, text::shorten(column.heading, fitting),
                    page_.font(15, " Bold"), look.faint);
        for (std::size_t row = 0; row < column.cells.size(); ++row) {
            page_.label(at, middle_of(row + 1), align, text::shorten(column.cells[row], fitting),
                        page_.font(16), look.text);
        }
    }

    Page& page_;
    const Plot& plot_;
    std::vector<Column> columns_;
    std::size_t rows_ = 0;
    std::size_t lines_ = 0;
    double row_height_ = kRowMax;
};

}  // namespace

void write_table(Page& page, const Plot& plot) {
    PictureTable(page, plot).write();
}

}  // namespace bot::charts
