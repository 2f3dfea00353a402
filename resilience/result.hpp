#pragma once

#include <cassert>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace resilience {

/// May the failed call be repeated? The table of design decisions is in
/// docs/decisions/0002-five-classes.md.
enum class ErrorClass : std::uint8_t {
    kTransient,    ///< Nothing happened: connection refused, TLS cut, HTTP 408.
    kRateLimited,  ///< Refused with a date: HTTP 429. Not before `Error::retry_after`.
    kAmbiguous,    ///< It may have happened: sent, then a timeout, a cut line or HTTP 500/502/504.
    kPermanent,    ///< The same call will fail again: HTTP 400, a missing file.
    kAuth          ///< Token or proxy credentials were refused: HTTP 401, 407.
};

/// Whom does a failure concern?
enum class Scope : std::uint8_t {
    kMessage,  ///< This one call: malformed, too long, unknown person.
    kRoom,     ///< Everything for the same destination: not a member, room gone.
    kBot       ///< Everything this account does: token refused, host unknown.
};

/// A failure as a value. One line says what was tried, on what, what came back and what to do.
struct Error {
    ErrorClass cls = ErrorClass::kPermanent;
    Scope scope = Scope::kMessage;
    /// One line for a person, without secrets.
    std::string message;
    /// Name of the classification rule that decided, empty where none did.
    std::string rule = {};
    /// The shortest wait the other side asked for, if it did.
    std::optional<std::chrono::milliseconds> retry_after = std::nullopt;
    /// Where set, more repeats than this are of no use, whatever the policy allows.
    std::optional<std::uint32_t> repeats_max = std::nullopt;
};

/// An error that will not heal by repeating, concerning this call alone.
inline Error permanent_error(std::string message) {
    return Error{ErrorClass::kPermanent, Scope::kMessage, std::move(message)};
}

/// Either a `T` or the `Error` that explains why there is none.
///
/// Calling `value()` on an error, or `error()` on a value, is a bug in the caller and stops the
/// program: assertions stay on in release builds. Not synchronised; a value like any other.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
    Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

    bool ok() const noexcept { return std::holds_alternative<T>(state_); }
    explicit operator bool() const noexcept { return ok(); }

    const T& value() const& {
        assert(ok());
        return *std::get_if<T>(&state_);
    }
    T& value() & {
        assert(ok());
        return *std::get_if<T>(&state_);
    }
    T&& value() && {
        assert(ok());
        return std::move(*std::get_if<T>(&state_));
    }
    T value_or(T other) const& { return ok() ? value() : std::move(other); }
    const Error& error() const& {
        assert(!ok());
        return *std::get_if<Error>(&state_);
    }
    Error&& error() && {
        assert(!ok());
        return std::move(*std::get_if<Error>(&state_));
    }

private:
    std::variant<T, Error> state_;
};

/// For operations that give nothing back.
struct Done {};

}  // namespace resilience
