#include "messaging/content/characters.hpp"

#include "messaging/content/utf8.hpp"

#include <algorithm>
#include <array>

namespace messaging {

namespace {

constexpr char32_t kJoiner = 0x200D;

struct Range {
    char32_t first;
    char32_t last;
};

// What belongs to the character before it: combining marks, vowel signs, variation selectors,
// emoji modifiers and tags, trailing Hangul jamo (Unicode 15, DerivedGeneralCategory.txt and
// emoji-data.txt; neighbouring ranges are joined over unassigned code points).
constexpr auto kExtending = std::to_array<Range>(
    {{0x0300, 0x036F}, {0x0483, 0x0489},   {0x0591, 0x05BD},   {0x05BF, 0x05BF},  {0x05C1, 0x05C2},
     {0x05C4, 0x05C5}, {0x05C7, 0x05C7},   {0x0610, 0x061A},   {0x064B, 0x065F},  {0x0670, 0x0670},
     {0x06D6, 0x06DC}, {0x06DF, 0x06E4},   {0x06E7, 0x06E8},   {0x06EA, 0x06ED},  {0x0711, 0x0711},
     {0x0730, 0x074A}, {0x07A6, 0x07B0},   {0x07EB, 0x07F3},   {0x08D3, 0x08E1},  {0x08E3, 0x0903},
     {0x093A, 0x093C}, {0x093E, 0x094F},   {0x0951, 0x0957},   {0x0962, 0x0963},  {0x0981, 0x0983},
     {0x09BC, 0x09BC}, {0x09BE, 0x09CD},   {0x09D7, 0x09D7},   {0x0A01, 0x0A03},  {0x0A3C, 0x0A51},
     {0x0A70, 0x0A71}, {0x0A81, 0x0A83},   {0x0ABC, 0x0ABC},   {0x0ABE, 0x0ACD},  {0x0B01, 0x0B03},
     {0x0B3C, 0x0B3C}, {0x0B3E, 0x0B57},   {0x0B82, 0x0B82},   {0x0BBE, 0x0BCD},  {0x0C00, 0x0C04},
     {0x0C3E, 0x0C56}, {0x0C81, 0x0C83},   {0x0CBC, 0x0CBC},   {0x0CBE, 0x0CD6},  {0x0D00, 0x0D03},
     {0x0D3B, 0x0D3C}, {0x0D3E, 0x0D4D},   {0x0D81, 0x0D83},   {0x0DCA, 0x0DDF},  {0x0E31, 0x0E31},
     {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E},   {0x0EB1, 0x0EB1},   {0x0EB4, 0x0EBC},  {0x0EC8, 0x0ECE},
     {0x0F71, 0x0F84}, {0x0F8D, 0x0FBC},   {0x102B, 0x103E},   {0x1056, 0x1059},  {0x1160, 0x11FF},
     {0x17B4, 0x17D3}, {0x180B, 0x180D},   {0x1AB0, 0x1AFF},   {0x1B00, 0x1B04},  {0x1B34, 0x1B44},
     {0x1DC0, 0x1DFF}, {0x200C, 0x200D},   {0x20D0, 0x20F0},   {0x2DE0, 0x2DFF},  {0x302A, 0x302F},
     {0x3099, 0x309A}, {0xA66F, 0xA67D},   {0xA8E0, 0xA8F1},   {0xFB1E, 0xFB1E},  {0xFE00, 0xFE0F},
     {0xFE20, 0xFE2F}, {0x1F3FB, 0x1F3FF}, {0xE0020, 0xE007F}, {0xE0100, 0xE01EF}});

bool extends(char32_t value) {
    if (value < kExtending.front().first) return false;
    const auto* const after =
        std::upper_bound(kExtending.begin(), kExtending.end(), value,
                         [](char32_t wanted, const Range& range) { return wanted < range.first; });
    return value <= std::prev(after)->last;
}

bool is_regional(char32_t value) {
    return value >= 0x1F1E6 && value <= 0x1F1FF;
}

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return {first, 1};
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (at + length > text.size() || !is_valid_utf8(text.substr(at, length))) return {};
    char32_t value = first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i)
        value = (value << 6U) | (byte(i) & 0x3FU);
    return {value, length};
}

bool is_ideograph(char32_t value) {
    return (value >= 0x2E80 && value <= 0x9FFF) || (value >= 0xF900 && value <= 0xFAFF) ||
           (value >= 0xFF00 && value <= 0xFF60) || (value >= 0x20000 && value <= 0x3FFFF);
}

bool Characters::begins(char32_t next) {
    const bool flag_ends = is_regional(next) && flags_ % 2 == 1;
    const bool joined =
        extends(next) || previous_ == kJoiner || flag_ends || (previous_ == '\r' && next == '\n');
    flags_ = is_regional(next) ? flags_ + 1 : 0;
    previous_ = next;
    return !joined;
}

}  // namespace messaging
