#pragma once

#include "messaging/http/client.hpp"
#include "resilience/result.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

namespace messaging::http {

/// Runs single requests for any number of threads. Each call borrows a client of its own, so calls
/// do not wait for each other; clients and their kept connections are used again.
class BlockingClient {
public:
    using Factory = std::function<resilience::Result<std::unique_ptr<Client>>()>;

    /// `make` is called from any thread, one call at a time.
    explicit BlockingClient(Factory make);

    /// Blocks until the request has ended or failed, at most `request.timeout`; a stop request
    /// ends it as kCancelled. Any thread.
    Outcome perform(Request request, const std::stop_token& stop = {});

private:
    static constexpr std::size_t kIdleMax = 8;

    resilience::Result<std::unique_ptr<Client>> borrow();
    void give_back(std::unique_ptr<Client> client);

    std::mutex mutex_;  // guards the two below
    Factory make_;
    std::vector<std::unique_ptr<Client>> idle_;
};

}  // namespace messaging::http
