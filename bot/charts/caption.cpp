#include "bot/charts/caption.hpp"

#include "bot/text/markdown.hpp"
#include "bot/text/time_text.hpp"

#include <chrono>

namespace bot::charts {

std::string freshness_line(const Freshness& freshness, resilience::Clock::WallTime now) {
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - freshness.as_of);
    auto line = "Data as of " + text::utc(freshness.as_of) + " (" + text::duration(age) + " old)" +
                (freshness.stale ? ": **stale**, it should be newer" : "") + ".";
    for (const auto& warning : freshness.warnings)
        line += " **" + text::escape_markdown(warning) + "**";
    return line;
}

std::string variation_line(Variation variation) {
    switch (variation) {
        case Variation::kFull:
            return {};
        case Variation::kSmaller:
            return "I could not draw it in full size; this is a smaller one.";
        case Variation::kPlain:
            return "I could not draw it as usual; this is a smaller one without grid and numbers.";
    }
    return {};
}

std::string caption(const Spec& spec,
                    const Freshness& freshness,
                    const std::string& asker,
                    resilience::Clock::WallTime now) {
    return "**" + text::escape_markdown(spec.title) + "** (chart " + spec.name + ")" +
           (asker.empty() ? "" : ", for " + asker) + ".  \n" + freshness_line(freshness, now);
}

}  // namespace bot::charts
