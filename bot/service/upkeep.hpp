#pragma once

#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/spool.hpp"
#include "resilience/clock.hpp"

#include <chrono>
#include <stop_token>

namespace bot::service {

/// Clears away what is old: ended deliveries after the retention time, files in the spool that no
/// delivery needs any more. In small bites, so that sending never waits for it.
class Upkeep {
public:
    Upkeep(messaging::outbox::Outbox& outbox,
           messaging::outbox::Spool& spool,
           resilience::Clock& clock,
           std::chrono::days retention);

    /// Runs until stopped. Blocks.
    void run(const std::stop_token& stop);
    /// One round.
    void once();

private:
    messaging::outbox::Outbox& outbox_;
    messaging::outbox::Spool& spool_;
    resilience::Clock& clock_;
    const std::chrono::days retention_;
};

}  // namespace bot::service
