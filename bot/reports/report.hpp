#pragma once

#include "bot/charts/spec.hpp"
#include "bot/reports/part.hpp"
#include "bot/reports/spec.hpp"
#include "bot/sources/reader.hpp"
#include "messaging/content/message.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace bot::reports {

/// A report ready to be posted, in this order.
struct Report {
    std::vector<messaging::Message> messages;
    /// What is missing (a chart that could not be drawn), for the log. The text says so as well.
    std::vector<std::string> problems = {};
};

/// Builds a report from its data as it is now: the template filled with sums, and `chart` (null:
/// none) as a file of the same message.
///
/// A chart that cannot be drawn does not stop the report: its text then says which is missing and
/// why. Fails, with a sentence that may be shown in the room, when the data or the template cannot
/// be used. Blocks while data is read and the chart drawn; any thread.
resilience::Result<Report> build_report(const Spec& spec,
                                        const charts::Spec* chart,
                                        const Workshop& workshop,
                                        const sources::Watch& watch = {});

}  // namespace bot::reports
