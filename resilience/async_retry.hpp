#pragma once

#include "resilience/blocking.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace resilience {

/// What an event loop lends to `retry_async`. All functions are called, and must call back, on the
/// loop's thread (or strand); `post_after` alone is also called by whoever requests a stop.
struct EventLoop {
    /// Runs a function once the delay has passed, never before returning.
    std::function<void(Duration delay, std::function<void()> run)> post_after;
    /// Gives numbers in [0, 1).
    std::function<double()> random;
};

/// Retries an operation that answers by callback, without ever blocking.
///
/// `operation(attempt, answer)` starts attempt number `attempt` and calls `answer` with its
/// `Result<T>` once, now or later; a second answer is ignored, an operation that throws has failed
/// for good, one that drops `answer` is never done. `done` is called once with the outcome. What
/// the options point to must outlive the call; that includes the name of the operation. A requested
/// stop ends a wait at once (through `post_after` with no delay), though the loop keeps the timer
/// until it is due; an attempt that is under way is left to end by itself. `clock` is only read and
/// must outlive the call.
template <class T>
class AsyncRetry : public std::enable_shared_from_this<AsyncRetry<T>> {
public:
    using Answer = std::function<void(Result<T>)>;
    using Operation = std::function<void(std::uint32_t attempt, Answer answer)>;
    using Done = std::function<void(Outcome<T>)>;

    AsyncRetry(RetryOptions options,
               Clock& clock,
               EventLoop loop,
               std::stop_token stop,
               Operation operation,
               Done done)
        : options_(std::move(options)),
          clock_(clock),
          loop_(std::move(loop)),
          stop_(std::move(stop)),
          operation_(std::move(operation)),
          done_(std::move(done)) {}

    void start() {
        if (const auto reason = RetryRun::refusal(options_, clock_, stop_)) {
            finish({RetryRun::refused(*reason, options_.operation), *reason});
            return;
        }
        run_.emplace(options_, clock_, stop_, RetryRun::start(options_, clock_));
        std::weak_ptr<AsyncRetry> weak = this->shared_from_this();
        on_stop_.emplace(stop_, Waker{loop_, std::move(weak)});
        attempt();
    }

private:
    /// Moves the end of a wait to the loop's thread.
    struct Waker {
        EventLoop loop;
        std::weak_ptr<AsyncRetry> retry;
        void operator()() const {
            loop.post_after(Duration::zero(), [retry = retry] {
                if (const auto self = retry.lock()) self->stopped();
            });
        }
    };

    void attempt() {
        awaited_ = ++attempts_;
        auto answer = [self = this->shared_from_this(), number = attempts_](Result<T> result) {
            self->answered(number, std::move(result));
        };
        try {
            operation_(run_->attempt(), answer);
        } catch (const std::exception& thrown) {
            answer(permanent_error(std::string("the operation has thrown: ") + thrown.what()));
        } catch (...) {
            answer(permanent_error("the operation has thrown"));
        }
    }

    void answered(std::uint64_t number, Result<T> result) {
        if (number != awaited_) return;  // answered already
        awaited_ = 0;
        if (result.ok()) {
            run_->succeeded();
            finish({std::move(result), GiveUp::kNone, run_->attempt(), run_->total_delay(),
                    run_->callback_errors()});
            return;
        }
        const auto delay = run_->decide(clock_.now(), result.error(), loop_.random());
        if (!delay) {
            finish({std::move(result), run_->reason(), run_->attempt(), run_->total_delay(),
                    run_->callback_errors()});
            return;
        }
        waiting_ = std::move(result).error();
        loop_.post_after(*delay, [self = this->shared_from_this()] { self->waited(); });
    }

    void waited() {
        if (!waiting_) return;  // stopped meanwhile
        waiting_.reset();
        attempt();
    }

    void stopped() {
        if (!waiting_) return;
        Error error = std::move(*waiting_);
        waiting_.reset();
        run_->cancel(error);
        finish({std::move(error), run_->reason(), run_->attempt(), run_->total_delay(),
                run_->callback_errors()});
    }

    void finish(Outcome<T> outcome) {
        on_stop_.reset();
        const Done done = std::exchange(done_, nullptr);
        done(std::move(outcome));
    }

    RetryOptions options_;
    Clock& clock_;
    EventLoop loop_;
    std::stop_token stop_;
    Operation operation_;
    Done done_;
    std::optional<RetryRun> run_;
    std::uint64_t attempts_ = 0;
    std::uint64_t awaited_ = 0;     // the attempt that has not been answered; 0: none
    std::optional<Error> waiting_;  // the failure before the wait that is under way
    std::optional<std::stop_callback<Waker>> on_stop_;
};

/// Starts an `AsyncRetry`, which keeps itself alive until it is done.
template <class T>
void retry_async(RetryOptions options,
                 Clock& clock,
                 EventLoop loop,
                 std::stop_token stop,
                 typename AsyncRetry<T>::Operation operation,
                 typename AsyncRetry<T>::Done done) {
    std::make_shared<AsyncRetry<T>>(std::move(options), clock, std::move(loop), std::move(stop),
                                    std::move(operation), std::move(done))
        ->start();
}

}  // namespace resilience
