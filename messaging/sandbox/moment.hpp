#pragma once

#include "resilience/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace messaging::sandbox {

/// One reading of both clocks: `steady` for measuring, `wall` for what is stored or shown.
struct Moment {
    resilience::Clock::Instant steady;
    resilience::Clock::WallTime wall;
};

inline Moment read_clocks(const resilience::Clock& clock) {
    return {clock.now(), clock.wall_now()};
}

/// Milliseconds since 1970 as Webex writes times: "2026-04-23T12:09:05.902Z".
std::string iso_time(std::int64_t milliseconds);

/// The same as HTTP writes times (RFC 9110): "Thu, 23 Apr 2026 12:09:05 GMT".
std::string http_date(std::int64_t milliseconds);

/// Reads "2026-04-23T12:09:05.902Z", with or without fraction, "Z" or "+00:00" (REST API pages
/// show both). Nothing if it is something else.
std::optional<std::int64_t> parse_iso_time(std::string_view text);

}  // namespace messaging::sandbox
