#include "bot/offline.hpp"

#include "bot/engine.hpp"
#include "bot/service/operator_desk.hpp"
#include "bot/service/recall.hpp"
#include "bot/service/report_desk.hpp"
#include "bot/service/room_book.hpp"
#include "messaging/outbox/sqlite_rescue.hpp"
#include "messaging/outbox/sqlite_store.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace bot {

using resilience::Result;

namespace {

// The store of a folder that no bot uses.
struct Offline {
    config::Config config;
    resilience::SystemClock clock;
    std::unique_ptr<messaging::outbox::SqliteStore> store;
    std::unique_ptr<messaging::outbox::Outbox> outbox;
    std::unique_ptr<messaging::outbox::Spool> spool;
    std::unique_ptr<service::RoomBook> rooms;

    service::DeskParts desk() const { return {config, *outbox, spool.get(), *rooms, clock}; }
};

Result<config::Config> read_config(const cli::ConfigOptions& options) {
    auto loaded = config::load(cli::sources_for(options, config::process_environment()));
    if (loaded.problems.empty()) return std::move(loaded.config);
    return resilience::permanent_error(to_string(loaded.problems.front()));
}

std::string outbox_path(const config::Config& config) {
    return config.state_dir + "/outbox.db";
}

Result<std::unique_ptr<Offline>> open(const cli::ConfigOptions& options) {
    auto config = read_config(options);
    if (!config.ok()) return std::move(config).error();
    auto offline = std::make_unique<Offline>();
    offline->config = std::move(config).value();
    const auto path = outbox_path(offline->config);
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
        auto error =
            resilience::permanent_error("there is no outbox in " + offline->config.state_dir +
                                        "; name the bot's folder with --state-dir");
        error.rule = "store_missing";
        return error;
    }
    auto store = messaging::outbox::SqliteStore::open({.path = path});
    if (!store.ok()) return std::move(store).error();
    offline->store = std::move(store).value();
    auto spool = messaging::outbox::Spool::open(offline->config.state_dir + "/spool",
                                                offline->config.spool_quota);
    if (!spool.ok()) return std::move(spool).error();
    offline->spool = std::move(spool).value();
    offline->outbox = std::make_unique<messaging::outbox::Outbox>(*offline->store, offline->clock);
    offline->rooms = std::make_unique<service::RoomBook>(offline->config);
    return offline;
}

}  // namespace

Result<cli::DeadReply> run_dead_without_owner(const cli::ConfigOptions& options,
                                              const cli::DeadRequest& request) {
    const auto offline = open(options);
    if (!offline.ok()) return offline.error();
    return service::dead_now(request, offline.value()->desk());
}

Result<cli::ReleaseReply> run_release_without_owner(const cli::ConfigOptions& options,
                                                    const cli::ReleaseRequest& request) {
    const auto offline = open(options);
    if (!offline.ok()) return offline.error();
    return service::release_now(request, offline.value()->desk());
}

Result<std::optional<cli::Timeline>> run_timeline_without_owner(const cli::ConfigOptions& options,
                                                                messaging::outbox::DeliveryId id) {
    const auto offline = open(options);
    if (!offline.ok()) return offline.error();
    return service::timeline_of(*offline.value()->outbox, id);
}

Result<cli::RecallReply> run_recall_without_owner(const cli::ConfigOptions& options,
                                                  const cli::RecallRequest& request) {
    const auto opened = open(options);
    if (!opened.ok()) return opened.error();
    auto& offline = *opened.value();
    if (const auto problem = config::missing_token(offline.config)) {
        return resilience::permanent_error(to_string(*problem));
    }
    const service::Token token(offline.config);
    const auto calls = make_calls(offline.config);
    const auto webex = make_webex(offline.config, token, *calls, offline.clock);
    return service::recall_now(request, {*offline.outbox, *webex, offline.clock}, {});
}

Result<cli::ReportReply> run_reports_without_owner(const cli::ConfigOptions& options,
                                                   const cli::ReportRequest& request) {
    const auto offline = open(options);
    if (!offline.ok()) return offline.error();
    return service::stored_reports(request, *offline.value()->outbox, *offline.value()->rooms,
                                   offline.value()->clock);
}

Result<cli::RunsReply> run_runs_without_owner(const cli::ConfigOptions& options,
                                              const cli::RunsRequest& request) {
    const auto offline = open(options);
    if (!offline.ok()) return offline.error();
    return service::runs_of(*offline.value()->outbox, request);
}

Result<cli::StoreFacts> run_facts_without_owner(const cli::ConfigOptions& options) {
    auto config = read_config(options);
    if (!config.ok()) return std::move(config).error();
    if (auto damage = messaging::outbox::check_file(outbox_path(config.value()))) {
        return *std::move(damage);
    }
    const auto offline = open(options);
    if (!offline.ok()) return offline.error();
    return service::facts_of(*offline.value()->outbox);
}

}  // namespace bot
