#pragma once

#include "bot/cli/control_protocol.hpp"
#include "bot/cli/dead_protocol.hpp"
#include "bot/cli/facts_protocol.hpp"
#include "bot/cli/release_protocol.hpp"
#include "bot/cli/runs_protocol.hpp"
#include "bot/config/config.hpp"
#include "bot/service/room_book.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/spool.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <optional>

namespace bot::service {

/// What an operator's questions about the outbox are answered from, with a running bot or without.
struct DeskParts {
    const config::Config& config;
    messaging::outbox::Outbox& outbox;
    const messaging::outbox::Spool* spool;  ///< May be null: then no file is looked for.
    const RoomBook& rooms;
    const resilience::Clock& clock;
};

/// Lists, sends again or drops dead letters. Blocks on the store.
resilience::Result<cli::DeadReply> dead_now(const cli::DeadRequest& request,
                                            const DeskParts& parts);

/// Ends the hold of a room, or of every held room. Fails when this one is not held. Blocks on the
/// store.
resilience::Result<cli::ReleaseReply> release_now(const cli::ReleaseRequest& request,
                                                  const DeskParts& parts);

/// What the run ledger has. Blocks on the store.
resilience::Result<cli::RunsReply> runs_of(messaging::outbox::Outbox& outbox,
                                           const cli::RunsRequest& request);

/// The store's facts for `stentor doctor`. Blocks on the store.
resilience::Result<cli::StoreFacts> facts_of(messaging::outbox::Outbox& outbox);

/// All that happened to a delivery; empty when there is none. Blocks on the store.
resilience::Result<std::optional<cli::Timeline>> timeline_of(messaging::outbox::Outbox& outbox,
                                                             messaging::outbox::DeliveryId id);

}  // namespace bot::service
