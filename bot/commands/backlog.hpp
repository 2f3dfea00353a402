#pragma once

#include "bot/commands/worker_pool.hpp"

#include <deque>
#include <mutex>

namespace bot::commands {

/// Work for a pool whose queue may be full: what it refuses waits here, in order, until a job of
/// this backlog has left the queue. Thread-safe; must outlive its jobs. (What the end of the pool
/// finds here is never run.)
class Backlog {
public:
    explicit Backlog(WorkerPool& pool) : pool_(pool) {}

    /// Never blocks and never refuses.
    void submit(Job job);

private:
    void hand_over();

    WorkerPool& pool_;
    std::mutex mutex_;  // guards waiting_
    std::deque<Job> waiting_;
};

}  // namespace bot::commands
