#pragma once

#include <cstddef>

/// What a table may have at most, wherever it comes from: beyond this it is no data for a chart.
namespace bot::sources {

inline constexpr std::size_t kTableBytesMax = std::size_t{4} << 20U;
inline constexpr std::size_t kColumnsMax = 100;
inline constexpr std::size_t kRowsMax = 20'000;

}  // namespace bot::sources
