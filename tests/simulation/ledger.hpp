#pragma once

#include "messaging/http/client.hpp"
#include "messaging/outbox/store.hpp"
#include "resilience/clock.hpp"
#include "tests/simulation/plan.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace simulation {

/// What a request of the process is about, as far as it shows from outside.
struct Asked {
    bool post = false;   ///< It sends a message.
    bool probe = false;  ///< It asks whether the token works.
    int number = 0;      ///< Of the message it sends.
    bool marked = false;
};

/// A rule that was broken.
struct Finding {
    std::string rule;  ///< A few words that name it; the same for the same defect.
    std::string what;
    milliseconds at{0};
};

/// What was promised and what has happened, written down from outside of the delivery layer, and
/// the rules that both have to obey. See docs/delivery.md for them.
class Ledger {
public:
    Ledger(const Plan& plan, const resilience::VirtualClock& clock);

    // What the process asks and hears.
    void on_asked(const Asked& asked);
    void on_answer(const Asked& asked, const messaging::http::Outcome& outcome);
    void on_abandoned(const Asked& asked);
    void on_turn();
    // What the service does.
    void on_stored(int number, bool marked);
    // What becomes durable.
    /// `store` has just applied it.
    void on_applied(const messaging::outbox::Batch& batch,
                    const messaging::outbox::Applied& applied,
                    messaging::outbox::Store& store);
    void on_recovered(const std::vector<messaging::outbox::Intent>& uncertain);
    void on_acknowledged(messaging::outbox::DeliveryId id);
    // What people and machines do.
    void on_release_ordered(const std::string& destination);
    void on_process_started(messaging::outbox::Store& store);
    void on_process_ended(messaging::outbox::Store& store);

    /// Is this room under a hold, as far as is durable?
    bool is_held(const std::string& destination) { return rooms_[destination].held; }

    /// To be called after every step.
    void check();
    /// To be called when all is over: everything must have ended.
    void close(messaging::outbox::Store& store);

    bool all_ended() const { return accepted_ == plan_.messages.size() && open_.empty(); }
    bool failed() const { return finding_.has_value(); }
    const std::optional<Finding>& finding() const { return finding_; }

    void trace(bool on) { tracing_ = on; }
    const std::string& traced() const { return trace_; }
    /// One line of the trace.
    void note(const std::string& text);
    /// Stands for everything that was asked, stored and made durable, in its order.
    std::uint64_t fingerprint() const { return fingerprint_; }

    struct Counts {
        std::uint64_t posts = 0;
        std::uint64_t refused = 0;        ///< Answered with 429.
        std::uint64_t refused_burst = 0;  ///< Most of them within a second.
        std::uint64_t stored = 0;
        std::uint64_t delivered = 0;
        std::uint64_t dead = 0;
        std::uint64_t repeats = 0;          ///< Marked ones that were stored.
        milliseconds last_delivered_at{0};  ///< After the start.
    };
    const Counts& counts() const { return counts_; }

private:
    using State = messaging::outbox::State;
    /// How the last request for a delivery ended.
    enum class Last : std::uint8_t { kNone, kAsked, kAttempt, kNoAttempt };

    struct Entry {
        const PlannedMessage* planned = nullptr;
        messaging::outbox::DeliveryId id;
        std::string destination = {};
        bool acknowledged = false;
        State state = State::kPending;
        messaging::outbox::DeadReason reason = messaging::outbox::DeadReason::kNone;
        std::uint32_t attempts = 0;      // as they must be counted
        std::uint32_t row_attempts = 0;  // as the store has them
        std::uint32_t repeats = 0;
        bool was_uncertain = false;
        bool refused = false;  // for good
        Last last = Last::kNone;
        milliseconds deadline{0};
        resilience::Instant accepted{};
        resilience::Instant not_before{};
    };
    struct Text {
        std::vector<std::uint64_t> ids;
        int copies = 0;
        int marked = 0;
    };
    struct Room {
        int in_flight = 0;
        bool held = false;
        bool release_ordered = false;
    };

    void broken(const char* rule, const std::string& what);
    void mix(std::uint64_t value);
    milliseconds wall() const { return resilience::since_epoch(clock_.wall_now()); }
    Entry* only_entry(int number);
    Room& room_of(const Entry& entry) { return rooms_[entry.destination]; }

    void check_post(const Asked& asked);
    void check_order(const Entry& entry);
    void check_rate();
    void judge_post(const Asked& asked, const messaging::http::Outcome& outcome);
    void hear_wait(const messaging::http::Response& response);
    void add(const messaging::outbox::NewDelivery& added);
    void apply(const messaging::outbox::Transition& change);
    void check_end(Entry& entry, const messaging::outbox::Transition& change);
    void end(Entry& entry, State state, messaging::outbox::DeadReason reason);
    void claim(const messaging::outbox::Intent& intent);
    void expire(const messaging::outbox::Delivery& expired);
    void check_open();
    void check_kept(messaging::outbox::Store& store);
    bool in_trouble() const;
    bool disk_is_full() const;

    const Plan& plan_;
    const resilience::VirtualClock& clock_;
    const resilience::Instant begin_;
    std::optional<Finding> finding_;
    bool tracing_ = false;
    std::string trace_;
    std::uint64_t fingerprint_ = 0;
    Counts counts_;

    std::map<std::uint64_t, Entry> entries_;  // by id
    std::set<std::uint64_t> open_;            // acknowledged and not ended
    std::set<std::uint64_t> promised_;        // acknowledged, and nobody has seen them written
    std::unordered_map<int, Text> texts_;     // by number
    std::map<std::pair<int, int>, std::vector<std::uint64_t>> lanes_;
    std::unordered_map<std::string, Room> rooms_;
    std::size_t accepted_ = 0;

    bool up_ = false;
    bool held_ = false;                 // the bot, by what the process has heard
    resilience::Instant wait_told_{};   // when the last Retry-After came
    resilience::Instant wait_until_{};  // nothing may be asked before
    std::unordered_map<std::uint64_t, resilience::Instant> back_off_;
    std::int64_t rate_full_at_ = 0;       // of the rate that the dispatcher was told
    resilience::Instant last_trouble_{};  // of any kind
    resilience::Instant last_stop_{};     // the process was down, or the disk refused
    resilience::Instant next_look_{};
    resilience::Instant burst_begin_{};
    std::uint64_t burst_ = 0;
    resilience::Instant last_turn_{};
    int turns_at_once_ = 0;
};

}  // namespace simulation
