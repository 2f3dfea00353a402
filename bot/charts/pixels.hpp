#pragma once

#include "resilience/result.hpp"

#include <string_view>

namespace bot::charts {

/// Whether every pixel of a PNG has the same colour, or none can be seen. A picture like that shows
/// nothing: a page that was not finished, a camera that sees black. Fails when libpng cannot decode
/// it, or it has more than 16 million pixels. Takes any bytes.
resilience::Result<bool> is_blank(std::string_view png);

}  // namespace bot::charts
