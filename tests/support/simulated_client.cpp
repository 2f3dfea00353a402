#include "tests/support/simulated_client.hpp"

#include <algorithm>

namespace tests {

using messaging::http::Request;

SimulatedClient::SimulatedClient(Script script, resilience::VirtualClock* clock)
    : script_(std::move(script)), clock_(clock) {}

messaging::http::Client::Id SimulatedClient::start(Request request, Done done) {
    const auto id = ++last_id_;
    auto outcome = script_(request);
    if (outcome) answers_.push_back({id, *std::move(outcome), std::move(done)});
    const std::scoped_lock lock(mutex_);
    asked_.push_back(std::move(request));
    return id;
}

void SimulatedClient::cancel(Id id) {
    answers_.erase(std::remove_if(answers_.begin(), answers_.end(),
                                  [id](const Answer& answer) { return answer.id == id; }),
                   answers_.end());
}

void SimulatedClient::poll(std::chrono::milliseconds limit) {
    if (between_) between_();
    if (answers_.empty()) {
        std::unique_lock lock(mutex_);
        if (clock_ == nullptr) {
            wake_.wait_for(lock, limit, [this] { return woken_; });
        } else if (!woken_) {
            clock_->advance(limit);
        }
        woken_ = false;
    }
    // Requests that a callback starts are answered in the next turn.
    for (auto left = answers_.size(); left > 0 && !answers_.empty(); --left) {
        auto answer = std::move(answers_.front());
        answers_.pop_front();
        answer.done(std::move(answer.outcome));
    }
}

void SimulatedClient::wake() {
    {
        const std::scoped_lock lock(mutex_);
        woken_ = true;
    }
    wake_.notify_one();
}

std::vector<Request> SimulatedClient::asked(const std::string& method,
                                            const std::string& part) const {
    const std::scoped_lock lock(mutex_);
    std::vector<Request> matching;
    std::copy_if(asked_.begin(), asked_.end(), std::back_inserter(matching), [&](const auto& one) {
        return one.method == method && one.url.find(part) != std::string::npos;
    });
    return matching;
}

}  // namespace tests
