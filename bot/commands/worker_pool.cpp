#include "bot/commands/worker_pool.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
#include <utility>

namespace bot::commands {
namespace {

// Each stuck job keeps a thread. From so many on the pool shrinks instead of growing: whatever
// hangs them will hang the next one, too.
constexpr std::size_t kReplacedMax = 16;

}  // namespace

WorkerPool::WorkerPool(WorkerPoolOptions options) : options_(options) {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < std::max<std::size_t>(options_.threads, 1); ++i)
        start_worker();
    if (options_.clock != nullptr) {
        watcher_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
    }
}

WorkerPool::~WorkerPool() {
    end();
    for (auto& worker : workers_)
        worker.thread.join();
}

// With the lock held.
void WorkerPool::start_worker() {
    auto& worker = workers_.emplace_back();
    worker.thread = std::thread([this, &worker] { work(worker); });
}

bool WorkerPool::submit(Job job) {
    {
        const std::scoped_lock lock(mutex_);
        if (ending_ || waiting_ >= options_.queue_max) return false;
        const auto [room, is_new] = rooms_.try_emplace(job.room);
        if (is_new) ready_.push_back(job.room);
        auto& queue = room->second;
        auto place = queue.end();
        while (job.asked != 0 && place != queue.begin() && std::prev(place)->asked > job.asked)
            --place;
        queue.insert(place, std::move(job));
        ++waiting_;
    }
    changed_.notify_all();
    return true;
}

void WorkerPool::drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ == 0 && running_ == 0; });
}

bool WorkerPool::end() {
    std::list<Worker> ended;
    {
        std::unique_lock lock(mutex_);
        ending_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return running_ == 0; });
    }
    // The watcher may still start a worker, so it goes first.
    watcher_ = {};
    bool clean = false;
    {
        const std::scoped_lock lock(mutex_);
        for (auto worker = workers_.begin(); worker != workers_.end();) {
            const auto next = std::next(worker);
            if (!worker->stuck) ended.splice(ended.end(), workers_, worker);
            worker = next;
        }
        clean = workers_.empty();
    }
    for (auto& worker : ended)
        worker.thread.join();
    return clean;
}

std::size_t WorkerPool::waiting() const {
    const std::scoped_lock lock(mutex_);
    return waiting_;
}

std::size_t WorkerPool::stuck() const {
    const std::scoped_lock lock(mutex_);
    return stuck_;
}

bool WorkerPool::crippled() const {
    return stuck() > kReplacedMax;
}

void WorkerPool::work(Worker& self) {
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
        const std::shared_ptr<Turn> turn(new Turn(*this, self, job));
        lock.unlock();
        run_one(job, *turn);
        job = {};  // What it holds is released before the room goes on.
        lock.lock();
        std::erase(limited_, turn);
        if (std::exchange(turn->state_, Turn::State::kEnded) == Turn::State::kGivenUp) {
            --stuck_;
            self.stuck = false;
            if (self.replaced) return;
            continue;
        }
        --running_;
        leave_room(room);
        changed_.notify_all();
    }
}

// With the lock held.
void WorkerPool::leave_room(const std::string& room) {
    // Behind the other rooms, so that a busy one cannot keep the threads to itself.
    if (rooms_.at(room).empty()) {
        rooms_.erase(room);
    } else {
        ready_.push_back(room);
    }
}

void WorkerPool::run_one(Job& job, Turn& turn) {
    std::string what = "an exception of unknown kind";
    try {
        job.run(turn);
        return;
    } catch (const std::exception& error) {
        what = error.what();
    } catch (...) {  // NOLINT(bugprone-empty-catch): the text above stands for it.
    }
    {
        const std::scoped_lock lock(mutex_);
        if (turn.state_ == Turn::State::kGivenUp) return;  // The user was told.
        turn.state_ = Turn::State::kTaken;
    }
    tell(turn.failed_, what);
}

void WorkerPool::tell(const std::function<void(const std::string&)>& whom,
                      const std::string& what) {
    try {
        if (whom) whom(what);
    } catch (...) {  // NOLINT(bugprone-empty-catch): there is nobody left to tell.
    }
}

// Gives up what outruns its limit. Limits are set by turns that run now, so the next one to pass is
// among `limited_`; one that is set meanwhile may pass earlier and is then found late by as much as
// the two limits differ.
void WorkerPool::watch(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !limited_.empty(); }) &&
           !stop.stop_requested()) {
        const auto next =
            std::min_element(limited_.begin(), limited_.end(),
                             [](const auto& a, const auto& b) { return a->until_ < b->until_; });
        const auto until = (*next)->until_;
        lock.unlock();
        options_.clock->sleep_until(until, stop);
        lock.lock();
        const auto late = overdue(options_.clock->now());
        lock.unlock();
        for (const auto& turn : late) {
            const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(turn->time_);
            tell(turn->hangs_,
                 "it hangs: no answer within " + std::to_string(seconds.count()) + " s");
        }
        lock.lock();
        // Only now: whoever waits for the pool may count on the notices.
        for (const auto& turn : late) {
            --running_;
            leave_room(turn->room_);
        }
        if (!late.empty()) changed_.notify_all();
    }
}

// With the lock held: takes out the turns whose limit has passed and gives them up.
std::vector<std::shared_ptr<Turn>> WorkerPool::overdue(resilience::Instant now) {
    std::vector<std::shared_ptr<Turn>> late;
    for (const auto& turn : limited_) {
        if (turn->state_ == Turn::State::kRunning && turn->until_ <= now) late.push_back(turn);
    }
    for (const auto& turn : late) {
        std::erase(limited_, turn);
        turn->state_ = Turn::State::kGivenUp;
        auto& worker = turn->worker_;
        worker.stuck = true;
        worker.replaced = ++stuck_ <= kReplacedMax;
        if (worker.replaced) start_worker();
    }
    return late;
}

void Turn::limit(resilience::Duration time) {
    if (pool_.options_.clock == nullptr) return;
    {
        const std::scoped_lock lock(pool_.mutex_);
        if (state_ != State::kRunning || time_.count() > 0) return;
        time_ = time;
        until_ = pool_.options_.clock->now() + time;
        pool_.limited_.push_back(shared_from_this());
    }
    pool_.changed_.notify_all();
}

bool Turn::take() {
    const std::scoped_lock lock(pool_.mutex_);
    if (state_ == State::kGivenUp) return false;
    state_ = State::kTaken;
    std::erase_if(pool_.limited_, [this](const auto& turn) { return turn.get() == this; });
    return true;
}

}  // namespace bot::commands
