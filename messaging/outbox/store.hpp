#pragma once

#include "messaging/outbox/delivery.hpp"
#include "messaging/outbox/run.hpp"
#include "resilience/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace messaging::outbox {

/// A change of one delivery's state, matched on (id, from, attempt): when the row no longer looks
/// like that, somebody else decided first and the transition is reported as stale.
///
/// Allowed: sending → delivered | pending | uncertain | dead; uncertain → delivered | pending |
/// dead; pending → dead; dead → pending (re-drive, at the end of its lane, attempts kept,
/// new deadline in `deadline`).
struct Transition {
    DeliveryId id;
    State from = State::kSending;
    std::uint32_t attempt = 0;
    State to = State::kDelivered;
    DeadReason reason = DeadReason::kNone;
    Millis at{0};
    /// For `to` pending: earliest next attempt (it stays at the head of its lane until then).
    Millis next{0};
    /// The attempt was refused before it counted (429): `attempts` is put back by one.
    bool uncounted = false;
    /// For uncertain → pending and dead → pending: `repeats` goes up by one, the next attempt is
    /// marked.
    bool repeat = false;
    bool confirmed_late = false;
    std::string message_id = {};
    AttemptNote note = {};
    /// For sending → pending: what is sent from now on.
    std::optional<NewContent> content = std::nullopt;
    Millis deadline{0};  ///< For re-drive only.
};

/// Hold or release all lanes of one destination. Held lanes are not claimed; their deliveries stay
/// pending and still end at their deadlines.
struct RoomHold {
    std::string destination;
    bool held = true;
    Millis since{0};
    std::string cure = {};  ///< What a person can do about it.
};

/// Take up to `max` heads of lanes that are due at `now`, most urgent first but weighted 8:4:2:1 so
/// that no priority starves, at most one per destination that has nothing in `sending`. Whatever
/// waits beyond its deadline, wherever it stands, becomes dead(expired) instead, or
/// dead(maybe_delivered) when it was to be repeated without evidence. With `max` 0 only expiry is
/// done.
/// A destination with an uncertain head in one lane still serves its other lanes.
///
/// A head that continues another delivery is decided upon first (continuation.hpp): the payload of
/// its intent is final and stored with the intent, or it ends like that one.
struct Claim {
    std::uint32_t max = 0;
    Millis now{0};
};

/// An inbound event (a Webex message or card action), recorded before it is acted upon.
struct InboundRecord {
    std::string id;     ///< Unique name of the event: the Webex message or action id.
    std::string event;  ///< What is needed to act on it after a restart, as JSON text.
    Millis received{0};
};

/// Everything that changes in one durable transaction, applied in the order of the members.
struct Batch {
    std::vector<NewDelivery> add = {};
    std::vector<Transition> transitions = {};
    std::vector<RoomHold> holds = {};
    std::vector<std::pair<std::string, std::string>> settings = {};  ///< Empty value: erase.
    std::vector<InboundRecord> inbound = {};
    std::vector<std::string> inbound_done = {};  ///< Ids whose handling has ended.
    /// Marks all runs that have not ended as interrupted; for the start of the program.
    bool interrupt_runs = false;
    /// Runs that begin, and again when they end; the first end of a run stands.
    std::vector<Run> runs = {};
    Claim claim = {};

    bool empty() const {
        return add.empty() && transitions.empty() && holds.empty() && settings.empty() &&
               inbound.empty() && inbound_done.empty() && !interrupt_runs && runs.empty() &&
               claim.now.count() == 0;
    }
};

/// What became of an addition. Of deliveries that are accepted together each gets the refusal that
/// befell one of them; a set of which some are duplicates and some are new is a kKeyConflict.
struct Added {
    enum class Kind : std::uint8_t {
        kStored,       ///< New.
        kDuplicate,    ///< Same key and same content: `id` is the first delivery's.
        kKeyConflict,  ///< Same key, other content: refused.
        kFull          ///< The store's limit of pending deliveries is reached: refused.
    };
    Kind kind = Kind::kStored;
    DeliveryId id;  ///< The stored delivery, or the first one for kDuplicate and kKeyConflict.
};

