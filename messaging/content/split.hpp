#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace messaging {

struct SplitOptions {
    enum class Syntax : std::uint8_t { kMarkdown, kPlain };
    Syntax syntax = Syntax::kMarkdown;
    /// Most bytes of a part, with everything that is added to it. At least 64.
    std::size_t bytes_max = 7439;
    /// Most bytes of the html that is derived from a part (see html_bound.hpp); markdown only.
    std::size_t html_max = 7439;
    /// More parts than this are not made, the answer is then empty. 0: no limit.
    std::size_t parts_max = 0;
};

/// A part of a text, as a message of its own.
struct TextPart {
    /// What it has of the text. All contents in a row are the text, to the byte.
    std::string_view content;
    /// What is sent: the content, with what makes it complete in itself, and its number.
    std::string text;
};

/// Cuts a text into parts that fit into messages, as few as its structure allows.
///
/// A text that fits is one part, unchanged. Otherwise each part ends with its number, "(2/5)", in a
/// paragraph of its own. Cuts are made between paragraphs, else between lines, sentences or words:
/// the best place in the later half of what fits. A link, an address, a mention, a code span and an
/// entity are cut only when one of them alone is longer than a part; then they are cut where it
/// fits, last of all between code points that look like one character. UTF-8 is never broken (bytes
/// that are no UTF-8 count as one character each).
///
/// So that each part can be read alone: a code fence that is cut is closed and opened again with
/// its info string, a table row is preceded by the table's header, a quote goes on as a quote,
/// items keep the numbers they would have had, and an item that began in an earlier part is shown
/// as "…" above what is nested in it. None of this may take more than a quarter of a part. White
/// space at the end of a part is not sent. Not repaired are link references ("[x][1]") whose
/// definition is in another part, and emphasis that is longer than a part.
///
/// A part whose html would be too long although it is a single character is sent as it is.
///
/// Pure. The contents point into `text`. Takes time in proportion to the text, and about ten bytes
/// of memory for each of its own.
std::vector<TextPart> split_text(std::string_view text, const SplitOptions& options = {});

/// The first part alone, without a number; `closing` follows it as a paragraph of its own.
TextPart first_part(std::string_view text,
                    std::string_view closing,
                    const SplitOptions& options = {});

/// True if the text need not be split.
bool fits(std::string_view text, const SplitOptions& options = {});

}  // namespace messaging
