#include "messaging/outbox/outbox.hpp"

#include "messaging/outbox/rules.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <string>

namespace messaging::outbox {

using resilience::Result;

struct Outbox::Job {
    Batch batch;
    Done done = {};     // for submit
    bool heap = false;  // owned by the queue
    bool poke = false;
    bool answered = false;
    bool finished = false;  // for callers that wait
    std::condition_variable wake = {};
    std::optional<Result<Applied>> result = std::nullopt;
};

namespace {

resilience::Error cut_short(const char* why) noexcept {
    resilience::Error error{.cls = resilience::ErrorClass::kAmbiguous,
                            .scope = resilience::Scope::kBot,
                            .message = "out of memory",  // so short that it needs none
                            .rule = "store_cut_short"};
    try {
        error.message = std::string{"writing to the outbox was cut short ("} + why +
                        "): what was to be written may be there or not";
    } catch (const std::bad_alloc&) {
        return error;
    }
    return error;
}

bool ends(State state) {
    return state == State::kDelivered || state == State::kDead;
}

}  // namespace

Outbox::Outbox(Store& store, resilience::Clock& clock, OutboxOptions options)
    : store_(store), clock_(clock), options_(options) {
    // Ids must grow even when the clock was set back since the last run.
    const auto newest = store_.find({.limit = 1});
    if (newest.ok() && !newest.value().empty()) last_id_ = newest.value().front().id.value;
    const auto run = store_.runs({.limit = 1});
    if (run.ok() && !run.value().empty()) last_id_ = std::max(last_id_, run.value().front().id);
}

Outbox::~Outbox() {
    for (const Job* job : queue_) {
        if (job->heap) delete job;
    }
}

// What a transaction may claim. The credit is spent until it is returned, which happens however the
// transaction ends.
class Outbox::Credit {
public:
    Credit(Outbox& outbox, Batch& batch, bool poked) : outbox_(outbox) {
        const std::scoped_lock lock(outbox_.mutex_);
        epoch_ = outbox_.credit_epoch_;
        // What the last claimant could not take it gets again before there is more.
        const bool behind = !outbox_.claims_.empty();
        if (!behind) unspent_ = std::exchange(outbox_.credit_, 0U);
        if (unspent_ > 0 || poked || behind) {
            batch.claim = {.max = unspent_,
                           .now = resilience::since_epoch(outbox_.clock_.wall_now())};
        }
    }
    ~Credit() {
        const std::scoped_lock lock(outbox_.mutex_);
        if (epoch_ == outbox_.credit_epoch_) outbox_.credit_ += unspent_;
    }
    Credit(const Credit&) = delete;
    Credit& operator=(const Credit&) = delete;
    Credit(Credit&&) = delete;
    Credit& operator=(Credit&&) = delete;

