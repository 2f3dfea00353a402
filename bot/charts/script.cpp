#include "bot/charts/scripts.hpp"

#include <utility>

namespace bot::charts {

std::string gnuplot_script(
    const Spec& spec, const Plot& plot, const std::string& note, bool warn, bool plain) {
    Page page(spec, plain);
    page.head(note, warn);
    switch (spec.kind) {
        case Kind::kHeatMap:
            write_heat_map(page, plot);
            break;
        case Kind::kNumber:
            write_number(page, plot);
            break;
        case Kind::kTable:
            write_table(page, plot);
            break;
        case Kind::kBar:
        case Kind::kGrouped:
        case Kind::kStacked:
        case Kind::kLine:
        case Kind::kArea:
        case Kind::kPicture:  // never drawn
            write_axes(page, plot);
            break;
    }
    return std::move(page).take();
}

}  // namespace bot::charts
