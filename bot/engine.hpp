#pragma once

#include "bot/config/config.hpp"
#include "bot/service/state_folder.hpp"
#include "bot/service/token.hpp"
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
#include <string>
#include <thread>

namespace bot {

/// Clients for single calls to Webex, as the configuration says. All arguments must outlive them.
std::unique_ptr<messaging::http::BlockingClient> make_calls(const config::Config& config);
std::unique_ptr<messaging::webex::WebexClient> make_webex(const config::Config& config,
                                                          const service::Token& token,
                                                          messaging::http::BlockingClient& calls,
                                                          const resilience::Clock& clock);

/// What sending needs, in the order in which each part needs the one before. Made by `serve`, and
/// by `send` when no bot runs.
///
/// Two threads, the writer's and the sender's, run from `open` to `end`.
class Engine {
public:
    /// Opens state folder, store, spool and HTTP clients and starts both threads. Fails when the
    /// folder cannot be used, with the rule "store_in_use" when another process owns it. Blocks for
    /// the disk. `config` must outlive the engine; `notice` is called on the sender's thread.
    /// With `start_empty` the file of the outbox is checked first; a damaged one is put aside with
    /// the spool, under new names, and an empty one made.
    static resilience::Result<std::unique_ptr<Engine>> open(
        const config::Config& config,
        std::function<void(const messaging::outbox::Notice&)> notice,
        bool start_empty = false);

    ~Engine();

    /// Ends the sender, then the writer, to whom it hands its last outcomes: afterwards nobody is
    /// called back any more. May be called again; the destructor calls it. Blocks for a moment.
    void end();

    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    resilience::SystemClock clock;
    std::unique_ptr<service::Token> token;
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
    resilience::Result<resilience::Done> open_store(const config::Config& config, bool start_empty);
    resilience::Result<resilience::Done> make_room(const std::string& database);

    std::jthread writing_;
    std::jthread sending_;
};

}  // namespace bot
