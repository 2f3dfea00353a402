#pragma once

#include <string_view>

namespace messaging::sandbox {

inline constexpr std::string_view kHexDigits = "0123456789abcdef";

}  // namespace messaging::sandbox
