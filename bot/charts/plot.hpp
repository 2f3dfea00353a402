#pragma once

#include "bot/charts/spec.hpp"
#include "bot/sources/csv.hpp"
#include "resilience/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bot::charts {

/// The numbers of one picture, taken from a table.
struct Plot {
    std::vector<std::string> labels;  ///< Of the horizontal axis, one per row.
    /// One list per series of the spec, as long as `labels`; empty where the cell is empty.
    std::vector<std::vector<std::optional<double>>> values;
    /// The same cells as they were written; of a table alone, whose cells may be no numbers.
    std::vector<std::vector<std::string>> texts = {};
};

/// The chart with a series for every column but `x`, where it names none. Fails when those are more
/// than the kind can show, or none.
resilience::Result<Spec> with_series(Spec spec, const sources::Table& table);

/// Picks the columns a chart wants. Fails with a reason that names the row or column: a column is
/// missing, a cell is no number (but in a table), there are no rows, more than 400 rows (60 in a
/// heat map), or no value at all.
resilience::Result<Plot> make_plot(const Spec& spec, const sources::Table& table);

/// The gnuplot program that writes the picture as PNG to its standard output, numbers included.
///
/// `note` goes below the title ("data as of …"); with `warn` it is coloured. Texts of the spec and
/// the data are quoted so that gnuplot takes them as texts, whatever they hold.
/// `plain` leaves out grid, marks and numbers.
std::string gnuplot_script(
    const Spec& spec, const Plot& plot, const std::string& note, bool warn, bool plain = false);

}  // namespace bot::charts
