#pragma once

#include "bot/commands/worker_pool.hpp"
#include "bot/service/account.hpp"
#include "bot/web/metrics.hpp"
#include "bot/web/web.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/sender.hpp"
#include "messaging/receive/webhook_receiver.hpp"
#include "resilience/clock.hpp"

namespace bot::service {

/// What the bot's own web pages are made of.
struct PageParts {
    web::Metrics& metrics;
    messaging::outbox::Outbox& outbox;
    const messaging::outbox::Sender& sender;
    const Account& account;
    /// Null: nothing is received by webhook, and the page /webhook does not exist.
    messaging::receive::WebhookReceiver* receiver;
    commands::WorkerPool& pool;            ///< Long answers are worked out here.
    const commands::WorkerPool& commands;  ///< Works on what people ask.
    const resilience::Clock& clock;
};

/// Where the pages get their data. `parts` and everything in it must outlive the sources.
web::WebSources page_sources(const PageParts& parts);

}  // namespace bot::service
