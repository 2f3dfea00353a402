#include "messaging/webex/ids.hpp"

#include "resilience/ascii.hpp"

#include <algorithm>
#include <cstdint>

namespace messaging::webex {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kScheme = "ciscospark://";

std::string encode(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        for (count += 8; count >= 6; count -= 6) {
            text.push_back(kAlphabet[(bits >> (count - 6)) & 63U]);
        }
    }
    if (count > 0) text.push_back(kAlphabet[(bits << (6 - count)) & 63U]);
    return text;
}

std::optional<std::string> decode(std::string_view text) {
    while (!text.empty() && text.back() == '=')
        text.remove_suffix(1);
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const auto value = kAlphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes.push_back(static_cast<char>((bits >> count) & 255U));
    }
    // Bits that stand for nothing must be zero, else two texts would be one id.
    if ((bits & ((1U << count) - 1U)) != 0) return std::nullopt;
    return bytes;
}

}  // namespace

std::string make_rest_id(const RestId& id) {
    return encode(std::string{kScheme} + id.cluster + "/" + id.type + "/" + id.key);
}

std::optional<RestId> parse_rest_id(std::string_view text) {
    const auto bytes = decode(text);
    if (!bytes || bytes->compare(0, kScheme.size(), kScheme) != 0) return std::nullopt;
    const std::string_view uri = std::string_view(*bytes).substr(kScheme.size());
    const auto first = uri.find('/');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = uri.find('/', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    RestId id{.cluster = std::string{uri.substr(0, first)},
              .type = std::string{uri.substr(first + 1, second - first - 1)},
              .key = std::string{uri.substr(second + 1)}};
    if (id.cluster.empty() || id.type.empty() || id.key.empty()) return std::nullopt;
    return id;
}

std::string raw_key(std::string_view id) {
    const auto parsed = parse_rest_id(id);
    return resilience::ascii::lowered(parsed ? parsed->key : std::string{id});
}

bool same_id(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty()) return false;
    if (a == b) return true;
    const auto left = parse_rest_id(a);
    const auto right = parse_rest_id(b);
    if (left && right && left->type != right->type) return false;
    return (left || right) && raw_key(a) == raw_key(b);
}

}  // namespace messaging::webex
