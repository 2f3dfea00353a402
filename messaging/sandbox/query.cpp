#include "messaging/sandbox/query.hpp"

#include <algorithm>
#include <charconv>

namespace messaging::sandbox {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
        } else {
            out += '%';
            out += kHex[static_cast<unsigned char>(c) >> 4U];
            out += kHex[static_cast<unsigned char>(c) & 0x0FU];
        }
    }
    return out;
}

bool is_loopback_host(std::string_view authority) {
    if (authority.substr(0, 5) == "[::1]") {
        return authority.size() == 5 || authority[5] == ':';
    }
    const auto host = authority.substr(0, authority.find(':'));
    if (host == "localhost") return true;
    if (host.substr(0, 4) != "127.") return false;
    // Four numbers: "127.evil.example" is a name.
    const auto dots = std::count(host.begin(), host.end(), '.');
    return dots == 3 && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

Query::Query(std::string_view raw) {
    while (!raw.empty()) {
        const auto end = std::min(raw.find('&'), raw.size());
        const auto pair = raw.substr(0, end);
        raw.remove_prefix(std::min(end + 1, raw.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        auto name = percent_decode(pair.substr(0, equals), true);
        if (!name || name->empty()) continue;
        std::optional<std::string> value;
        if (equals < pair.size()) value = percent_decode(pair.substr(equals + 1), true);
        values_.emplace_back(*std::move(name), std::move(value));
    }
}

std::optional<std::string> Query::get(std::string_view name) const {
    for (const auto& [key, value] : values_) {
        if (key == name) return value;
    }
    return std::nullopt;
}

std::size_t Query::number(std::string_view name, std::size_t fallback) const {
    const auto text = get(name);
    if (!text) return fallback;
    std::size_t value = 0;
    const auto parsed = std::from_chars(text->data(), text->data() + text->size(), value);
    const bool whole = parsed.ec == std::errc{} && parsed.ptr == text->data() + text->size();
    return whole ? value : fallback;
}

}  // namespace messaging::sandbox
