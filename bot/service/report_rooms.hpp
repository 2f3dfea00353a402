#pragma once

#include "bot/config/config.hpp"
#include "bot/schedule/scheduler.hpp"
#include "bot/service/report_runs.hpp"
#include "bot/service/room_book.hpp"
#include "resilience/result.hpp"

namespace bot::service {

/// Begins what a schedule orders of a report of several parts: a run for the schedule's room and
/// one for each other room that the report names. Each is a transaction of its own, with a header,
/// an outcome and reasons of its own; what goes wrong in one room, also that nobody knows it, holds
/// no other up. A chart is drawn once for all of them while its data stays the same.
///
/// `handed_over` is called once, when all parts for all rooms are in the outbox or missing. Fails
/// when no run could be begun; then it is not called. Blocks for the store.
resilience::Result<resilience::Done> begin_scheduled(const schedule::Due& due,
                                                     const config::Config& config,
                                                     const RoomBook& rooms,
                                                     ReportRuns& runs,
                                                     ReportRuns::HandedOver handed_over);

}  // namespace bot::service
