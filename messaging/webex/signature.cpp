#include "messaging/webex/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <climits>

namespace messaging::webex {

std::string webhook_signature(std::string_view secret, std::string_view body) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    // OpenSSL takes the key's length as an int; a longer secret signs nothing.
    if (secret.size() > INT_MAX) return {};
    const auto* bytes = reinterpret_cast<const unsigned char*>(body.data());
    if (HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), bytes, body.size(),
             digest.data(), &size) == nullptr) {
        return {};
    }
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text;
    text.reserve(std::size_t{2} * size);
    for (unsigned int i = 0; i < size; ++i) {
        text += kHex[digest.at(i) >> 4U];
        text += kHex[digest.at(i) & 15U];
    }
    return text;
}

bool webhook_signature_matches(std::string_view secret,
                               std::string_view body,
                               std::string_view header) {
    if (secret.empty()) return false;
    const auto expected = webhook_signature(secret, body);
    if (expected.empty() || header.size() != expected.size()) return false;
    return CRYPTO_memcmp(expected.data(), header.data(), expected.size()) == 0;
}

}  // namespace messaging::webex
