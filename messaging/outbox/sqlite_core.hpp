#pragma once

#include "messaging/outbox/lanes.hpp"
#include "messaging/outbox/sqlite_database.hpp"
#include "messaging/outbox/sqlite_delivered.hpp"
#include "messaging/outbox/sqlite_queries.hpp"
#include "messaging/outbox/sqlite_rows.hpp"
#include "messaging/outbox/sqlite_runs.hpp"
#include "messaging/outbox/sqlite_store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace messaging::outbox {

/// A SqliteStore from the inside: rows on disk and lanes in memory, changed together. When a
/// transaction fails, the lanes are ahead of the rows and are read again before the next call.
class SqliteStore::Core {
public:
    explicit Core(const SqliteOptions& options);

    std::optional<resilience::Error> open();
    /// Makes rows and lanes agree again after a failure; the error when that cannot be.
    std::optional<resilience::Error> ready();

    resilience::Result<Applied> apply(const Batch& batch);
    resilience::Result<std::vector<Intent>> recover(Millis now);
    resilience::Result<std::size_t> trim(Millis older_than, std::size_t max);
    resilience::Result<std::size_t> trim_to(std::uint64_t keep, std::size_t max);
    resilience::Result<std::size_t> trim_runs(std::uint64_t keep, std::size_t max);
    Counts counts();
    bool knows_message(std::string_view message_id) { return delivered_.knows(message_id); }
    std::vector<Run> runs(const RunFilter& filter) { return runs_.find(filter); }

    /// Makes a change, or takes it back when an exception (out of memory) ends it.
    template <class Change>
    auto change(const Change& change) -> std::invoke_result_t<Change, Core&> {
        if (auto error = ready()) return std::move(*error);
        try {
            return change(*this);
        } catch (...) {
            abandon();
            throw;
        }
    }

    /// Runs a question; its answer, or the failure of the database.
    template <class Question>
    auto ask(const Question& question)
        -> resilience::Result<std::invoke_result_t<Question, SqliteQueries&>> {
        if (auto error = ready()) return std::move(*error);
        auto answer = question(queries_);
        if (db_.failed()) return db_.error();
        return answer;
    }

private:
    void add_set(std::span<const NewDelivery> set, std::vector<Added>& answers);
    std::optional<Added> known(const NewDelivery& added, bool by_id);
    Added add(const NewDelivery& added);
    Added store(const NewDelivery& added);
    bool move(const Transition& transition);
    bool cancel(const Transition& transition);
    bool leave_dead(const Transition& transition);
    void leave_active(const Standing& standing, const Transition& transition);
    void set_hold(const RoomHold& hold);
    void claim(const Claim& claim, Applied& applied);
    void promote(Millis now);
    Millis next_due(Millis now);
    void count_end(State state, std::int64_t by);

    bool commit();
    void abandon();
    std::size_t trim_some(Millis older_than, std::size_t max);
    std::size_t trim_ended(Millis older_than, std::size_t max);
    bool take_over();
    bool enter_rows(const std::set<std::int64_t>& unsorted, std::set<std::int64_t>* found);
    std::uint32_t room_of(std::string_view destination);
    Intent intent(DeliveryId id, const Standing& standing, std::optional<DeliveryId>& head);
    void start(const Lanes::Head& next, Millis now, Applied& applied);
    void end_unsent(const Lanes::Head& next,
                    DeadReason reason,
                    const AttemptNote& note,
                    Millis now);

    Database db_;
    std::uint64_t pending_limit_;
    SqliteRows rows_{db_};
    SqliteQueries queries_{db_};
    SqliteDelivered delivered_{db_};
    SqliteRuns runs_{db_};

    Lanes lanes_;
    std::set<std::string, std::less<>> held_;
    std::int64_t position_ = 0;
    Millis first_scheduled_{0};  // 0: nothing is scheduled
    struct Ends {
        std::uint64_t delivered = 0;
        std::uint64_t dead = 0;
    };
    std::optional<Ends> ends_;  // counted when first asked for
    bool lanes_behind_ = true;
};

}  // namespace messaging::outbox
