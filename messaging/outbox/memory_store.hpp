#pragma once

#include "messaging/outbox/lanes.hpp"
#include "messaging/outbox/memory_runs.hpp"
#include "messaging/outbox/rules.hpp"
#include "messaging/outbox/store.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace messaging::outbox {

/// A store without a disk: for library users who want no file, for benchmarks and for simulation,
/// where its faults stand for those of a real one.
///
/// "Durable" here means: it survives `crash()`, which forgets what a process would forget.
/// Not thread-safe, like every Store. Never blocks.
class MemoryStore final : public Store {
public:
    /// `pending_limit`: deliveries in `pending` beyond which new ones are refused (kFull).
    explicit MemoryStore(std::uint64_t pending_limit = 1'000'000);

    resilience::Result<Applied> apply(const Batch& batch) override;
    resilience::Result<std::vector<Intent>> recover(Millis now) override;
    resilience::Result<std::optional<Delivery>> get(DeliveryId id) override;
    resilience::Result<std::vector<JournalEntry>> journal(DeliveryId id) override;
    resilience::Result<std::vector<Delivery>> find(const Filter& filter) override;
    resilience::Result<Counts> counts() override;
    resilience::Result<std::vector<RoomHold>> holds() override;
    resilience::Result<std::string> setting(std::string_view name) override;
    resilience::Result<std::vector<InboundRecord>> inbound_open() override;
    resilience::Result<bool> knows_message(std::string_view message_id) override;
    resilience::Result<std::vector<std::string>> files_in_use() override;
    resilience::Result<std::vector<std::string>> files_of_dead() override;
    resilience::Result<std::size_t> trim(Millis older_than, std::size_t max) override;
    resilience::Result<std::size_t> trim_to(std::uint64_t keep, std::size_t max) override;
    resilience::Result<std::vector<Run>> runs(const RunFilter& filter) override;
    resilience::Result<std::size_t> trim_runs(std::uint64_t keep, std::size_t max) override;

    /// The next `times` calls of `apply` change nothing and return an error.
    void fail_next(std::uint32_t times = 1) { failures_ = times; }
    /// The next `times` calls of `apply` do their work and return an error all the same. Intents
    /// that nobody heard of were not acted upon: the next claim hands them out.
    void lose_answers(std::uint32_t times = 1) { lost_answers_ = times; }
    /// A full disk: until switched off, every `apply` changes nothing and returns an error.
    void stop_accepting(bool stop) { stopped_ = stop; }
    /// The process ends and a new one opens the store: what `apply` has written is all there, what
    /// only memory knew is gone. Call `recover` next, as after opening.
    void crash();

private:
    struct Row {
        NewDelivery given;
        State state = State::kPending;
        DeadReason reason = DeadReason::kNone;
        std::uint32_t attempts = 0;
        std::uint32_t repeats = 0;
        bool confirmed_late = false;
        bool scheduled = false;
        std::uint64_t position = 0;  // order of entry, over all lanes
        Millis due{0};
        Millis started{0};
        Millis changed{0};
        std::string message_id;
        AttemptNote last;
        std::vector<JournalEntry> history;
    };
    struct Key {
        Fingerprint content{};
        DeliveryId id;
        Millis expires{0};
    };
    struct Inbound {
        InboundRecord record;
        std::uint64_t position = 0;
        bool done = false;
    };
    struct Hold {
        Millis since{0};
        std::string cure;
    };
    using Rows = std::map<std::uint64_t, Row>;

    std::optional<resilience::Error> ordered_failure();
    void change(const Batch& batch, Applied& applied);
    void take_back(const std::vector<Intent>& intents) noexcept;
    void add_set(std::span<const NewDelivery> set, std::vector<Added>& answers);
    std::optional<Added> known(const NewDelivery& added) const;
    Added add(const NewDelivery& added);
    void rebuild();
    void enter_lane(Row& row);
    std::uint32_t room_of(const std::string& destination);
    bool move(const Transition& transition);
    void move_active(Row& row, const Transition& transition);
    void end(Row& row, const Transition& transition);
    void redrive(Row& row, const Transition& transition);
    void set_hold(const RoomHold& hold);
    void claim(const Claim& claim, Applied& applied);
    void promote(Millis now);
    bool add_inbound(const InboundRecord& record);
    void put_settings(const Batch& batch);
    Millis next_due(Millis now) const;
    std::size_t trim_rows(Millis older_than, std::size_t max);
    Rows::iterator forget(Rows::iterator at);
    static bool in_lane(const Row& row) { return row.state < State::kDelivered && !row.scheduled; }
    Delivery describe(const Row& row) const;
    bool continues(Row& row, Millis now);
    static Intent intent(const Row& row);

    std::uint64_t pending_limit_;
    Rows rows_;
    std::set<std::pair<Millis, std::uint64_t>> scheduled_;
    std::map<std::string, Key, std::less<>> keys_;
    std::map<std::string, Hold, std::less<>> holds_;
    std::map<std::string, std::string, std::less<>> settings_;
    std::map<std::string, Inbound, std::less<>> inbound_;
    std::unordered_map<std::string, DeliveryId> messages_;
    MemoryRuns runs_;
    std::uint64_t position_ = 0;
    std::uint64_t inbound_position_ = 0;
    std::uint64_t delivered_ = 0;
    std::uint64_t dead_ = 0;

    Lanes lanes_;
    std::vector<DeliveryId> unheard_;  // intents whose answer was lost
    std::uint32_t failures_ = 0;
    std::uint32_t lost_answers_ = 0;
    bool stopped_ = false;
    std::vector<std::uint64_t> fresh_;  // rows that the `apply` under way has added
    bool cut_short_ = false;  // the last `apply` ran out of memory: the lanes are to be made anew
};

}  // namespace messaging::outbox
