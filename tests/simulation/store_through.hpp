#pragma once

#include "messaging/outbox/store.hpp"

namespace simulation {

/// A store that hands everything on to another one; to be bent where a test needs it.
class StoreThrough : public messaging::outbox::Store {
public:
    template <class Value>
    using Result = resilience::Result<Value>;
    using Id = messaging::outbox::DeliveryId;
    using Millis = messaging::outbox::Millis;

    explicit StoreThrough(messaging::outbox::Store& inner) : inner_(inner) {}

    Result<messaging::outbox::Applied> apply(const messaging::outbox::Batch& batch) override {
        return inner_.apply(batch);
    }
    Result<std::vector<messaging::outbox::Intent>> recover(Millis now) override {
        return inner_.recover(now);
    }
    Result<std::optional<messaging::outbox::Delivery>> get(Id id) override {
        return inner_.get(id);
    }
    Result<std::vector<messaging::outbox::JournalEntry>> journal(Id id) override {
        return inner_.journal(id);
    }
    Result<std::vector<messaging::outbox::Delivery>> find(
        const messaging::outbox::Filter& filter) override {
        return inner_.find(filter);
    }
    Result<messaging::outbox::Counts> counts() override { return inner_.counts(); }
    Result<std::vector<messaging::outbox::RoomHold>> holds() override { return inner_.holds(); }
    Result<std::string> setting(std::string_view name) override { return inner_.setting(name); }
    Result<std::vector<messaging::outbox::InboundRecord>> inbound_open() override {
        return inner_.inbound_open();
    }
    Result<bool> knows_message(std::string_view id) override { return inner_.knows_message(id); }
    Result<std::vector<std::string>> files_in_use() override { return inner_.files_in_use(); }
    Result<std::vector<std::string>> files_of_dead() override { return inner_.files_of_dead(); }
    Result<std::size_t> trim(Millis older_than, std::size_t max) override {
        return inner_.trim(older_than, max);
    }
    Result<std::size_t> trim_to(std::uint64_t keep, std::size_t max) override {
        return inner_.trim_to(keep, max);
    }
    Result<std::vector<messaging::outbox::Run>> runs(
        const messaging::outbox::RunFilter& filter) override {
        return inner_.runs(filter);
    }
    Result<std::size_t> trim_runs(std::uint64_t keep, std::size_t max) override {
        return inner_.trim_runs(keep, max);
    }

protected:
    messaging::outbox::Store& inner_;
};

}  // namespace simulation
