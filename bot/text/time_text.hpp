#pragma once

#include <chrono>
#include <string>

namespace bot::text {

/// "22 Nov 2026, 17:04 UTC".
std::string utc(std::chrono::system_clock::time_point time);

/// A duration for people, in its largest unit: "40 seconds", "1 minute", "3 hours", "12 days".
/// Negative ones (clocks differ) count as zero.
std::string duration(std::chrono::seconds length);

}  // namespace bot::text
