#pragma once

#include "messaging/outbox/memory_store.hpp"
#include "messaging/outbox/store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

/// A store in memory with the troubles of a disk.
class TroubledStore final : public messaging::outbox::Store {
public:
    using Journal = std::vector<messaging::outbox::JournalEntry>;

    bool unreadable = false;
    std::function<void()> before_apply = [] {};

    resilience::Result<messaging::outbox::Applied> apply(
        const messaging::outbox::Batch& batch) override {
        before_apply();
        return store_.apply(batch);
    }
    resilience::Result<std::vector<messaging::outbox::Intent>> recover(
        messaging::outbox::Millis now) override {
        return store_.recover(now);
    }
    resilience::Result<std::optional<messaging::outbox::Delivery>> get(
        messaging::outbox::DeliveryId id) override {
        if (unreadable) return resilience::permanent_error("the disk does not answer");
        return store_.get(id);
    }
    resilience::Result<Journal> journal(messaging::outbox::DeliveryId id) override {
        return store_.journal(id);
    }
    resilience::Result<std::vector<messaging::outbox::Delivery>> find(
        const messaging::outbox::Filter& filter) override {
        return store_.find(filter);
    }
    resilience::Result<messaging::outbox::Counts> counts() override {
        if (unreadable) return resilience::permanent_error("the disk does not answer");
        return store_.counts();
    }
    resilience::Result<std::vector<messaging::outbox::RoomHold>> holds() override {
        return store_.holds();
    }
    resilience::Result<std::string> setting(std::string_view name) override {
        return store_.setting(name);
    }
    resilience::Result<std::vector<messaging::outbox::InboundRecord>> inbound_open() override {
        return store_.inbound_open();
    }
    resilience::Result<bool> knows_message(std::string_view id) override {
        return store_.knows_message(id);
    }
    resilience::Result<std::vector<std::string>> files_in_use() override {
        return store_.files_in_use();
    }
    resilience::Result<std::vector<std::string>> files_of_dead() override {
        return store_.files_of_dead();
    }
    resilience::Result<std::size_t> trim_to(std::uint64_t keep, std::size_t max) override {
        return store_.trim_to(keep, max);
    }
    resilience::Result<std::vector<messaging::outbox::Run>> runs(
        const messaging::outbox::RunFilter& filter) override {
        if (unreadable) return resilience::permanent_error("the disk does not answer");
        return store_.runs(filter);
    }
    resilience::Result<std::size_t> trim_runs(std::uint64_t keep, std::size_t max) override {
        return store_.trim_runs(keep, max);
    }
    resilience::Result<std::size_t> trim(messaging::outbox::Millis older_than,
                                         std::size_t max) override {
        return store_.trim(older_than, max);
    }

private:
    messaging::outbox::MemoryStore store_;
};

}  // namespace tests
