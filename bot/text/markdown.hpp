#pragma once

#include <string>
#include <string_view>

namespace bot::text {

/// Makes outside text harmless where it is echoed into Webex markdown: it is shown as it is and
/// cannot mention anybody (`<@all>`), open a code block, link, image or HTML tag, or begin a line.
///
/// Markup characters get a backslash, `<` `>` `&` become entities, line breaks become blanks,
/// other control characters are dropped, and bytes that are not UTF-8 become "?". The result is
/// at most six times as long as the input.
std::string escape_markdown(std::string_view text);

/// Makes outside text harmless inside a fenced code block: back-ticks become apostrophes (nothing
/// can close the fence), control characters blanks, and `<@` is broken up.
std::string escape_code(std::string_view text);

}  // namespace bot::text
