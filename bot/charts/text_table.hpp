#pragma once

#include "bot/charts/plot.hpp"

#include <cstddef>
#include <string>

namespace bot::charts {

/// The rows of a chart as aligned text in a fenced code block of at most 40 columns, which fits a
/// phone. The last `rows_max` rows are listed, with a line that counts those before. Series that
/// find no room are listed by name.
std::string text_table(const Spec& spec, const Plot& plot, std::size_t rows_max = 20);

}  // namespace bot::charts
