#pragma once

#include <string_view>

namespace bot {

/// Version of this build, "0.1.0"; the one in CMakeLists.txt.
std::string_view version();

}  // namespace bot
