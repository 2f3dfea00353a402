#pragma once

#include "resilience/retry.hpp"

#include <cstdint>
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
    std::uint32_t attempt = 1;       ///< Number of the attempt that just ended, from 1.
    std::uint32_t max_attempts = 1;  ///< As in the policy.
    Duration delay{0};               ///< Of kRetry: the wait that begins.
    Duration total_delay{0};         ///< All waits so far; of kRetry with the one that begins.
    const Error* error = nullptr;    ///< The failure; null for kSuccess.
    GiveUp reason = GiveUp::kNone;   ///< Of kGaveUp.
    /// Of kRetry: the failed attempt may have had its effect, so the next may double it.
    bool maybe_duplicate = false;

    /// Repeats so far: an attempt that succeeded as the first had none.
    std::uint32_t retries() const noexcept { return attempt - 1; }
};

}  // namespace resilience
