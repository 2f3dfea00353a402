#include "bot/app.hpp"

#include "bot/cli/control_handler.hpp"
#include "bot/cli/ready_file.hpp"
#include "bot/commands/standard.hpp"
#include "bot/engine.hpp"
#include "bot/log/log.hpp"
#include "bot/service/account.hpp"
#include "bot/service/alarms.hpp"
#include "bot/service/answering.hpp"
#include "bot/service/chance.hpp"
#include "bot/service/control.hpp"
#include "bot/service/conversation.hpp"
#include "bot/service/delivery_news.hpp"
#include "bot/service/notices.hpp"
#include "bot/service/pages.hpp"
#include "bot/service/post_into.hpp"
#include "bot/service/quiet_rooms.hpp"
#include "bot/service/recall.hpp"
#include "bot/service/report_runs.hpp"
#include "bot/service/room_book.hpp"
#include "bot/service/run_ledger.hpp"
#include "bot/service/status_text.hpp"
#include "bot/service/timetable.hpp"
#include "bot/service/upkeep.hpp"
#include "bot/service/why_text.hpp"
#include "bot/version.hpp"
#include "bot/web/web.hpp"
#include "messaging/http/server.hpp"
#include "messaging/receive/webhook_receiver.hpp"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace bot {

namespace {

using resilience::Done;
using resilience::Result;

// Commands may wait for a service that is away, control requests for deliveries, reports for
// charts: a pool each, so that none keeps the others waiting.
constexpr std::size_t kReportThreads = 2;
constexpr std::size_t kControlThreads = 8;
// The lock is the kernel's, so it is free the moment its owner ends; this is how soon that is seen.
constexpr std::chrono::milliseconds kStandbyLook{250};

// The first success is not worth a line; that of a later attempt ends a story.
void log_source_event(const resilience::Event& event) {
    if (event.kind == resilience::EventKind::kSuccess && event.attempt < 2) return;
    const auto line = resilience::to_line(resilience::Dialect::kKeyValue, event);
    if (event.kind == resilience::EventKind::kSuccess) {
        log::info("a source answers again", {{"event", line}});
    } else {
        log::warn("a source failed", {{"event", line}});
    }
}

// The whole service. Members stand in the order in which they are made; threads come last.
class App {
public:
    App(const config::Config& config, const cli::ServeOptions& options)
        : config_(config), options_(options) {}
    ~App() { end(); }
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    /// Makes everything that can fail. Nothing runs yet but the sender.
    Result<Done> open(const std::stop_token& stop);
    /// Serves until stopped.
    void run(const std::stop_token& stop);
    /// Ends all threads. False: one hangs in a job and may still use anything here.
    bool end();

private:
    bool end_jobs();
    Result<Done> open_answering();
    Result<Done> post_report(const std::string& report,
                             const std::string& room,
                             const commands::Invocation& asked);
    Result<Done> open_server();
    Result<Done> open_receiving(const std::stop_token& stop);
    Result<Done> open_timetable();
    void open_pages();
    Result<Done> open_control(const std::stop_token& stop);

    const config::Config& config_;
    const cli::ServeOptions& options_;

