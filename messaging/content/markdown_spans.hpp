#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace messaging {

/// A part of a paragraph that should stay in one piece.
struct MarkdownSpan {
    enum class Kind : std::uint8_t {
        kEmphasis,  ///< Looks wrong when it is cut, and that is all.
        kAtom       ///< Is broken when it is cut: link, address, mention, code, escape, entity.
    };
    Kind kind = Kind::kAtom;
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Finds the spans of one paragraph, which is the part of `text` from `begin` to `end`; they are
/// given in offsets of `text`. Follows CommonMark, except that emphasis is matched without its
/// finer rules. Takes time in proportion to the paragraph. Pure.
void find_spans(std::string_view text,
                std::size_t begin,
                std::size_t end,
                const std::function<void(const MarkdownSpan&)>& found);

/// The web address that begins at `at`, as its end; `at` when there is none. Full stops and the
/// like at its end belong to the sentence.
std::size_t end_of_address(std::string_view text, std::size_t at, std::size_t end);

}  // namespace messaging
