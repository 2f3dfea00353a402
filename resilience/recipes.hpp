#pragma once

#include "resilience/result.hpp"

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

/// Small pieces for what people do around a retry.
namespace resilience {

/// Which of `count` variations attempt number `attempt` uses, for requests that are put differently
/// each time: the first attempt is unvaried (-1), its repeats take variation 0, 1, 2, … in turn.
constexpr std::int64_t variation_of(std::uint32_t attempt, std::uint32_t count) noexcept {
    if (attempt <= 1 || count == 0) return -1;
    return (attempt - 2) % count;
}

/// Turns an empty value (`empty()` is true) into a transient failure with its own text: for
/// services that answer "nothing" when they mean "not now".
template <class T>
Result<T> require_content(Result<T> result, std::string text) {
    if (!result.ok() || !result.value().empty()) return result;
    return Error{ErrorClass::kTransient, Scope::kMessage, std::move(text), "empty_result"};
}

/// A result, and whether it came from the second source.
template <class T>
struct Sourced {
    Result<T> result;
    bool from_fallback = false;
};

/// The result if it is a value; otherwise what `fallback(error)` gives: another source, a cached or
/// a default value. Put it outside of the retry. The caller should say that it fell back.
template <class T, class Fallback>
Sourced<T> with_fallback(Result<T> result, Fallback&& fallback) {
    if (result.ok()) return {std::move(result), false};
    return {Result<T>(fallback(result.error())), true};
}

}  // namespace resilience
