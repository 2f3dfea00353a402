#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bot::commands {

/// Work for one room.
struct Job {
    std::string room;  ///< Jobs of one room run one at a time, in order of submission.
    std::function<void()> run;
    /// Called on the same thread when `run` has thrown: the place for the one notice to the user.
    /// What it throws itself is dropped. May be empty.
    std::function<void(const std::string& what)> failed = nullptr;
};

struct WorkerPoolOptions {
    std::size_t threads = 4;
    std::size_t queue_max = 1000;  ///< Jobs that wait; more are refused.
};

/// A fixed number of threads that work off jobs, rooms in parallel, each room in order.
///
/// All functions may be called from any thread, `submit` also from a job. The destructor lets
/// running jobs end, drops those that wait (they are still recorded as unanswered where they came
/// from) and joins the threads.
class WorkerPool {
public:
    explicit WorkerPool(WorkerPoolOptions options);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    ~WorkerPool();

    /// Queues a job. Returns false, at once and without a trace, when the queue is full or the pool
    /// is ending.
    bool submit(Job job);

    /// Waits until nothing waits or runs. Blocks; not from a job.
    void drain();

    /// Jobs that wait for a thread or for their room.
    std::size_t waiting() const;

private:
    void work();
    void run_one(Job& job) const;

    const std::size_t queue_max_;
    mutable std::mutex mutex_;  // Guards all below.
    std::condition_variable changed_;
    // Every room with work, running or not. A room is in `ready_` or has a running job, never both.
    std::map<std::string, std::deque<Job>> rooms_;
    std::deque<std::string> ready_;
    std::size_t waiting_ = 0;
    std::size_t running_ = 0;
    bool ending_ = false;

    std::vector<std::thread> threads_;
};

}  // namespace bot::commands
