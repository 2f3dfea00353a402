#pragma once

#include "messaging/outbox/delivery.hpp"
#include "messaging/outbox/store.hpp"
#include "messaging/outbox/watches.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

namespace messaging::outbox {

struct OutboxOptions {
    /// Rows that one transaction may gather. Bounds its time to some milliseconds.
    std::size_t batch_max = 500;
    /// Apply `submit` on the calling thread. For stores that do not block (memory); others need a
    /// thread in `run`.
    bool inline_commits = false;
};

/// The one door to a `Store`: many threads add, read and change; one transaction at a time.
///
/// Group commit without a timer: while one transaction runs the next batch gathers by itself. A
/// thread that blocks on `add` commits for everybody when nobody else is at it; `submit` never
/// blocks and leaves the work to the thread in `run`.
///
/// Claiming rides along: the sender grants credit, and every transaction takes up to that many due
/// deliveries, so that accepting a message and taking it for sending cost one fsync together.
///
/// Thread-safe throughout. The store must outlive the outbox.
class Outbox {
public:
    /// Must not throw; what it throws is lost.
    using Done = std::function<void(const resilience::Result<Applied>&)>;
    /// Receives claimed deliveries, which it may move from, and when the next one is due; called on
    /// the committing thread, never by two threads at once. Must not call back into the outbox
    /// except for `grant`. When it throws (out of memory) it gets them again with the next commit,
    /// so it must then have left them as they were.
    using Claimant = std::function<void(std::vector<Intent>&, Millis next_due)>;

    Outbox(Store& store, resilience::Clock& clock, OutboxOptions options = {});
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    /// Makes deliveries durable, all or none: when one is refused, each answer is that refusal. Ids
    /// and acceptance times are filled in here. Blocks for about one fsync. On failure nothing was
    /// accepted.
    resilience::Result<std::vector<Added>> add(std::vector<NewDelivery> deliveries);

    /// As `add`, for callers that will `wait` for each stored delivery: it is watched from the
    /// start, which saves them a look into the store.
    resilience::Result<std::vector<Added>> add_watched(std::vector<NewDelivery> deliveries);

    /// A number for the deliveries of one call (`NewDelivery::group`): unlike any other and unlike
    /// every delivery's id.
    std::uint64_t new_group();

    /// Waits until a delivery has ended or `limit` has passed; a limit of more than a year is one
    /// year. Returns the delivery as it stands. Blocks, through the clock.
    resilience::Result<Delivery> wait(DeliveryId id, std::chrono::milliseconds limit);

    /// Ends all waits, now and from now on: each returns its delivery as it stands. For the end of
    /// the process, which must not last as long as somebody's patience.
    void stop_waiting() noexcept { watches_.close(); }

    /// Applies `batch` and waits until it is durable. Blocks.
    resilience::Result<Applied> apply(Batch batch);

    /// Applies `batch` at once if nobody else is at it, and leaves it alone otherwise. Blocks for
    /// about one fsync.
    std::optional<resilience::Result<Applied>> try_apply(Batch& batch);

    /// Applies `batch` soon. Never blocks (with inline commits: applies at once); `done` is called
    /// on the committing thread and may be empty.
    void submit(Batch batch, Done done = {});

    /// Runs `query` on the store between transactions. Blocks.
    template <class Query>
    auto read(Query query) {
        const std::scoped_lock lock(store_mutex_);
        return query(store_);
    }

    /// To be set once, before `grant`.
    void set_claimant(Claimant claimant);
    /// Lets the next transactions claim `more` further deliveries.
    void grant(std::uint32_t more);
    /// Takes all unspent credit back. A claim that is under way may still arrive.
    void revoke();
    /// Makes a transaction happen soon even when nothing changes: something may have become due.
    void poke();

    /// Commits what `submit` brings, until stopped; then commits what is left. Blocks.
    void run(const std::stop_token& stop);

private:
    struct Job;
    class Credit;

    void leave(std::unique_ptr<Job> job);
    void lead(std::unique_lock<std::mutex>& lock, const Job* own) noexcept;
    void complete(std::unique_lock<std::mutex>& lock, Job& job) noexcept;
    void take() noexcept;
    void commit() noexcept;
    void give_up(const char* why) noexcept;
    void transact();
    void hand_out(Millis next_due) noexcept;
    void split(const std::vector<std::pair<std::size_t, std::size_t>>& shares, Applied& applied);
    static void finish(Job& job, resilience::Result<Applied> result) noexcept;
    void note_ended(const Batch& batch, const Applied& applied) noexcept;
    void tell_ended(std::unique_lock<std::mutex>& lock) noexcept;
    void name(std::vector<NewDelivery>& added, std::vector<DeliveryId>& ids, bool watched);
    DeliveryId next_id(Millis now);
    resilience::Result<std::vector<Added>> add_with(std::vector<NewDelivery> deliveries,
                                                    bool watched);
    resilience::Result<Delivery> look(DeliveryId id);

    Store& store_;
    resilience::Clock& clock_;
    const OutboxOptions options_;
    Claimant claimant_;

    std::mutex store_mutex_;  // guards store_

    Watches watches_;

    // Of the thread that leads.
    std::vector<Job*> taken_;
    std::vector<Intent> claims_;
    Watches::Found ended_;

    std::mutex mutex_;  // guards all below
    std::condition_variable_any work_;
    std::vector<Job*> queue_;
    bool leading_ = false;
    bool running_ = false;
    std::uint64_t last_id_ = 0;
    std::uint32_t credit_ = 0;
    std::uint64_t credit_epoch_ = 0;
};

}  // namespace messaging::outbox
