#pragma once

#include "bot/charts/honesty.hpp"
#include "bot/sources/spec.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bot::charts {

enum class Kind : std::uint8_t {
    kBar,      ///< One series, one bar per row.
    kGrouped,  ///< Bars of several series side by side.
    kStacked,  ///< Bars of several series on top of each other.
    kLine,
    kArea,     ///< Lines with the space below them filled.
    kHeatMap,  ///< A cell per row and series, coloured by its value.
    kNumber,   ///< One series: the last value, large, its change and its course.
    kTable,    ///< Rows and columns as they are; cells may be texts.
    kPicture   ///< A PNG that somebody else has drawn, passed on as it is.
};

enum class Theme : std::uint8_t { kLight, kDark };

/// One column of numbers in the data file.
struct Series {
    std::string column;
    std::string label = {};  ///< Shown in the legend; empty: the column's name.
};

/// What a chart is made of, as the configuration says it. Names and texts are data, never code:
/// the renderer escapes them.
struct Spec {
    std::string name;          ///< What people type: letters, digits, '-' and '_'.
    std::string title;         ///< Headline of the picture.
    std::string summary = {};  ///< One line for the list of charts.
    Kind kind = Kind::kBar;
    std::string unit = {};     ///< Of the values, "hours"; written at the vertical axis.
    std::string x_label = {};  ///< Below the horizontal axis, of a table above the first column.
    sources::Spec data = {};   ///< Rows with named columns; of a picture, its bytes.
    std::string x = {};        ///< Column with the labels of the horizontal axis.
    std::vector<Series> series = {};  ///< Empty: every column but `x`.
    double full = 0;  ///< Of a number: what counts as full, and a gauge shows the share; 0: none.
    Theme theme = Theme::kLight;
    std::uint32_t width = 1200;
    std::uint32_t height = 675;
    /// Only so many of the last rows of the data; 0: all.
    std::uint32_t rows_last = 0;
    Honesty honesty = {};
};

/// How many series a kind can show, so that colours are told apart and cells read.
std::size_t series_max(Kind kind);

}  // namespace bot::charts
