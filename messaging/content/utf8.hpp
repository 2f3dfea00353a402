#pragma once

#include <string_view>

namespace messaging {

/// True when `text` is well-formed UTF-8 (RFC 3629): no overlong forms, surrogates or code points
/// above U+10FFFF.
bool is_valid_utf8(std::string_view text);

}  // namespace messaging
