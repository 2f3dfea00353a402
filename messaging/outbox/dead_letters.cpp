#include "messaging/outbox/dead_letters.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

namespace messaging::outbox {

using resilience::Result;

namespace {

constexpr std::uint32_t kPage = 200;
constexpr std::size_t kPerTransaction = 500;
// The rule under which a letter is put away that may have arrived. Its reason becomes "dropped", so
// this is what remembers it.
constexpr std::string_view kDropUncertain = "drop_uncertain";

bool meant(const DeadFilter& filter, const Delivery& letter) {
    if (letter.changed < filter.since) return false;
    if (filter.reason) return letter.reason == *filter.reason;
    return letter.reason != DeadReason::kCancelled && letter.reason != DeadReason::kDropped;
}

// One by its id; what is not there or not dead is an outcome, too.
Result<DeadOutcome> look_up(Outbox& outbox, DeliveryId id) {
    auto found = outbox.read([id](Store& store) { return store.get(id); });
    if (!found.ok()) return std::move(found).error();
    DeadOutcome outcome;
    outcome.letter.id = id;
    if (!found.value()) {
        outcome.detail = "there is no such delivery; ended ones are kept for a while only";
        return outcome;
    }
    outcome.letter = *std::move(found).value();
    outcome.done = outcome.letter.state == State::kDead;
    if (!outcome.done) outcome.detail = "it is " + std::string(to_string(outcome.letter.state));
    return outcome;
}

Result<std::vector<DeadOutcome>> gather(Outbox& outbox, const DeadFilter& filter) {
    std::vector<DeadOutcome> all;
    for (const auto id : filter.ids) {
        auto one = look_up(outbox, id);
        if (!one.ok()) return std::move(one).error();
        all.push_back(std::move(one).value());
    }
    DeliveryId before{};
    while (filter.ids.empty()) {
        auto page = find_dead(outbox, filter, before, kPage);
        if (!page.ok()) return std::move(page).error();
        if (page.value().empty()) break;
        before = page.value().back().id;
        for (auto& letter : page.value())
            all.push_back({.letter = std::move(letter), .done = true});
    }
    for (auto& outcome : all)
        outcome.letter.payload.clear();  // there may be many
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.letter.id < b.letter.id; });
    const auto twice = std::unique(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return a.letter.id == b.letter.id;
    });
    all.erase(twice, all.end());
    return all;
}

void check_files(std::vector<DeadOutcome>& all, const DeadChange& change) {
    if (change.verb != DeadChange::Verb::kRedrive || !change.has_file) return;
    for (auto& outcome : all) {
        const auto& file = outcome.letter.file;
        if (!outcome.done || !file || change.has_file(file->hash)) continue;
        outcome.done = false;
        outcome.detail = "its file " + file->name + " is no longer in the spool; send it anew";
    }
}

// One transaction.
Result<resilience::Done> apply(Outbox& outbox,
                               std::span<DeadOutcome> outcomes,
                               const DeadChange& change) {
    Batch batch;
    for (const auto& outcome : outcomes) {
        if (!outcome.done) continue;
        batch.transitions.push_back(
            change.verb == DeadChange::Verb::kDrop
                ? drop_of(outcome.letter, change.now)
                : redrive_of(outcome.letter, change.now, change.now + change.time));
    }
    if (batch.transitions.empty()) return resilience::Done{};
    auto applied = outbox.apply(std::move(batch));
    if (!applied.ok()) return std::move(applied).error();
    for (const auto id : applied.value().stale) {
        for (auto& outcome : outcomes) {
            if (outcome.letter.id != id) continue;
            outcome.done = false;
            outcome.detail = "somebody else has decided about it meanwhile";
        }
    }
    return resilience::Done{};
}

