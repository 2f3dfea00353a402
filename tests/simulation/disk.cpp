#include "tests/simulation/disk.hpp"

#include "messaging/outbox/rules.hpp"

#include <algorithm>
#include <iterator>

namespace simulation {

using namespace std::chrono_literals;
using namespace messaging::outbox;
using Kind = PlannedFault::Kind;

namespace {

resilience::Error trouble(const char* text) {
    return {.cls = resilience::ErrorClass::kAmbiguous,
            .scope = resilience::Scope::kBot,
            .message = text,
            .rule = "simulated"};
}

bool strikes_writes(Kind kind) {
    return kind == Kind::kCutBefore || kind == Kind::kCutAfter || kind == Kind::kWriteFails ||
           kind == Kind::kAnswerLost;
}

}  // namespace

Disk::Disk(const Plan& plan, const resilience::VirtualClock& clock, Ledger& ledger)
    : StoreThrough(store_), plan_(plan), clock_(clock), begin_(clock.now()), ledger_(ledger) {
    for (const auto& fault : plan.faults) {
        const bool cuts = fault.kind == Kind::kCutBefore || fault.kind == Kind::kCutAfter;
        left_.push_back(!strikes_writes(fault.kind) ? 0 : cuts ? 1 : fault.count);
    }
}

milliseconds Disk::at() const {
    return std::chrono::floor<milliseconds>(clock_.now() - begin_);
}

milliseconds Disk::write_time() const {
    for (const auto& fault : plan_.faults) {
        const bool now = at() >= fault.from && at() < fault.to;
        if (fault.kind == Kind::kSlowDisk && now) return fault.wait;
    }
    return 2ms;
}

bool Disk::refuses() const {
    return std::any_of(plan_.faults.begin(), plan_.faults.end(), [this](const auto& fault) {
        return fault.kind == Kind::kDiskFull && at() >= fault.from && at() < fault.to;
    });
}

Disk::Trouble Disk::next_trouble() {
    Trouble trouble;
    trouble.fails = refuses();
    for (std::size_t i = 0; i < left_.size() && !trouble.fails; ++i) {
        const auto& fault = plan_.faults[i];
        if (left_[i] == 0 || at() < fault.from) continue;
        --left_[i];
        if (fault.kind == Kind::kWriteFails) trouble.fails = true;
        if (fault.kind == Kind::kAnswerLost) trouble.unheard = true;
        if (fault.kind == Kind::kCutBefore || fault.kind == Kind::kCutAfter) {
            trouble.cut = fault.kind;
            trouble.dark_for = fault.wait;
        }
        break;
    }
    return trouble;
}

Disk::Result<Applied> Disk::apply(const Batch& batch) {
    ++writes_;
    if (dark_) return trouble("the power is gone");
    const auto next = next_trouble();
    if (next.fails) {
        ledger_.note("   a write fails");
        return disk_full_error("in memory");
    }
    if (next.cut) {
        ledger_.note("the power goes during a write");
        dark_ = true;
        if (power_gone) power_gone(next.dark_for);
        if (next.cut == Kind::kCutBefore) return trouble("the power is gone");
    }
    auto applied = store_.apply(batch);
    if (!applied.ok()) return applied;
    ledger_.on_applied(batch, applied.value(), store_);
    if (dark_) return trouble("the power is gone");
    if (next.unheard) {
        ledger_.note("   a write succeeds unheard");
        auto& taken = applied.value().intents;
        std::move(taken.begin(), taken.end(), std::back_inserter(unheard_));
        return trouble("written, but the answer was lost");
    }
    hand_out_unheard(batch, applied.value());
    return applied;
}

// Nobody has acted on them, so the next who claims gets them, as every store promises.
void Disk::hand_out_unheard(const Batch& batch, Applied& applied) {
    while (!unheard_.empty() && applied.intents.size() < batch.claim.max) {
        applied.intents.push_back(std::move(unheard_.back()));
        unheard_.pop_back();
    }
}

Disk::Result<std::vector<Intent>> Disk::recover(Millis now) {
    if (refuses()) return disk_full_error("in memory");
    unheard_.clear();
    auto uncertain = store_.recover(now);
    if (uncertain.ok()) ledger_.on_recovered(uncertain.value());
    return uncertain;
}

void Disk::open() {
    dark_ = false;
    unheard_.clear();
    store_.crash();
}

}  // namespace simulation
