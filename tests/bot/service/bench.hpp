#pragma once

#include "bot/charts/renderer.hpp"
#include "bot/log/log.hpp"
#include "bot/service/room_book.hpp"
#include "bot/web/metrics.hpp"
#include "messaging/outbox/memory_store.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/sender.hpp"
#include "messaging/outbox/spool.hpp"
#include "messaging/send.hpp"
#include "messaging/webex/client.hpp"
#include "tests/bot/read_file.hpp"
#include "tests/support/simulated_client.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace tests {

/// Everything that stands around a part of the service, without a network and on virtual time:
/// Webex is a function, the store is in memory, the log is a file of this test. The sender runs
/// only where a test lets it, so whatever is posted stays pending and can be looked at.
class ServiceBench {
public:
    using Webex = std::function<messaging::http::Outcome(const messaging::http::Request&)>;

    ServiceBench() {
        bot::log::open({.standard_output = false, .file = folder.path("bot.log")});
        spool = std::move(messaging::outbox::Spool::open(folder.path("spool"), 1U << 20U)).value();
        outbox = std::make_unique<messaging::outbox::Outbox>(
            store, clock, messaging::outbox::OutboxOptions{.inline_commits = true});
        sender = std::make_unique<messaging::outbox::Sender>(
            messaging::outbox::Sender::Environment{.outbox = *outbox,
                                                   .client = sending,
                                                   .spool_path = {},
                                                   .clock = clock,
                                                   .endpoint = endpoint,
                                                   .random = [] { return 0.5; },
                                                   .notice = {}},
            messaging::outbox::SenderOptions{});
        messenger = std::make_unique<messaging::Messenger>(*outbox, spool.get(), clock);
        messaging::webex::WebexClient::Options calling;
        calling.endpoint = endpoint;
        webex = std::make_unique<messaging::webex::WebexClient>(std::move(calling), calls, clock);
    }
    ~ServiceBench() { bot::log::open({.standard_output = false}); }
    ServiceBench(const ServiceBench&) = delete;
    ServiceBench& operator=(const ServiceBench&) = delete;
    ServiceBench(ServiceBench&&) = delete;
    ServiceBench& operator=(ServiceBench&&) = delete;

    /// How Webex answers from now on. Called on whatever thread asks, one call at a time.
    void answer_with(Webex answer) {
        const std::scoped_lock lock(mutex_);
        answer_ = std::move(answer);
    }
    /// "GET /people/me" and the like, in order, without the query.
    std::vector<std::string> asked() const {
        const std::scoped_lock lock(mutex_);
        return asked_;
    }

    /// Lets the sender work, on this thread, until `reached` holds. Once.
    void send_until(const std::function<bool()>& reached) {
        std::stop_source until;
        sending.set_between([&] {
            if (reached()) until.request_stop();
        });
        REQUIRE(sender->run(until.get_token()).ok());
    }

    /// What was posted, oldest first.
    std::vector<messaging::outbox::Delivery> posted() {
        auto found = outbox->read([](messaging::outbox::Store& s) { return s.find({}); }).value();
        return {found.rbegin(), found.rend()};
    }
    /// Events that were recorded and not finished.
    std::size_t open_events() {
        return outbox->read([](messaging::outbox::Store& s) { return s.inbound_open(); })
            .value()
            .size();
    }
    std::string log() const { return read_file(folder.path("bot.log")); }

    TempFolder folder;
    resilience::VirtualClock clock;
    messaging::outbox::MemoryStore store;
    bot::web::Metrics metrics{"test"};
    bot::config::Config config;
    /// How Webex answers the sender, once it runs.
    std::function<messaging::http::Outcome(const messaging::http::Request&)> send_answer;
    SimulatedClient sending{[this](const auto& request) { return send_answer(request); }, &clock};
    std::unique_ptr<messaging::outbox::Spool> spool;
    std::unique_ptr<messaging::outbox::Outbox> outbox;
    std::unique_ptr<messaging::outbox::Sender> sender;
    std::unique_ptr<messaging::Messenger> messenger;
    messaging::http::BlockingClient calls{
        [this]() -> resilience::Result<std::unique_ptr<messaging::http::Client>> {
            return std::unique_ptr<messaging::http::Client>(std::make_unique<SimulatedClient>(
                [this](const messaging::http::Request& request) { return answer(request); }));
        }};
    std::unique_ptr<messaging::webex::WebexClient> webex;

private:
    static messaging::webex::Endpoint endpoint() { return {"http://api.test/v1", "secret"}; }

    messaging::http::Outcome answer(const messaging::http::Request& request) {
        const std::scoped_lock lock(mutex_);
        const auto path = request.url.substr(std::string("http://api.test/v1").size());
        asked_.push_back(request.method + " " + path.substr(0, path.find('?')));
        return answer_(request);
    }

    mutable std::mutex mutex_;  // guards both below
    Webex answer_ = [](const auto&) { return messaging::http::Response{.status = 404}; };
    std::vector<std::string> asked_;
};

}  // namespace tests
