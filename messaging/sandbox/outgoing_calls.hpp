#pragma once

#include "messaging/http/client.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

namespace messaging::sandbox {

/// Sends HTTP requests on a thread of its own, each once and in the order of the calls, a limited
/// number at a time.
class OutgoingCalls {
public:
    using Done = std::function<void(const http::Outcome&)>;

    explicit OutgoingCalls(std::unique_ptr<http::Client> client) : client_(std::move(client)) {}

    /// Any thread. `done` runs in the thread of `run`. False if too many requests wait: then it
    /// does not run.
    bool send(http::Request request, Done done);

    /// Works until stopped. `between` runs between two rounds and says how long the next one may
    /// last.
    void run(const std::stop_token& stop,
             const std::function<std::chrono::milliseconds()>& between);

    /// Ends the current round early. Any thread.
    void wake() { client_->wake(); }

private:
    struct Job {
        http::Request request;
        Done done;
    };

    void start_waiting();

    std::unique_ptr<http::Client> client_;
    std::size_t under_way_ = 0;
    std::mutex mutex_;
    std::deque<Job> jobs_;  ///< Guarded by `mutex_`.
};

}  // namespace messaging::sandbox
