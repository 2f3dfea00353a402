#include "messaging/sandbox/outgoing_calls.hpp"

#include <utility>

namespace messaging::sandbox {
namespace {

constexpr std::size_t kWaitingMax = 10'000;
constexpr std::size_t kUnderWayMax = 64;

}  // namespace

bool OutgoingCalls::send(http::Request request, Done done) {
    {
        const std::scoped_lock lock(mutex_);
        if (jobs_.size() == kWaitingMax) return false;
        jobs_.push_back({std::move(request), std::move(done)});
    }
    client_->wake();
    return true;
}

void OutgoingCalls::run(const std::stop_token& stop,
                        const std::function<std::chrono::milliseconds()>& between) {
    const std::stop_callback on_stop(stop, [this] { client_->wake(); });
    while (!stop.stop_requested()) {
        start_waiting();
        client_->poll(between());
    }
}

void OutgoingCalls::start_waiting() {
    while (under_way_ < kUnderWayMax) {
        Job job;
        {
            const std::scoped_lock lock(mutex_);
            if (jobs_.empty()) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        ++under_way_;
        client_->start(std::move(job.request),
                       [this, done = std::move(job.done)](const http::Outcome& outcome) {
                           --under_way_;
                           done(outcome);
                       });
    }
}

}  // namespace messaging::sandbox
