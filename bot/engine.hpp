#pragma once

#include "bot/config/config.hpp"
#include "bot/service/state_folder.hpp"
#include "messaging/http/client_pool.hpp"
#include "messaging/http/curl_client.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/sender.hpp"
#include "messaging/outbox/spool.hpp"
#include "messaging/outbox/sqlite_store.hpp"
#include "messaging/send.hpp"
#include "messaging/webex/client.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <functional>
#include <memory>
#include <thread>

namespace bot {

/// What sending needs, in the order in which each part needs the one before. Made by `serve`, and
/// by `send` when no bot runs.
///
/// Two threads, the writer's and the sender's, run from `open` to `end`.
class Engine {
public:
    /// Opens state folder, store, spool and HTTP clients and starts both threads. Fails when the
    /// folder cannot be used, with the rule "store_in_use" when another process owns it. Blocks for
    /// the disk. `config` must outlive the engine; `notice` is called on the sender's thread.
    static resilience::Result<std::unique_ptr<Engine>> open(
        const config::Config& config, std::function<void(const messaging::outbox::Notice&)> notice);

    ~Engine();

    /// Ends the sender, then the writer, to whom it hands its last outcomes: afterwards nobody is
    /// called back any more. May be called again; the destructor calls it. Blocks for a moment.
    void end();

    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    resilience::SystemClock clock;
    std::unique_ptr<service::StateFolder> folder;
    std::unique_ptr<messaging::outbox::SqliteStore> store;
    std::unique_ptr<messaging::outbox::Spool> spool;
    std::unique_ptr<messaging::outbox::Outbox> outbox;
    std::unique_ptr<messaging::http::CurlClient> client;
    std::unique_ptr<messaging::outbox::Sender> sender;
    std::unique_ptr<messaging::Messenger> messenger;
    std::unique_ptr<messaging::http::BlockingClient> calls;
    std::unique_ptr<messaging::webex::WebexClient> webex;

private:
    Engine() = default;

    std::jthread writing_;
    std::jthread sending_;
};

}  // namespace bot
