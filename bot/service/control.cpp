#include "bot/service/control.hpp"

#include "bot/service/operator_desk.hpp"
#include "bot/service/report_desk.hpp"
#include "bot/service/schedule_desk.hpp"
#include "bot/service/token.hpp"
#include "bot/version.hpp"
#include "messaging/fan_out.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace bot::service {

using cli::SendOutcome;
using cli::SendReply;
using cli::SendRequest;
using messaging::outbox::Store;
using resilience::Result;

namespace {

// Whether the hold is about the token or the proxy's credentials, and not about the network.
bool credentials_refused(const messaging::outbox::Sender& sender) {
    const bool by_proxy =
        sender.held() && sender.hold_reason().find("HTTP 407") != std::string::npos;
    return by_proxy || token_refused(sender);
}

SendOutcome outcome_of(messaging::SendState state, bool refused) {
    switch (state) {
        case messaging::SendState::kDelivered:
            return SendOutcome::kDelivered;
        case messaging::SendState::kQueued:
            return refused ? SendOutcome::kAuth : SendOutcome::kQueued;
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

messaging::Message message_of(const SendRequest& request) {
    messaging::Message message;
    message.text = request.text;
    message.markdown = request.markdown;
    message.card_json = request.card;
    message.parent_id = request.parent;
    for (const auto& path : request.files)
        message.files.push_back({.path = path});
    return message;
}

messaging::SendOptions options_of(const SendRequest& request, const config::Config& config) {
    messaging::SendOptions options;
    options.wait = request.wait.value_or(config.delivery_wait);
    options.deadline = request.deadline.value_or(config.delivery_deadline);
    options.priority = request.priority;
    options.policy = request.policy;
    options.key = request.key;
    options.origin = "command line";
    return options;
}

SendReply reply_of(const messaging::Receipt& receipt, const messaging::outbox::Sender& sender) {
    SendReply reply;
    const bool held = sender.held();
    reply.outcome = outcome_of(receipt.state, credentials_refused(sender));
    reply.id = receipt.ids.empty() ? "" : to_string(receipt.decisive.id);
    reply.message_id = receipt.decisive.message_id;
    reply.detail = receipt.detail;
    if (held) reply.detail += "; sending is held: " + sender.hold_reason();
    return reply;
}

SendReply refused(const resilience::Error& error) {
    SendReply reply;
    reply.detail = error.message;
    return reply;
}

// Answers one kind of request from the pool, or says that too many wait. Requests do not wait for
// each other: each is a queue of its own.
template <class Reply>
class Desk {
public:
    using Done = std::function<void(Result<Reply>)>;

    Desk(commands::WorkerPool& pool, std::shared_ptr<std::atomic<std::uint64_t>> next)
        : pool_(pool), next_(std::move(next)) {}

    template <class Work>
    void submit(Done done, Work work) const {
        const bool queued = pool_.submit(
            {.room = "control " + std::to_string(++*next_),
             .run = [done, work = std::move(work)](commands::Turn&) { done(work()); },
             .failed =
                 [done](const std::string& what) { done(resilience::permanent_error(what)); }});
        if (!queued) done(resilience::permanent_error("too many requests wait; try again later"));
    }

private:
    commands::WorkerPool& pool_;
    std::shared_ptr<std::atomic<std::uint64_t>> next_;
};

}  // namespace

Result<SendReply> send_now(const SendRequest& request,
                           const config::Config& config,
                           const RoomBook& rooms,
                           messaging::Messenger& messenger,
                           const messaging::outbox::Sender& sender) {
    const auto to = target_of(request, rooms);
    if (!to.ok()) return to.error();
    const auto sent = messenger.send(to.value(), message_of(request), options_of(request, config));
    if (!sent.ok()) return sent.error();
    return reply_of(sent.value(), sender);
}

// A target that nobody knows fails alone; the others get the message.
Result<cli::FanOutReply> send_many_now(const cli::FanOutRequest& request,
                                       const config::Config& config,
                                       const RoomBook& rooms,
                                       messaging::Messenger& messenger,
                                       const messaging::outbox::Sender& sender) {
    std::vector<const SendRequest*> asked{&request.message};
    for (const auto& also : request.also)
        asked.push_back(&also);
    std::vector<messaging::Target> targets;
    std::vector<std::optional<messaging::Target>> target_of_each;
    cli::FanOutReply reply;
    for (const auto* one : asked) {
        auto to = target_of(*one, rooms);
        reply.items.push_back({cli::target_text(*one), {}});
        target_of_each.emplace_back();
        if (to.ok()) {
            target_of_each.back() = to.value();
            targets.push_back(std::move(to).value());
        } else {
            reply.items.back().reply = refused(to.error());
        }
    }
    reply.state = to_string(messaging::FanOutState::kFailed);
    if (targets.empty()) return reply;
    const auto sent = messenger.send_to_many(targets, message_of(request.message),
                                             options_of(request.message, config));
    if (!sent.ok()) return sent.error();
    const auto& batch = sent.value();
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto found =
            std::find_if(batch.items.begin(), batch.items.end(),
                         [&](const auto& item) { return item.to == target_of_each[i]; });
        if (!target_of_each[i] || found == batch.items.end()) continue;
        reply.items[i].reply = found->receipt.ok() ? reply_of(found->receipt.value(), sender)
                                                   : refused(found->receipt.error());
    }
    reply.group = to_string(messaging::outbox::DeliveryId{batch.group});
    const bool unknown = targets.size() < asked.size();
    reply.state = to_string(unknown && batch.state == messaging::FanOutState::kComplete
                                ? messaging::FanOutState::kPartial
                                : batch.state);
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

namespace {

using Counter = std::shared_ptr<std::atomic<std::uint64_t>>;

// What only a bot with the whole service around it can do.
void add_service(cli::ControlSources& sources, const ControlParts& parts, const Counter& next) {
    if (parts.reports != nullptr) {
        sources.reports = [&parts, desk = Desk<cli::ReportReply>(parts.pool, next)](
                              cli::ReportRequest request, auto done) {
            desk.submit(std::move(done), [&parts, request = std::move(request)] {
                return Result<cli::ReportReply>(
                    reports_now(request, *parts.reports, parts.rooms, parts.clock));
            });
        };
    }
    if (parts.timetable != nullptr) {
        sources.schedules = [&parts, desk = Desk<cli::ScheduleReply>(parts.pool, next)](
                                cli::ScheduleRequest request, auto done) {
            desk.submit(std::move(done), [&parts, request = std::move(request)] {
                return Result<cli::ScheduleReply>(schedules_now(request, *parts.timetable));
            });
        };
    }
    if (parts.recalling == nullptr) return;
    sources.recall = [&parts, desk = Desk<cli::RecallReply>(parts.pool, next)](
                         cli::RecallRequest request, auto done) {
        desk.submit(std::move(done), [&parts, request = std::move(request)] {
            return recall_now(request, *parts.recalling, parts.stop);
        });
    };
}

}  // namespace

cli::ControlSources control_sources(const ControlParts& parts) {
    const auto next = std::make_shared<std::atomic<std::uint64_t>>(0);
    const auto desk_parts = [&parts] {
        return DeskParts{parts.config, parts.outbox, parts.spool, parts.rooms, parts.clock};
    };
    cli::ControlSources sources;
    sources.send = [&parts, desk = Desk<SendReply>(parts.pool, next)](SendRequest request,
                                                                      auto done) {
        desk.submit(std::move(done), [&parts, request = std::move(request)] {
            return send_now(request, parts.config, parts.rooms, parts.messenger, parts.sender);
        });
    };
    sources.send_many = [&parts, desk = Desk<cli::FanOutReply>(parts.pool, next)](
                            cli::FanOutRequest request, auto done) {
        desk.submit(std::move(done), [&parts, request = std::move(request)] {
            return send_many_now(request, parts.config, parts.rooms, parts.messenger, parts.sender);
        });
    };
    sources.status = [&parts, desk = Desk<cli::StatusReport>(parts.pool, next)](auto done) {
        desk.submit(std::move(done), [&parts] { return status_of(parts, parts.started); });
    };
    sources.timeline = [&parts, desk = Desk<std::optional<cli::Timeline>>(parts.pool, next)](
                           messaging::outbox::DeliveryId id, auto done) {
        desk.submit(std::move(done), [&parts, id] { return timeline_of(parts.outbox, id); });
    };
    sources.dead = [desk_parts, desk = Desk<cli::DeadReply>(parts.pool, next)](
                       cli::DeadRequest request, auto done) {
        desk.submit(std::move(done), [desk_parts, request = std::move(request)] {
            return dead_now(request, desk_parts());
        });
    };
    sources.release = [desk_parts, desk = Desk<cli::ReleaseReply>(parts.pool, next)](
                          cli::ReleaseRequest request, auto done) {
        desk.submit(std::move(done), [desk_parts, request = std::move(request)] {
            return release_now(request, desk_parts());
        });
    };
    sources.runs = [&parts, desk = Desk<cli::RunsReply>(parts.pool, next)](cli::RunsRequest request,
                                                                           auto done) {
        desk.submit(std::move(done), [&parts, request = std::move(request)] {
            return runs_of(parts.outbox, request);
        });
    };
    sources.facts = [&parts, desk = Desk<cli::StoreFacts>(parts.pool, next)](auto done) {
        desk.submit(std::move(done), [&parts] {
            auto facts = facts_of(parts.outbox);
            if (facts.ok()) facts.value().bot_hold = parts.sender.hold_reason();
            return facts;
        });
    };
    add_service(sources, parts, next);
    return sources;
}

}  // namespace bot::service
