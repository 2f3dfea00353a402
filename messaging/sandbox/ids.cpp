#include "messaging/sandbox/ids.hpp"

#include "messaging/sandbox/hex.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace messaging::sandbox {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kScheme = "ciscospark://";

std::string to_base64(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 4 / 3 + 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        count += 8;
        while (count >= 6) {
            count -= 6;
            out += kAlphabet[(bits >> static_cast<unsigned>(count)) & 0x3FU];
        }
    }
    if (count > 0) out += kAlphabet[(bits << static_cast<unsigned>(6 - count)) & 0x3FU];
    return out;
}

int digit_of(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

std::optional<std::string> from_base64(std::string_view text) {
    while (!text.empty() && text.back() == '=')
        text.remove_suffix(1);
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const int digit = digit_of(c);
        if (digit < 0) return std::nullopt;
        bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
    }
    return out;
}

std::string uuid_text(std::array<unsigned char, 16> bytes, unsigned version) {
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | (version << 4U));
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
    std::string out;
    out.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        out += kHexDigits[bytes[i] >> 4U];
        out += kHexDigits[bytes[i] & 0x0FU];
    }
    return out;
}

}  // namespace

std::string encode_id(std::string_view cluster, std::string_view type, std::string_view key) {
    std::string plain;
    plain.reserve(kScheme.size() + cluster.size() + type.size() + key.size() + 2);
    plain += kScheme;
    plain += cluster;
    plain += '/';
    plain += type;
    plain += '/';
    plain += key;
    return to_base64(plain);
}

std::optional<DecodedId> decode_id(std::string_view id) {
    const auto plain = from_base64(id);
    if (!plain || plain->rfind(kScheme, 0) != 0) return std::nullopt;
    const auto type_at = plain->find('/', kScheme.size());
    if (type_at == std::string::npos) return std::nullopt;
    const auto key_at = plain->find('/', type_at + 1);
    if (key_at == std::string::npos || key_at + 1 == plain->size()) return std::nullopt;
    return DecodedId{plain->substr(kScheme.size(), type_at - kScheme.size()),
                     plain->substr(type_at + 1, key_at - type_at - 1), plain->substr(key_at + 1)};
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !hex) return false;
    }
    return true;
}

std::string random_uuid(const Random& random) {
    std::array<unsigned char, 16> bytes{};
    for (std::size_t half = 0; half < 2; ++half) {
        auto bits = random();
        for (std::size_t i = 0; i < 8; ++i, bits >>= 8U) {
            bytes[half * 8 + i] = static_cast<unsigned char>(bits & 0xFFU);
        }
    }
    return uuid_text(bytes, 4);
}

std::string name_uuid(std::string_view name) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    const int done =
        EVP_Digest(name.data(), name.size(), digest.data(), &size, EVP_sha1(), nullptr);
    assert(done == 1 && size == 20);
    static_cast<void>(done);
    std::array<unsigned char, 16> bytes{};
    std::copy_n(digest.begin(), bytes.size(), bytes.begin());
    return uuid_text(bytes, 5);
}

}  // namespace messaging::sandbox
