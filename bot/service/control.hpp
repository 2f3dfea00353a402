#pragma once

#include "bot/cli/control_handler.hpp"
#include "bot/commands/worker_pool.hpp"
#include "bot/config/config.hpp"
#include "bot/service/account.hpp"
#include "bot/service/recall.hpp"
#include "bot/service/report_runs.hpp"
#include "bot/service/room_book.hpp"
#include "bot/service/timetable.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/sender.hpp"
#include "messaging/outbox/spool.hpp"
#include "messaging/send.hpp"
#include "resilience/clock.hpp"

#include <stop_token>

namespace bot::service {

/// What the control socket asks the running bot to do. Long answers are worked out on `pool`.
struct ControlParts {
    const config::Config& config;
    messaging::Messenger& messenger;
    messaging::outbox::Outbox& outbox;
    const messaging::outbox::Sender& sender;
    const RoomBook& rooms;
    const Account& account;
    commands::WorkerPool& pool;
    const resilience::Clock& clock;
    bool receiving = false;
    resilience::Instant started;                      ///< Of the process.
    const messaging::outbox::Spool* spool = nullptr;  ///< Null: files are not looked for.
    /// What `recall` works with; null: it is refused.
    const RecallParts* recalling = nullptr;
    ReportRuns* reports = nullptr;   ///< Null: `report` is refused.
    Timetable* timetable = nullptr;  ///< Null: `schedule` is refused.
    /// Requests to Webex end when it is requested.
    std::stop_token stop = {};
};

/// `parts` and everything in it must outlive the sources.
cli::ControlSources control_sources(const ControlParts& parts);

/// Accepts a message as the command line gave it and waits for its outcome. Blocks.
resilience::Result<cli::SendReply> send_now(const cli::SendRequest& request,
                                            const config::Config& config,
                                            const RoomBook& rooms,
                                            messaging::Messenger& messenger,
                                            const messaging::outbox::Sender& sender);

/// The same for many targets.
resilience::Result<cli::FanOutReply> send_many_now(const cli::FanOutRequest& request,
                                                   const config::Config& config,
                                                   const RoomBook& rooms,
                                                   messaging::Messenger& messenger,
                                                   const messaging::outbox::Sender& sender);

/// How the service stands. Blocks for one read of the store.
resilience::Result<cli::StatusReport> status_of(const ControlParts& parts,
                                                resilience::Instant started);

}  // namespace bot::service
