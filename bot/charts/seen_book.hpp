#pragma once

#include "resilience/clock.hpp"

#include <string>

namespace bot::charts {

/// Remembers since when each chart has shown what it shows, in one small file for each.
class SeenBook {
public:
    /// `folder` is made when missing.
    explicit SeenBook(std::string folder) : folder_(std::move(folder)) {}

    /// Tells that the chart shows `content` (a hash) at `now`. Returns since when it has; `now`
    /// when it is new, or what was written down cannot be read. Blocks for the disk; any thread.
    resilience::Clock::WallTime since(const std::string& chart,
                                      const std::string& content,
                                      resilience::Clock::WallTime now) const;

private:
    std::string folder_;
};

}  // namespace bot::charts
