#pragma once

#include "bot/schedule/scheduler.hpp"
#include "resilience/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bot::cli {

/// Body of `POST /schedules`: how the schedules of the running bot stand, or a change to one.
struct ScheduleRequest {
    enum class Verb : std::uint8_t { kList, kRun, kPause, kResume };
    Verb verb = Verb::kList;
    std::string name = {};  ///< For all but kList.

    friend bool operator==(const ScheduleRequest&, const ScheduleRequest&) = default;
};

std::string_view to_string(ScheduleRequest::Verb verb);

/// Answer to a ScheduleRequest.
struct ScheduleReply {
    std::vector<schedule::Status> schedules = {};  ///< As the request has left them.
    std::string refusal = {};                      ///< Why nothing was done, for people.
};

std::string to_json(const ScheduleRequest& request);
resilience::Result<ScheduleRequest> schedule_request_from_json(std::string_view body);
std::string to_json(const ScheduleReply& reply);
resilience::Result<ScheduleReply> schedule_reply_from_json(std::string_view body);
/// One schedule: a line of `stentor schedule list --json`. Times are milliseconds since 1970.
std::string schedule_line(const schedule::Status& status);

}  // namespace bot::cli
