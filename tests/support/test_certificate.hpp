#pragma once

#include <cstdint>
#include <string>

namespace tests {

/// What is wrong with a server's certificate.
enum class CertificateKind : std::uint8_t {
    kValid,       ///< For localhost and 127.0.0.1, signed by the test authority.
    kExpired,     ///< The same, but it ended yesterday.
    kWrongName,   ///< For another host.
    kSelfSigned,  ///< Signed by itself.
    kUntrusted    ///< Signed by an authority that nobody knows.
};

struct Certificate {
    std::string pem;      ///< The certificate.
    std::string key_pem;  ///< Its private key.
};

/// Made anew in every test process: nothing to check in, nothing that expires.
Certificate make_certificate(CertificateKind kind);

/// The test authority's certificate, to be trusted by clients under test.
std::string authority_pem();

}  // namespace tests