Result<std::vector<Delivery>> find_by_id(Outbox& outbox,
                                         std::vector<DeliveryId> ids,
                                         DeliveryId before,
                                         std::size_t limit) {
    std::vector<Delivery> letters;
    std::sort(ids.rbegin(), ids.rend());
    for (const auto id : ids) {
        if (letters.size() >= limit) break;
        if (before.value != 0 && id >= before) continue;
        auto found = outbox.read([id](Store& store) { return store.get(id); });
        if (!found.ok()) return std::move(found).error();
        const bool dead = found.value() && found.value()->state == State::kDead;
        if (dead) letters.push_back(*std::move(found).value());
    }
    return letters;
}

Result<std::vector<Delivery>> find_meant(Outbox& outbox,
                                         const DeadFilter& filter,
                                         DeliveryId before,
                                         std::size_t limit) {
    std::vector<Delivery> letters;
    Filter page{.state = State::kDead, .destination = filter.destination, .before = before};
    page.limit = kPage;
    while (letters.size() < limit) {
        auto found = outbox.read([&page](Store& store) { return store.find(page); });
        if (!found.ok()) return std::move(found).error();
        if (found.value().empty()) break;
        page.before = found.value().back().id;
        for (auto& letter : found.value()) {
            if (letters.size() < limit && meant(filter, letter)) {
                letters.push_back(std::move(letter));
            }
        }
    }
    return letters;
}

}  // namespace

bool may_have_arrived(const Delivery& delivery) {
    if (delivery.state == State::kUncertain) return true;
    if (delivery.state != State::kDead) return false;
    if (delivery.reason == DeadReason::kMaybeDelivered || delivery.repeats > 0) return true;
    return delivery.reason == DeadReason::kDropped && delivery.last.rule == kDropUncertain;
}

Transition redrive_of(const Delivery& letter, Millis now, Millis deadline) {
    Transition again;
    again.id = letter.id;
    again.from = State::kDead;
    again.attempt = letter.attempts;
    again.to = State::kPending;
    again.at = now;
    again.next = now;
    again.deadline = deadline;
    again.repeat = may_have_arrived(letter);
    again.note = {.rule = "redrive",
                  .detail = again.repeat ? "sent again on request, marked as a repeat"
                                         : "sent again on request"};
    return again;
}

Transition drop_of(const Delivery& letter, Millis now) {
    Transition drop;
    drop.id = letter.id;
    drop.from = State::kDead;
    drop.attempt = letter.attempts;
    drop.to = State::kDead;
    drop.reason = DeadReason::kDropped;
    drop.at = now;
    drop.note = {.rule = may_have_arrived(letter) ? std::string(kDropUncertain) : "drop",
                 .detail = "put away on request (was " + std::string(to_string(letter.reason)) +
                           (letter.last.detail.empty() ? ")" : ": " + letter.last.detail + ")")};
    return drop;
}

Result<std::vector<Delivery>> find_dead(Outbox& outbox,
                                        const DeadFilter& filter,
                                        DeliveryId before,
                                        std::size_t limit) {
    return filter.ids.empty() ? find_meant(outbox, filter, before, limit)
                              : find_by_id(outbox, filter.ids, before, limit);
}

Result<std::vector<DeadOutcome>> change_dead(Outbox& outbox,
                                             const DeadFilter& filter,
                                             const DeadChange& change) {
    auto gathered = gather(outbox, filter);
    if (!gathered.ok()) return gathered;
    auto& all = gathered.value();
    check_files(all, change);
    if (change.dry_run) return gathered;
    for (std::size_t done = 0; done < all.size(); done += kPerTransaction) {
        const auto count = std::min(kPerTransaction, all.size() - done);
        auto applied = apply(outbox, std::span(all).subspan(done, count), change);
        if (applied.ok()) continue;
        auto error = std::move(applied).error();
        error.message += "; of " + std::to_string(all.size()) + " dead letters " +
                         std::to_string(done) + " were changed before that";
        return error;
    }
    outbox.poke();
    return gathered;
}

}  // namespace messaging::outbox
