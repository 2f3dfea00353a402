#pragma once

#include "bot/cli/schedule_protocol.hpp"
#include "bot/service/timetable.hpp"

namespace bot::service {

/// Answers an operator's request about schedules: how they stand, or how the one that was named
/// stands after the change. What cannot be done is a refusal in the answer. Blocks on the store
/// where something is changed.
cli::ScheduleReply schedules_now(const cli::ScheduleRequest& request, Timetable& timetable);

}  // namespace bot::service