struct Applied {
    std::vector<Added> added;       ///< One per `Batch::add`, in order.
    std::vector<DeliveryId> stale;  ///< Transitions that did not match.
    std::vector<bool> inbound_new;  ///< One per `Batch::inbound`: false when already known.
    std::vector<Intent> intents;    ///< Claimed by `Batch::claim`.
    /// Ended by `Batch::claim`: dead(expired), or dead for the reason of the first part, as the
    /// rest of its text.
    std::vector<DeliveryId> expired;
    /// When the next lane becomes due (0: none waits), counting only what a claim could take then.
    Millis next_due{0};
};

struct Filter {
    std::optional<State> state = std::nullopt;
    std::optional<bool> held = std::nullopt;
    std::string destination = {};
    std::uint64_t group = 0;
    DeliveryId before = {};  ///< Page on: only older ids. 0: from the newest.
    std::uint32_t limit = 100;
};

struct Counts {
    std::uint64_t pending = 0;  ///< Includes held ones.
    std::uint64_t held = 0;
    std::uint64_t sending = 0;
    std::uint64_t uncertain = 0;
    std::uint64_t delivered = 0;
    std::uint64_t dead = 0;
    Millis oldest_pending{0};  ///< `accepted` of the oldest pending delivery, 0: none.
};

/// Where deliveries live. Implementations: SqliteStore, MemoryStore; PostgreSQL may follow.
///
/// Not thread-safe: `Outbox` serialises all calls. Every function may block on the disk. A failed
/// `apply` has changed nothing (or, after a lost answer, may be repeated with the same batch:
/// ids are ours, so a second application is recognised). The only exceptions that leave these
/// functions are those of the standard library when memory runs out; a store is usable after them,
/// and an `apply` that was cut short so may be repeated as well.
class Store {
public:
    virtual ~Store() = default;

    /// One durable transaction: when it returns a value, everything in it survives a power cut.
    virtual resilience::Result<Applied> apply(const Batch& batch) = 0;

    /// To be called once after opening: rows left in `sending` by a crash become uncertain.
    /// Returns all uncertain deliveries, for the sender to resolve.
    virtual resilience::Result<std::vector<Intent>> recover(Millis now) = 0;

    virtual resilience::Result<std::optional<Delivery>> get(DeliveryId id) = 0;
    virtual resilience::Result<std::vector<JournalEntry>> journal(DeliveryId id) = 0;
    /// Newest first. `payload` is filled.
    virtual resilience::Result<std::vector<Delivery>> find(const Filter& filter) = 0;
    virtual resilience::Result<Counts> counts() = 0;
    virtual resilience::Result<std::vector<RoomHold>> holds() = 0;
    /// Empty when the setting does not exist.
    virtual resilience::Result<std::string> setting(std::string_view name) = 0;
    /// Inbound events that were recorded but not finished, oldest first.
    virtual resilience::Result<std::vector<InboundRecord>> inbound_open() = 0;
    /// True when a delivered row carries this Webex message id.
    virtual resilience::Result<bool> knows_message(std::string_view message_id) = 0;
    /// Hashes of spooled files that a non-terminal delivery still needs.
    virtual resilience::Result<std::vector<std::string>> files_in_use() = 0;
    /// Hashes of spooled files that dead letters would need if they were sent again; not of those
    /// that were cancelled or dropped.
    virtual resilience::Result<std::vector<std::string>> files_of_dead() = 0;
    virtual resilience::Result<std::vector<Run>> runs(const RunFilter& filter) = 0;
    /// Deletes up to `max` terminal deliveries, expired keys and finished inbound records that
    /// ended before `older_than`, and ended runs that began before it. Returns how many rows went.
    virtual resilience::Result<std::size_t> trim(Millis older_than, std::size_t max) = 0;
    /// Deletes up to `max` terminal deliveries, and no others, until at most `keep` of them are
    /// left: delivered ones first, then dead letters, oldest first. Returns how many went.
    virtual resilience::Result<std::size_t> trim_to(std::uint64_t keep, std::size_t max) = 0;
    /// Deletes up to `max` ended runs until at most `keep` are left, oldest first. Returns how many
    /// went.
    virtual resilience::Result<std::size_t> trim_runs(std::uint64_t keep, std::size_t max) = 0;
};

}  // namespace messaging::outbox
