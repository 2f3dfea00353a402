#pragma once

#include "resilience/clock.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace bot::commands {

class Turn;

/// Work for one room.
struct Job {
    std::string room;  ///< Jobs of one room run one at a time, in order of submission or `asked`.
    /// May ignore its turn, unless it sets itself a limit.
    std::function<void(Turn&)> run;
    /// Called when `run` has thrown, on the same thread, or has outrun its limit, on another one:
    /// the place for the one notice to the user. What it throws itself is dropped. May be empty.
    std::function<void(const std::string& what)> failed = nullptr;
    /// Called in place of `failed` when it has outrun its limit. Empty: `failed` is called.
    std::function<void(const std::string& what)> hangs = nullptr;
    /// When it was asked for, in any unit: of the jobs that wait for their room, what was asked for
    /// earlier goes first, for events overtake each other. 0: behind all.
    std::int64_t asked = 0;
};

struct WorkerPoolOptions {
    std::size_t threads = 4;
    std::size_t queue_max = 1000;  ///< Jobs that wait; more are refused.
    /// Measures the limits of turns; must outlive the pool. Null: turns have no limits.
    resilience::Clock* clock = nullptr;
};

/// A fixed number of threads that work off jobs, rooms in parallel, each room in order.
///
/// A job that outruns its limit is given up: its user is told, its room and its place in the pool
/// go to others. The thread cannot be ended; it counts as stuck until the job returns by itself.
///
/// All functions may be called from any thread, `submit` also from a job.
class WorkerPool {
public:
    explicit WorkerPool(WorkerPoolOptions options);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    /// As `end`, and waits for stuck jobs too.
    ~WorkerPool();

    /// Queues a job. Returns false, at once and without a trace, when the queue is full or the pool
    /// is ending.
    bool submit(Job job);

    /// Waits until nothing waits or runs but what is stuck. Blocks; not from a job.
    void drain();

    /// Lets running jobs end (or outrun their limit), drops those that wait (they are still
    /// recorded as unanswered where they came from) and refuses new ones. Returns false when jobs
    /// are stuck: then whatever they use must stay. Blocks; not from a job; may be called again.
    bool end();

    /// Jobs that wait for a thread or for their room.
    std::size_t waiting() const;
    /// Jobs that were given up and have not returned.
    std::size_t stuck() const;
    /// So many are stuck that threads are missing: only a new process helps.
    bool crippled() const;

private:
    friend class Turn;
    struct Worker {
        std::thread thread;
        bool stuck = false;
        bool replaced = false;  // another thread works in its place
    };

    void start_worker();
    void work(Worker& self);
    void run_one(Job& job, Turn& turn);
    void leave_room(const std::string& room);
    void watch(const std::stop_token& stop);
    std::vector<std::shared_ptr<Turn>> overdue(resilience::Instant now);
    static void tell(const std::function<void(const std::string&)>& whom, const std::string& what);

    const WorkerPoolOptions options_;
    mutable std::mutex mutex_;  // Guards all below, and the state of turns.
    std::condition_variable_any changed_;
    // Every room with work, running or not. A room is in `ready_` or has a running job, never both.
    std::map<std::string, std::deque<Job>> rooms_;
    std::deque<std::string> ready_;
    std::size_t waiting_ = 0;
    std::size_t running_ = 0;
    std::size_t stuck_ = 0;
    bool ending_ = false;
    std::vector<std::shared_ptr<Turn>> limited_;  // running, with a limit, nothing taken yet

    std::list<Worker> workers_;
    std::jthread watcher_;
};

/// A running job's right to speak. Thread-safe.
class Turn : public std::enable_shared_from_this<Turn> {
public:
    /// From now on the job is given up after `time` unless it has taken the word by then. Once.
    void limit(resilience::Duration time);

    /// True: the job may act upon its result and is not given up any more. False: it was given up,
    /// its user was told, and the result must be dropped.
    bool take();

private:
    friend class WorkerPool;
    enum class State : std::uint8_t { kRunning, kTaken, kGivenUp, kEnded };

    Turn(WorkerPool& pool, WorkerPool::Worker& worker, const Job& job)
        : pool_(pool),
          worker_(worker),
          room_(job.room),
          failed_(job.failed),
          hangs_(job.hangs ? job.hangs : job.failed) {}

    WorkerPool& pool_;
    WorkerPool::Worker& worker_;
    const std::string room_;
    const std::function<void(const std::string&)> failed_;
    const std::function<void(const std::string&)> hangs_;
    State state_ = State::kRunning;
    resilience::Duration time_{0};
    resilience::Instant until_{};
};

}  // namespace bot::commands
