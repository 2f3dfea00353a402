#include "bot/service/operator_desk.hpp"

#include "messaging/outbox/dead_letters.hpp"
#include "messaging/outbox/destination.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace bot::service {

namespace outbox = messaging::outbox;
using outbox::Store;
using resilience::Result;
using Verb = cli::DeadRequest::Verb;

namespace {

// What a delivery's destination says for a room of the configuration, a room id or an address.
Result<std::string> destination_named(const std::string& room, const RoomBook& rooms) {
    if (room.empty()) return std::string{};
    auto found = rooms.find(room);
    if (!found.ok()) {
        if (room.find('@') != std::string::npos) return "email:" + room;
        return std::move(found).error();
    }
    return outbox::destination_of(found.value());
}

Result<outbox::DeadFilter> filter_of(const cli::DeadRequest& request, const DeskParts& parts) {
    auto destination = destination_named(request.room, parts.rooms);
    if (!destination.ok()) return std::move(destination).error();
    outbox::DeadFilter filter;
    filter.ids = request.ids;
    filter.destination = std::move(destination).value();
    filter.reason = request.reason;
    if (request.since) {
        filter.since = resilience::since_epoch(parts.clock.wall_now()) - *request.since;
    }
    return filter;
}

Result<cli::DeadReply> list(const cli::DeadRequest& request,
                            const outbox::DeadFilter& filter,
                            const DeskParts& parts) {
    auto found = outbox::find_dead(parts.outbox, filter, request.before, request.limit);
    if (!found.ok()) return std::move(found).error();
    cli::DeadReply reply;
    reply.matched = found.value().size();
    for (auto& letter : found.value()) {
        if (!request.with_content) letter.payload.clear();
        reply.items.push_back({.letter = std::move(letter), .done = true});
    }
    return reply;
}

}  // namespace

Result<cli::DeadReply> dead_now(const cli::DeadRequest& request, const DeskParts& parts) {
    const auto filter = filter_of(request, parts);
    if (!filter.ok()) return filter.error();
    if (request.verb == Verb::kList) return list(request, filter.value(), parts);
    outbox::DeadChange change;
    change.verb = request.verb == Verb::kDrop ? outbox::DeadChange::Verb::kDrop
                                              : outbox::DeadChange::Verb::kRedrive;
    change.now = resilience::since_epoch(parts.clock.wall_now());
    change.time = parts.config.delivery_deadline;
    change.dry_run = request.dry_run;
    if (parts.spool != nullptr) {
        change.has_file = [&parts](const std::string& hash) {
            std::error_code ignored;
            return std::filesystem::is_regular_file(parts.spool->path(hash), ignored);
        };
    }
    auto changed = outbox::change_dead(parts.outbox, filter.value(), change);
    if (!changed.ok()) return std::move(changed).error();
    cli::DeadReply reply;
    auto& outcomes = changed.value();
    reply.matched = outcomes.size();
    reply.changed = static_cast<std::uint64_t>(std::count_if(
        outcomes.begin(), outcomes.end(), [](const auto& outcome) { return outcome.done; }));
    std::stable_partition(outcomes.begin(), outcomes.end(),
                          [](const auto& outcome) { return !outcome.done; });
    outcomes.resize(std::min(outcomes.size(), cli::kDeadNamedMax));
    for (auto& outcome : outcomes) {
        reply.items.push_back({.letter = std::move(outcome.letter),
                               .done = outcome.done,
                               .detail = std::move(outcome.detail)});
    }
    return reply;
}

Result<cli::ReleaseReply> release_now(const cli::ReleaseRequest& request, const DeskParts& parts) {
    const auto holds = parts.outbox.read([](Store& store) { return store.holds(); });
    if (!holds.ok()) return holds.error();
    const auto now = resilience::since_epoch(parts.clock.wall_now());
    // A destination as `doctor` and the log print it needs no book of rooms.
    const auto wanted = destination_named(request.room, parts.rooms);
    cli::ReleaseReply reply;
    outbox::Batch batch;
    for (const auto& hold : holds.value()) {
        const bool meant = request.room.empty() || hold.destination == request.room ||
                           (wanted.ok() && hold.destination == wanted.value());
        if (!meant) continue;
        reply.released.push_back(hold.destination);
        batch.holds.push_back({hold.destination, false, now, {}});
    }
    if (reply.released.empty() && !request.room.empty()) {
        if (!wanted.ok()) return wanted.error();
        return resilience::permanent_error(wanted.value() + " is not held");
    }
    if (reply.released.empty()) return reply;
    auto applied = parts.outbox.apply(std::move(batch));
    if (!applied.ok()) return std::move(applied).error();
    parts.outbox.poke();
    return reply;
}

Result<cli::RunsReply> runs_of(outbox::Outbox& outbox, const cli::RunsRequest& request) {
    auto runs = outbox.read([&request](Store& store) { return store.runs(request.filter); });
    if (!runs.ok()) return std::move(runs).error();
    return cli::RunsReply{std::move(runs).value()};
}

Result<cli::StoreFacts> facts_of(outbox::Outbox& outbox) {
    auto facts = outbox.read([](Store& store) -> Result<cli::StoreFacts> {
        cli::StoreFacts read;
        auto counts = store.counts();
        if (!counts.ok()) return std::move(counts).error();
        read.counts = counts.value();
        auto holds = store.holds();
        if (!holds.ok()) return std::move(holds).error();
        read.holds = std::move(holds).value();
        auto held = store.setting("bot_hold");
        if (!held.ok()) return std::move(held).error();
        read.bot_hold = std::move(held).value();
        auto files = store.files_in_use();
        if (!files.ok()) return std::move(files).error();
        read.files = std::move(files).value();
        auto dead_files = store.files_of_dead();
        if (!dead_files.ok()) return std::move(dead_files).error();
        read.dead_files = std::move(dead_files).value();
        const auto newest = store.find({.limit = 1});
        if (!newest.ok()) return newest.error();
        if (!newest.value().empty()) read.newest = newest.value().front().accepted;
        return read;
    });
    if (!facts.ok()) return facts;
    const auto waiting = outbox::find_dead(outbox, {}, {}, cli::kUndecidedMax);
    if (!waiting.ok()) return waiting.error();
    facts.value().undecided = waiting.value().size();
    return facts;
}

Result<std::optional<cli::Timeline>> timeline_of(outbox::Outbox& outbox, outbox::DeliveryId id) {
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

}  // namespace bot::service
