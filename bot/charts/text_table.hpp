#pragma once

#include "bot/charts/plot.hpp"

#include <cstddef>
#include <string>

namespace bot::charts {

/// As much of a chart's numbers as fits a message: `code_table` of its last `rows_max` rows and its
/// first columns, with a line that says what is left out. Markdown.
std::string text_table(Spec spec, Plot plot, std::size_t rows_max = 20);

}  // namespace bot::charts
