#pragma once

#include "messaging/outbox/run.hpp"
#include "resilience/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bot::cli {

/// Most runs of one answer.
inline constexpr std::uint32_t kRunsMax = 1'000;

/// Body of `POST /runs`: which lines of the run ledger are asked for, newest first. `filter.limit`
/// is from 1 to kRunsMax.
struct RunsRequest {
    messaging::outbox::RunFilter filter;
};

/// Answer to a RunsRequest.
struct RunsReply {
    std::vector<messaging::outbox::Run> runs = {};
};

std::string to_json(const RunsRequest& request);
resilience::Result<RunsRequest> runs_request_from_json(std::string_view body);
std::string to_json(const RunsReply& reply);
resilience::Result<RunsReply> runs_reply_from_json(std::string_view body);
/// One run: a line of `stentor runs --json`. Times are milliseconds since 1970 and milliseconds.
std::string run_line(const messaging::outbox::Run& run);

}  // namespace bot::cli
