#pragma once

#include "messaging/http/curl_client.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/sender.hpp"
#include "messaging/outbox/store.hpp"
#include "resilience/clock.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace bench {

struct EngineOptions {
    std::string base_url;
    std::string token;
    std::string state_dir;  ///< Empty: the in-memory store.
    std::uint32_t concurrency = 64;
    double rate = 0;
};

/// The product's messaging layer, wired as the bot wires it: store, outbox, sender and their
/// threads. Stops them when destroyed.
class Engine {
public:
    explicit Engine(EngineOptions options);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    messaging::outbox::Outbox& outbox() { return *outbox_; }
    const resilience::Clock& clock() const { return clock_; }
    resilience::Clock& clock() { return clock_; }

    /// Deliveries that have ended since the start, and those of them that were not delivered.
    std::uint64_t ended() const { return delivered_ + dead_; }
    std::uint64_t dead() const { return dead_; }
    /// Waits until nothing is pending, sending or uncertain, and all of that is durable.
    messaging::outbox::Counts drain(std::uint64_t expected);

private:
    resilience::SystemClock clock_;
    EngineOptions options_;
    std::unique_ptr<messaging::outbox::Store> store_;
    std::unique_ptr<messaging::outbox::Outbox> outbox_;
    std::unique_ptr<messaging::http::CurlClient> client_;
    std::unique_ptr<messaging::outbox::Sender> sender_;
    std::atomic<std::uint64_t> delivered_{0};
    std::atomic<std::uint64_t> dead_{0};
    std::jthread writer_;
    std::jthread sending_;
};

}  // namespace bench
