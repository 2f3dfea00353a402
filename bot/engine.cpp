#include "bot/engine.hpp"

#include "bot/log/log.hpp"
#include "bot/service/chance.hpp"
#include "bot/version.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bot {

using resilience::Result;

namespace {

messaging::outbox::SenderOptions sender_options(const config::Config& config) {
    messaging::outbox::SenderOptions options;
    options.connect_timeout = config.connect_timeout;
    options.attempt_timeout = config.attempt_timeout;
    options.upload_timeout =
        std::max<std::chrono::milliseconds>(options.upload_timeout, config.attempt_timeout);
    options.dispatcher.concurrency = config.send_concurrency;
    options.dispatcher.rate = config.rate_limit;
    options.dispatcher.retry = config.retry.policy("webex").value_or(options.dispatcher.retry);
    options.classifier = config.retry.classifier_of(resilience::Profile::kWebex);
    switch (config.echo_evidence) {
        case config::EchoEvidence::kAuto:
            options.dispatcher.echo = messaging::outbox::EchoEvidence::kAuto;
            break;
        case config::EchoEvidence::kOn:
            options.dispatcher.echo = messaging::outbox::EchoEvidence::kOn;
            break;
        case config::EchoEvidence::kOff:
            options.dispatcher.echo = messaging::outbox::EchoEvidence::kOff;
            break;
    }
    return options;
}

messaging::http::CurlOptions curl_options(const config::Config& config) {
    messaging::http::CurlOptions options;
    options.ca_file = config.ca_file;
    options.connections_max = config.send_concurrency + 8;
    options.user_agent = "stentor/" + std::string(version());
    return options;
}

messaging::webex::Endpoint endpoint_of(const config::Config& config) {
    messaging::webex::Endpoint endpoint;
    endpoint.base_url = config.api_base_url;
    endpoint.token = config.access_token.reveal();
    return endpoint;
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::open(
    const config::Config& config, std::function<void(const messaging::outbox::Notice&)> notice) {
    std::unique_ptr<Engine> engine(new Engine);
    auto folder = service::StateFolder::open(config.state_dir);
    if (!folder.ok()) return folder.error();
    engine->folder = std::make_unique<service::StateFolder>(std::move(folder).value());

    messaging::outbox::SqliteOptions options;
    options.path = engine->folder->path("outbox.db");
    auto store = messaging::outbox::SqliteStore::open(options);
    if (!store.ok()) return store.error();
    engine->store = std::move(store).value();
    auto spool = messaging::outbox::Spool::open(engine->folder->path("spool"), config.spool_quota);
    if (!spool.ok()) return spool.error();
    engine->spool = std::move(spool).value();

    auto client = messaging::http::CurlClient::open(curl_options(config));
    if (!client.ok()) return client.error();
    engine->client = std::move(client).value();
    engine->outbox = std::make_unique<messaging::outbox::Outbox>(*engine->store, engine->clock);
    engine->sender = std::make_unique<messaging::outbox::Sender>(
        messaging::outbox::Sender::Environment{
            .outbox = *engine->outbox,
            .client = *engine->client,
            .spool_path = [spool = engine->spool.get()](
                              const std::string& hash) { return spool->path(hash); },
            .clock = engine->clock,
            .endpoint = [&config] { return endpoint_of(config); },
            .random = service::chance,
            .notice = std::move(notice)},
        sender_options(config));
    engine->messenger =
        std::make_unique<messaging::Messenger>(*engine->outbox, engine->spool.get(), engine->clock);
    engine->messenger->set_on_swallowed([](const std::string& what) {
        log::error("safe_send failed", {{"why", what}});
    });
    engine->calls = std::make_unique<messaging::http::BlockingClient>(
        [&config]() -> Result<std::unique_ptr<messaging::http::Client>> {
            auto made = messaging::http::CurlClient::open(curl_options(config));
            if (!made.ok()) return made.error();
            return std::unique_ptr<messaging::http::Client>(std::move(made).value());
        });
    messaging::webex::WebexClient::Options calling;
    calling.endpoint = [&config] { return endpoint_of(config); };
    calling.connect_timeout = config.connect_timeout;
    calling.timeout = config.attempt_timeout;
    calling.classifier = config.retry.classifier_of(resilience::Profile::kWebex);
    engine->webex = std::make_unique<messaging::webex::WebexClient>(std::move(calling),
                                                                    *engine->calls, engine->clock);

    engine->writing_ =
        std::jthread([raw = engine.get()](const std::stop_token& stop) { raw->outbox->run(stop); });
    engine->sending_ = std::jthread([raw = engine.get()](const std::stop_token& stop) {
        const auto ended = raw->sender->run(stop);
        if (!ended.ok()) log::error("the sender stopped", {{"why", ended.error().message}});
    });
    return engine;
}

Engine::~Engine() {
    end();
}

void Engine::end() {
    sending_ = {};
    writing_ = {};
}

}  // namespace bot
