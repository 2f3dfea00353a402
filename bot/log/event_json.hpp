#pragma once

#include "resilience/clock.hpp"
#include "resilience/event.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bot::log {

/// What the caller adds to a record: {"user_id", "u-17"}. An added field never replaces one of the
/// record's own.
using EventContext = std::vector<std::pair<std::string_view, std::string_view>>;

/// One event of a retried call as one JSON object on one line, without line break. Waits are in
/// seconds, times UTC to the second with a Z. Error texts are redacted. The fields by dialect:
///
///   kCarousel  `retry_attempt` {attempt, max_attempts, delay, exception, function},
///              `retry_success` {attempt: repeats that it took, total_delay, function},
///              `retry_exhausted` {max_attempts, total_delay, function, error},
///              `retry_refused` {attempt, exception, reason, function} where repeating was no use
///   kBackoff   `message` as the line, {operation, attempt, max_attempts, delay_seconds, error};
///              at the end {operation, attempts, error}
///   kClip      `clip_download_retry` {attempt_number, wait_seconds, error_type},
///              `clip_download_success` {total_attempts},
///              `clip_download_failed_all_retries` {attempts_made: repeats, final_error},
///              `clip_download_non_retriable_error` {error_type, final_error}
///   kWebex, kKeyValue  the library's own names: {event, operation, attempt, retries, delay_s, …}
///
/// Each ends with `timestamp`. `max_attempts` is left out where attempts are not limited. Pure;
/// bytes that are no UTF-8 are replaced.
std::string to_json(resilience::Dialect dialect,
                    const resilience::Event& event,
                    resilience::Clock::WallTime now,
                    const EventContext& context = {});

}  // namespace bot::log
