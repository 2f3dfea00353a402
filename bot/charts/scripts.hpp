#pragma once

#include "bot/charts/page.hpp"
#include "bot/charts/plot.hpp"

namespace bot::charts {

// What stands on a page below its head, by kind; for `gnuplot_script`. Each writes up to its plot
// command, which is the last.

/// Bars, lines and areas over an axis.
void write_axes(Page& page, const Plot& plot);
/// Cells coloured by their value: one column per series, one line per row.
void write_heat_map(Page& page, const Plot& plot);
/// The last value, large, with the change since the one before and the course of all.
void write_number(Page& page, const Plot& plot);
/// Rows and columns of texts.
void write_table(Page& page, const Plot& plot);

}  // namespace bot::charts
