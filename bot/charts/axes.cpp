#include "bot/charts/scripts.hpp"
#include "bot/text/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

namespace bot::charts {
namespace {

constexpr double kGroupWidth = 0.76;  // Of the space between two labels; the rest is air.
constexpr std::size_t kValueLabelsMax = 16;

bool has_bars(const Spec& spec) {
    return spec.kind == Kind::kBar || spec.kind == Kind::kGrouped || spec.kind == Kind::kStacked;
}

struct Range {
    double min = 0;
    double max = 1;
    double step = 0.2;
};

// Lowest and highest point of what is drawn.
std::pair<double, double> extremes(const Spec& spec, const Plot& plot) {
    const bool stacked = spec.kind == Kind::kStacked;
    std::vector<double> points;
    if (stacked) points.push_back(0);
    for (std::size_t row = 0; row < plot.labels.size(); ++row) {
        double up = 0;
        double down = 0;
        for (const auto& series : plot.values) {
            if (!series[row]) continue;
            const double value = *series[row];
            double& top = value > 0 ? up : down;  // of the bars stacked so far
            top += value;
            points.push_back(stacked ? top : value);
        }
    }
    if (points.empty()) return {0, 0};
    const auto [low, high] = std::minmax_element(points.begin(), points.end());
    return {*low, *high};
}

// A range with round steps, about six of them. Bars and areas stand on zero, so that heights
// compare honestly; a line far from zero may use the whole height.
Range value_range(const Spec& spec, const Plot& plot) {
    auto [low, high] = extremes(spec, plot);
    const bool far_from_zero = low > 0 && high - low < high / 2;
    if (spec.kind == Kind::kLine && far_from_zero && high > low) {
        low -= (high - low) / 4;
    } else {
        low = std::min(low, 0.0);
        high = std::max(high, 0.0);
    }
    if (high == low) high = low + 1;
    const double rough = (high - low) / 6;
    const double magnitude = std::pow(10, std::floor(std::log10(rough)));
    double step = 10 * magnitude;
    for (const double candidate : {1.0, 2.0, 2.5, 5.0}) {
        if (candidate * magnitude >= rough) {
            step = candidate * magnitude;
            break;
        }
    }
    // The numbers above single bars need room; rounding must not open an empty step.
    const double head = spec.kind == Kind::kBar ? 0.06 * (high - low) : -1e-9 * step;
    return {std::floor(low / step) * step, std::ceil((high + head) / step) * step, step};
}

class Axes {
public:
    Axes(Page& page, const Plot& plot)
        : page_(page),
          spec_(page.spec()),
          plot_(plot),
          look_(page.look()),
          range_(value_range(page.spec(), plot)) {}

    void write() {
        page_.margins(92, 40, 166, spec_.x_label.empty() ? 62 : 92);
        axes();
        legend();
        for (std::size_t i = 0; i < spec_.series.size(); ++i)
            data(i);
        plots();
    }

private:
    void axes() {
        const auto rows = plot_.labels.size();
        const double side = has_bars(spec_) ? 0.55 : 0.25;
        page_.line("set xrange [{}:{}]", -side, static_cast<double>(rows - 1) + side);
        page_.line("set yrange [{}:{}]", number(range_.min), number(range_.max));
        if (!page_.plain()) grid();
        page_.line("set ytics ({}) font {} textcolor rgb '{}'", y_labels(), page_.font(15),
                   look_.faint);
        if (range_.min <= 0) {
            page_.line(
                "set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead front linewidth 1.5 "
                "linecolor rgb '{}'",
                look_.faint);
        }
        x_labels();
        if (!spec_.x_label.empty()) {
            page_.label(page_.width() / 2, page_.height() - 26, "center",
                        text::shorten(spec_.x_label, 60), page_.font(14.5), look_.faint);
        }
    }

    void grid() {
        page_.line("set grid ytics back linetype 1 linewidth 1.2 linecolor rgb '{}'", look_.grid);
    }

    // Thousands as "12 k": long numbers would run into the picture's edge.
    std::string y_labels() const {
        constexpr std::array<std::pair<double, std::string_view>, 3> kUnits = {
            {{1e9, " bn"}, {1e6, " m"}, {1e4, " k"}}};
        const double largest = std::max(range_.max, -range_.min);
        double divisor = 1;
        std::string_view unit;
        for (const auto& [from, name] : kUnits) {
            if (largest < from) continue;
            divisor = from == 1e4 ? 1e3 : from;
            unit = name;
            break;
        }
        std::string tics;
        const auto count = static_cast<int>(std::lround((range_.max - range_.min) / range_.step));
        for (int i = 0; i <= count; ++i) {
            const double value = range_.min + static_cast<double>(i) * range_.step;
            // Sums of steps such as 0.1 miss zero by a hair.
            const double tidy = std::abs(value) < range_.step / 1000 ? 0 : value;
            tics += fmt::format("{}'{:.6g}{}' {}", i == 0 ? "" : ", ", tidy / divisor,
                                tidy == 0 ? "" : unit, number(tidy));
        }
        return tics;
    }

