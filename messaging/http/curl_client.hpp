#pragma once

#include "messaging/http/client.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace messaging::http {

struct CurlOptions {
    /// PEM file with further certificate authorities; the system's stay trusted. Empty: none.
    std::string ca_file = {};
    /// Most connections at a time; requests beyond it wait their turn within their time limit.
    std::size_t connections_max = 128;
    std::string user_agent = "stentor";
};

/// The real `Client`: libcurl's multi interface behind one epoll set.
///
/// TLS is always verified and there is no switch against it. Proxies come from the environment
/// (https_proxy, NO_PROXY …), loopback addresses are always reached directly. HTTP/2 is used over
/// TLS where the server offers it. A connection that was idle for 25 s is not used again: Webex
/// drops idle ones in under a minute.
///
/// libcurl repeats a request by itself when a kept connection turns out to be dead. Here that
/// happens only while not one byte of the request has left; afterwards it is reported as a
/// kReceive failure, because the request may have been carried out.
///
/// An error response (status 400 and above) whose body was cut is reported as a `Response` with
/// the part that came: its status and headers say all that a retry needs. A success whose body was
/// cut is a kMalformedResponse failure with that status.
class CurlClient final : public Client {
public:
    /// Fails when `ca_file` cannot be read, or the process has no descriptors left.
    static resilience::Result<std::unique_ptr<CurlClient>> open(const CurlOptions& options = {});

    /// Abandons what is under way without calling back.
    ~CurlClient() override;
    CurlClient(const CurlClient&) = delete;
    CurlClient& operator=(const CurlClient&) = delete;
    CurlClient(CurlClient&&) = delete;
    CurlClient& operator=(CurlClient&&) = delete;

    Id start(Request request, Done done) override;
    void cancel(Id id) override;
    void poll(std::chrono::milliseconds limit) override;
    void wake() override;

private:
    class Impl;
    explicit CurlClient(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace messaging::http
