#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace messaging::outbox {

/// Milliseconds since 1970-01-01 UTC: the form in which times are stored and compared.
using Millis = std::chrono::milliseconds;

/// One message owed to one destination, from acceptance to its recorded end.
///
///            enqueue (durable before the caller hears "accepted")
///                │
///                ▼       claim + intent, one commit for a batch
///   held ◄──► pending ─────────────────────────► sending ──► delivered
///   (room)     ▲  ▲                                │  │
///              │  └─ definite failure, repeatable ─┘  ├──► dead (reason)
///              └─ not seen, may be repeated ── uncertain ──► delivered (confirmed late)
///                                                  └──► dead (maybe_delivered)
///
/// A hold of the whole bot changes no row: nothing is claimed while it lasts.
enum class State : std::uint8_t {
    kPending = 0,    ///< Waits for its turn, its `due` time or the end of a room hold.
    kSending = 1,    ///< The intent is durable; request bytes may have left.
    kUncertain = 2,  ///< It may have arrived; evidence is being sought.
    kDelivered = 3,
    kDead = 4  ///< Will not be tried again unless a person re-drives it; see DeadReason.
};

enum class DeadReason : std::uint8_t {
    kNone = 0,
    kRejected = 1,        ///< Refused for good, or attempts used up.
    kExpired = 2,         ///< The deadline passed before it could be sent.
    kCancelled = 3,       ///< Withdrawn by a person or program.
    kMaybeDelivered = 4,  ///< Outcome never learned, and the policy forbids a repeat.
    kDropped = 5          ///< A dead letter that a person has put away.
};

/// Lanes of one room, most urgent first. Weighted, so that none starves.
enum class Priority : std::uint8_t { kReply = 0, kAlert = 1, kReport = 2, kBulk = 3 };
inline constexpr int kPriorityCount = 4;

/// What to do when an outcome cannot be learned and no evidence turns up.
enum class UncertainPolicy : std::uint8_t {
    kPreferOnce = 0,     ///< Do not repeat: dead(maybe_delivered).
    kPreferDelivery = 1  ///< Repeat, visibly marked.
};

/// Made by us, never by the database: 42 bits of milliseconds, 22 bits of counter. Sorts by time
/// of acceptance. Never 0 for a real delivery.
struct DeliveryId {
    std::uint64_t value = 0;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the <=> for a pointer's
    friend auto operator<=>(const DeliveryId&, const DeliveryId&) = default;
};

/// Thirteen characters of Crockford's base 32, for people and command lines.
std::string to_string(DeliveryId id);
/// Reads what `to_string` wrote, in any case. Empty on anything else.
std::optional<DeliveryId> parse_delivery_id(std::string_view text);

std::string_view to_string(State state);
std::string_view to_string(DeadReason reason);
std::string_view to_string(Priority priority);
std::string_view to_string(UncertainPolicy policy);
std::optional<Priority> parse_priority(std::string_view text);

/// A file in the spool, by content.
struct SpooledFile {
    std::string hash;  ///< Lower-case hex SHA-256 of the bytes; also the name in the spool.
    std::string name;  ///< Shown in the room.
    std::string content_type;
    std::uint64_t size = 0;

    friend bool operator==(const SpooledFile&, const SpooledFile&) = default;
};

/// What is handed to the store when a message is accepted.
struct NewDelivery {
    DeliveryId id;
    /// Destination as one string: "room:<id>", "person:<id>" or "email:<address>". Deliveries with
    /// equal destination and priority form a lane and arrive in order of acceptance.
    std::string destination;
    Priority priority = Priority::kBulk;
    /// The JSON object of the request (roomId or toPerson…, text, markdown, parentId, attachments),
    /// rendered once at acceptance: every attempt sends the same bytes.
    std::string payload;
    std::optional<SpooledFile> file = std::nullopt;
    Millis accepted{0};
    Millis not_before{0};  ///< Does not enter its lane before.
    Millis deadline{0};    ///< Ends as dead(expired) when not sent by then.
    UncertainPolicy policy = UncertainPolicy::kPreferOnce;
    std::uint32_t max_attempts = 0;  ///< 0: only the deadline ends it.
    /// Idempotency key; empty: none. Valid until `key_expires`.
    std::string key = {};
    Millis key_expires{0};
    /// Groups the deliveries of one call (several files, a batch, a report run); 0: alone.
    std::uint64_t group = 0;
    /// Free text for people: "command chart by anna@…".
    std::string origin = {};
    /// How many deliveries, this one and those behind it in the batch, are accepted together or
    /// not at all. Set in the first of them; 1: it stands alone.
    std::uint32_t together = 1;
    /// It continues a text: a reply to the first of those that are accepted together, once that one
    /// is delivered, and nothing without it (see continuation.hpp).
    bool continues = false;
    DeliveryId head = {};  ///< That first one, filled in by the outbox; or an earlier delivery.
};

/// What a delivery sends from now on instead of what was accepted (see degrade.hpp).
struct NewContent {
    std::string payload;
    std::optional<SpooledFile> file = std::nullopt;
};

/// A claimed delivery: the intent to send is durable, the bytes may leave.
struct Intent {
    DeliveryId id;
    std::uint32_t attempt = 1;  ///< Number of this attempt, from 1.
    std::string destination = {};
    Priority priority = Priority::kBulk;
    std::string payload = {};
    std::optional<SpooledFile> file = std::nullopt;
    Millis accepted{0};
    Millis deadline{0};
    Millis started{0};  ///< When the intent was taken.
    UncertainPolicy policy = UncertainPolicy::kPreferOnce;
    std::uint32_t max_attempts = 0;
    std::uint32_t repeats = 0;  ///< Sent again after an uncertain outcome; > 0: the text is marked.
};

/// How one attempt (or one look for evidence) ended; kept in the journal.
struct AttemptNote {
    int status = 0;                ///< HTTP status, 0 when there was none.
    std::string rule = {};         ///< Classification rule that decided.
    std::string tracking_id = {};  ///< The service's id for support cases.
    std::string detail = {};       ///< One line without secrets.
};

/// A delivery as it is stored, for people and programs that ask.
struct Delivery {
    DeliveryId id;
    std::string destination = {};
    Priority priority = Priority::kBulk;
    State state = State::kPending;
    DeadReason reason = DeadReason::kNone;
    UncertainPolicy policy = UncertainPolicy::kPreferOnce;
    std::uint32_t attempts = 0;
    std::uint32_t max_attempts = 0;
    std::uint32_t repeats = 0;
    bool held = false;            ///< Pending under a room hold.
    bool confirmed_late = false;  ///< Delivered by evidence, not by an answer.
    Millis accepted{0};
    Millis not_before{0};
    Millis deadline{0};
    Millis due{0};      ///< Earliest next attempt.
    Millis changed{0};  ///< Last change of state.
    std::uint64_t group = 0;
    std::string origin = {};
    /// Webex message id once delivered; empty when it was not learned.
    std::string message_id = {};
    AttemptNote last = {};
    std::string payload = {};
    std::optional<SpooledFile> file = std::nullopt;
};

/// One line of a delivery's timeline.
struct JournalEntry {
    Millis time{0};
    std::uint32_t attempt = 0;
    State to = State::kPending;
    DeadReason reason = DeadReason::kNone;
    Millis next{0};  ///< Earliest next attempt, 0 when none follows.
    AttemptNote note = {};
};

}  // namespace messaging::outbox
