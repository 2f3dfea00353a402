#include "bot/commands/worker_pool.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace bot::commands {

WorkerPool::WorkerPool(WorkerPoolOptions options) : queue_max_(options.queue_max) {
    const auto count = std::max<std::size_t>(options.threads, 1);
    for (std::size_t i = 0; i < count; ++i) {
        threads_.emplace_back([this] { work(); });
    }
}

WorkerPool::~WorkerPool() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_)
        thread.join();
}

bool WorkerPool::submit(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (ending_ || waiting_ >= queue_max_) return false;
        const auto [room, is_new] = rooms_.try_emplace(job.room);
        if (is_new) ready_.push_back(job.room);
        room->second.push_back(std::move(job));
        ++waiting_;
    }
    changed_.notify_all();
    return true;
}

void WorkerPool::drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ == 0 && running_ == 0; });
}

std::size_t WorkerPool::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_;
}

void WorkerPool::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return ending_ || !ready_.empty(); });
        if (ending_) return;
        const auto room = std::move(ready_.front());
        ready_.pop_front();
        auto job = std::move(rooms_.at(room).front());
        rooms_.at(room).pop_front();
        --waiting_;
        ++running_;
        lock.unlock();
        run_one(job);
        job = {};  // What it holds is released before the room goes on.
        lock.lock();
        --running_;
        // Behind the other rooms, so that a busy one cannot keep the threads to itself.
        if (rooms_.at(room).empty()) {
            rooms_.erase(room);
        } else {
            ready_.push_back(room);
        }
        changed_.notify_all();
    }
}

void WorkerPool::run_one(Job& job) const {
    std::string what = "an exception of unknown kind";
    try {
        job.run();
        return;
    } catch (const std::exception& error) {
        what = error.what();
    } catch (...) {  // NOLINT(bugprone-empty-catch): the text above stands for it.
    }
    try {
        if (job.failed) job.failed(what);
    } catch (...) {  // NOLINT(bugprone-empty-catch): there is nobody left to tell.
    }
}

}  // namespace bot::commands
