#pragma once

#include "bot/charts/plot.hpp"

#include <string>

namespace bot::charts {

/// What a picture shows, in sentences for those who cannot see it: kind, title, unit, first and
/// last row, `note`, and the numbers that matter. Those are all of a few rows of one series; else
/// the last row, in a heat map its extremes, in a table its first rows. At most some 1 500
/// characters, whatever the data.
std::string alternative_text(const Spec& spec, const Plot& plot, const std::string& note);

}  // namespace bot::charts
