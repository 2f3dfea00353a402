#pragma once

#include "messaging/outbox/run.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace messaging::outbox {

/// The run ledger of a MemoryStore; the same rules as SqliteRuns. Not thread-safe.
class MemoryRuns {
public:
    void put(const Run& run);
    void interrupt();
    std::vector<Run> find(const RunFilter& filter) const;
    std::uint64_t count() const { return runs_.size(); }
    std::size_t trim(Millis older_than, std::size_t max);

private:
    std::map<std::uint64_t, Run> runs_;
};

}  // namespace messaging::outbox
