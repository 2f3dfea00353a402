#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bot::text {

/// True if the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

/// Number of characters (code points) of a well-formed text; for widths of tables and labels.
std::size_t length(std::string_view text);

/// At most `length_max` characters of a well-formed text, the last one "…" if any were cut.
std::string shorten(std::string_view text, std::size_t length_max);

}  // namespace bot::text
