#pragma once

#include "messaging/outbox/memory_store.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/plan.hpp"
#include "tests/simulation/store_through.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace simulation {

/// So that it is there before the part of the disk that refers to it.
struct HasMemoryStore {
    messaging::outbox::MemoryStore store_ = messaging::outbox::MemoryStore();
};

/// The store on a disk that has the misfortunes of a plan. What the outbox has queued and not
/// written goes with the process; a transaction during which the power goes is kept or lost, and
/// nobody was told.
class Disk final : private HasMemoryStore, public StoreThrough {
public:
    using Applied = messaging::outbox::Applied;
    using Batch = messaging::outbox::Batch;

    Disk(const Plan& plan, const resilience::VirtualClock& clock, Ledger& ledger);

    /// The power goes for so long; called from within a write.
    std::function<void(milliseconds)> power_gone = {};
    /// A new process opens the store.
    void open();

    Result<Applied> apply(const Batch& batch) override;
    Result<std::vector<messaging::outbox::Intent>> recover(messaging::outbox::Millis now) override;

    /// How long the next write takes.
    milliseconds write_time() const;
    /// How often something was written, or tried.
    std::uint64_t writes() const { return writes_; }
    /// True while a misfortune keeps everything from being written.
    bool refuses() const;

private:
    struct Trouble {
        bool fails = false;
        bool unheard = false;
        std::optional<PlannedFault::Kind> cut = std::nullopt;
        milliseconds dark_for{0};
    };
    milliseconds at() const;
    Trouble next_trouble();
    void hand_out_unheard(const Batch& batch, Applied& applied);

    const Plan& plan_;
    const resilience::VirtualClock& clock_;
    const resilience::Instant begin_;
    Ledger& ledger_;
    std::vector<int> left_;  // by fault: how often it will still strike
    std::vector<messaging::outbox::Intent> unheard_;
    std::uint64_t writes_ = 0;
    bool dark_ = false;  // the power is gone
};

}  // namespace simulation
