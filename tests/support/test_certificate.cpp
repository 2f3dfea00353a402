#include "tests/support/test_certificate.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cassert>
#include <memory>

namespace tests {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Cert = std::shared_ptr<X509>;

constexpr int kDay = 24 * 60 * 60;

struct Authority {
    Key key;
    Cert cert;
};

Key make_key() {
    return {EVP_EC_gen("P-256"), EVP_PKEY_free};
}

std::string read_all(BIO* memory) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string to_pem(X509* cert) {
    const std::shared_ptr<BIO> memory(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(memory.get(), cert);
    return read_all(memory.get());
}

std::string to_pem(EVP_PKEY* key) {
    const std::shared_ptr<BIO> memory(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return read_all(memory.get());
}

void extend(X509* cert, X509* issuer, int nid, const char* value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
    const std::shared_ptr<X509_EXTENSION> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value), X509_EXTENSION_free);
    assert(extension != nullptr);
    X509_add_ext(cert, extension.get(), -1);
}

// A certificate for `name`; without an authority it signs itself.
Cert make(const std::string& name, const Key& key, const Authority* authority, int days) {
    static int serial = 1;
    Cert cert(X509_new(), X509_free);
    X509_set_version(cert.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), -10 * kDay);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), days * kDay);
    X509_set_pubkey(cert.get(), key.get());
    X509_NAME* const subject = X509_get_subject_name(cert.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509* const issuer = authority != nullptr ? authority->cert.get() : cert.get();
    X509_set_issuer_name(cert.get(), X509_get_subject_name(issuer));
    return cert;
}

Authority make_authority(const std::string& name) {
    Authority made;
    made.key = make_key();
    made.cert = make(name, made.key, nullptr, 10);
    extend(made.cert.get(), made.cert.get(), NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(made.cert.get(), made.key.get(), EVP_sha256());
    return made;
}

const Authority& authority() {
    static const Authority made = make_authority("Stentor test authority");
    return made;
}

}  // namespace

Certificate make_certificate(CertificateKind kind) {
    static const Authority stranger = make_authority("Unknown authority");
    const Authority* issuer = kind == CertificateKind::kUntrusted ? &stranger : &authority();
    if (kind == CertificateKind::kSelfSigned) issuer = nullptr;
    const bool wrong = kind == CertificateKind::kWrongName;
    const Key key = make_key();
    const Cert cert = make(wrong ? "other.test" : "localhost", key, issuer,
                           kind == CertificateKind::kExpired ? -1 : 10);
    extend(cert.get(), issuer != nullptr ? issuer->cert.get() : cert.get(), NID_subject_alt_name,
           wrong ? "DNS:other.test" : "DNS:localhost,IP:127.0.0.1");
    X509_sign(cert.get(), issuer != nullptr ? issuer->key.get() : key.get(), EVP_sha256());
    return {to_pem(cert.get()), to_pem(key.get())};
}

std::string authority_pem() {
    return to_pem(authority().cert.get());
}

}  // namespace tests
