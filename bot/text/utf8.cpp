#include "bot/text/utf8.hpp"

namespace bot::text {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

bool is_continuation(std::string_view text, std::size_t at) {
    return at < text.size() && (byte_at(text, at) & 0xC0U) == 0x80U;
}

// Length of the well-formed sequence at `at`, 0 if there is none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
    const auto first = byte_at(text, at);
    if (first < 0x80U) return 1;
    if (first < 0xC2U || first > 0xF4U || !is_continuation(text, at + 1)) return 0;
    if (first < 0xE0U) return 2;
    const auto second = byte_at(text, at + 1);
    if (!is_continuation(text, at + 2)) return 0;
    if (first < 0xF0U) {
        const bool overlong = first == 0xE0U && second < 0xA0U;
        const bool surrogate = first == 0xEDU && second >= 0xA0U;
        return overlong || surrogate ? 0 : 3;
    }
    const bool overlong = first == 0xF0U && second < 0x90U;
    const bool too_large = first == 0xF4U && second >= 0x90U;
    return overlong || too_large || !is_continuation(text, at + 3) ? 0 : 4;
}

}  // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto step = sequence_length(text, at);
        if (step == 0) return false;
        at += step;
    }
    return true;
}

std::size_t length(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++at)
        count += is_continuation(text, at) ? 0U : 1U;
    return count;
}

std::string shorten(std::string_view text, std::size_t length_max) {
    if (length(text) <= length_max) return std::string(text);
    if (length_max == 0) return {};
    std::size_t at = 0;
    for (std::size_t kept = 0; at < text.size(); ++at) {
        if (is_continuation(text, at)) continue;
        if (++kept == length_max) break;
    }
    return std::string(text.substr(0, at)) + "…";
}

}  // namespace bot::text
