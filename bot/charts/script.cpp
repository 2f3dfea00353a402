#include "bot/charts/scripts.hpp"

#include <utility>

namespace bot::charts {

std::string gnuplot_script(const Spec& spec, const Plot& plot, const std::string& note, bool warn) {
    Page page(spec);
    page.head(note, warn);
    write_axes(page, plot);
    return std::move(page).take();
}

}  // namespace bot::charts
