#pragma once

#include "resilience/clock.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace bot::charts {

/// How new a chart's data is, and what the reader should know about it.
struct Freshness {
    resilience::Clock::WallTime as_of = {};  ///< See `sources::Reading`.
    bool stale = false;                      ///< Older than the chart allows.
    /// What may mislead, in sentences of plain text, as the chart's honesty asks for them.
    std::vector<std::string> warnings = {};
};

/// In which form a chart could be drawn.
enum class Variation : std::uint8_t {
    kFull,
    kSmaller,  ///< Two thirds of its width and height.
    kPlain     ///< As kSmaller, without grid, marks and numbers.
};

/// A chart on disk, and how fresh it is.
struct Picture {
    std::string path;
    std::string file_name;    ///< To show in the room, "mttr.png".
    std::uint32_t width = 0;  ///< Zero when it is unreadable, and sent nevertheless.
    std::uint32_t height = 0;
    Freshness freshness = {};
    bool cached = false;  ///< Drawn earlier from the same data.
    Variation variation = Variation::kFull;
    /// What the picture shows, for those who cannot see it.
    std::string alt_text = {};
};

/// What stands in for a picture that could not be drawn in any form.
struct TextTable {
    std::string markdown;  ///< See `text_table`.
    Freshness freshness = {};
    std::string detail = {};  ///< Why there is no picture, for the log.
};

/// Why there is neither: a sentence for the room, its reason, and the detail for the log.
struct NoPicture {
    std::string sentence;
    std::string reason;  ///< The part of the sentence behind the chart's name.
    std::string detail;
};

using Drawing = std::variant<Picture, TextTable, NoPicture>;

}  // namespace bot::charts
