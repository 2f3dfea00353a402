#pragma once

#include "bot/reports/run.hpp"

#include <string>
#include <vector>

namespace bot::reports {

/// Runs for a person, one line each in the order given, in columns: when, how it stands, report,
/// how many parts have arrived, id, room and who asked. Plain text; empty where there are none.
std::string runs_table(const std::vector<Run>& runs, messaging::outbox::Millis now);

/// All there is to tell of one run: how it stands, then a line for each part with the reason why it
/// is missing. Plain text of several lines.
std::string run_text(const Run& run, messaging::outbox::Millis now);

}  // namespace bot::reports
