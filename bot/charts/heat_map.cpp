#include "bot/charts/scripts.hpp"
#include "bot/text/utf8.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace bot::charts {
namespace {

constexpr std::size_t kRowLabelMax = 18;
constexpr double kLetter = 10;  // pixels of the design, on average
constexpr double kTop = 150;

struct Extent {
    double low = 0;
    double high = 0;
};

Extent extent_of(const Plot& plot) {
    Extent extent;
    bool first = true;
    for (const auto& series : plot.values) {
        for (const auto& value : series) {
            if (!value) continue;
            extent.low = first ? *value : std::min(extent.low, *value);
            extent.high = first ? *value : std::max(extent.high, *value);
            first = false;
        }
    }
    return extent;
}

const std::string& label_of(const Series& series) {
    return series.label.empty() ? series.column : series.label;
}

class HeatMap {
public:
    HeatMap(Page& page, const Plot& plot)
        : page_(page), spec_(page.spec()), plot_(plot), extent_(extent_of(plot)) {
        for (const auto& label : plot.labels) {
            longest_ = std::max(longest_, std::min(text::length(label), kRowLabelMax));
        }
        left_ = 56 + kLetter * static_cast<double>(longest_);
        cell_width_ = (page.width() - left_ - 40) / static_cast<double>(spec_.series.size());
        cell_height_ = (page.height() - kTop - bottom()) / static_cast<double>(plot.labels.size());
    }

    void write() {
        page_.margins(left_, 40, kTop, bottom());
        page_.line("unset key");
        page_.line("set xrange [-0.5:{}]", static_cast<double>(spec_.series.size()) - 0.5);
        page_.line("set yrange [{}:-0.5]", static_cast<double>(plot_.labels.size()) - 0.5);
        tics();
        if (!spec_.x_label.empty()) {
            page_.label((left_ + page_.width() - 40) / 2, page_.height() - 26, "center",
                        text::shorten(spec_.x_label, 60), page_.font(14.5), page_.look().faint);
        }
        scale();
        cells();
    }

private:
    double bottom() const { return spec_.x_label.empty() ? 62 : 92; }

    double share(double value) const {
        if (extent_.high == extent_.low) return 0.5;
        return (value - extent_.low) / (extent_.high - extent_.low);
    }

    // Every label that fits, evenly spaced.
    void tics() {
        std::size_t longest = 1;
        for (const auto& series : spec_.series) {
            longest = std::max(longest, std::min<std::size_t>(text::length(label_of(series)), 12));
        }
        const double needed = 11.5 * static_cast<double>(longest) + 10;
        const auto step = static_cast<std::size_t>(std::ceil(needed / cell_width_));
        std::string across;
        for (std::size_t i = 0; i < spec_.series.size(); i += step) {
            across += fmt::format("{}{} {}", across.empty() ? "" : ", ",
                                  in_quotes(text::shorten(label_of(spec_.series[i]), 12)), i);
        }
        page_.line("set xtics ({}) font {} textcolor rgb '{}' offset 0,-0.2", across,
                   page_.font(15), page_.look().text);
        const auto row_step = static_cast<std::size_t>(std::ceil(20 / cell_height_));
        std::string down;
        for (std::size_t i = 0; i < plot_.labels.size(); i += row_step) {
            down += fmt::format("{}{} {}", down.empty() ? "" : ", ",
                                in_quotes(text::shorten(plot_.labels[i], kRowLabelMax)), i);
        }
        page_.line("set ytics ({}) font {} textcolor rgb '{}'", down, page_.font(15),
                   page_.look().text);
    }

    // What the colours mean, at the right of the unit.
    void scale() {
        constexpr int kSteps = 24;
        constexpr double kWidth = 8;
        const double right = page_.width() - 40;
        const auto high = readable(extent_.high);
        const double end = right - kLetter * static_cast<double>(high.size()) - 10;
        page_.label(right, 130, "right", high, page_.font(14.5), page_.look().faint);
        for (int i = 0; i < kSteps; ++i) {
            page_.box(end - kWidth * (kSteps - i), 122, kWidth, 16, colour(i / (kSteps - 1.0)));
        }
        page_.label(end - kWidth * kSteps - 10, 130, "right", readable(extent_.low),
                    page_.font(14.5), page_.look().faint);
    }

    std::string colour(double share) const {
        return mix(page_.look().low, page_.look().high, share);
    }

    void cells() {
        std::size_t widest = 1;
        for (const auto& series : plot_.values) {
            for (const auto& value : series) {
                if (value) widest = std::max(widest, readable(*value).size());
            }
        }
        const bool numbers = !page_.plain() && cell_height_ >= 24 &&
                             cell_width_ >= 12 + 9.5 * static_cast<double>(widest);
        page_.line("$cells << END_OF_CELLS");
        for (std::size_t row = 0; row < plot_.labels.size(); ++row) {
            for (std::size_t i = 0; i < spec_.series.size(); ++i) {
                if (const auto& value = plot_.values[i][row]) cell(i, row, *value);
            }
        }
        page_.line("END_OF_CELLS");
        page_.line(
            "plot $cells using 1:2:3:4:5:6:7 with boxxyerror fillstyle solid 1 border linecolor "
            "rgb '{}' linewidth 2 fillcolor rgb variable notitle{}",
            page_.look().background,
            numbers ? fmt::format(", $cells using 1:2:9:8 with labels font {} textcolor rgb "
                                  "variable notitle",
                                  page_.font(14.5))
                    : "");
    }

    // Centre, edges, colour of the cell, colour of its number, and the number.
    void cell(std::size_t column, std::size_t row, double value) {
        const auto x = static_cast<double>(column);
        const auto y = static_cast<double>(row);
        const bool dark_paper = spec_.theme == Theme::kDark;
        const bool strong = share(value) > 0.55;
        const auto ink = strong == dark_paper ? std::string_view("#101820") : "#ffffff";
        page_.line("{} {} {} {} {} {} 0x{} 0x{} \"{}\"", x, y, x - 0.5, x + 0.5, y - 0.5, y + 0.5,
                   colour(share(value)).substr(1), ink.substr(1), readable(value));
    }

    Page& page_;
    const Spec& spec_;
    const Plot& plot_;
    const Extent extent_;
    std::size_t longest_ = 1;
    double left_ = 0;
    double cell_width_ = 0;
    double cell_height_ = 0;
};

}  // namespace

void write_heat_map(Page& page, const Plot& plot) {
    HeatMap(page, plot).write();
}

}  // namespace bot::charts
