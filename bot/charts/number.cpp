#include "bot/charts/scripts.hpp"
#include "bot/text/utf8.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bot::charts {
namespace {

constexpr double kFrom = 40;         // left edge of everything
constexpr double kGaugeHeight = 18;  // pixels of the design

struct Point {
    std::size_t row = 0;
    double value = 0;
};

std::vector<Point> points_of(const Plot& plot) {
    std::vector<Point> points;
    for (std::size_t row = 0; row < plot.labels.size(); ++row) {
        if (const auto& value = plot.values.front()[row]) points.push_back({row, *value});
    }
    return points;
}

std::string with_sign(double value) {
    const auto text = readable(std::abs(value));
    return (value < 0 ? "\xE2\x88\x92" : "+") + text;  // a minus, not a hyphen
}

// "+4 (+9 %) since W46": whether that is good the data does not say, so it has no colour.
std::string change(const Point& before, const Point& now, const Plot& plot) {
    const auto since = " since " + text::shorten(plot.labels[before.row], 24);
    const double step = now.value - before.value;
    if (step == 0) return "unchanged" + since;
    if (before.value == 0) return with_sign(step) + since;
    const double percent = 100 * step / std::abs(before.value);
    return with_sign(step) + " (" + with_sign(std::round(percent * 10) / 10) + " %)" + since;
}

class Number {
public:
    Number(Page& page, const Plot& plot)
        : page_(page), spec_(page.spec()), plot_(plot), points_(points_of(plot)) {}

    void write() {
        const auto& look = page_.look();
        const auto& now = points_.back();
        page_.label(kFrom, 220, "left", readable(now.value), page_.font(92, " Bold"), look.text);
        auto below = text::shorten(plot_.labels[now.row], 24);
        if (points_.size() > 1) below = change(points_[points_.size() - 2], now, plot_);
        page_.label(kFrom, 308, "left", below, page_.font(19), look.faint);
        if (spec_.full > 0) gauge(now.value);
        course();
    }

private:
    void gauge(double value) {
        const double width = page_.width() - 2 * kFrom;
        const double share = std::clamp(value / spec_.full, 0.0, 1.0);
        page_.box(kFrom, 346, width, kGaugeHeight, page_.look().grid);
        // Boxes that come later lie on top.
        if (share > 0) page_.box(kFrom, 346, width * share, kGaugeHeight, page_.colour(0));
        const auto percent = std::round(1000 * value / spec_.full) / 10;
        page_.label(page_.width() - kFrom, 308, "right",
                    fmt::format("{:.4g} % of {}", percent, readable(spec_.full)), page_.font(19),
                    page_.look().faint);
    }

    // Small, without an axis: lowest, highest, first and last are named.
    void course() {
        const auto [low, high] =
            std::minmax_element(points_.begin(), points_.end(),
                                [](const Point& a, const Point& b) { return a.value < b.value; });
        const double span = high->value > low->value ? high->value - low->value : 1;
        const auto last = static_cast<double>(plot_.labels.size() - 1);
        page_.line("unset key");
        page_.line("unset ytics");
        page_.margins(kFrom, kFrom, spec_.full > 0 ? 410 : 380, 62);
        page_.line("set xrange [0:{}]", std::max(last, 1.0));
        page_.line("set yrange [{}:{}]", number(low->value - span * 0.28),
                   number(high->value + span * 0.3));
        page_.line("unset xtics");
        ends();
        if (!page_.plain() && high->value > low->value) {
            mark(*low, -0.9);
            mark(*high, 0.9);
        }
        page_.line("$course << END_OF_COURSE");
        std::size_t next = 0;
        for (std::size_t row = 0; row < plot_.labels.size(); ++row) {
            if (next == points_.size() || points_[next].row != row) {
                page_.line("");  // breaks the line
                continue;
            }
            page_.line("{} {}", row, number(points_[next++].value));
        }
        page_.line("END_OF_COURSE");
        page_.line("$now << END_OF_NOW");
        page_.line("{} {}", points_.back().row, number(points_.back().value));
        page_.line("END_OF_NOW");
        page_.line(
            "plot $course using 1:2 with filledcurves y1={} fillstyle transparent solid 0.14 "
            "fillcolor rgb '{}' notitle, $course using 1:2 with lines linewidth 3.5 linecolor rgb "
            "'{}' notitle, $now using 1:2 with points pointtype 7 pointsize {:.2f} linecolor rgb "
            "'{}' notitle",
            number(low->value - span * 0.28), page_.colour(0), page_.colour(0), 1.6 * page_.scale(),
            page_.colour(0));
    }

    // gnuplot would centre them below the ends, where half of each leaves the picture.
    void ends() {
        page_.label(kFrom, page_.height() - 36, "left", text::shorten(plot_.labels.front(), 24),
                    page_.font(15), page_.look().faint);
        if (plot_.labels.size() < 2) return;
        page_.label(page_.width() - kFrom, page_.height() - 36, "right",
                    text::shorten(plot_.labels.back(), 24), page_.font(15), page_.look().faint);
    }

    // The ends of the line are where the picture ends: a number there would be cut.
    void mark(const Point& point, double offset) {
        if (point.row == 0 || point.row + 1 == plot_.labels.size()) return;
        page_.line("set label {} at first {},{} center offset 0,{} font {} textcolor rgb '{}'",
                   in_quotes(readable(point.value)), point.row, number(point.value), offset,
                   page_.font(14.5), page_.look().faint);
    }

    Page& page_;
    const Spec& spec_;
    const Plot& plot_;
    const std::vector<Point> points_;
};

}  // namespace

void write_number(Page& page, const Plot& plot) {
    Number(page, plot).write();
}

}  // namespace bot::charts
