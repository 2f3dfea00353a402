#pragma once

#include "resilience/classify.hpp"
#include "resilience/clock.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace bot::cli {

/// A failure as people write it, one JSON object a line: tests/vectors/classification.jsonl.
struct FailureLine {
    resilience::FailureKind kind = resilience::FailureKind::kException;
    resilience::Profile profile = resilience::Profile::kDefault;
    std::string code = {};
    int status = 0;
    std::optional<std::uint64_t> bytes_sent = std::nullopt;
    std::string retry_after = {};
    std::string message = {};
    resilience::Clock::WallTime now = {};

    /// Views into this object.
    resilience::FailureInfo failure() const;
};

/// Needed is `kind`, known are `profile`, `code`, `status`, `headers`, `message`, `bytes_sent` and
/// `now_unix` (seconds; by default now). Throws `LineError` for anything else that does not fit.
FailureLine read_failure_line(const nlohmann::json& object);

}  // namespace bot::cli
