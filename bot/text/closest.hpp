#pragma once

#include <span>
#include <string>
#include <string_view>

namespace bot::text {

/// Number of single-letter insertions, deletions, replacements and swaps of neighbours that turn
/// one text into the other, ignoring the case of ASCII letters. Texts beyond 64 bytes are cut.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate most like `word`, or an empty text if none is like it (more than a third of its
/// letters differ, or more than three).
std::string closest(std::string_view word, std::span<const std::string> candidates);

/// The candidate most like `word`, however unlike; empty only if there are no candidates.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace bot::text
