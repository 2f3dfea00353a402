#include "messaging/outbox/outbox.hpp"

#include "messaging/outbox/rules.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace messaging::outbox {

using resilience::Result;

struct Outbox::Job {
    Batch batch;
    Done done = {};     // for submit
    bool heap = false;  // owned by the queue
    bool poke = false;
    bool finished = false;  // for callers that wait
    std::condition_variable wake = {};
    std::optional<Result<Applied>> result = std::nullopt;
};

struct Outbox::Watch {
    std::mutex mutex;
    std::condition_variable wake;
    bool ended = false;
};

namespace {

std::size_t rows(const Batch& batch) {
    return batch.add.size() + batch.transitions.size() + batch.inbound.size() +
           batch.inbound_done.size() + 1;
}

bool ends(State state) {
    return state == State::kDelivered || state == State::kDead;
}

}  // namespace

Outbox::Outbox(Store& store, const resilience::Clock& clock, OutboxOptions options)
    : store_(store), clock_(clock), options_(options) {
    // Ids must grow even when the clock was set back since the last run.
    const auto newest = store_.find({.limit = 1});
    if (newest.ok() && !newest.value().empty()) last_id_ = newest.value().front().id.value;
}

Outbox::~Outbox() {
    for (const Job* job : queue_) {
        if (job->heap) delete job;
    }
}

Result<std::vector<Added>> Outbox::add(std::vector<NewDelivery> deliveries) {
    return add_with(std::move(deliveries), false);
}

Result<std::vector<Added>> Outbox::add_watched(std::vector<NewDelivery> deliveries) {
    return add_with(std::move(deliveries), true);
}

Result<std::vector<Added>> Outbox::add_with(std::vector<NewDelivery> deliveries, bool watched) {
    Job job{.batch = {.add = std::move(deliveries)}};
    const auto now = resilience::since_epoch(clock_.wall_now());
    std::vector<DeliveryId> ids;
    {
        std::unique_lock lock(mutex_);
        // The id is given and the job queued under one lock: order of ids is order of commits.
        for (auto& delivery : job.batch.add) {
            const bool first = ids.empty();
            delivery.together = first ? static_cast<std::uint32_t>(job.batch.add.size()) : 1;
            delivery.id = next_id(now);
            delivery.accepted = now;
            ids.push_back(delivery.id);
            if (watched) watches_.emplace(delivery.id.value, std::make_shared<Watch>());
        }
        queue_.push_back(&job);
        if (!leading_) {
            lead(lock, &job);
        }
        job.wake.wait(lock, [&job] { return job.finished; });
        const bool accepted = job.result->ok();
        for (std::size_t i = 0; watched && i < ids.size(); ++i) {
            const bool stored =
                accepted && job.result->value().added[i].kind == Added::Kind::kStored;
            if (!stored) watches_.erase(ids[i].value);
        }
    }
    if (!job.result->ok()) return job.result->error();
    return std::move(job.result->value().added);
}

Result<Delivery> Outbox::wait(DeliveryId id, std::chrono::milliseconds limit) {
    std::shared_ptr<Watch> watch;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = watches_.find(id.value);
        if (found != watches_.end()) watch = found->second;
    }
    if (watch) {
        std::unique_lock lock(watch->mutex);
        watch->wake.wait_for(lock, limit, [&watch] { return watch->ended; });
    }
    {
        const std::scoped_lock lock(mutex_);
        watches_.erase(id.value);
    }
    auto found = read([id](Store& store) { return store.get(id); });
    if (!found.ok()) return found.error();
    if (!found.value()) {
        return resilience::permanent_error("no delivery " + to_string(id) + " in the store");
    }
    return std::move(*found.value());
}

Result<Applied> Outbox::apply(Batch batch) {
    Job job{.batch = std::move(batch)};
    std::unique_lock lock(mutex_);
    queue_.push_back(&job);
    if (!leading_) lead(lock, &job);
    job.wake.wait(lock, [&job] { return job.finished; });
    return std::move(*job.result);
}

void Outbox::submit(Batch batch, Done done) {
    auto job = std::make_unique<Job>();
    job->batch = std::move(batch);
    job->done = std::move(done);
    job->heap = true;
    std::unique_lock lock(mutex_);
    queue_.push_back(job.release());
    if (leading_) return;
    if (options_.inline_commits) {
        lead(lock, nullptr);
    } else {
        work_.notify_one();
    }
}

void Outbox::set_claimant(Claimant claimant) {
    claimant_ = std::move(claimant);
}

void Outbox::grant(std::uint32_t more) {
    const std::scoped_lock lock(mutex_);
    credit_ += more;
}

void Outbox::revoke() {
    const std::scoped_lock lock(mutex_);
    credit_ = 0;
    ++credit_epoch_;
}

void Outbox::poke() {
    auto job = std::make_unique<Job>();
    job->heap = true;
    job->poke = true;
    std::unique_lock lock(mutex_);
    queue_.push_back(job.release());
    if (leading_) return;
    if (options_.inline_commits) {
        lead(lock, nullptr);
    } else {
        work_.notify_one();
    }
}

