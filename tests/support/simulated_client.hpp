#pragma once

#include "messaging/http/client.hpp"
#include "resilience/clock.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tests {

/// An HTTP client without a network: a function answers each request.
///
/// With a virtual clock an idle `poll` moves that clock to the end of its wait at once, so hours of
/// retries pass in a moment and on one thread. Without one it waits for `wake`, as a real client
/// does. `start`, `cancel` and `poll` belong to one thread, everything else to any.
class SimulatedClient final : public messaging::http::Client {
public:
    /// Nothing: the request is never answered. Called on the thread that starts requests.
    using Script =
        std::function<std::optional<messaging::http::Outcome>(const messaging::http::Request&)>;

    explicit SimulatedClient(Script script, resilience::VirtualClock* clock = nullptr);

    /// Called at the beginning of each `poll`, on its thread: lets a test look and act between
    /// turns. Set it before the client is used.
    void set_between(std::function<void()> between) { between_ = std::move(between); }

    Id start(messaging::http::Request request, Done done) override;
    void cancel(Id id) override;
    void poll(std::chrono::milliseconds limit) override;
    void wake() override;

    /// All requests so far with this method and with `part` in their address, oldest first.
    std::vector<messaging::http::Request> asked(const std::string& method,
                                                const std::string& part) const;

private:
    struct Answer {
        Id id;
        messaging::http::Outcome outcome;
        Done done;
    };

    const Script script_;
    resilience::VirtualClock* const clock_;
    std::function<void()> between_;
    Id last_id_ = 0;
    std::deque<Answer> answers_;

    mutable std::mutex mutex_;  // guards all below
    std::condition_variable wake_;
    bool woken_ = false;
    std::vector<messaging::http::Request> asked_;
};

}  // namespace tests
