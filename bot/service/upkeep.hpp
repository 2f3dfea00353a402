#pragma once

#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/spool.hpp"
#include "resilience/clock.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>

namespace bot::service {

/// Clears away what is old: ended deliveries and runs after the retention time and beyond their
/// number, files in the spool that no delivery needs any more. In small bites, so that sending
/// never waits for it. Files of dead letters stay until somebody has decided, as long as the spool
/// is not half full.
class Upkeep {
public:
    struct Limits {
        std::chrono::days retention{30};
        std::uint64_t ended_max = 1'000'000;  ///< Ended deliveries that stay at most.
        std::uint64_t runs_max = 100'000;     ///< Runs that stay at most: some 20 MB.
        std::uint64_t spool_quota = 0;        ///< Bytes; 0: files of dead letters do not stay.
    };

    Upkeep(messaging::outbox::Outbox& outbox,
           messaging::outbox::Spool& spool,
           resilience::Clock& clock,
           const Limits& limits);

    /// Runs until stopped. Blocks.
    void run(const std::stop_token& stop);
    /// One round.
    void once();

private:
    using Bite = std::function<resilience::Result<std::size_t>(messaging::outbox::Store&)>;
    bool in_bites(const Bite& bite);
    void sweep_spool();

    messaging::outbox::Outbox& outbox_;
    messaging::outbox::Spool& spool_;
    resilience::Clock& clock_;
    const Limits limits_;
};

}  // namespace bot::service
