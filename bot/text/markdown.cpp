#include "bot/text/markdown.hpp"

#include "bot/text/utf8.hpp"

namespace bot::text {
namespace {

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20U || c == '\x7f';
}

std::string without_broken_bytes(std::string_view text) {
    std::string clean(text);
    if (is_utf8(clean)) return clean;
    for (char& c : clean) {
        if (static_cast<unsigned char>(c) >= 0x80U) c = '?';
    }
    return clean;
}

// Headings, lists and rules begin with these; elsewhere in a line they are plain characters.
void escape_line_start(std::string& text) {
    const auto start = text.find_first_not_of(' ');
    if (start == std::string::npos) return;
    if (std::string_view("#+-=").find(text[start]) != std::string_view::npos) {
        text.insert(start, 1, '\\');
        return;
    }
    const auto behind = text.find_first_not_of("0123456789", start);
    if (behind == start || behind == std::string::npos) return;
    const bool mark = text[behind] == '.' || text[behind] == ')';
    // "1. " begins a list, "1.5" does not.
    if (mark && (behind + 1 == text.size() || text[behind + 1] == ' ')) {
        text.insert(behind, 1, '\\');
    }
}

}  // namespace

std::string escape_markdown(std::string_view text) {
    constexpr std::string_view kMarkup = "\\`*_[]~";
    std::string safe;
    for (const char c : without_broken_bytes(text)) {
        if (c == '<') {
            safe += "&lt;";
        } else if (c == '>') {
            safe += "&gt;";
        } else if (c == '&') {
            safe += "&amp;";
        } else if (c == '\n' || c == '\t' || c == '\r') {
            safe += ' ';
        } else if (is_control(c)) {
            continue;
        } else {
            if (kMarkup.find(c) != std::string_view::npos) safe += '\\';
            safe += c;
        }
    }
    escape_line_start(safe);
    return safe;
}

std::string escape_code(std::string_view text) {
    std::string safe;
    for (const char c : without_broken_bytes(text)) {
        if (c == '`') {
            safe += '\'';
        } else if (is_control(c)) {
            safe += ' ';
        } else if (c == '@' && !safe.empty() && safe.back() == '<') {
            safe += " @";
        } else {
            safe += c;
        }
    }
    return safe;
}

}  // namespace bot::text
