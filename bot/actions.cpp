#include "bot/actions.hpp"

#include "bot/app.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/verbs.hpp"
#include "bot/config/config.hpp"
#include "bot/engine.hpp"
#include "bot/log/log.hpp"
#include "bot/schedule/check.hpp"
#include "bot/service/control.hpp"
#include "bot/service/room_book.hpp"
#include "bot/signals.hpp"
#include "bot/version.hpp"

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

namespace bot {

using resilience::Result;

namespace {

// Rule of the error when another process owns the state folder.
constexpr std::string_view kStoreInUse = "store_in_use";

// libcurl takes proxies from the environment; the configuration may have them from a file.
void export_proxy(const config::Config& config) {
    // NOLINTBEGIN(concurrency-mt-unsafe): no thread has started yet.
    if (!config.https_proxy.empty()) setenv("https_proxy", config.https_proxy.c_str(), 1);
    if (!config.no_proxy.empty()) setenv("no_proxy", config.no_proxy.c_str(), 1);
    // NOLINTEND(concurrency-mt-unsafe)
}

int exit_code_of(const resilience::Error& error) {
    if (error.rule == kStoreInUse) return cli::kExitTryLater;
    return cli::kExitUnavailable;
}

}  // namespace

int run_serve(const cli::ServeOptions& options) {
    const resilience::SystemClock clock;
    const cli::World world{config::process_environment(), clock};
    auto loaded = cli::load_config(options.config, world);
    auto& config = loaded.config;
    if (options.port) config.http_port = *options.port;
    if (auto problem = config::missing_token(config)) loaded.problems.push_back(*problem);
    if (!loaded.problems.empty()) {
        cli::print(loaded.problems, std::cerr);
        return cli::kExitConfig;
    }
    export_proxy(config);
    const auto zones = schedule::zones_agree(config.schedules, clock.wall_now());
    log::open({.level = config.log_level,
               .format = config.log_format,
               .file = config.log_file,
               .secrets = config::secrets(config)});
    const StopSignals signals;
    log::info("starting", {{"version", version()}, {"api", config.api_base_url}});
    for (const auto& warning : loaded.warnings)
        log::warn("configuration", {{"why", to_string(warning)}});
    if (!zones.ok()) {
        log::error("no report is scheduled", {{"why", zones.error().message}});
        config.schedules.clear();
    }
    const auto served = serve(config, options, signals.token());
    if (served.ok()) return cli::kExitOk;
    std::cerr << "stentor: " << served.error().message << "\n";
    return exit_code_of(served.error());
}

namespace {

resilience::Error nothing_accepted(std::string why) {
    auto error = resilience::permanent_error(std::move(why));
    error.rule = cli::kNothingAccepted;
    return error;
}

// A whole engine for one message, with the rooms it knows.
template <class Send>
auto send_alone(const cli::ConfigOptions& options, const Send& send)
    -> decltype(send(std::declval<const config::Config&>(),
                     std::declval<const service::RoomBook&>(),
                     std::declval<Engine&>())) {
    auto loaded = config::load(cli::sources_for(options, config::process_environment()));
    if (!loaded.problems.empty()) {
        return resilience::permanent_error(to_string(loaded.problems.front()));
    }
    const auto& config = loaded.config;
    export_proxy(config);
    if (const auto problem = config::missing_token(config)) {
        return nothing_accepted("no bot runs with the state folder " + config.state_dir +
                                "; start one with `stentor serve`, name its folder with "
                                "--state-dir, or set WEBEX_ACCESS_TOKEN to send without a bot");
    }
    log::open({.level = config::LogLevel::kError,
               .standard_output = false,
               .secrets = config::secrets(config)});
    auto engine = Engine::open(config, {});
    if (!engine.ok()) return engine.error();
    service::RoomBook rooms(config);
    const auto known = engine.value()->webex->rooms("group");
    if (known.ok()) rooms.learn(known.value());
    auto sent = send(config, rooms, *engine.value());
    // A room that nobody could be asked for is not unknown.
    const bool unasked = !sent.ok() && !known.ok() && sent.error().rule == service::kUnknownRoom;
    if (!unasked) return sent;
    if (known.error().cls == resilience::ErrorClass::kAuth) return known.error();
    return nothing_accepted(known.error().message + "; nothing was accepted");
}

}  // namespace

Result<cli::SendReply> run_send_without_owner(const cli::ConfigOptions& options,
                                              const cli::SendRequest& request) {
    return send_alone(options, [&](const auto& config, const auto& rooms, Engine& engine) {
        return service::send_now(request, config, rooms, *engine.messenger, *engine.sender);
    });
}

Result<cli::FanOutReply> run_send_many_without_owner(const cli::ConfigOptions& options,
                                                     const cli::FanOutRequest& request) {
    return send_alone(options, [&](const auto& config, const auto& rooms, Engine& engine) {
        return service::send_many_now(request, config, rooms, *engine.messenger, *engine.sender);
    });
}

}  // namespace bot
