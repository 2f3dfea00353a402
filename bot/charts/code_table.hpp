#pragma once

#include "bot/charts/plot.hpp"
#include "bot/charts/spec.hpp"

#include <optional>
#include <string>

namespace bot::charts {

/// The numbers of a chart as aligned columns in a fenced code block of at most 34 characters a
/// line, so that it fits a phone. Empty when they do not fit that width or 30 lines.
std::optional<std::string> code_table(const Spec& spec, const Plot& plot);

/// The same numbers as CSV (RFC 4180), the names of columns in the first row.
std::string csv_table(const Spec& spec, const Plot& plot);

}  // namespace bot::charts
