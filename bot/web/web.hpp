#pragma once

#include "bot/web/delivery_json.hpp"
#include "messaging/http/server.hpp"
#include "messaging/outbox/delivery.hpp"
#include "resilience/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bot::web {

/// One thing that is looked at to tell whether the bot is well.
struct Check {
    std::string name;  ///< "token", "store", "hold", "sender thread" …
    bool ok = false;
    std::string reason = {};  ///< Why not, for a person; empty when ok.
};

using Answer = std::function<void(messaging::http::ServerResponse)>;
using Deliveries = std::vector<messaging::outbox::Delivery>;

/// Where the pages get their data. All are called on the server's thread and must not block.
struct WebSources {
    /// `/healthz`: do the process's threads tick? A failed check means: restart it.
    std::function<std::vector<Check>()> alive;
    /// `/readyz`: token accepted, store open, not held … A failed check means: look at it.
    std::function<std::vector<Check>()> ready;
    /// `/metrics`: text of `Metrics::text`.
    std::function<std::string()> metrics;
    /// `/webhook`; empty: there is none (404).
    std::function<void(messaging::http::ServerRequest, Answer)> webhook = {};
    /// `/deliveries`: hands the newest `limit` deliveries to `done`, now or later, on any thread.
    std::function<void(std::uint32_t limit,
                       std::function<void(resilience::Result<Deliveries>)> done)>
        deliveries = {};
    std::function<Hold()> hold = {};
};

struct WebOptions {
    /// Origin of the demo's page, "http://127.0.0.1:8300". `/deliveries` exists only when it is
    /// set, and browsers let no other page read it.
    std::string page_origin = {};
};

/// Routes the bot's own HTTP server: /healthz, /readyz, /metrics, /webhook, /deliveries.
/// Immutable after construction; answers come on whatever thread the sources use.
class Web {
public:
    Web(WebSources sources, WebOptions options);

    /// Answers one request; `answer` is called once, now or later. Never blocks.
    void handle(messaging::http::ServerRequest request, const Answer& answer) const;

private:
    void deliveries(const messaging::http::ServerRequest& request, const Answer& answer) const;

    WebSources sources_;
    WebOptions options_;
};

/// Most deliveries that one `/deliveries` lists; 50 when the query does not say.
inline constexpr std::uint32_t kDeliveriesLimit = 500;

/// `web` as a server's handler. `web` must outlive the server.
messaging::http::Server::Handler handler_for(const Web& web);

}  // namespace bot::web
