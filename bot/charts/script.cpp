#include "bot/charts/plot.hpp"
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

// Okabe and Ito's colours, told apart with every common kind of colour blindness; darkened a
// little where white paper needs it, lightened for the dark theme. Ordered so that neighbours
// differ in lightness, too.
constexpr std::array<std::string_view, 8> kLightColours = {
    "#0072b2", "#e69f00", "#009e73", "#cc5490", "#56b4e9", "#b34a00", "#8a8a8a", "#3b3b8f"};
constexpr std::array<std::string_view, 8> kDarkColours = {
    "#4fa8e0", "#f0b429", "#2fc79a", "#e58bbd", "#9ad4f7", "#f0814a", "#b8bcc4", "#a3a3ee"};

struct Look {
    std::string_view background, text, faint, grid, warning;
    const std::array<std::string_view, 8>& colours;
};

constexpr Look kLight = {"#ffffff", "#1b2430", "#5d6b7a", "#e3e8ee", "#b34a00", kLightColours};
constexpr Look kDark = {"#131a24", "#eef2f6", "#a3b0bf", "#2b3645", "#f0b429", kDarkColours};

constexpr double kGroupWidth = 0.76;  // Of the space between two labels; the rest is air.
constexpr std::size_t kValueLabelsMax = 16;

// A text as gnuplot's single-quoted string: nothing is expanded in there, and a quote is doubled.
std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        const bool control = static_cast<unsigned char>(c) < 0x20U || c == '\x7f';
        if (control) {
            out += ' ';
        } else if (c == '\'') {
            out += "''";
        } else {
            out += c;
        }
    }
    return out + "'";
}

std::string number(double value) {
    return fmt::format("{:.10g}", value);
}

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

class Script {
public:
    Script(const Spec& spec, const Plot& plot)
        : spec_(spec),
          plot_(plot),
          look_(spec.theme == Theme::kDark ? kDark : kLight),
          range_(value_range(spec, plot)),
          scale_(std::min(spec.height / 675.0, spec.width / 1200.0)) {}

    std::string run(const std::string& note, bool warn) {
        page(note, warn);
        axes();
        legend();
        for (std::size_t i = 0; i < spec_.series.size(); ++i)
            data(i);
        plots();
        return std::move(out_);
    }

private:
    template <class... Values>
    void line(fmt::format_string<Values...> format, Values&&... values) {
        out_ += fmt::format(format, std::forward<Values>(values)...) + "\n";
    }

    std::string font(double points, std::string_view weight = "") const {
        return fmt::format("'Inter{},{:.1f}'", weight, points * scale_);
    }

    // Distance in the picture's height or width, from pixels of the 1200 x 675 design.
    double y_part(double pixels) const { return pixels * scale_ / spec_.height; }
    double x_part(double pixels) const { return pixels * scale_ / spec_.width; }
    std::string_view colour(std::size_t series) const {
        return look_.colours.at(series % look_.colours.size());
    }

    void page(const std::string& note, bool warn) {
        line("set encoding utf8");
        line("set terminal pngcairo noenhanced size {},{} font {} background rgb '{}' linewidth 1",
             spec_.width, spec_.height, font(15), look_.background);
        line("set border 0");
        line("unset title");
        line("set tics scale 0");
        line("set label 1 {} at screen {:.5f},{:.5f} left font {} textcolor rgb '{}'",
             in_quotes(text::shorten(spec_.title, 60)), x_part(40), 1 - y_part(46),
             font(25, " Bold"), look_.text);
        line("set label 2 {} at screen {:.5f},{:.5f} left font {} textcolor rgb '{}'",
             in_quotes(text::shorten(note, 100)), x_part(40), 1 - y_part(84), font(14.5),
             warn ? look_.warning : look_.faint);
        line("set label 3 {} at screen {:.5f},{:.5f} left font {} textcolor rgb '{}'",
             in_quotes(text::shorten(spec_.unit, 40)), x_part(40), 1 - y_part(130), font(14.5),
             look_.faint);
        line("set lmargin at screen {:.5f}", x_part(92));
        line("set rmargin at screen {:.5f}", 1 - x_part(40));
        line("set tmargin at screen {:.5f}", 1 - y_part(166));
        line("set bmargin at screen {:.5f}", y_part(spec_.x_label.empty() ? 62 : 92));
    }

