#pragma once

#include "messaging/content/markdown_blocks.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace messaging {

/// How good a place is to cut a text, the best first.
enum class CutRank : std::uint8_t {
    kBlock,     ///< Between paragraphs, before a heading or a code block.
    kLine,      ///< Between items, table rows or lines of code.
    kSoftLine,  ///< Between the lines of one paragraph.
    kSentence,
    kWord,
    kPoor,       ///< Possible, but it shows: in emphasis, behind a heading.
    kAtom,       ///< Breaks a link, an address or a mention, at one of its joints.
    kInside,     ///< In the middle of a word.
    kCharacter,  ///< Between code points that readers see as one character, or in a marker.
    kNever       ///< Inside of a code point.
};

/// The rank of a cut before each byte of `text`. Pure, takes time in proportion to the text.
std::vector<CutRank> rank_cuts(std::string_view text, const MarkdownBlocks& blocks);

/// The same for a text without markup.
std::vector<CutRank> rank_cuts(std::string_view text);

}  // namespace messaging