    web::Metrics metrics_{version()};
    service::DeliveryNews news_{metrics_};
    resilience::SystemClock clock_;
    service::RoomBook rooms_{config_};
    service::Alarms alarms_{
        {.config = config_,
         .rooms = rooms_,
         .clock = clock_,
         .file = log::AlarmFile(config_.state_dir + "/" + log::AlarmFile::kName)}};
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<sources::Reader> reader_;
    std::unique_ptr<service::RunLedger> ledger_;
    std::unique_ptr<charts::Renderer> renderer_;
    std::unique_ptr<commands::CommandTable> table_;
    commands::CoolDown cool_down_;
    commands::Running running_;
    commands::Confirmations confirmations_;
    std::unique_ptr<text::Scratch> scratch_;
    std::unique_ptr<commands::Services> services_;
    std::unique_ptr<commands::WorkerPool> hearing_pool_;
    std::unique_ptr<commands::WorkerPool> pool_;
    std::unique_ptr<commands::WorkerPool> report_pool_;
    std::unique_ptr<commands::WorkerPool> control_pool_;
    std::unique_ptr<messaging::http::Server> server_;
    std::unique_ptr<service::Notices> notices_;
    std::unique_ptr<service::Answering> answering_;
    std::unique_ptr<service::Conversation> conversation_;
    std::unique_ptr<messaging::receive::WebhookReceiver> receiver_;
    std::unique_ptr<service::Account> account_;
    std::stop_source building_;  // of reports; requested at the end
    std::unique_ptr<service::ReportRuns> reports_;
    std::unique_ptr<service::Timetable> timetable_;
    std::unique_ptr<service::QuietRooms> quiet_;
    std::unique_ptr<service::PageParts> page_parts_;
    std::unique_ptr<web::Web> web_;
    std::unique_ptr<service::RecallParts> recall_parts_;
    std::unique_ptr<service::ControlParts> control_parts_;
    std::unique_ptr<messaging::http::Server> control_;
    std::unique_ptr<service::Upkeep> upkeep_;
};

Result<Done> App::open(const std::stop_token& stop) {
    auto engine = Engine::open(
        config_,
        [this](const messaging::outbox::Notice& notice) {
            news_.tell(notice);
            alarms_.tell(notice);
        },
        options_.start_empty);
    if (!engine.ok()) return engine.error();
    engine_ = std::move(engine).value();
    ledger_ = std::make_unique<service::RunLedger>(*engine_->outbox, engine_->clock);
    if (const auto opened = ledger_->open();
        !opened.ok()) {  // a full disk is no reason not to start
        log::warn("runs of before are not marked", {{"why", opened.error().message}});
    }
    alarms_.speak_through(*engine_->messenger);
    quiet_ = std::make_unique<service::QuietRooms>(
        config_, service::QuietRooms::Parts{rooms_, *engine_->messenger, *engine_->outbox,
                                            engine_->clock, config_.delivery_deadline});
    engine_->messenger->hold_with([this](const auto& to, auto priority, auto now) {
        return quiet_->held_until(to, priority, now);
    });
    engine_->messenger->set_on_swallowed([this](const std::string& what) {
        log::error("safe_send failed", {{"why", what}});
        alarms_.swallowed(what);
    });
    if (auto opened = open_answering(); !opened.ok()) return opened;
    if (auto opened = open_server(); !opened.ok()) return opened;
    if (auto opened = open_receiving(stop); !opened.ok()) return opened;
    if (auto opened = open_timetable(); !opened.ok()) return opened;
    open_pages();
    if (auto opened = open_control(stop); !opened.ok()) return opened;
    upkeep_ = std::make_unique<service::Upkeep>(
        *engine_->outbox, *engine_->spool, engine_->clock,
        service::Upkeep::Limits{.retention = config_.retention,
                                .ended_max = config_.retention_max,
                                .spool_quota = config_.spool_quota});
    return Done{};
}

// What commands and reports are answered with.
Result<Done> App::open_answering() {
    charts::RendererOptions drawing;
    drawing.gnuplot = config_.gnuplot;
    drawing.cache_dir = engine_->folder->path("charts");
    reader_ = std::make_unique<sources::Reader>(sources::Reader::Parts{
        .calls = *engine_->calls,
        .clock = engine_->clock,
        .classifier = config_.retry.classifier_of(resilience::Profile::kDefault),
        .policy = [this](std::string_view name) { return config_.retry.policy(name); },
        .random = service::chance,
        .on_event = log_source_event});
    renderer_ = std::make_unique<charts::Renderer>(drawing, *reader_, engine_->clock);
    auto table = commands::CommandTable::make(commands::standard_commands(), config_.aliases);
    if (!table.ok()) return table.error();
    table_ = std::make_unique<commands::CommandTable>(std::move(table).value());
    scratch_ = std::make_unique<text::Scratch>(engine_->folder->path("answers"));
    services_ = std::make_unique<commands::Services>(commands::Services{
        config_, *renderer_, *reader_, engine_->clock, *scratch_,
        [this] { return service::status_text(*control_parts_, *timetable_); },
        [this](const std::string& id) { return service::why_text(*engine_->outbox, id); },
        [this](const std::string& room_id) { return rooms_.name_of_room(room_id); },
        [this](const std::string& room, const std::string& person) {
            return running_.cancel(room, person);
        },
        &cool_down_, &confirmations_,
        [] { return static_cast<std::uint64_t>(service::chance() * 0x1p53); },
        [this](const std::string& room, const std::vector<messaging::Message>& messages,
               const std::string& key) {
            return service::post_into({*engine_->messenger, rooms_, config_.delivery_deadline},
                                      room, messages, key);
        },
        engine_->clock.now(),
        [this](const std::string& report, const std::string& room,
               const commands::Invocation& asked) { return post_report(report, room, asked); },
        [this] { return reports_->list(); },
        [this](const std::string& run) { return reports_->redrive(run); },
        [this](const std::string& report) { return timetable_->next_run(report); }});
    pool_ = std::make_unique<commands::WorkerPool>(
        commands::WorkerPoolOptions{.threads = config_.workers, .clock = &engine_->clock});
    hearing_pool_ = std::make_unique<commands::WorkerPool>(
        commands::WorkerPoolOptions{.threads = config_.workers, .clock = &engine_->clock});
    report_pool_ = std::make_unique<commands::WorkerPool>(
        commands::WorkerPoolOptions{.threads = kReportThreads, .clock = &engine_->clock});
    control_pool_ = std::make_unique<commands::WorkerPool>(
        commands::WorkerPoolOptions{.threads = kControlThreads});
    notices_ =
        std::make_unique<service::Notices>(service::Notices::Parts{.messenger = *engine_->messenger,
                                                                   .outbox = *engine_->outbox,
                                                                   .webex = *engine_->webex,
                                                                   .clock = engine_->clock});
    notices_->resume();
    answering_ = std::make_unique<service::Answering>(
        service::Answering::Parts{.table = *table_,
                                  .services = *services_,
                                  .messenger = *engine_->messenger,
                                  .metrics = metrics_,
                                  .ledger = *ledger_,
                                  .notices = *notices_,
                                  .running = running_,
                                  .clock = engine_->clock,
                                  .deadline = config_.delivery_deadline});
    return Done{};
}

Result<Done> App::post_report(const std::string& report,
                              const std::string& room,
                              const commands::Invocation& asked) {
    auto to = messaging::room(asked.room_id);
    if (!room.empty()) {
        auto named = rooms_.find(room);
        if (!named.ok()) return named.error();
        to = std::move(named).value();
    }
    return reports_->begin({.id = "command:" + asked.message_id,
                            .report = report,
                            .to = std::move(to),
                            .origin = "command",
                            .who = asked.person_email});
}

// Opened before the receiver, whose address is its port; it answers from `run` on.
Result<Done> App::open_server() {
    messaging::http::ServerOptions options;
    options.address = config_.http_address;
    options.port = config_.http_port;
    auto server = messaging::http::Server::open(
        options, [this](messaging::http::ServerRequest request, messaging::http::Responder answer) {
            web::handler_for (*web_)(std::move(request), std::move(answer));
        });
    if (!server.ok()) return server.error();
    server_ = std::move(server).value();
    return Done{};
}

Result<Done> App::open_receiving(const std::stop_token& stop) {
    conversation_ = std::make_unique<service::Conversation>(
        service::Conversation::Parts{.webex = *engine_->webex,
                                     .outbox = *engine_->outbox,
                                     .sender = *engine_->sender,
                                     .answering = *answering_,
                                     .hearing = *hearing_pool_,
                                     .pool = *pool_,
                                     .clock = engine_->clock},
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
                                                                   .rooms = rooms_,
                                                                   .clock = engine_->clock,
                                                                   .hooks = std::move(hooks)});
    return Done{};
}

