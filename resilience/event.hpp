#pragma once

#include "resilience/retry.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace resilience {

/// What happened to a call that may be repeated.
enum class EventKind : std::uint8_t {
    kRetry,    ///< An attempt failed; another follows after `delay`.
    kSuccess,  ///< An attempt succeeded.
    kGaveUp    ///< An attempt failed, and none follows, for `reason`.
};

/// One such happening, as views that are valid during the callback only.
struct Event {
    EventKind kind = EventKind::kRetry;
    std::string_view operation = {};
    std::uint32_t attempt = 1;       ///< Number of the attempt that just ended; 0: none was made.
    std::uint32_t max_attempts = 1;  ///< As in the policy.
    Duration delay{0};               ///< Of kRetry: the wait that begins.
    Duration total_delay{0};         ///< All waits so far; of kRetry with the one that begins.
    const Error* error = nullptr;    ///< The failure; null for kSuccess.
    GiveUp reason = GiveUp::kNone;   ///< Of kGaveUp.
    /// Of kRetry: the failed attempt may have had its effect, so the next may double it.
    bool maybe_duplicate = false;
    /// Of kRetry: a call of the same name is being repeated around this one, so that the attempts
    /// multiply. One of the two should not repeat.
    bool nested = false;

    /// Repeats so far: an attempt that succeeded as the first had none.
    std::uint32_t retries() const noexcept { return attempt > 0 ? attempt - 1 : 0; }
};

/// "retry", "success" or "gave_up".
std::string_view to_string(EventKind kind) noexcept;

/// A name for what went wrong: the classification rule, or else the class. Empty for kSuccess.
std::string_view error_type(const Event& event) noexcept;

/// How loudly to say it.
enum class Severity : std::uint8_t { kInfo, kWarning, kError };
Severity severity_of(const Event& event) noexcept;

/// The wordings in which an event can be told; examples of a retry, a success, an end.
enum class Dialect : std::uint8_t {
    kCarousel,  ///< "Attempt 1/5 failed, retrying in 2.0s", "All retry attempts failed"
    kBackoff,   ///< "Retry attempt 2/3 failed for X, waiting 2.15s", "Retry succeeded for X"
    kWebex,     ///< "⚠️ X attempt 1/3 failed: Type: text. Retrying in 2.00s...", ✅, ❌
    kClip,      ///< "X succeeded on attempt 2", "X failed after 3 attempts" (counting retries)
    kKeyValue   ///< "event=retry operation=\"X\" attempt=1 …", for machines
};

/// One line, without line break. Error texts are redacted.
std::string to_line(Dialect dialect, const Event& event);

/// Lets the same event through once per interval and counts the others, so that an outage does not
/// drown the log. The same are events of equal kind, operation, reason and error type; the 64 last
/// seen are remembered. May be used from any thread.
class RepeatFilter {
public:
    explicit RepeatFilter(Duration interval) noexcept : interval_(interval) {}

    struct Answer {
        bool pass = true;
        std::uint64_t held_back = 0;  ///< With `pass`: how many were not let through before it.
    };
    Answer admit(const Event& event, Instant now) noexcept;

private:
    struct Slot {
        bool used = false;
        std::uint64_t key = 0;
        Instant passed{};
        std::uint64_t held_back = 0;
    };
    static std::uint64_t key_of(const Event& event) noexcept;

    const Duration interval_;
    std::mutex mutex_;  // guards slots_
    std::array<Slot, 64> slots_{};
};

}  // namespace resilience
