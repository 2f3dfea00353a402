#pragma once

#include "bot/charts/drawing.hpp"
#include "bot/charts/spec.hpp"
#include "resilience/clock.hpp"

#include <string>

namespace bot::charts {

/// "Data as of 22 Nov 2026, 17:04 UTC (3 hours old).", with what may mislead behind it. Markdown.
std::string freshness_line(const Freshness& freshness, resilience::Clock::WallTime now);

/// What the asker is told about the form a picture has; empty when it is the full one. Markdown.
std::string variation_line(Variation variation);

/// The text above a chart: its title and name, who asked (`asker` is markdown; empty: nobody), how
/// old the data is and what may mislead. Markdown.
std::string caption(const Spec& spec,
                    const Freshness& freshness,
                    const std::string& asker,
                    resilience::Clock::WallTime now);

}  // namespace bot::charts
