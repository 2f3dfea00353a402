#include "bot/app.hpp"

#include "bot/cli/control_handler.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/ready_file.hpp"
#include "bot/cli/verbs.hpp"
#include "bot/commands/standard.hpp"
#include "bot/config/config.hpp"
#include "bot/log/log.hpp"
#include "bot/service/account.hpp"
#include "bot/service/chance.hpp"
#include "bot/service/control.hpp"
#include "bot/service/conversation.hpp"
#include "bot/service/delivery_news.hpp"
#include "bot/service/room_book.hpp"
#include "bot/service/state_folder.hpp"
#include "bot/service/status_text.hpp"
#include "bot/service/timetable.hpp"
#include "bot/service/upkeep.hpp"
#include "bot/signals.hpp"
#include "bot/version.hpp"
#include "bot/web/web.hpp"
#include "messaging/http/curl_client.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/sender.hpp"
#include "messaging/outbox/spool.hpp"
#include "messaging/outbox/sqlite_store.hpp"
#include "messaging/receive/webhook_receiver.hpp"
#include "messaging/send.hpp"
#include "messaging/webex/client.hpp"

#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>

namespace bot {

namespace {

using messaging::outbox::Store;
using resilience::Done;
using resilience::Result;

// Commands may wait for a service that is away, control requests for deliveries, reports for
// charts: a pool each, so that none keeps the others waiting.
constexpr std::size_t kReportThreads = 2;
constexpr std::size_t kControlThreads = 8;

// Rule of the error when another process owns the state folder.
constexpr std::string_view kStoreInUse = "store_in_use";

messaging::outbox::SenderOptions sender_options(const config::Config& config) {
    messaging::outbox::SenderOptions options;
    options.connect_timeout = config.connect_timeout;
    options.attempt_timeout = config.attempt_timeout;
    options.upload_timeout =
        std::max<std::chrono::milliseconds>(options.upload_timeout, config.attempt_timeout);
    options.dispatcher.concurrency = config.send_concurrency;
    options.dispatcher.rate = config.rate_limit;
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

// What sending needs, in the order in which each part needs the one before.
class Engine {
public:
    static Result<std::unique_ptr<Engine>> open(
        const config::Config& config, std::function<void(const messaging::outbox::Notice&)> notice);

    ~Engine() {
        sending_.request_stop();
        if (sending_.joinable()) sending_.join();
        writing_.request_stop();
    }
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

// The whole service. Members stand in the order in which they are made; threads come last.
class App {
public:
    App(const config::Config& config, const cli::ServeOptions& options)
        : config_(config), options_(options) {}

    /// Makes everything that can fail. Nothing runs yet but the sender.
    Result<Done> open(const std::stop_token& stop);
    /// Serves until stopped.
    void run(const std::stop_token& stop);

private:
    Result<Done> open_web();
    Result<Done> open_receiving(const std::stop_token& stop);
    Result<Done> open_timetable();
    web::WebSources web_sources();
    std::vector<web::Check> alive() const;
    std::vector<web::Check> ready() const;
    std::string metrics_text();
    void list_deliveries(std::uint32_t limit, std::function<void(Result<web::Deliveries>)> done);

    const config::Config& config_;
    const cli::ServeOptions& options_;

    web::Metrics metrics_{version()};
    service::DeliveryNews news_{metrics_};
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<charts::Renderer> renderer_;
    std::unique_ptr<service::RoomBook> rooms_;
    std::unique_ptr<commands::CommandTable> table_;
    std::unique_ptr<commands::Services> services_;
    std::unique_ptr<commands::WorkerPool> pool_;
    std::unique_ptr<commands::WorkerPool> report_pool_;
    std::unique_ptr<commands::WorkerPool> control_pool_;
    std::unique_ptr<service::Conversation> conversation_;
    std::unique_ptr<messaging::receive::WebhookReceiver> receiver_;
    std::unique_ptr<service::Account> account_;
    std::unique_ptr<service::Timetable> timetable_;
    std::unique_ptr<service::ControlParts> control_parts_;
    std::unique_ptr<service::Upkeep> upkeep_;
    std::unique_ptr<web::Web> web_;
    std::unique_ptr<messaging::http::Server> server_;
    std::unique_ptr<messaging::http::Server> control_;
};

Result<Done> App::open(const std::stop_token& stop) {
    auto engine = Engine::open(
        config_, [this](const messaging::outbox::Notice& notice) { news_.tell(notice); });
    if (!engine.ok()) return engine.error();
    engine_ = std::move(engine).value();

    charts::RendererOptions drawing;
    drawing.gnuplot = config_.gnuplot;
    drawing.cache_dir = engine_->folder->path("charts");
    renderer_ = std::make_unique<charts::Renderer>(drawing, engine_->clock);
    rooms_ = std::make_unique<service::RoomBook>(config_);
    auto table = commands::CommandTable::make(commands::standard_commands());
    if (!table.ok()) return table.error();
    table_ = std::make_unique<commands::CommandTable>(std::move(table).value());
    services_ = std::make_unique<commands::Services>(
        commands::Services{config_, *renderer_, engine_->clock,
                           [this] { return service::status_text(*control_parts_, *timetable_); }});
    pool_ = std::make_unique<commands::WorkerPool>(
        commands::WorkerPoolOptions{.threads = config_.workers});
    report_pool_ = std::make_unique<commands::WorkerPool>(
        commands::WorkerPoolOptions{.threads = kReportThreads});
    control_pool_ = std::make_unique<commands::WorkerPool>(
        commands::WorkerPoolOptions{.threads = kControlThreads});

    if (auto opened = open_web(); !opened.ok()) return opened.error();
    if (auto opened = open_receiving(stop); !opened.ok()) return opened.error();
    if (auto opened = open_timetable(); !opened.ok()) return opened.error();
    control_parts_ = std::make_unique<service::ControlParts>(service::ControlParts{
        .config = config_,
        .messenger = *engine_->messenger,
        .outbox = *engine_->outbox,
        .sender = *engine_->sender,
        .rooms = *rooms_,
        .account = *account_,
        .pool = *control_pool_,
        .clock = engine_->clock,
        .receiving = receiver_ != nullptr,
        .started = engine_->clock.now(),
    });
    upkeep_ = std::make_unique<service::Upkeep>(*engine_->outbox, *engine_->spool, engine_->clock,
                                                config_.retention);
    auto control = messaging::http::Server::open(
        cli::control_server_options(config_.state_dir),
        cli::control_handler(service::control_sources(*control_parts_)));
    if (!control.ok()) return control.error();
    control_ = std::move(control).value();
    return Done{};
}

// The server is opened before the receiver, because the address of the webhook is its port.
Result<Done> App::open_web() {
    web_ = std::make_unique<web::Web>(web_sources(), web::WebOptions{options_.page_origin});
    messaging::http::ServerOptions options;
    options.address = config_.http_address;
    options.port = config_.http_port;
    auto server = messaging::http::Server::open(options, web::handler_for(*web_));
    if (!server.ok()) return server.error();
    server_ = std::move(server).value();
    return Done{};
}

Result<Done> App::open_receiving(const std::stop_token& stop) {
    conversation_ = std::make_unique<service::Conversation>(
        service::Conversation::Parts{.table = *table_,
                                     .services = *services_,
                                     .messenger = *engine_->messenger,
                                     .webex = *engine_->webex,
                                     .outbox = *engine_->outbox,
                                     .sender = *engine_->sender,
                                     .pool = *pool_,
                                     .metrics = metrics_,
                                     .clock = engine_->clock,
                                     .deadline = config_.delivery_deadline},
        stop);
    std::optional<messaging::receive::WantedHooks> hooks;
    const auto target = service::webhook_target(config_, server_->port());
    if (!target.empty()) {
        auto secret = engine_->folder->secret("webhook.secret", config_.webhook_secret.reveal());
        if (!secret.ok()) return secret.error();
        hooks = messaging::receive::WantedHooks{
            .instance = "main", .target_url = target, .secret = secret.value()};
        messaging::receive::WebhookReceiver::Options receiving;
        receiving.secret = secret.value();
        receiving.accept = [this](const auto& event, auto done) {
            conversation_->accept(event, std::move(done));
        };
        receiving.deliver = [this](auto event) { conversation_->deliver(std::move(event)); };
        receiving.refused = [](const messaging::receive::Verdict& verdict,
                               const std::string& peer) {
            log::warn("webhook call not processed",
                      {{"status", verdict.status}, {"why", verdict.reason}, {"peer", peer}});
        };
        auto receiver = messaging::receive::WebhookReceiver::open(std::move(receiving));
        if (!receiver.ok()) return receiver.error();
        receiver_ = std::move(receiver).value();
    }
    account_ =
        std::make_unique<service::Account>(service::Account::Parts{.webex = *engine_->webex,
                                                                   .conversation = *conversation_,
                                                                   .sender = *engine_->sender,
                                                                   .rooms = *rooms_,
                                                                   .clock = engine_->clock,
                                                                   .hooks = std::move(hooks)});
    return Done{};
}

Result<Done> App::open_timetable() {
    auto scheduler = schedule::Scheduler::create(config_.schedules, engine_->clock.wall_now());
    if (!scheduler.ok()) return scheduler.error();
    timetable_ = std::make_unique<service::Timetable>(
        service::Timetable::Parts{.config = config_,
                                  .renderer = *renderer_,
                                  .messenger = *engine_->messenger,
                                  .outbox = *engine_->outbox,
                                  .pool = *report_pool_,
                                  .rooms = *rooms_,
                                  .metrics = metrics_,
                                  .clock = engine_->clock},
        std::move(scheduler).value());
    return Done{};
}

web::WebSources App::web_sources() {
    web::WebSources sources;
    sources.alive = [this] { return alive(); };
    sources.ready = [this] { return ready(); };
    sources.metrics = [this] { return metrics_text(); };
    sources.webhook = [this](messaging::http::ServerRequest request, web::Answer answer) {
        if (receiver_) return receiver_->handle(request, std::move(answer));
        answer({.status = 404});
    };
    sources.deliveries = [this](std::uint32_t limit, auto done) {
        list_deliveries(limit, std::move(done));
    };
    sources.hold = [this] {
        return web::Hold{engine_->sender->held(), engine_->sender->hold_reason()};
    };
    return sources;
}

std::vector<web::Check> App::alive() const {
    constexpr auto kSilentMax = std::chrono::seconds{10};  // the loop turns at least every second
    const auto silent = engine_->clock.now() - engine_->sender->last_turn();
    return {{.name = "sender",
             .ok = silent < kSilentMax,
             .reason = silent < kSilentMax ? "" : "its loop does not turn"}};
}

std::vector<web::Check> App::ready() const {
    const bool held = engine_->sender->held();
    std::vector<web::Check> checks{
        {.name = "token",
         .ok = account_->signed_in(),
         .reason = account_->signed_in() ? "" : account_->complaint()},
        {.name = "sending", .ok = !held, .reason = held ? engine_->sender->hold_reason() : ""}};
    if (receiver_) {
        checks.push_back({.name = "webhooks",
                          .ok = account_->hooked(),
                          .reason = account_->hooked() ? "" : account_->complaint()});
    }
    return checks;
}

std::string App::metrics_text() {
    metrics_.set_held(engine_->sender->held());
    const auto counts = engine_->outbox->read([](Store& store) { return store.counts(); });
    if (counts.ok()) {
        metrics_.set_outbox(counts.value(), resilience::since_epoch(engine_->clock.wall_now()));
    }
    if (receiver_) {
        const auto& counted = receiver_->counters();
        metrics_.set_inbound_total("accepted", counted.accepted);
        metrics_.set_inbound_total("duplicate", counted.duplicates);
        metrics_.set_inbound_total("ignored", counted.ignored);
        metrics_.set_inbound_total("bad_signature", counted.bad_signature);
        metrics_.set_inbound_total("malformed", counted.malformed);
        metrics_.set_inbound_total("ledger_failed", counted.ledger_failed);
    }
    return metrics_.text();
}

void App::list_deliveries(std::uint32_t limit, std::function<void(Result<web::Deliveries>)> done) {
    const bool queued =
        control_pool_->submit({.room = "page", .run = [this, limit, done] {
                                   done(engine_->outbox->read([limit](Store& store) {
                                       return store.find({.limit = limit});
                                   }));
                               }});
    if (!queued) done(resilience::permanent_error("too many requests wait"));
}

void App::run(const std::stop_token& stop) {
    const auto told = [this] {
        const auto url = "http://" + config_.http_address + ":" + std::to_string(server_->port());
        log::info("serving", {{"address", url}, {"state", config_.state_dir}});
        if (options_.ready_file.empty()) return;
        const auto written = cli::write_ready_file(options_.ready_file, {{"BOT_URL", url}});
        if (!written.ok()) log::error("no ready file", {{"why", written.error().message}});
    };
    const std::jthread control([this, &stop] { control_->run(stop); });
    const std::jthread serving([this, &stop] { server_->run(stop); });
    const std::jthread account([this, &stop, &told] { account_->run(stop, told); });
    const std::jthread timetable([this, &stop] { timetable_->run(stop); });
    upkeep_->run(stop);
    log::info("stopping");
}

int current_year(const resilience::Clock& clock) {
    const auto today = std::chrono::floor<std::chrono::days>(clock.wall_now());
    return static_cast<int>(std::chrono::year_month_day{today}.year());
}

std::vector<std::string> zones_of(const std::vector<schedule::Spec>& schedules) {
    std::vector<std::string> zones;
    for (const auto& spec : schedules)
        zones.push_back(spec.time_zone);
    return zones;
}

// libcurl takes proxies from the environment; the configuration may have them from a file.
void export_proxy(const config::Config& config) {
    if (!config.https_proxy.empty()) setenv("https_proxy", config.https_proxy.c_str(), 1);
    if (!config.no_proxy.empty()) setenv("no_proxy", config.no_proxy.c_str(), 1);
}

int exit_code_of(const resilience::Error& error) {
    if (error.rule == kStoreInUse) return cli::kExitTryLater;
    return cli::kExitUnavailable;
}

}  // namespace

int run_serve(const cli::ServeOptions& options) {
    const resilience::SystemClock clock;
    const cli::World world{config::process_environment(), clock};
    auto loading = options.config;
    auto config = cli::load_or_complain(loading, world, std::cerr);
    if (!config) return cli::kExitConfig;
    if (options.port) config->http_port = *options.port;
    if (const auto problem = config::missing_token(*config)) {
        std::cerr << to_string(*problem) << "\n";
        return cli::kExitConfig;
    }
    export_proxy(*config);
    const auto zones_agree =
        schedule::zone_library_agrees(current_year(clock), zones_of(config->schedules));
    log::open({.level = config->log_level,
               .format = config->log_format,
               .file = config->log_file,
               .secrets = config::secrets(*config)});
    const StopSignals signals;
    log::info("starting", {{"version", version()}, {"api", config->api_base_url}});
    if (!zones_agree.ok() && !config->schedules.empty()) {
        log::error("no report is scheduled", {{"why", zones_agree.error().message}});
        config->schedules.clear();
    }
    App app(*config, options);
    const auto opened = app.open(signals.token());
    if (!opened.ok()) {
        std::cerr << "stentor: " << opened.error().message << "\n";
        return exit_code_of(opened.error());
    }
    app.run(signals.token());
    return cli::kExitOk;
}

Result<cli::SendReply> run_send_without_owner(const cli::ConfigOptions& options,
                                              const cli::SendRequest& request) {
    auto loaded = config::load(cli::sources_for(options, config::process_environment()));
    if (!loaded.problems.empty()) {
        return resilience::permanent_error(to_string(loaded.problems.front()));
    }
    const auto& config = loaded.config;
    export_proxy(config);
    if (const auto problem = config::missing_token(config)) {
        return resilience::permanent_error(to_string(*problem));
    }
    log::open({.level = config::LogLevel::kError,
               .standard_output = false,
               .secrets = config::secrets(config)});
    auto engine = Engine::open(config, {});
    if (!engine.ok()) return engine.error();
    service::RoomBook rooms(config);
    const auto known = engine.value()->webex->rooms("group");
    if (known.ok()) rooms.learn(known.value());
    return service::send_now(request, config, rooms, *engine.value()->messenger,
                             *engine.value()->sender);
}

}  // namespace bot
