#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace bench {

/// The smallest server that answers like Webex, in a process of its own: POST is answered with 200
/// and a message id, anything else with people/me. Keep-alive; no store, no checks. What it costs
/// is the same for everybody who is measured against it.
class LoopbackServer {
public:
    /// Starts the process. Every answer waits for `latency` first.
    explicit LoopbackServer(std::chrono::milliseconds latency);
    ~LoopbackServer();
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;

    std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }

private:
    pid_t pid_ = -1;
    std::uint16_t port_ = 0;
};

}  // namespace bench
