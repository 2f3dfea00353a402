#include "messaging/content/utf8.hpp"

#include <cstddef>

namespace messaging {

namespace {

struct Lead {
    std::size_t length = 0;    // bytes of the sequence, 0: not a lead byte
    unsigned char low = 0x80;  // bounds of the second byte
    unsigned char high = 0xBF;
};

Lead lead_of(unsigned char byte) {
    if (byte < 0x80) return {1};
    if (byte >= 0xC2 && byte <= 0xDF) return {2};
    if (byte == 0xE0) return {3, 0xA0, 0xBF};
    if (byte == 0xED) return {3, 0x80, 0x9F};
    if (byte >= 0xE1 && byte <= 0xEF) return {3};
    if (byte == 0xF0) return {4, 0x90, 0xBF};
    if (byte >= 0xF1 && byte <= 0xF3) return {4};
    if (byte == 0xF4) return {4, 0x80, 0x8F};
    return {0};
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const Lead lead = lead_of(static_cast<unsigned char>(text[i]));
        if (lead.length == 0 || i + lead.length > text.size()) return false;
        for (std::size_t k = 1; k < lead.length; ++k) {
            const auto next = static_cast<unsigned char>(text[i + k]);
            const auto low = k == 1 ? lead.low : static_cast<unsigned char>(0x80);
            const auto high = k == 1 ? lead.high : static_cast<unsigned char>(0xBF);
            if (next < low || next > high) return false;
        }
        i += lead.length;
    }
    return true;
}

}  // namespace messaging
