#pragma once

#include "resilience/blocking.hpp"
#include "resilience/classify.hpp"

#include <exception>
#include <stdexcept>
#include <stop_token>
#include <type_traits>
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
    using Value = detail::ResultOf<Operation>;
    using Carried = std::conditional_t<std::is_void_v<Value>, Done, Value>;
    std::exception_ptr thrown;
    auto outcome =
        try_retry(options, clock, stop, random, [&](std::uint32_t number) -> Result<Carried> {
            try {
                if constexpr (std::is_void_v<Value>) {
                    detail::attempt(operation, number);
                    return Done{};
                } else {
                    return detail::attempt(operation, number);
                }
            } catch (...) {
                thrown = std::current_exception();
                return to_error(thrown, classifier, clock.wall_now());
            }
        });
    if (!outcome.result.ok()) {
        if (thrown) std::rethrow_exception(thrown);
        throw std::runtime_error(outcome.result.error().message);
    }
    if constexpr (!std::is_void_v<Value>) return std::move(outcome.result).value();
}

}  // namespace resilience
