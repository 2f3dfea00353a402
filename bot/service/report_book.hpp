#pragma once

#include "bot/reports/run.hpp"
#include "messaging/outbox/outbox.hpp"
#include "resilience/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace bot::service {

/// Where runs of reports are written down, in the store of the outbox: one setting for each, and
/// one that lists them. Runs that have ended are kept up to a number. Thread-safe as the outbox is;
/// each function blocks for the store.
class ReportBook {
public:
    explicit ReportBook(messaging::outbox::Outbox& outbox, std::size_t kept = 50)
        : outbox_(outbox), kept_(kept) {}

    /// All runs, oldest first. A run that cannot be read is left out and named in `damaged`.
    resilience::Result<std::vector<reports::Run>> load(std::vector<std::string>& damaged) const;

    /// Writes `run` down and forgets the oldest ended ones beyond what is kept. `all` are the ids
    /// to be listed, oldest first, `ended` those of them that may be forgotten; both lose what is
    /// forgotten.
    resilience::Result<resilience::Done> write(const reports::Run& run,
                                               std::vector<std::string>& all,
                                               std::vector<std::string>& ended) const;

private:
    messaging::outbox::Outbox& outbox_;
    std::size_t kept_;
};

}  // namespace bot::service
