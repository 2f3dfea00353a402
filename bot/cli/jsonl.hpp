#pragma once

#include "resilience/classify.hpp"

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace bot::cli {

/// Makes the classifier of a profile; the operator's rules come in here.
using ClassifierOf = std::function<resilience::Classifier(resilience::Profile)>;

/// The library's own.
inline resilience::Classifier plain_classifier(resilience::Profile profile) {
    return resilience::Classifier(profile);
}

/// Exit code of the filters below when a line could not be read (EX_DATAERR).
inline constexpr int kExitDataError = 65;

/// `stentor classify --jsonl`: reads failures, one JSON object per line, and writes what the
/// classifier says of each: `id`, `class`, `scope`, `rule`, `retry_idempotent`,
/// `retry_non_idempotent`, `server_delay_ms`. The format is that of
/// tests/vectors/classification.jsonl; needed is `kind`, known are `id`, `profile`, `code`,
/// `status`, `headers`, `message`, `bytes_sent` and `now_unix` (seconds; by default now).
///
/// A line that cannot be read gives `{"error":…,"line":N}` on `out`; the rest is still processed.
/// Empty lines are skipped. Returns 0, or 65 if there was such a line. Blocks until `in` ends.
int classify_jsonl(std::istream& in,
                   std::ostream& out,
                   const ClassifierOf& classifier_of = plain_classifier);

/// `stentor backoff --jsonl`: reads failed attempts under a policy and writes what a retry would
/// do: `id`, `action` (retry, give_up), `delay_ms`, `bounds_ms`, `reason`. The format is that of
/// tests/vectors/backoff.jsonl; needed are `policy` and `failed_attempt`, known are `id`, `u`,
/// `server_delay_ms`, `previous_delay_ms`, `remaining_ms`, `class` (transient) and `idempotency`
/// (idempotent, non_idempotent, at_least_once). What the policy leaves out is as in `RetryPolicy`.
/// Errors as above.
int backoff_jsonl(std::istream& in, std::ostream& out);

/// `stentor classify "text"`: lines for a person with class, scope, rule and whether to repeat.
std::string classify_text(std::string_view text, const resilience::Classifier& classifier);

}  // namespace bot::cli
