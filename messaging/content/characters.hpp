#pragma once

#include <cstddef>
#include <string_view>

namespace messaging {

struct CodePoint {
    char32_t value = 0xFFFD;  ///< U+FFFD for a byte that is no UTF-8.
    std::size_t length = 1;   ///< In bytes; 1 for a byte that is no UTF-8.
};

/// The code point that begins at `at`, which must be inside of `text`.
CodePoint code_point_at(std::string_view text, std::size_t at);

/// True for scripts that are written without blanks between words (Han, kana).
bool is_ideograph(char32_t value);

/// Finds the ends of what readers take for one character: a letter with its combining marks, an
/// emoji sequence, a flag, CR LF. The usual cases of Unicode's UAX 29, not all of them: rare
/// scripts may be cut where a reader would not.
class Characters {
public:
    /// Takes the next code point; true if a character begins with it.
    bool begins(char32_t next);

private:
    char32_t previous_ = 0;
    std::size_t flags_ = 0;  // regional indicators directly before; two make a flag
};

}  // namespace messaging
