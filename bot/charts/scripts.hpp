#pragma once

#include "bot/charts/page.hpp"
#include "bot/charts/plot.hpp"

namespace bot::charts {

// What stands on a page below its head, by kind; for `gnuplot_script`. Each writes up to its plot
// command, which is the last.

/// Bars, lines and areas over an axis.
void write_axes(Page& page, const Plot& plot);

}  // namespace bot::charts