Result<Done> App::open_timetable() {
    auto scheduler = schedule::Scheduler::create(config_.schedules, engine_->clock.wall_now());
    if (!scheduler.ok()) return scheduler.error();
    reports_ = std::make_unique<service::ReportRuns>(service::ReportRuns::Parts{
        .config = config_,
        .renderer = *renderer_,
        .reader = *reader_,
        .scratch = *scratch_,
        .messenger = *engine_->messenger,
        .outbox = *engine_->outbox,
        .webex = *engine_->webex,
        .pool = *report_pool_,
        .metrics = metrics_,
        .clock = engine_->clock,
        .stop = building_.get_token(),
        .ledger = ledger_.get(),
        .overdue = [this](const std::string& what) { alarms_.overdue(what); },
        .rooms = &rooms_});
    reports_->restore();
    timetable_ = std::make_unique<service::Timetable>(
        service::Timetable::Parts{
            .config = config_,
            .renderer = *renderer_,
            .reader = *reader_,
            .messenger = *engine_->messenger,
            .outbox = *engine_->outbox,
            .pool = *report_pool_,
            .rooms = rooms_,
            .metrics = metrics_,
            .clock = engine_->clock,
            .reports = reports_.get(),
            .stop = building_.get_token(),
            .ledger = ledger_.get(),
            .silent = [this](const std::string& what) { alarms_.overdue(what); }},
        std::move(scheduler).value());
    return Done{};
}

