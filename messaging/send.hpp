#pragma once

#include "messaging/content/message.hpp"
#include "messaging/content/pieces.hpp"
#include "messaging/outbox/delivery.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace messaging {

namespace outbox {
class Outbox;
class Spool;
}  // namespace outbox

/// Rule of the error when an idempotency key was used for other content.
inline constexpr const char* kKeyConflict = "key_conflict";

struct SendOptions {
    /// Bounds the call. Delivery goes on after it has passed.
    std::chrono::milliseconds wait{30'000};
    /// Bounds the message: not delivered by then, it ends as dead(expired).
    std::chrono::milliseconds deadline{3'600'000};
    outbox::Priority priority = outbox::Priority::kReport;
    /// What to do when an outcome cannot be learned. Default: prefer_delivery for alerts,
    /// prefer_once for everything else.
    std::optional<outbox::UncertainPolicy> policy = std::nullopt;
    /// 0: only the deadline ends it. A 429 does not count as an attempt.
    std::uint32_t max_attempts = 0;
    /// Not before this time (milliseconds since 1970-01-01 UTC); 0: at once.
    outbox::Millis not_before{0};
    /// Idempotency key: the same key and content is the same delivery, the same key with other
    /// content is refused. Empty: none. Valid for `key_ttl`.
    std::string key = {};
    std::chrono::milliseconds key_ttl{86'400'000};
    /// For people who read the journal: "report aging-tickets", "command chart".
    std::string origin = {};
    /// Deliveries that belong together (`recall`, `find`). 0: several messages of one call get one.
    std::uint64_t group = 0;
    /// A reply in the thread of this earlier delivery to the same room, with the same priority:
    /// sent once that one is delivered, under the message id it then has; ended with it when it
    /// ends undelivered (see outbox/continuation.hpp). 0: none.
    outbox::DeliveryId thread_of = {};
    /// A text of more messages than this becomes its beginning, and all of it as a file. 0: it is
    /// split however long it is.
    std::uint32_t parts_max = 5;
};

/// How a send stands when the call returns.
enum class SendState : std::uint8_t {
    kDelivered,  ///< Webex has it.
    kQueued,     ///< Durable; delivery goes on.
    kUncertain,  ///< It may have arrived: evidence is being sought, or none was ever found.
    kFailed      ///< Ended, and it did not arrive; `detail` says why.
};

std::string_view to_string(SendState state);

struct Receipt {
    SendState state = SendState::kQueued;
    /// One delivery per message that goes out: several files and a long text are several.
    std::vector<outbox::DeliveryId> ids = {};
    /// The delivery that decided `state`: the first that is not delivered, or the last.
    outbox::Delivery decisive = {};
    std::string detail = {};  ///< One line for a person.
    bool duplicate = false;   ///< The idempotency key was known: this is the first delivery.
};

struct FanOut;

/// What `safe_send` came to; true for a delivery and nothing else.
struct SafeOutcome {
    SendState state = SendState::kFailed;
    explicit operator bool() const noexcept { return state == SendState::kDelivered; }
};

/// The face of the library: says things and makes sure that they arrive.
///
/// All functions may be called from any thread and block for at most about `SendOptions::wait`.
/// They fail on content that Webex is known to refuse, on an idempotency key that was used for
/// something else, and when the store cannot be written; the error then says what to do, and
/// nothing was accepted, no part of it. (Only where the error is ambiguous the store itself does
/// not know.) A message that was accepted is in the outbox, whatever happens to this process.
/// None of them throws.
///
///     Messenger messenger(outbox, &spool, clock);
///     auto receipt = messenger.send_message(room(id), "**disk full** on db1");
///     if (!receipt.ok()) complain(receipt.error().message);
class Messenger {
public:
    /// `spool` may be null: then files are refused.
    Messenger(outbox::Outbox& outbox, outbox::Spool* spool, const resilience::Clock& clock);

