#include "bot/service/control.hpp"

#include "bot/version.hpp"

#include <atomic>
#include <memory>

namespace bot::service {

using cli::SendOutcome;
using cli::SendReply;
using cli::SendRequest;
using messaging::outbox::Store;
using resilience::Result;

namespace {

SendOutcome outcome_of(messaging::SendState state, bool held) {
    switch (state) {
        case messaging::SendState::kDelivered:
            return SendOutcome::kDelivered;
        case messaging::SendState::kQueued:
            return held ? SendOutcome::kAuth : SendOutcome::kQueued;
        case messaging::SendState::kUncertain:
            return SendOutcome::kUncertain;
        case messaging::SendState::kFailed:
            break;
    }
    return SendOutcome::kFailed;
}

Result<messaging::Target> target_of(const SendRequest& request, const RoomBook& rooms) {
    if (!request.person.empty()) return messaging::person(request.person);
    if (!request.email.empty()) return messaging::email(request.email);
    return rooms.find(request.room);
}

Result<std::optional<cli::Timeline>> timeline_of(messaging::outbox::Outbox& outbox,
                                                 messaging::outbox::DeliveryId id) {
    return outbox.read([id](Store& store) -> Result<std::optional<cli::Timeline>> {
        auto delivery = store.get(id);
        if (!delivery.ok()) return delivery.error();
        if (!delivery.value()) return std::optional<cli::Timeline>{};
        auto journal = store.journal(id);
        if (!journal.ok()) return journal.error();
        return std::optional<cli::Timeline>{
            cli::Timeline{std::move(*delivery.value()), std::move(journal).value()}};
    });
}

}  // namespace

Result<SendReply> send_now(const SendRequest& request,
                           const config::Config& config,
                           const RoomBook& rooms,
                           messaging::Messenger& messenger,
                           const messaging::outbox::Sender& sender) {
    const auto to = target_of(request, rooms);
    if (!to.ok()) return to.error();
    messaging::Message message;
    message.text = request.text;
    message.markdown = request.markdown;
    message.card_json = request.card;
    message.parent_id = request.parent;
    for (const auto& path : request.files)
        message.files.push_back({.path = path});
    messaging::SendOptions options;
    options.wait = request.wait.value_or(config.delivery_wait);
    options.deadline = request.deadline.value_or(config.delivery_deadline);
    options.priority = request.priority;
    options.policy = request.policy;
    options.key = request.key;
    options.origin = "command line";
    const auto sent = messenger.send(to.value(), message, options);
    if (!sent.ok()) return sent.error();

    const auto& receipt = sent.value();
    SendReply reply;
    reply.outcome = outcome_of(receipt.state, sender.held());
    reply.id = receipt.ids.empty() ? "" : to_string(receipt.decisive.id);
    reply.message_id = receipt.decisive.message_id;
    reply.detail = receipt.detail;
    if (sender.held()) reply.detail += "; sending is held: " + sender.hold_reason();
    return reply;
}

Result<cli::StatusReport> status_of(const ControlParts& parts, resilience::Instant started) {
    const auto counts = parts.outbox.read([](Store& store) { return store.counts(); });
    if (!counts.ok()) return counts.error();
    const auto& now = counts.value();
    cli::StatusReport report;
    report.version = version();
    report.account = parts.account.email();
    report.receiving = !parts.receiving         ? "off: no webhook address"
                       : parts.account.hooked() ? "webhook"
                                                : "not yet: " + parts.account.complaint();
    report.uptime = std::chrono::duration_cast<std::chrono::seconds>(parts.clock.now() - started);
    report.held = parts.sender.held();
    report.hold_reason = parts.sender.hold_reason();
    report.pending = now.pending;
    report.sending = now.sending;
    report.uncertain = now.uncertain;
    report.delivered = now.delivered;
    report.dead = now.dead;
    if (now.oldest_pending.count() > 0) {
        report.oldest = std::chrono::duration_cast<std::chrono::seconds>(
            resilience::since_epoch(parts.clock.wall_now()) - now.oldest_pending);
    }
    return report;
}

cli::ControlSources control_sources(const ControlParts& parts) {
    // Requests do not wait for each other: each is a queue of its own in the pool.
    const auto next = std::make_shared<std::atomic<std::uint64_t>>(0);
    const auto queue = [next] { return "control " + std::to_string(++*next); };
    const auto busy = [] {
        return resilience::permanent_error("too many requests wait; try again later");
    };
    cli::ControlSources sources;
    sources.send = [&parts, queue, busy](SendRequest request, auto done) {
        const bool queued = parts.pool.submit(
            {.room = queue(),
             .run =
                 [&parts, request = std::move(request), done](commands::Turn&) {
                     done(send_now(request, parts.config, parts.rooms, parts.messenger,
                                   parts.sender));
                 },
             .failed =
                 [done](const std::string& what) { done(resilience::permanent_error(what)); }});
        if (!queued) done(busy());
    };
    sources.status = [&parts, queue, busy](auto done) {
        const bool queued =
            parts.pool.submit({.room = queue(), .run = [&parts, done](commands::Turn&) {
                                   done(status_of(parts, parts.started));
                               }});
        if (!queued) done(busy());
    };
    sources.timeline = [&parts, queue, busy](messaging::outbox::DeliveryId id, auto done) {
        const bool queued =
            parts.pool.submit({.room = queue(), .run = [&parts, id, done](commands::Turn&) {
                                   done(timeline_of(parts.outbox, id));
                               }});
        if (!queued) done(busy());
    };
    return sources;
}

}  // namespace bot::service