    void spend(std::size_t count) { unspent_ -= static_cast<std::uint32_t>(count); }

private:
    Outbox& outbox_;
    std::uint64_t epoch_ = 0;
    std::uint32_t unspent_ = 0;
};

Result<std::vector<Added>> Outbox::add(std::vector<NewDelivery> deliveries) {
    return add_with(std::move(deliveries), false);
}

Result<std::vector<Added>> Outbox::add_watched(std::vector<NewDelivery> deliveries) {
    return add_with(std::move(deliveries), true);
}

Result<std::vector<Added>> Outbox::add_with(std::vector<NewDelivery> deliveries, bool watched) {
    Job job{.batch = {.add = std::move(deliveries)}};
    std::vector<DeliveryId> ids;
    ids.reserve(job.batch.add.size());
    std::unique_lock lock(mutex_);
    try {
        // The ids are given and the job queued under one lock: order of ids is order of commits.
        name(job.batch.add, ids, watched);
        queue_.push_back(&job);
    } catch (...) {
        for (const auto id : ids)
            watches_.remove(id);
        throw;
    }
    complete(lock, job);
    const bool accepted = job.result->ok();
    for (std::size_t i = 0; watched && i < ids.size(); ++i) {
        const bool stored = accepted && job.result->value().added[i].kind == Added::Kind::kStored;
        if (!stored) watches_.remove(ids[i]);
    }
    if (!accepted) return std::move(*job.result).error();
    return std::move(job.result->value().added);
}

void Outbox::name(std::vector<NewDelivery>& added, std::vector<DeliveryId>& ids, bool watched) {
    const auto now = resilience::since_epoch(clock_.wall_now());
    for (auto& delivery : added) {
        delivery.together = ids.empty() ? static_cast<std::uint32_t>(added.size()) : 1;
        delivery.id = next_id(now);
        const bool headless = delivery.continues && delivery.head.value == 0;
        if (headless && !ids.empty()) delivery.head = ids.front();
        delivery.accepted = now;
        ids.push_back(delivery.id);
        if (watched) watches_.add(delivery.id);
    }
}

std::uint64_t Outbox::new_group() {
    const std::scoped_lock lock(mutex_);
    return next_id(resilience::since_epoch(clock_.wall_now())).value;
}

Result<Delivery> Outbox::wait(DeliveryId id, std::chrono::milliseconds limit) {
    constexpr std::chrono::milliseconds kLongest = std::chrono::hours{24 * 365};
    const auto until = clock_.now() + std::min(limit, kLongest);
    const Watches::Vigil vigil(watches_, id);
    if (!vigil.from_start()) {
        auto standing = look(id);
        if (!standing.ok() || ends(standing.value().state)) return standing;
    }
    if (limit.count() > 0) clock_.sleep_until(until, vigil.ended());
    return look(id);
}

Result<Delivery> Outbox::look(DeliveryId id) {
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
    complete(lock, job);
    return std::move(*job.result);
}

// Does not throw: the queue holds the address of `job`.
void Outbox::complete(std::unique_lock<std::mutex>& lock, Job& job) noexcept {
    if (!leading_) lead(lock, &job);
    job.wake.wait(lock, [&job] { return job.finished; });
}

void Outbox::submit(Batch batch, Done done) {
    auto job = std::make_unique<Job>();
    job->batch = std::move(batch);
    job->done = std::move(done);
    leave(std::move(job));
}

void Outbox::poke() {
    auto job = std::make_unique<Job>();
    job->poke = true;
    leave(std::move(job));
}

std::optional<Result<Applied>> Outbox::try_apply(Batch& batch) {
    std::unique_lock lock(mutex_);
    if (leading_ || !queue_.empty()) return std::nullopt;
    Job job{.batch = std::move(batch)};
    queue_.push_back(&job);
    complete(lock, job);
    return std::move(job.result);
}

// Queues a job that nobody waits for.
void Outbox::leave(std::unique_ptr<Job> job) {
    job->heap = true;
    std::unique_lock lock(mutex_);
    queue_.push_back(job.get());
    (void)job.release();  // the queue owns it
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
void Outbox::lead(std::unique_lock<std::mutex>& lock, const Job* own) noexcept {
    leading_ = true;
    while (!queue_.empty()) {
        if (own != nullptr && own->finished && running_) break;
        take();
        lock.unlock();
        commit();
        lock.lock();
        for (Job* job : taken_) {
            if (job->heap) {
                delete job;
            } else {
                job->finished = true;
                job->wake.notify_one();
            }
        }
        taken_.clear();
        if (!queue_.empty()) tell_ended(lock);
    }
    leading_ = false;
    if (!queue_.empty()) work_.notify_one();
    // Last: those who are woken find the outbox free, and not a lock to sleep on again.
    tell_ended(lock);
}

// The next jobs, up to about `batch_max` rows.
void Outbox::take() noexcept {
    taken_.swap(queue_);
    std::size_t rows_taken = 0;
    std::size_t end = 0;
    while (end < taken_.size() && rows_taken < options_.batch_max)
        rows_taken += rows_of(taken_[end++]->batch);
    if (end == taken_.size()) return;
    const auto rest = taken_.begin() + static_cast<std::ptrdiff_t>(end);
    try {
        queue_.assign(rest, taken_.end());
    } catch (const std::bad_alloc&) {
        return;  // then all of them in one transaction
    }
    taken_.erase(rest, taken_.end());
}

// One transaction for all jobs that were taken. Where an exception ends it (out of memory), nobody
// knows how far it came, and that is what the jobs are told; to apply it again does no harm.
void Outbox::commit() noexcept {
    try {
        return transact();
    } catch (const std::exception& e) {
        give_up(e.what());
    } catch (...) {
        give_up("an unknown exception");
    }
}

void Outbox::give_up(const char* why) noexcept {
    for (Job* job : taken_) {
        if (!job->answered) finish(*job, cut_short(why));
    }
}

// When the transaction fails, it has failed for each of the jobs: what the store refuses is the
// disk's condition, not one job's content.
void Outbox::transact() {
    bool poked = false;
    Batch merged;
    std::vector<std::pair<std::size_t, std::size_t>> shares;  // rows added, inbound rows, per job
    shares.reserve(taken_.size());
    for (Job* job : taken_) {
        poked = poked || job->poke;
        shares.emplace_back(job->batch.add.size(), job->batch.inbound.size());
        merge(merged, std::move(job->batch));
    }
    Credit credit(*this, merged, poked);
    if (merged.empty()) {
        for (Job* job : taken_)
            finish(*job, Applied{});
        return;
    }

    auto result = [&] {
        const std::scoped_lock lock(store_mutex_);
        return store_.apply(merged);
    }();
    if (!result.ok()) {
        for (Job* job : taken_)
            finish(*job, result.error());
        return;
    }
    Applied& applied = result.value();
    credit.spend(applied.intents.size());
    if (claims_.empty()) claims_ = std::move(applied.intents);
    note_ended(merged, applied);
    split(shares, applied);
    if (merged.claim.now.count() != 0) hand_out(applied.next_due);
}

void Outbox::hand_out(Millis next_due) noexcept {
    if (!claimant_) return;
    try {
        claimant_(claims_, next_due);
        claims_.clear();
    } catch (...) {  // NOLINT(bugprone-empty-catch): it gets them with the next transaction
    }
}

// Gives each job its part of what was applied, in the order in which the parts were merged.
void Outbox::split(const std::vector<std::pair<std::size_t, std::size_t>>& shares,
                   Applied& applied) {
    auto added = applied.added.begin();
    auto inbound = applied.inbound_new.begin();
    for (std::size_t i = 0; i < taken_.size(); ++i) {
        const auto [adds, inbounds] = shares[i];
        Applied part;
        part.added.assign(added, added + static_cast<std::ptrdiff_t>(adds));
        part.inbound_new.assign(inbound, inbound + static_cast<std::ptrdiff_t>(inbounds));
        part.stale = applied.stale;
        part.next_due = applied.next_due;
        added += static_cast<std::ptrdiff_t>(adds);
        inbound += static_cast<std::ptrdiff_t>(inbounds);
        finish(*taken_[i], std::move(part));
    }
}

void Outbox::finish(Job& job, Result<Applied> result) noexcept {
    job.answered = true;
    try {
        if (job.done) job.done(result);
    } catch (...) {  // NOLINT(bugprone-empty-catch): its owner's loss, not that of the others
    }
    if (!job.heap) job.result.emplace(std::move(result));
}

// Which of the watched deliveries have ended, now that this is durable.
void Outbox::note_ended(const Batch& batch, const Applied& applied) noexcept {
    for (const auto& transition : batch.transitions) {
        if (ends(transition.to)) watches_.find(transition.id, ended_);
    }
    for (const auto id : applied.expired)
        watches_.find(id, ended_);
}

void Outbox::tell_ended(std::unique_lock<std::mutex>& lock) noexcept {
    if (ended_.empty()) return;
    const auto ended = std::exchange(ended_, {});
    lock.unlock();
    Watches::tell(ended);
    lock.lock();
}

DeliveryId Outbox::next_id(Millis now) {
    constexpr unsigned kCounterBits = 22;
    const auto base = static_cast<std::uint64_t>(now.count()) << kCounterBits;
    last_id_ = std::max(last_id_ + 1, base);
    return DeliveryId{last_id_};
}

}  // namespace messaging::outbox
