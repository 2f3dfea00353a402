#include "bot/engine.hpp"

#include "bot/log/log.hpp"
#include "bot/service/chance.hpp"
#include "bot/version.hpp"
#include "messaging/outbox/sqlite_rescue.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

namespace bot {

using resilience::Done;
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

messaging::webex::Endpoint endpoint_of(const config::Config& config, const service::Token& token) {
    messaging::webex::Endpoint endpoint;
    endpoint.base_url = config.api_base_url;
    endpoint.token = token.get();
    return endpoint;
}

}  // namespace

std::unique_ptr<messaging::http::BlockingClient> make_calls(const config::Config& config) {
    return std::make_unique<messaging::http::BlockingClient>(
        [&config]() -> Result<std::unique_ptr<messaging::http::Client>> {
            auto made = messaging::http::CurlClient::open(curl_options(config));
            if (!made.ok()) return made.error();
            return std::unique_ptr<messaging::http::Client>(std::move(made).value());
        });
}

std::unique_ptr<messaging::webex::WebexClient> make_webex(const config::Config& config,
                                                          const service::Token& token,
                                                          messaging::http::BlockingClient& calls,
                                                          const resilience::Clock& clock) {
    messaging::webex::WebexClient::Options calling;
    calling.endpoint = [&config, &token] { return endpoint_of(config, token); };
    calling.connect_timeout = config.connect_timeout;
    calling.timeout = config.attempt_timeout;
    calling.classifier = config.retry.classifier_of(resilience::Profile::kWebex);
    return std::make_unique<messaging::webex::WebexClient>(std::move(calling), calls, clock);
}

Result<std::unique_ptr<Engine>> Engine::open(
    const config::Config& config,
    std::function<void(const messaging::outbox::Notice&)> notice,
    bool start_empty) {
    std::unique_ptr<Engine> engine(new Engine);
    engine->token = std::make_unique<service::Token>(config);
    auto folder = service::StateFolder::open(config.state_dir);
    if (!folder.ok()) return folder.error();
    engine->folder = std::make_unique<service::StateFolder>(std::move(folder).value());

    if (auto opened = engine->open_store(config, start_empty); !opened.ok()) {
        return std::move(opened).error();
    }
    auto client = messaging::http::CurlClient::open(curl_options(config));
    if (!client.ok()) return client.error();
    engine->client = std::move(client).value();
    engine->outbox = std::make_unique<messaging::outbox::Outbox>(*engine->store, engine->clock);
    // What held the sender of the last process is found out anew.
    messaging::outbox::Batch fresh;
    fresh.settings.emplace_back("bot_hold", "");
    if (auto cleared = engine->outbox->apply(std::move(fresh)); !cleared.ok()) {
        return std::move(cleared).error();
    }
    engine->sender = std::make_unique<messaging::outbox::Sender>(
        messaging::outbox::Sender::Environment{
            .outbox = *engine->outbox,
            .client = *engine->client,
            .spool_path = [spool = engine->spool.get()](
                              const std::string& hash) { return spool->path(hash); },
            .clock = engine->clock,
            .endpoint = [&config,
                         token = engine->token.get()] { return endpoint_of(config, *token); },
            .random = service::chance,
            .notice = std::move(notice),
            .spool_text = [spool = engine->spool.get()](
                              std::string_view text,
                              const std::string& name) { return spool->add_bytes(text, name); }},
        sender_options(config));
    engine->messenger =
        std::make_unique<messaging::Messenger>(*engine->outbox, engine->spool.get(), engine->clock);
    engine->messenger->set_on_swallowed([](const std::string& what) {
        log::error("safe_send failed", {{"why", what}});
    });
    engine->calls = make_calls(config);
    engine->webex = make_webex(config, *engine->token, *engine->calls, engine->clock);

    engine->writing_ =
        std::jthread([raw = engine.get()](const std::stop_token& stop) { raw->outbox->run(stop); });
    engine->sending_ = std::jthread([raw = engine.get()](const std::stop_token& stop) {
        const auto ended = raw->sender->run(stop);
        if (!ended.ok()) log::error("the sender stopped", {{"why", ended.error().message}});
    });
    return engine;
}

Result<Done> Engine::open_store(const config::Config& config, bool start_empty) {
    messaging::outbox::SqliteOptions options;
    options.path = folder->path("outbox.db");
    if (start_empty) {
        if (auto made = make_room(options.path); !made.ok()) return made;
    }
    auto opened = messaging::outbox::SqliteStore::open(options);
    if (!opened.ok()) return std::move(opened).error();
    store = std::move(opened).value();
    auto files = messaging::outbox::Spool::open(folder->path("spool"), config.spool_quota);
    if (!files.ok()) return std::move(files).error();
    spool = std::move(files).value();
    return Done{};
}

// The files of what the damaged outbox had accepted go with it: nobody else knows their names.
Result<Done> Engine::make_room(const std::string& database) {
    const auto damage = messaging::outbox::check_file(database);
    if (!damage) return Done{};
    if (damage->rule != "store_corrupt") return *damage;
    const auto now = resilience::since_epoch(clock.wall_now());
    const auto aside = messaging::outbox::set_aside(database, now);
    if (!aside.ok()) return aside.error();
    const auto spool_aside = folder->path("spool") + ".damaged-" + std::to_string(now.count());
    std::error_code error;
    std::filesystem::rename(folder->path("spool"), spool_aside, error);
    log::error("the outbox was damaged and is put aside, starting with an empty one",
               {{"why", damage->message}, {"kept", aside.value()}});
    return Done{};
}

Engine::~Engine() {
    end();
}

void Engine::end() {
    sending_ = {};
    writing_ = {};
}

}  // namespace bot
