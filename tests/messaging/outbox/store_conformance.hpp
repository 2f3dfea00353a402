#pragma once

#include "messaging/outbox/memory_store.hpp"
#include "messaging/outbox/store.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// What the conformance suite asks of a store under test: open it, and open it again as a new
/// process would after a crash.
namespace store_conformance {

using namespace messaging::outbox;

class MemorySubject {
public:
    explicit MemorySubject(std::uint64_t pending_limit = 1'000'000) : store_{pending_limit} {}
    Store& store() { return store_; }
    void restart() { store_.crash(); }

private:
    MemoryStore store_;
};

inline constexpr Millis kStart{1'795'312'800'000};
inline constexpr Millis kHour{3'600'000};

inline NewDelivery message(std::uint64_t id,
                           std::string destination = "room:a",
                           Priority priority = Priority::kBulk) {
    return {.id = DeliveryId{id},
            .destination = std::move(destination),
            .priority = priority,
            .payload = R"({"text":"number )" + std::to_string(id) + R"("})",
            .accepted = kStart,
            .deadline = kStart + kHour,
            .origin = "test"};
}

inline NewDelivery keyed(NewDelivery delivery, std::string key) {
    delivery.key = std::move(key);
    delivery.key_expires = delivery.accepted + 24 * kHour;
    return delivery;
}

inline NewDelivery scheduled(NewDelivery delivery, Millis not_before) {
    delivery.not_before = not_before;
    delivery.deadline = not_before + kHour;
    return delivery;
}

inline NewDelivery with_file(NewDelivery delivery, std::string hash) {
    delivery.file = SpooledFile{std::move(hash), "a.png", "image/png", 123};
    return delivery;
}

/// The verbs of the tests: each is one `apply` that must succeed.
template <class Subject>
class Desk {
public:
    template <class... Args>
    explicit Desk(Args&&... args) : subject_{std::forward<Args>(args)...} {}

    Store& store() { return subject_.store(); }

    Applied apply(const Batch& batch) {
        auto applied = store().apply(batch);
        INFO((applied.ok() ? std::string{} : applied.error().message));
        REQUIRE(applied.ok());
        return std::move(applied).value();
    }
    Added add(const NewDelivery& delivery) { return apply({.add = {delivery}}).added.at(0); }
    void add_all(const std::vector<NewDelivery>& deliveries) {
        for (const auto& added : apply({.add = deliveries}).added) {
            REQUIRE(added.kind == Added::Kind::kStored);
        }
    }
    std::vector<Intent> claim(std::uint32_t max, Millis now = kStart) {
        return apply({.claim = {max, now}}).intents;
    }
    std::vector<std::uint64_t> claim_ids(std::uint32_t max, Millis now = kStart) {
        std::vector<std::uint64_t> ids;
        for (const auto& intent : claim(max, now))
            ids.push_back(intent.id.value);
        return ids;
    }
    std::vector<DeliveryId> expire(Millis now) { return apply({.claim = {0, now}}).expired; }
    /// True when the transition matched.
    bool move(const Transition& transition) {
        return apply({.transitions = {transition}}).stale.empty();
    }
    bool move_to(const Intent& intent, State to, Millis at = kStart) {
        return move({.id = intent.id, .attempt = intent.attempt, .to = to, .at = at});
    }
    bool deliver(const Intent& intent, Millis at = kStart) {
        return move({.id = intent.id,
                     .attempt = intent.attempt,
                     .at = at,
                     .message_id = "message-" + std::to_string(intent.id.value)});
    }
    bool retry(const Intent& intent, Millis next) {
        return move({.id = intent.id,
                     .attempt = intent.attempt,
                     .to = State::kPending,
                     .at = intent.started,
                     .next = next,
                     .note = {.status = 503, .rule = "http_503"}});
    }
    bool cancel(std::uint64_t id, std::uint32_t attempt = 0) {
        return move({.id = DeliveryId{id},
                     .from = State::kPending,
                     .attempt = attempt,
                     .to = State::kDead,
                     .reason = DeadReason::kCancelled,
                     .at = kStart});
    }
    void hold(const std::string& destination, bool held = true) {
        apply({.holds = {{destination, held, kStart, "add the bot to the room"}}});
    }
    Delivery get(std::uint64_t id) {
        auto found = store().get(DeliveryId{id});
        REQUIRE(found.ok());
        REQUIRE(found.value().has_value());
        return *std::move(found).value();
    }
    State state(std::uint64_t id) { return get(id).state; }
    std::vector<JournalEntry> journal(std::uint64_t id) {
        auto entries = store().journal(DeliveryId{id});
        REQUIRE(entries.ok());
        return std::move(entries).value();
    }
    std::vector<State> timeline(std::uint64_t id) {
        std::vector<State> states;
        for (const auto& entry : journal(id))
            states.push_back(entry.to);
        return states;
    }
    Counts counts() {
        auto counts = store().counts();
        REQUIRE(counts.ok());
        return counts.value();
    }
    std::vector<std::uint64_t> find(const Filter& filter) {
        auto page = store().find(filter);
        INFO((page.ok() ? std::string{} : page.error().message));
        REQUIRE(page.ok());
        std::vector<std::uint64_t> ids;
        for (const auto& delivery : page.value())
            ids.push_back(delivery.id.value);
        return ids;
    }
    /// Ends the process without warning and starts a new one.
    std::vector<Intent> restart(Millis now = kStart) {
        subject_.restart();
        auto uncertain = store().recover(now);
        REQUIRE(uncertain.ok());
        return std::move(uncertain).value();
    }
    void crash() { subject_.restart(); }

private:
    Subject subject_;
};

using Ids = std::vector<std::uint64_t>;

}  // namespace store_conformance