    /// Says until when a message is to be held back (milliseconds since 1970-01-01 UTC; 0: it is
    /// not), as if by `not_before`. Must not throw; called from any thread.
    using Hold = std::function<outbox::Millis(const Target&, outbox::Priority, outbox::Millis now)>;
    /// Asked for each message from now on. Call it before others use the messenger.
    void hold_with(Hold hold) { hold_ = std::move(hold); }

    resilience::Result<Receipt> send_message(const Target& to,
                                             std::string markdown,
                                             const SendOptions& options = {});
    /// The text goes with the first file; each further file is a message of its own, in order.
    resilience::Result<Receipt> send_with_files(const Target& to,
                                                std::string markdown,
                                                std::vector<File> files,
                                                const SendOptions& options = {});
    /// `card_json` is the Adaptive Card; `text` is shown where cards are not, and must not be
    /// empty.
    resilience::Result<Receipt> send_card(const Target& to,
                                          std::string card_json,
                                          std::string text,
                                          const SendOptions& options = {});
    resilience::Result<Receipt> send(const Target& to,
                                     const Message& message,
                                     const SendOptions& options = {});

    /// Returns as soon as the message is durable.
    resilience::Result<Receipt> post(const Target& to,
                                     const Message& message,
                                     const SendOptions& options = {});

    /// One message to many targets (see fan_out.hpp), each accepted and delivered on its own; a
    /// target that is named twice gets it once. `options.key` stands for the batch: each target has
    /// a key of its own made from it, so a repeated call sends again only what has been rejected or
    /// has expired, and answers for the rest how it stands. Blocks for at most about `wait`. Fails
    /// without a target.
    resilience::Result<FanOut> send_to_many(const std::vector<Target>& to,
                                            const Message& message,
                                            const SendOptions& options = {});

    /// Never fails otherwise than by its outcome, not even when memory runs out. When the content
    /// is definitely refused, by Webex or before it was accepted, `fallback_text` (if not empty) is
    /// sent instead, within what is left of `wait` and deadline, and its outcome is returned. That
    /// never happens while any part of the content has arrived unconfirmed or may still arrive.
    SafeOutcome safe_send(const Target& to,
                          const Message& message,
                          std::string_view fallback_text = {},
                          const SendOptions& options = {}) noexcept;

    /// Told about every failure that `safe_send` swallows; optional, to be set before the first
    /// one. May be called from any thread. Without it, or when it throws, the failure is a line on
    /// standard error.
    void set_on_swallowed(std::function<void(const std::string&)> told);
    /// How many failures `safe_send` has swallowed.
    std::uint64_t swallowed() const noexcept { return swallowed_.load(std::memory_order_relaxed); }

private:
    struct Sent {
        resilience::Result<Receipt> receipt;
        /// It was refused for good, all that did not arrive of it.
        bool refused = false;
    };

    Sent send_until(const Target& to,
                    const Message& message,
                    const SendOptions& options,
                    resilience::Instant until);
    resilience::Result<Receipt> accept(const Target& to,
                                       const Message& message,
                                       const SendOptions& options,
                                       bool watched);
    resilience::Result<outbox::NewDelivery> plan_piece(const Target& to,
                                                       const Piece& piece,
                                                       const SendOptions& options,
                                                       outbox::Millis now);
    resilience::Result<std::vector<outbox::NewDelivery>> plan(const Target& to,
                                                              const Message& message,
                                                              const SendOptions& options);
    Sent await(Receipt receipt, resilience::Instant until);
    void take_up(const Receipt& known, const SendOptions& options, std::uint64_t* group);
    SafeOutcome try_safely(const Target& to,
                           const Message& message,
                           std::string_view fallback_text,
                           const SendOptions& options);
    SafeOutcome settle(const Sent& sent) noexcept;
    void swallow(const char* what) noexcept;

    Hold hold_;
    outbox::Outbox& outbox_;
    outbox::Spool* spool_;
    const resilience::Clock& clock_;
    std::function<void(const std::string&)> on_swallowed_;
    std::atomic<std::uint64_t> swallowed_{0};
};

}  // namespace messaging
