#pragma once

#include "bot/charts/spec.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace bot::charts {

/// The colours of a theme, as "#rrggbb".
struct Look {
    std::string_view background, text, faint, grid, warning;
    /// Of series. Okabe and Ito's colours, told apart with every common kind of colour blindness;
    /// darkened a little where white paper needs it, lightened for the dark theme. Ordered so that
    /// neighbours differ in lightness, too.
    const std::array<std::string_view, 8>& colours;
    std::string_view low, high;  ///< Ends of a scale of one hue, ordered by lightness.
};

/// The gnuplot program of one picture in the making: page, headline, and the measures of a design
/// of 1200 x 675 pixels, which is scaled to the picture's size.
class Page {
public:
    /// Keeps a reference. `plain`: without what is not needed to understand the picture.
    explicit Page(const Spec& spec, bool plain = false);

    /// Terminal, background, headline, the note below it (coloured when it warns) and the unit.
    void head(const std::string& note, bool warn);
    /// Where axes lie, in pixels of the design from each edge.
    void margins(double left, double right, double top, double bottom);

    template <class... Values>
    void line(fmt::format_string<Values...> format, Values&&... values) {
        program_ += fmt::format(format, std::forward<Values>(values)...) + "\n";
    }
    /// A text at a place in pixels of the design, from the left and from the top. `align` is left,
    /// center or right.
    void label(double x,
               double y,
               std::string_view align,
               std::string_view text,
               std::string_view font,
               std::string_view colour);
    /// A filled rectangle behind everything, in pixels of the design.
    void box(double left, double top, double width, double height, std::string_view colour);

    /// Inter at a size in points of the design.
    std::string font(double points, std::string_view weight = "") const;
    /// A share of the picture's width or height, from pixels of the design.
    double x_part(double pixels) const { return pixels * scale_ / spec_.width; }
    double y_part(double pixels) const { return pixels * scale_ / spec_.height; }
    /// The picture's size in pixels of the design.
    double width() const { return spec_.width / scale_; }
    double height() const { return spec_.height / scale_; }
    double scale() const { return scale_; }

    bool plain() const { return plain_; }
    const Spec& spec() const { return spec_; }
    const Look& look() const { return look_; }
    std::string_view colour(std::size_t series) const {
        return look_.colours.at(series % look_.colours.size());
    }
    std::string take() && { return std::move(program_); }

private:
    const Spec& spec_;
    const Look& look_;
    const double scale_;
    const bool plain_;
    int labels_ = 0;
    int boxes_ = 0;
    std::string program_;
};

/// A text as gnuplot's single-quoted string: nothing is expanded in there, and a quote is doubled.
std::string in_quotes(std::string_view text);

/// A number as gnuplot reads it.
std::string number(double value);

/// A number as people read it: at most four digits that say something, thousands as "12.3 k",
/// millions as "m", thousand millions as "bn".
std::string readable(double value);

/// The colour between `low` (share 0) and `high` (1), as "#rrggbb".
std::string mix(std::string_view low, std::string_view high, double share);

}  // namespace bot::charts