    // As many labels as fit side by side, evenly spaced, the last row always among them.
    void x_labels() {
        constexpr double kLetter = 11.5;  // Pixels of the design, on average.
        constexpr double kGap = 18;
        const auto rows = plot_.labels.size();
        const double width = page_.width() - 132;
        std::size_t label_max = 18;
        if (has_bars(spec_)) {
            // Bars are things, each with its name: rather shorten names than leave some out.
            const double letters = (width / static_cast<double>(rows) - kGap) / kLetter;
            if (letters >= 5) label_max = std::min(label_max, static_cast<std::size_t>(letters));
        }
        std::size_t longest = 1;
        for (const auto& label : plot_.labels) {
            longest = std::max(longest, std::min(text::length(label), label_max));
        }
        const double needed = kLetter * static_cast<double>(longest) + kGap;
        const auto fitting = std::max<std::size_t>(1, static_cast<std::size_t>(width / needed));
        const auto step = (rows + fitting - 1) / fitting;
        std::string tics;
        for (std::size_t row = (rows - 1) % step; row < rows; row += step) {
            tics += fmt::format("{}{} {}", tics.empty() ? "" : ", ",
                                in_quotes(text::shorten(plot_.labels[row], label_max)), row);
        }
        page_.line("set xtics ({}) font {} textcolor rgb '{}' offset 0,-0.2", tics, page_.font(15),
                   look_.text);
    }

    void legend() {
        if (spec_.series.size() < 2) {
            page_.line("unset key");
            return;
        }
        page_.line(
            "set key at screen {:.5f},{:.5f} right center horizontal Left reverse samplen 1.2 "
            "width 0.5 maxrows 2 font {} textcolor rgb '{}'",
            1 - page_.x_part(34), 1 - page_.y_part(130), page_.font(15), look_.text);
    }

    // Columns: x, value, lower and upper edge. Rows without a value are left blank, which breaks
    // a line there.
    void data(std::size_t series) {
        page_.line("$series{} << END_OF_SERIES", series);
        for (std::size_t row = 0; row < plot_.labels.size(); ++row) {
            const auto& value = plot_.values[series][row];
            if (!value) {
                page_.line("");
                continue;
            }
            const double base = spec_.kind == Kind::kStacked ? stack_base(series, row) : 0;
            page_.line("{} {} {} {}", row, number(*value), number(std::min(base, base + *value)),
                       number(std::max(base, base + *value)));
        }
        page_.line("END_OF_SERIES");
    }

    // Sum of the series below this one; negative values pile downwards.
    double stack_base(std::size_t series, std::size_t row) const {
        const bool up = *plot_.values[series][row] >= 0;
        double base = 0;
        for (std::size_t below = 0; below < series; ++below) {
            const double value = plot_.values[below][row].value_or(0);
            if ((value >= 0) == up) base += value;
        }
        return base;
    }

    void plots() {
        std::string all;
        for (std::size_t i = 0; i < spec_.series.size(); ++i) {
            all += (all.empty() ? "plot " : ", ");
            if (has_bars(spec_)) {
                all += bars(i);
            } else {
                all += curve(i);
            }
        }
        if (!page_.plain() && spec_.kind == Kind::kBar && plot_.labels.size() <= kValueLabelsMax) {
            all += fmt::format(
                ", $series0 using 1:4:(sprintf('%.10g', $2)) with labels offset 0,0.7 font {} "
                "textcolor rgb '{}' notitle",
                page_.font(15, " Bold"), look_.text);
        }
        if (spec_.series.size() > 1) all += legend_entries();
        page_.line("{}", all);
    }

    std::string bars(std::size_t series) const {
        const auto count =
            spec_.kind == Kind::kGrouped ? static_cast<double>(spec_.series.size()) : 1.0;
        const double group = spec_.kind == Kind::kGrouped ? kGroupWidth : 0.62;
        const double width = group / count;
        const double left = spec_.kind == Kind::kGrouped
                                ? -group / 2 + width * static_cast<double>(series)
                                : -group / 2;
        // A hair of background between neighbours keeps them apart without relying on colour.
        return fmt::format(
            "$series{} using ($1+{:.5f}):2:($1+{:.5f}):($1+{:.5f}):3:4 with boxxyerror "
            "fillstyle solid 1 border linecolor rgb '{}' fillcolor rgb '{}' linewidth 2 notitle",
            series, left + width / 2, left, left + width, look_.background, page_.colour(series));
    }

    std::string curve(std::size_t series) const {
        std::string text;
        if (spec_.kind == Kind::kArea) {
            text = fmt::format(
                "$series{} using 1:2 with filledcurves y1=0 fillstyle transparent solid 0.22 "
                "fillcolor rgb '{}' notitle, ",
                series, page_.colour(series));
        }
        const bool points = !page_.plain() && plot_.labels.size() <= 40;
        text += fmt::format(
            "$series{} using 1:2 with {} linewidth 3.5 {} linecolor rgb '{}' notitle", series,
            points ? "linespoints" : "lines",
            points ? fmt::format("pointtype 7 pointsize {:.2f}", 1.1 * page_.scale()) : "",
            page_.colour(series));
        return text;
    }

    std::string legend_entries() const {
        std::string text;
        for (std::size_t i = 0; i < spec_.series.size(); ++i) {
            const auto& series = spec_.series[i];
            const auto style =
                has_bars(spec_)
                    ? fmt::format("with boxes fillstyle solid 1 noborder linecolor rgb '{}'",
                                  page_.colour(i))
                    : fmt::format(
                          "with linespoints linewidth 3.5 pointtype 7 pointsize 1.1 "
                          "linecolor rgb '{}'",
                          page_.colour(i));
            const auto& label = series.label.empty() ? series.column : series.label;
            text +=
                fmt::format(", keyentry {} title {}", style, in_quotes(text::shorten(label, 24)));
        }
        return text;
    }

    Page& page_;
    const Spec& spec_;
    const Plot& plot_;
    const Look& look_;
    const Range range_;
};

}  // namespace

void write_axes(Page& page, const Plot& plot) {
    Axes(page, plot).write();
}

}  // namespace bot::charts
