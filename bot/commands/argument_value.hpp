#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bot::commands {

/// A whole number as people write it: "6", "-2", "+3". Empty for everything else.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// "2026-11-27", "today" or "yesterday"; empty for everything else and for days that there are not.
std::optional<std::chrono::sys_days> parse_date(std::string_view text, std::chrono::sys_days today);

/// "90s", "15m", "2h", "3d" or "2w"; empty for everything else and beyond ten years.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace bot::commands
