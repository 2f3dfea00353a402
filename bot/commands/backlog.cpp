#include "bot/commands/backlog.hpp"

#include <utility>

namespace bot::commands {

void Backlog::submit(Job job) {
    job.run = [this, run = std::move(job.run)](Turn& turn) {
        {
            // This job has left the queue: there is room for another.
            const std::scoped_lock lock(mutex_);
            hand_over();
        }
        run(turn);
    };
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(job));
    hand_over();
}

// With the lock held: the job that makes room must see what was refused.
void Backlog::hand_over() {
    while (!waiting_.empty()) {
        if (!pool_.submit(waiting_.front())) return;
        waiting_.pop_front();
    }
}

}  // namespace bot::commands