    void axes() {
        const auto rows = plot_.labels.size();
        const double side = has_bars(spec_) ? 0.55 : 0.25;
        line("set xrange [{}:{}]", -side, static_cast<double>(rows - 1) + side);
        line("set yrange [{}:{}]", number(range_.min), number(range_.max));
        line("set grid ytics back linetype 1 linewidth 1.2 linecolor rgb '{}'", look_.grid);
        line("set ytics ({}) font {} textcolor rgb '{}'", y_labels(), font(15), look_.faint);
        if (range_.min <= 0) {
            line(
                "set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead front linewidth 1.5 "
                "linecolor rgb '{}'",
                look_.faint);
        }
        x_labels();
        if (!spec_.x_label.empty()) {
            line("set label 4 {} at screen 0.5,{:.5f} center font {} textcolor rgb '{}'",
                 in_quotes(text::shorten(spec_.x_label, 60)), y_part(26), font(14.5), look_.faint);
        }
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
        const double width = (spec_.width - 132 * scale_) / scale_;
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
        line("set xtics ({}) font {} textcolor rgb '{}' offset 0,-0.2", tics, font(15), look_.text);
    }

    void legend() {
        if (spec_.series.size() < 2) {
            line("unset key");
            return;
        }
        line(
            "set key at screen {:.5f},{:.5f} right center horizontal Left reverse samplen 1.2 "
            "width 0.5 maxrows 2 font {} textcolor rgb '{}'",
            1 - x_part(34), 1 - y_part(130), font(15), look_.text);
    }

    // Columns: x, value, lower and upper edge. Rows without a value are left blank, which breaks
    // a line there.
    void data(std::size_t series) {
        line("$series{} << END_OF_SERIES", series);
        for (std::size_t row = 0; row < plot_.labels.size(); ++row) {
            const auto& value = plot_.values[series][row];
            if (!value) {
                out_ += "\n";
                continue;
            }
            const double base = spec_.kind == Kind::kStacked ? stack_base(series, row) : 0;
            line("{} {} {} {}", row, number(*value), number(std::min(base, base + *value)),
                 number(std::max(base, base + *value)));
        }
        line("END_OF_SERIES");
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
        if (spec_.kind == Kind::kBar && plot_.labels.size() <= kValueLabelsMax) {
            all += fmt::format(
                ", $series0 using 1:4:(sprintf('%.10g', $2)) with labels offset 0,0.7 font {} "
                "textcolor rgb '{}' notitle",
                font(15, " Bold"), look_.text);
        }
        if (spec_.series.size() > 1) all += legend_entries();
        out_ += all + "\n";
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
            series, left + width / 2, left, left + width, look_.background, colour(series));
    }

    std::string curve(std::size_t series) const {
        std::string text;
        if (spec_.kind == Kind::kArea) {
            text = fmt::format(
                "$series{} using 1:2 with filledcurves y1=0 fillstyle transparent solid 0.22 "
                "fillcolor rgb '{}' notitle, ",
                series, colour(series));
        }
        const bool points = plot_.labels.size() <= 40;
        text +=
            fmt::format("$series{} using 1:2 with {} linewidth 3.5 {} linecolor rgb '{}' notitle",
                        series, points ? "linespoints" : "lines",
                        points ? fmt::format("pointtype 7 pointsize {:.2f}", 1.1 * scale_) : "",
                        colour(series));
        return text;
    }

    std::string legend_entries() const {
        std::string text;
        for (std::size_t i = 0; i < spec_.series.size(); ++i) {
            const auto& series = spec_.series[i];
            const auto style =
                has_bars(spec_)
                    ? fmt::format("with boxes fillstyle solid 1 noborder linecolor rgb '{}'",
                                  colour(i))
                    : fmt::format(
                          "with linespoints linewidth 3.5 pointtype 7 pointsize 1.1 "
                          "linecolor rgb '{}'",
                          colour(i));
            const auto& label = series.label.empty() ? series.column : series.label;
            text +=
                fmt::format(", keyentry {} title {}", style, in_quotes(text::shorten(label, 24)));
        }
        return text;
    }

    const Spec& spec_;
    const Plot& plot_;
    const Look& look_;
    Range range_;
    double scale_;
    std::string out_;
};

}  // namespace

std::string gnuplot_script(const Spec& spec, const Plot& plot, const std::string& note, bool warn) {
    return Script(spec, plot).run(note, warn);
}

}  // namespace bot::charts
