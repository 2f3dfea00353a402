#pragma once

#include "bot/cli/report_protocol.hpp"
#include "bot/service/report_runs.hpp"
#include "bot/service/room_book.hpp"
#include "messaging/outbox/outbox.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

namespace bot::service {

/// Answers an operator's request about runs of reports, with their rooms as `rooms` calls them.
/// What cannot be done is a refusal in the answer. Blocks on the store where parts are made again.
cli::ReportReply reports_now(const cli::ReportRequest& request,
                             ReportRuns& runs,
                             const RoomBook& rooms,
                             const resilience::Clock& clock);

/// The same for a store that no bot uses. Parts cannot be made again there. Blocks on the store.
resilience::Result<cli::ReportReply> stored_reports(const cli::ReportRequest& request,
                                                    messaging::outbox::Outbox& outbox,
                                                    const RoomBook& rooms,
                                                    const resilience::Clock& clock);

}  // namespace bot::service
