#include "tests/support/tls_channel.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <string>

namespace tests {
namespace {

SSL* ssl_of(const std::shared_ptr<void>& ssl) {
    return static_cast<SSL*>(ssl.get());
}

std::shared_ptr<BIO> memory(const std::string& text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

int choose_http2(SSL*,
                 const unsigned char** chosen,
                 unsigned char* size,
                 const unsigned char*,
                 unsigned int,
                 void*) {
    *chosen = reinterpret_cast<const unsigned char*>("h2");
    *size = 2;
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace

ssize_t TlsSession::read(char* data, std::size_t size) {
    return SSL_read(ssl_of(ssl_), data, static_cast<int>(std::min<std::size_t>(size, 1U << 20U)));
}

ssize_t TlsSession::write(const char* data, std::size_t size) {
    return SSL_write(ssl_of(ssl_), data, static_cast<int>(std::min<std::size_t>(size, 1U << 20U)));
}

TlsServer::TlsServer(const Certificate& certificate, bool http2)
    : context_(SSL_CTX_new(TLS_server_method()),
               [](void* context) { SSL_CTX_free(static_cast<SSL_CTX*>(context)); }) {
    auto* const context = static_cast<SSL_CTX*>(context_.get());
    const std::shared_ptr<X509> cert(
        PEM_read_bio_X509(memory(certificate.pem).get(), nullptr, nullptr, nullptr), X509_free);
    const std::shared_ptr<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(memory(certificate.key_pem).get(), nullptr, nullptr, nullptr),
        EVP_PKEY_free);
    SSL_CTX_use_certificate(context, cert.get());
    SSL_CTX_use_PrivateKey(context, key.get());
    if (http2) SSL_CTX_set_alpn_select_cb(context, choose_http2, nullptr);
}

std::unique_ptr<TlsSession> TlsServer::accept(int fd) const {
    const std::shared_ptr<void> ssl(SSL_new(static_cast<SSL_CTX*>(context_.get())),
                                    [](void* made) { SSL_free(static_cast<SSL*>(made)); });
    SSL_set_fd(ssl_of(ssl), fd);
    if (SSL_accept(ssl_of(ssl)) != 1) return nullptr;
    return std::make_unique<TlsSession>(ssl);
}

}  // namespace tests
