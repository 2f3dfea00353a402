#pragma once

#include "resilience/retry.hpp"

#include <array>
#include <optional>
#include <string_view>

/// Retry policies for common work, each named so that configuration can name it. All count the
/// first attempt; waits in seconds.
namespace resilience::presets {

/// 3 attempts, 1 … 60, ±50 %: what to take when nothing is known.
RetryPolicy standard() noexcept;
/// 3 attempts, 2 … 30, ±50 %; 15 after a 429 that names no time (what Cisco's own SDK assumes).
RetryPolicy webex() noexcept;
/// 5 attempts, exactly 2, 4, 8, 16 (at most 30): slow services of others.
RetryPolicy external_api() noexcept;
/// 3 attempts, exactly 1, 2 (at most 10): services of one's own.
RetryPolicy api() noexcept;
/// 3 attempts, 0.5, 1 (at most 5), ±50 %: queries and health checks.
RetryPolicy database() noexcept;
/// 3 attempts, 1, 2 (at most 10), ±50 %: publishing to a broker such as Kafka.
RetryPolicy event_publish() noexcept;
/// 4 attempts, exactly 1, 2, 4 (at most 8): one generated image.
RetryPolicy image() noexcept;
/// 4 attempts, exactly 1, 2, 4 (at most 4): one downloaded clip. Use it with a `Classifier` whose
/// unknown failures are kAmbiguous.
RetryPolicy clip() noexcept;

/// The names of all presets, as above.
inline constexpr std::array<std::string_view, 8> kNames{
    "standard", "webex", "external_api", "api", "database", "event_publish", "image", "clip"};

/// The preset of that name; empty for any other.
std::optional<RetryPolicy> by_name(std::string_view name) noexcept;

}  // namespace resilience::presets
