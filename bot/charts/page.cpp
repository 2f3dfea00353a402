#include "bot/charts/page.hpp"

#include "bot/text/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace bot::charts {
namespace {

constexpr std::array<std::string_view, 8> kLightColours = {
    "#0072b2", "#e69f00", "#009e73", "#cc5490", "#56b4e9", "#b34a00", "#8a8a8a", "#3b3b8f"};
constexpr std::array<std::string_view, 8> kDarkColours = {
    "#4fa8e0", "#f0b429", "#2fc79a", "#e58bbd", "#9ad4f7", "#f0814a", "#b8bcc4", "#a3a3ee"};

constexpr Look kLight = {"#ffffff", "#1b2430",     "#5d6b7a", "#e3e8ee",
                         "#b34a00", kLightColours, "#eaf3fa", "#08467f"};
constexpr Look kDark = {"#131a24", "#eef2f6",    "#a3b0bf", "#2b3645",
                        "#f0b429", kDarkColours, "#1c2b3d", "#a5daff"};

int channel(std::string_view colour, std::size_t index) {
    int value = 0;
    const auto digits = colour.substr(1 + 2 * index, 2);
    std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return value;
}

}  // namespace

Page::Page(const Spec& spec, bool plain)
    : spec_(spec),
      look_(spec.theme == Theme::kDark ? kDark : kLight),
      scale_(std::min(spec.height / 675.0, spec.width / 1200.0)),
      plain_(plain) {}

void Page::head(const std::string& note, bool warn) {
    line("set encoding utf8");
    line("set terminal pngcairo noenhanced size {},{} font {} background rgb '{}' linewidth 1",
         spec_.width, spec_.height, font(15), look_.background);
    line("set border 0");
    line("unset title");
    line("set tics scale 0");
    label(40, 46, "left", text::shorten(spec_.title, 60), font(25, " Bold"), look_.text);
    label(40, 84, "left", text::shorten(note, 100), font(14.5), warn ? look_.warning : look_.faint);
    label(40, 130, "left", text::shorten(spec_.unit, 40), font(14.5), look_.faint);
}

void Page::margins(double left, double right, double top, double bottom) {
    line("set lmargin at screen {:.5f}", x_part(left));
    line("set rmargin at screen {:.5f}", 1 - x_part(right));
    line("set tmargin at screen {:.5f}", 1 - y_part(top));
    line("set bmargin at screen {:.5f}", y_part(bottom));
}

void Page::label(double x,
                 double y,
                 std::string_view align,
                 std::string_view text,
                 std::string_view font,
                 std::string_view colour) {
    line("set label {} {} at screen {:.5f},{:.5f} {} font {} textcolor rgb '{}'", ++labels_,
         in_quotes(text), x_part(x), 1 - y_part(y), align, font, colour);
}

void Page::box(double left, double top, double width, double height, std::string_view colour) {
    line(
        "set object {} rectangle from screen {:.5f},{:.5f} to screen {:.5f},{:.5f} behind "
        "fillstyle solid 1 noborder fillcolor rgb '{}'",
        ++boxes_, x_part(left), 1 - y_part(top + height), x_part(left + width), 1 - y_part(top),
        colour);
}

std::string Page::font(double points, std::string_view weight) const {
    return fmt::format("'Inter{},{:.1f}'", weight, points * scale_);
}

std::string in_quotes(std::string_view text) {
    std::string out = "'";
    // gnuplot 5.4 takes a doubled quote at the beginning for an empty string and stumbles over the
    // rest, so there the typographic one stands for it.
    for (; !text.empty() && text.front() == '\''; text.remove_prefix(1))
        out += "\xE2\x80\x99";
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

std::string readable(double value) {
    constexpr std::array<std::pair<double, std::string_view>, 3> kUnits = {
        {{1e9, " bn"}, {1e6, " m"}, {1e3, " k"}}};
    const double size = std::abs(value);
    if (size >= 1e4) {
        for (const auto& [unit, name] : kUnits) {
            // What rounds to a thousand of a unit is shown in the next.
            if (size >= unit * 0.9995) return fmt::format("{:.3g}{}", value / unit, name);
        }
    }
    return fmt::format("{:.4g}", value);
}

std::string mix(std::string_view low, std::string_view high, double share) {
    const double part = std::clamp(share, 0.0, 1.0);
    std::array<int, 3> rgb{};
    for (std::size_t i = 0; i < rgb.size(); ++i) {
        const double from = channel(low, i);
        rgb.at(i) = static_cast<int>(std::lround(from + (channel(high, i) - from) * part));
    }
    return fmt::format("#{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2]);
}

}  // namespace bot::charts
