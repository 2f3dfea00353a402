#pragma once

#include "resilience/blocking.hpp"
#include "resilience/classify.hpp"

#include <exception>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <utility>

namespace resilience {

/// The `Error` that an exception amounts to. `std::logic_error` is a bug and permanent;
/// `std::system_error` is judged by its code, never by its type; anything else by its text. An
/// exception that is no `std::exception` is of unknown meaning.
Error to_error(const std::exception_ptr& thrown,
               const Classifier& classifier,
               Clock::WallTime wall_now);

/// Runs an operation that reports failure by throwing, until it returns or the policy gives up;
/// then the *original* exception of the last attempt is rethrown. For code that is written with
/// exceptions; everything else takes `retry`. `operation` may take the number of the attempt.
///
/// A call that is refused before its first attempt (stop requested, deadline passed) throws
/// `std::runtime_error`.
template <class Random, class Operation>
auto retry_throwing(const RetryOptions& options,
                    Clock& clock,
                    const std::stop_token& stop,
                    Random&& random,
                    const Classifier& classifier,
                    Operation&& operation) -> detail::ResultOf<Operation> {
    if (const auto reason = RetryRun::refusal(options, clock, stop)) {
        throw std::runtime_error(RetryRun::refused(*reason, options.operation).message);
    }
    std::exception_ptr thrown;
    std::optional<RetryRun> run;
    const Instant start = RetryRun::start(options, clock);
    for (;;) {
        try {
            if constexpr (std::is_void_v<detail::ResultOf<Operation>>) {
                detail::attempt(operation, run ? run->attempt() : 1);
                if (run) run->succeeded();
                return;
            } else {
                auto value = detail::attempt(operation, run ? run->attempt() : 1);
                if (run) run->succeeded();
                return value;
            }
        } catch (...) {
            thrown = std::current_exception();
        }
        if (!run) run.emplace(options, clock, stop, start);
        const Error error = to_error(thrown, classifier, clock.wall_now());
        if (!run->again(error, random())) std::rethrow_exception(thrown);
    }
}

}  // namespace resilience