void Outbox::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    running_ = true;
    while (true) {
        work_.wait(lock, stop, [this] { return !queue_.empty() && !leading_; });
        if (queue_.empty() || leading_) break;  // stopped
        lead(lock, nullptr);
    }
    running_ = false;
}

// Commits until the queue is empty, or, for a caller that only wants its own job done, until that
// job is; the thread in `run` takes over then.
void Outbox::lead(std::unique_lock<std::mutex>& lock, const Job* own) {
    leading_ = true;
    std::vector<Job*> jobs;
    while (!queue_.empty()) {
        if (own != nullptr && own->finished && running_) break;
        std::size_t count = 0;
        std::size_t taken = 0;
        while (taken < queue_.size() && count < options_.batch_max) {
            count += rows(queue_[taken++]->batch);
        }
        jobs.assign(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(taken));
        queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(taken));
        lock.unlock();
        commit(jobs);
        lock.lock();
        for (Job* job : jobs) {
            if (job->heap) {
                delete job;
            } else {
                job->finished = true;
                job->wake.notify_one();
            }
        }
    }
    leading_ = false;
    if (!queue_.empty()) work_.notify_one();
}

// One transaction for all jobs. When it fails, it has failed for each of them: what the store
// refuses is the disk's condition, not one job's content.
void Outbox::commit(std::vector<Job*>& jobs) {
    bool poked = false;
    Batch merged;
    std::vector<std::pair<std::size_t, std::size_t>> shares;  // rows added, inbound rows, per job
    shares.reserve(jobs.size());
    for (Job* job : jobs) {
        poked = poked || job->poke;
        shares.emplace_back(job->batch.add.size(), job->batch.inbound.size());
        merge(merged, std::move(job->batch));
    }
    std::uint64_t epoch = 0;
    const std::uint32_t asked = claim_into(merged, poked, epoch);
    if (merged.empty()) {
        for (Job* job : jobs)
            finish(*job, Applied{});
        return;
    }

    auto result = [&] {
        const std::scoped_lock lock(store_mutex_);
        return store_.apply(merged);
    }();
    if (!result.ok()) {
        return_credit(asked, epoch);
        for (Job* job : jobs)
            finish(*job, result.error());
        return;
    }
    Applied& applied = result.value();
    return_credit(asked - static_cast<std::uint32_t>(applied.intents.size()), epoch);
    notify_ended(merged, applied);
    if (claimant_ && merged.claim.now.count() != 0) {
        claimant_(std::move(applied.intents), applied.next_due);
    }
    split(jobs, shares, applied);
}

// Gives each job its part of what was applied, in the order in which the parts were merged.
void Outbox::split(std::vector<Job*>& jobs,
                   const std::vector<std::pair<std::size_t, std::size_t>>& shares,
                   Applied& applied) {
    auto added = applied.added.begin();
    auto inbound = applied.inbound_new.begin();
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const auto [adds, inbounds] = shares[i];
        Applied part;
        part.added.assign(added, added + static_cast<std::ptrdiff_t>(adds));
        part.inbound_new.assign(inbound, inbound + static_cast<std::ptrdiff_t>(inbounds));
        part.stale = applied.stale;
        part.next_due = applied.next_due;
        added += static_cast<std::ptrdiff_t>(adds);
        inbound += static_cast<std::ptrdiff_t>(inbounds);
        finish(*jobs[i], std::move(part));
    }
}

void Outbox::finish(Job& job, Result<Applied> result) {
    if (job.done) job.done(result);
    if (!job.heap) job.result.emplace(std::move(result));
}

// Returns how many deliveries the claim may take. The credit is spent until it is returned.
std::uint32_t Outbox::claim_into(Batch& batch, bool poked, std::uint64_t& epoch) {
    const std::scoped_lock lock(mutex_);
    epoch = credit_epoch_;
    const std::uint32_t asked = std::exchange(credit_, 0U);
    if (asked > 0 || poked) {
        batch.claim = {.max = asked, .now = resilience::since_epoch(clock_.wall_now())};
    }
    return asked;
}

void Outbox::return_credit(std::uint32_t unspent, std::uint64_t epoch) {
    const std::scoped_lock lock(mutex_);
    if (epoch == credit_epoch_) credit_ += unspent;
}

// Tells waiting senders that their delivery has ended, now that this is durable.
void Outbox::notify_ended(const Batch& batch, const Applied& applied) {
    std::vector<std::shared_ptr<Watch>> ended;
    {
        const std::scoped_lock lock(mutex_);
        if (watches_.empty()) return;
        const auto collect = [&](DeliveryId id) {
            const auto found = watches_.find(id.value);
            if (found != watches_.end()) ended.push_back(found->second);
        };
        for (const auto& transition : batch.transitions) {
            if (ends(transition.to)) collect(transition.id);
        }
        for (const auto id : applied.expired)
            collect(id);
    }
    for (const auto& watch : ended) {
        const std::scoped_lock lock(watch->mutex);
        watch->ended = true;
        watch->wake.notify_all();
    }
}

DeliveryId Outbox::next_id(Millis now) {
    constexpr unsigned kCounterBits = 22;
    const auto base = static_cast<std::uint64_t>(now.count()) << kCounterBits;
    last_id_ = std::max(last_id_ + 1, base);
    return DeliveryId{last_id_};
}

}  // namespace messaging::outbox
