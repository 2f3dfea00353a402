#pragma once

#include "bot/reports/run.hpp"
#include "bot/schedule/next_after.hpp"
#include "bot/schedule/time_zone.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bot::reports {

/// "08:30" as time since midnight; empty on anything else.
std::optional<std::chrono::minutes> parse_due_by(std::string_view text);

/// "08:30 (Europe/Tallinn)".
std::string due_text(std::chrono::minutes due_by, const schedule::TimeZone& zone);

/// Until when a run that was due `at` has to be complete: the first time after it that a clock in
/// the zone shows `due_by`, which may be on the next day.
schedule::WallTime due_after(std::chrono::minutes due_by,
                             const schedule::TimeZone& zone,
                             schedule::WallTime at);

/// The run's deadline has come, and it is not complete.
bool is_overdue(const Run& run, messaging::outbox::Millis now);

/// What its room is to be told now, once: "The report **Weekly** was due by 08:30 (Europe/Tallinn)
/// and is not complete: 3/5 sent, …". Markdown. Nothing while the run is not overdue, or was told.
std::optional<std::string> overdue_notice(const Run& run,
                                          const std::string& title,
                                          messaging::outbox::Millis now);

/// In how many rooms the last run of each report is overdue, by report; those that are nowhere are
/// left out. A later run in the same room that is complete makes up for it. `runs` are in order,
/// oldest first.
std::map<std::string, std::size_t> overdue_rooms(const std::vector<Run>& runs,
                                                 messaging::outbox::Millis now);

}  // namespace bot::reports
