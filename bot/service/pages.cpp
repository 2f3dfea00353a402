#include "bot/service/pages.hpp"

#include "bot/service/token.hpp"

#include <chrono>
#include <utility>

namespace bot::service {

using messaging::outbox::Store;
using resilience::Result;

namespace {

std::vector<web::Check> alive(const PageParts& parts) {
    constexpr auto kSilentMax = std::chrono::seconds{10};  // the loop turns at least every second
    const auto silent = parts.clock.now() - parts.sender.last_turn();
    const bool crippled = parts.commands.crippled();
    // After a failed sync or with a damaged page the store refuses everything until it is opened
    // again: only a restart helps, and whoever watches /healthz gives one.
    const auto counts = parts.outbox.read([](Store& store) { return store.counts(); });
    return {
        {.name = "store", .ok = counts.ok(), .reason = counts.ok() ? "" : counts.error().message},
        {.name = "sender",
         .ok = silent < kSilentMax,
         .reason = silent < kSilentMax ? "" : "its loop does not turn"},
        {.name = "commands", .ok = !crippled, .reason = crippled ? "too many of them hang" : ""}};
}

// A token that was good at the start may be refused later: the sender hears of it first.
web::Check token_check(const PageParts& parts) {
    if (!parts.account.signed_in()) {
        return {.name = "token", .ok = false, .reason = parts.account.complaint()};
    }
    const bool refused = token_refused(parts.sender);
    return {.name = "token", .ok = !refused, .reason = refused ? parts.sender.hold_reason() : ""};
}

std::vector<web::Check> ready(const PageParts& parts) {
    const bool held = parts.sender.held();
    std::vector<web::Check> checks{
        token_check(parts),
        {.name = "sending", .ok = !held, .reason = held ? parts.sender.hold_reason() : ""}};
    if (parts.receiver != nullptr) {
        checks.push_back({.name = "webhooks",
                          .ok = parts.account.hooked(),
                          .reason = parts.account.hooked() ? "" : parts.account.complaint()});
    }
    return checks;
}

std::string metrics_text(const PageParts& parts) {
    parts.metrics.set_held(parts.sender.held());
    const auto counts = parts.outbox.read([](Store& store) { return store.counts(); });
    if (counts.ok()) {
        parts.metrics.set_outbox(counts.value(), resilience::since_epoch(parts.clock.wall_now()));
    }
    if (parts.receiver != nullptr) {
        const auto& counted = parts.receiver->counters();
        parts.metrics.set_inbound_total("accepted", counted.accepted);
        parts.metrics.set_inbound_total("duplicate", counted.duplicates);
        parts.metrics.set_inbound_total("ignored", counted.ignored);
        parts.metrics.set_inbound_total("bad_signature", counted.bad_signature);
        parts.metrics.set_inbound_total("malformed", counted.malformed);
        parts.metrics.set_inbound_total("ledger_failed", counted.ledger_failed);
    }
    return parts.metrics.text();
}

void list_deliveries(const PageParts& parts,
                     std::uint32_t limit,
                     const std::function<void(Result<web::Deliveries>)>& done) {
    const bool queued =
        parts.pool.submit({.room = "page", .run = [&parts, limit, done](commands::Turn&) {
                               done(parts.outbox.read(
                                   [limit](Store& store) { return store.find({.limit = limit}); }));
                           }});
    if (!queued) done(resilience::permanent_error("too many requests wait"));
}

}  // namespace

web::WebSources page_sources(const PageParts& parts) {
    web::WebSources sources;
    sources.alive = [&parts] { return alive(parts); };
    sources.ready = [&parts] { return ready(parts); };
    sources.metrics = [&parts] { return metrics_text(parts); };
    sources.deliveries = [&parts](std::uint32_t limit, const auto& done) {
        list_deliveries(parts, limit, done);
    };
    sources.hold = [&parts] { return web::Hold{parts.sender.held(), parts.sender.hold_reason()}; };
    if (parts.receiver != nullptr) {
        sources.webhook = [&parts](const messaging::http::ServerRequest& request,
                                   web::Answer answer) {
            parts.receiver->handle(request, std::move(answer));
        };
    }
    return sources;
}

}  // namespace bot::service
