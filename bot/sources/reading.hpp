#pragma once

#include "bot/sources/csv.hpp"
#include "resilience/clock.hpp"

#include <string>
#include <variant>

namespace bot::sources {

/// What a source gave.
struct Reading {
    std::variant<Table, std::string> content;  ///< Rows, or the bytes of a picture.
    /// How new it is, as far as the source tells: when a file was written, what Last-Modified says,
    /// the newest sample; else when it was asked.
    resilience::Clock::WallTime as_of;
};

}  // namespace bot::sources
