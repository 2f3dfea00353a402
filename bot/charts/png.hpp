#pragma once

#include "resilience/result.hpp"

#include <cstdint>
#include <string_view>

namespace bot::charts {

struct PngSize {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
};

/// Reads the size of a PNG and checks that the file is whole (PNG specification, sections 5 and
/// 11): signature, IHDR first, every chunk inside the file with the right CRC, image data, IEND
/// at the very end. Takes any bytes.
resilience::Result<PngSize> check_png(std::string_view bytes);

}  // namespace bot::charts
