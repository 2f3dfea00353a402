#include "bot/service/upkeep.hpp"

#include "bot/log/log.hpp"

namespace bot::service {

using messaging::outbox::Store;

namespace {

constexpr auto kRound = std::chrono::minutes{10};
constexpr std::size_t kRowsMax = 1'000;  // a transaction of some milliseconds
constexpr int kBitesMax = 1'000;
// A file is spooled before its delivery is accepted: what is young may be about to be needed.
constexpr auto kOrphanAge = std::chrono::hours{1};

}  // namespace

Upkeep::Upkeep(messaging::outbox::Outbox& outbox,
               messaging::outbox::Spool& spool,
               resilience::Clock& clock,
               const Limits& limits)
    : outbox_(outbox), spool_(spool), clock_(clock), limits_(limits) {}

void Upkeep::run(const std::stop_token& stop) {
    do {
        once();
    } while (clock_.sleep_until(clock_.now() + kRound, stop));
}

void Upkeep::once() {
    const auto now = resilience::since_epoch(clock_.wall_now());
    const auto older_than =
        now - std::chrono::duration_cast<std::chrono::milliseconds>(limits_.retention);
    const bool trimmed =
        in_bites([older_than](Store& store) { return store.trim(older_than, kRowsMax); }) &&
        in_bites([this](Store& store) { return store.trim_to(limits_.ended_max, kRowsMax); }) &&
        in_bites([this](Store& store) { return store.trim_runs(limits_.runs_max, kRowsMax); });
    if (trimmed) sweep_spool();
}

// False when the store refuses.
bool Upkeep::in_bites(const Bite& bite) {
    for (int count = 0; count < kBitesMax; ++count) {
        const auto gone = outbox_.read(bite);
        if (!gone.ok()) {
            log::error("what is old cannot be cleared away", {{"why", gone.error().message}});
            return false;
        }
        if (gone.value() < kRowsMax) break;
    }
    return true;
}

void Upkeep::sweep_spool() {
    auto used = outbox_.read([](Store& store) { return store.files_in_use(); });
    if (!used.ok()) return;
    if (spool_.used() <= limits_.spool_quota / 2) {
        auto dead = outbox_.read([](Store& store) { return store.files_of_dead(); });
        if (!dead.ok()) return;
        used.value().insert(used.value().end(), dead.value().begin(), dead.value().end());
    }
    const auto now = resilience::since_epoch(clock_.wall_now());
    const auto swept = spool_.sweep(used.value(), now - kOrphanAge);
    if (!swept.ok()) log::warn("the spool cannot be swept", {{"why", swept.error().message}});
}

}  // namespace bot::service