void App::open_pages() {
    page_parts_ =
        std::make_unique<service::PageParts>(service::PageParts{.metrics = metrics_,
                                                                .outbox = *engine_->outbox,
                                                                .sender = *engine_->sender,
                                                                .account = *account_,
                                                                .receiver = receiver_.get(),
                                                                .pool = *control_pool_,
                                                                .commands = *pool_,
                                                                .clock = engine_->clock});
    web_ = std::make_unique<web::Web>(service::page_sources(*page_parts_),
                                      web::WebOptions{options_.page_origin});
}

// The socket of the command line.
Result<Done> App::open_control(const std::stop_token& stop) {
    recall_parts_ = std::make_unique<service::RecallParts>(service::RecallParts{
        *engine_->outbox, *engine_->webex, engine_->clock, engine_->messenger.get()});
    control_parts_ = std::make_unique<service::ControlParts>(service::ControlParts{
        .config = config_,
        .messenger = *engine_->messenger,
        .outbox = *engine_->outbox,
        .sender = *engine_->sender,
        .rooms = rooms_,
        .account = *account_,
        .pool = *control_pool_,
        .clock = engine_->clock,
        .receiving = receiver_ != nullptr,
        .started = engine_->clock.now(),
        .spool = engine_->spool.get(),
        .recalling = recall_parts_.get(),
        .reports = reports_.get(),
        .timetable = timetable_.get(),
        .stop = stop,
    });
    auto control = messaging::http::Server::open(
        cli::control_server_options(config_.state_dir),
        cli::control_handler(service::control_sources(*control_parts_)));
    if (!control.ok()) return control.error();
    control_ = std::move(control).value();
    return Done{};
}

void App::run(const std::stop_token& stop) {
    const auto told = [this] {
        const auto url = "http://" + config_.http_address + ":" + std::to_string(server_->port());
        log::info("serving", {{"address", url}, {"state", config_.state_dir}});
        if (options_.ready_file.empty()) return;
        const auto written = cli::write_ready_file(options_.ready_file, {{"BOT_URL", url}});
        if (!written.ok()) log::error("no ready file", {{"why", written.error().message}});
    };
    // Ends last: it also tells what the others' end brings.
    const std::jthread alarms([this](const std::stop_token& own) { alarms_.run(own); });
    // The answers of jobs that end with the service still take their notices' places.
    const std::jthread notices([this](const std::stop_token& own) { notices_->run(own); });
    const std::jthread control([this](const std::stop_token& own) { control_->run(own); });
    const std::jthread serving([this, &stop] { server_->run(stop); });
    const std::jthread account([this, &stop, &told] { account_->run(stop, told); });
    const std::jthread timetable([this, &stop] { timetable_->run(stop); });
    const std::jthread reports([this, &stop] { reports_->run(stop); });
    const std::jthread quiet([this, &stop] { quiet_->run(stop); });
    const std::jthread token([this, &stop] {
        engine_->token->watch(engine_->clock, stop, [this] { engine_->sender->probe_now(); });
    });
    upkeep_->run(stop);
    log::info("stopping");
    // Who waits for a delivery is told how it stands while there is still a socket to say it on.
    end_jobs();
}

bool App::end_jobs() {
    bool clean = true;
    if (engine_) engine_->outbox->stop_waiting();
    building_.request_stop();
    for (const auto* pool : {&control_pool_, &report_pool_, &hearing_pool_, &pool_}) {
        if (*pool) clean = (*pool)->end() && clean;
    }
    return clean;
}

// Jobs and commits call into members that stand below their pools and the engine, so their threads
// end before anything is destroyed.
bool App::end() {
    const bool clean = end_jobs();
    if (engine_) engine_->end();
    return clean;
}

bool is_owned(const Result<Done>& opened) {
    return !opened.ok() && opened.error().rule == "store_in_use";
}

}  // namespace

Result<Done> serve(const config::Config& config,
                   const cli::ServeOptions& options,
                   const std::stop_token& stop) {
    resilience::SystemClock clock;
    auto app = std::make_unique<App>(config, options);
    auto opened = app->open(stop);
    for (bool told = false; options.standby && is_owned(opened); told = true) {
        if (!told) log::info("standing by", {{"why", opened.error().message}});
        if (!clock.sleep_until(clock.now() + kStandbyLook, stop)) return Done{};
        app = std::make_unique<App>(config, options);
        opened = app->open(stop);
    }
    if (!opened.ok()) return opened;
    app->run(stop);
    if (!app->end()) {
        // Everything that was accepted is on disk. What the job may still use stays until the
        // process ends, a moment from now.
        log::error("a command hangs and is cut off");
        static_cast<void>(app.release());
    }
    return Done{};
}

}  // namespace bot
