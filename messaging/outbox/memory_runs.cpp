#include "messaging/outbox/memory_runs.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace messaging::outbox {

void MemoryRuns::put(const Run& run) {
    const auto [known, is_new] = runs_.try_emplace(run.id, run);
    if (is_new || known->second.end != RunEnd::kRunning) return;
    known->second.took = run.took;
    known->second.end = run.end;
    known->second.reason = run.reason;
}

void MemoryRuns::interrupt() {
    for (auto& [id, run] : runs_) {
        if (run.end != RunEnd::kRunning) continue;
        run.end = RunEnd::kInterrupted;
        run.reason = kRunInterrupted;
    }
}

std::vector<Run> MemoryRuns::find(const RunFilter& filter) const {
    std::vector<Run> page;
    const auto end = filter.before == 0 ? runs_.end() : runs_.lower_bound(filter.before);
    for (auto it = std::make_reverse_iterator(end); it != runs_.rend(); ++it) {
        if (page.size() >= filter.limit) break;
        const Run& run = it->second;
        if (filter.kind && run.kind != *filter.kind) continue;
        if (!filter.name.empty() && run.name != filter.name) continue;
        page.push_back(run);
    }
    return page;
}

std::size_t MemoryRuns::trim(Millis older_than, std::size_t max) {
    std::vector<std::pair<Millis, std::uint64_t>> old;
    for (const auto& [id, run] : runs_) {
        if (run.end != RunEnd::kRunning && run.started < older_than) {
            old.emplace_back(run.started, id);
        }
    }
    std::sort(old.begin(), old.end());
    old.resize(std::min(old.size(), max));
    for (const auto& [started, id] : old)
        runs_.erase(id);
    return old.size();
}

}  // namespace messaging::outbox
