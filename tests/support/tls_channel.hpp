#pragma once

#include "tests/support/test_certificate.hpp"

#include <sys/types.h>

#include <cstddef>
#include <memory>

namespace tests {

/// One accepted TLS connection. The socket stays the caller's.
class TlsSession {
public:
    explicit TlsSession(std::shared_ptr<void> ssl) : ssl_(std::move(ssl)) {}
    /// Like recv and send: bytes, or 0 and less when the peer has gone.
    ssize_t read(char* data, std::size_t size);
    ssize_t write(const char* data, std::size_t size);

private:
    std::shared_ptr<void> ssl_;
};

/// The server side of TLS with one certificate.
class TlsServer {
public:
    TlsServer(const Certificate& certificate, bool http2);
    /// Blocks for the handshake; null when it failed.
    std::unique_ptr<TlsSession> accept(int fd) const;

private:
    std::shared_ptr<void> context_;
};

}  // namespace tests
