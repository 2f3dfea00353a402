#pragma once

#include "messaging/content/markdown_blocks.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace messaging {

struct PartPlan {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view closing = {};  ///< A paragraph at its end; may be empty.
    /// What is added at the beginning and to close a fence takes no more than this, and no single
    /// addition more than half of it.
    std::size_t additions_max = 0;
};

/// What is sent for a part of `text`: see split.hpp. `blocks` is null for a text without markup.
std::string render_part(std::string_view text, const MarkdownBlocks* blocks, const PartPlan& plan);

/// True if a fence is open at `at`.
bool is_in_fence(const MarkdownBlocks& blocks, std::size_t at);

}  // namespace messaging
