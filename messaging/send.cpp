#include "messaging/send.hpp"

#include "messaging/outbox/dead_letters.hpp"
#include "messaging/outbox/destination.hpp"
#include "messaging/outbox/evidence.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/spool.hpp"
#include "messaging/webex/limits.hpp"
#include "messaging/webex/message_json.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <new>
#include <utility>

namespace messaging {

using outbox::Added;
using outbox::DeadReason;
using outbox::Delivery;
using outbox::destination_of;
using outbox::NewDelivery;
using outbox::State;
using outbox::UncertainPolicy;
using resilience::Error;
using resilience::ErrorClass;
using resilience::Result;
using std::chrono::milliseconds;

namespace {

SendState state_of(const Delivery& delivery) {
    switch (delivery.state) {
        case State::kDelivered:
            return SendState::kDelivered;
        case State::kUncertain:
            return SendState::kUncertain;
        case State::kDead:
            return outbox::may_have_arrived(delivery) ? SendState::kUncertain : SendState::kFailed;
        case State::kPending:
        case State::kSending:
            break;
    }
    return SendState::kQueued;
}

std::string describe(const Result<Delivery>& read) {
    // It was accepted, whatever is wrong with the store now.
    if (!read.ok()) return "accepted; how it stands cannot be read: " + read.error().message;
    const Delivery& delivery = read.value();
    switch (delivery.state) {
        case State::kDelivered:
            return delivery.confirmed_late ? "delivered (confirmed late)" : "delivered";
        case State::kDead: {
            std::string text(to_string(delivery.reason));
            if (!delivery.last.detail.empty()) text += ": " + delivery.last.detail;
            return text;
        }
        case State::kUncertain:
            return "it may have arrived; looking for it";
        case State::kPending:
        case State::kSending:
            break;
    }
    if (delivery.last.detail.empty()) return "queued";
    const auto attempts = delivery.attempts;  // a refusal with a date is none
    return (attempts == 0 ? "queued: "
                          : "queued after attempt " + std::to_string(attempts) + ": ") +
           delivery.last.detail;
}

UncertainPolicy policy_of(const SendOptions& options) {
    if (options.policy) return *options.policy;
    return options.priority == outbox::Priority::kAlert ? UncertainPolicy::kPreferDelivery
                                                        : UncertainPolicy::kPreferOnce;
}

// The longest time that is told from for ever; more would overflow when it is added to a date.
constexpr milliseconds kCentury = std::chrono::hours{24 * 365 * 100};

milliseconds bounded(milliseconds time) {
    return std::clamp(time, milliseconds{0}, kCentury);
}

// Behind a control character, so that it is no key which a caller would choose.
std::string derived_key(const std::string& key, const std::string& what) {
    return key + '\x1f' + what;
}

std::optional<Error> mistake_in(const SendOptions& options, outbox::Millis now) {
    if (options.deadline.count() <= 0) {
        return resilience::permanent_error(
            "the deadline of the message has passed before it was accepted: give it some time");
    }
    if (options.not_before > now + kCentury) {
        return resilience::permanent_error(
            "the message is not to be sent for more than a hundred years: not_before is in "
            "milliseconds since 1970");
    }
    return std::nullopt;
}

std::optional<Error> refusal_of(const Added& added, const std::string& key) {
    if (added.kind == Added::Kind::kKeyConflict) {
        auto error = resilience::permanent_error(
            "the idempotency key '" + key + "' was used for another message (" +
            to_string(added.id) + "); use a new key for new content");
        error.rule = kKeyConflict;
        return error;
    }
    if (added.kind == Added::Kind::kFull) {
        return Error{.cls = ErrorClass::kTransient,
                     .scope = resilience::Scope::kBot,
                     .message =
                         "the outbox is full; nothing was accepted. Wait until it has drained or "
                         "raise its limit",
                     .rule = "outbox_full"};
    }
    return std::nullopt;
}

// Exceptions end here. Until the outbox has a message nothing is accepted, and the outbox lets none
// out afterwards.
template <class Step>
auto guarded(const Step& step) noexcept -> decltype(step()) {
    Error error{.cls = ErrorClass::kTransient,
                .message = "out of memory",  // so short that it needs none
                .rule = "out_of_memory"};
    try {
        return step();
    } catch (const std::bad_alloc&) {
        return error;
    } catch (const std::exception& e) {
        error.rule = "exception";
        try {
            error.message = std::string{"the message could not be prepared: "} + e.what();
        } catch (const std::bad_alloc&) {
            return error;
        }
    }
    return error;
}

// A repeat after an uncertain outcome says so, which must fit as well: "\n\n_(possible repeat)_",
// and the tags around that.
constexpr std::size_t kRepeatRoom = 48;
static_assert(outbox::kRepeatMark.size() + 25 <= kRepeatRoom);

PieceOptions piece_options(const SendOptions& options, bool has_spool) {
    PieceOptions limits;
    const bool repeats = policy_of(options) == UncertainPolicy::kPreferDelivery;
    limits.bytes_max = webex::kTextBytesMax - (repeats ? kRepeatRoom : 0);
    limits.html_max = limits.bytes_max;
    limits.parts_max = has_spool ? options.parts_max : 0;
    return limits;
}

}  // namespace

std::string_view to_string(SendState state) {
    constexpr std::array<std::string_view, 4> kNames{"delivered", "queued", "uncertain", "failed"};
    return kNames.at(static_cast<std::size_t>(state));
}

Messenger::Messenger(outbox::Outbox& outbox, outbox::Spool* spool, const resilience::Clock& clock)
    : outbox_(outbox), spool_(spool), clock_(clock) {}

Result<Receipt> Messenger::send_message(const Target& to,
                                        std::string markdown,
                                        const SendOptions& options) {
    Message message;
    message.markdown = std::move(markdown);
    return send(to, message, options);
}

Result<Receipt> Messenger::send_with_files(const Target& to,
                                           std::string markdown,
                                           std::vector<File> files,
                                           const SendOptions& options) {
    Message message;
    message.markdown = std::move(markdown);
    message.files = std::move(files);
    return send(to, message, options);
}

Result<Receipt> Messenger::send_card(const Target& to,
                                     std::string card_json,
                                     std::string text,
                                     const SendOptions& options) {
    Message message;
    message.card_json = std::move(card_json);
    message.text = std::move(text);
    return send(to, message, options);
}

Result<Receipt> Messenger::send(const Target& to,
                                const Message& message,
                                const SendOptions& options) {
    return send_until(to, message, options, clock_.now() + bounded(options.wait)).receipt;
}

Result<Receipt> Messenger::post(const Target& to,
                                const Message& message,
                                const SendOptions& options) {
    return accept(to, message, options, false);
}

Messenger::Sent Messenger::send_until(const Target& to,
                                      const Message& message,
                                      const SendOptions& options,
                                      resilience::Instant until) {
    auto accepted = accept(to, message, options, true);
    // Where the store does not know what it has written, the message may be on its way.
    const bool refused = !accepted.ok() && accepted.error().cls != ErrorClass::kAmbiguous;
    if (!accepted.ok()) return {std::move(accepted), refused};
    return await(std::move(accepted).value(), until);
}

Result<Receipt> Messenger::accept(const Target& to,
                                  const Message& message,
                                  const SendOptions& options,
                                  bool watched) {
    return guarded([&]() -> Result<Receipt> {
        auto planned = plan(to, message, options);
        if (!planned.ok()) return std::move(planned).error();
        Receipt receipt;
        receipt.ids.reserve(planned.value().size());
        receipt.detail = "queued";
        auto stored = watched ? outbox_.add_watched(std::move(planned).value())
                              : outbox_.add(std::move(planned).value());
        if (!stored.ok()) return std::move(stored).error();
        for (const auto& added : stored.value()) {
            if (auto error = refusal_of(added, options.key)) return *std::move(error);
            receipt.duplicate = receipt.duplicate || added.kind == Added::Kind::kDuplicate;
            receipt.ids.push_back(added.id);
        }
        return receipt;
    });
}

Result<std::vector<NewDelivery>> Messenger::plan(const Target& to,
                                                 const Message& message,
                                                 const SendOptions& options) {
    const auto now = resilience::since_epoch(clock_.wall_now());
    if (auto mistake = mistake_in(options, now)) return *std::move(mistake);
    std::vector<NewDelivery> deliveries;
    const auto pieces = pieces_of(message, piece_options(options, spool_ != nullptr));
    for (const auto& piece : pieces) {
        const auto allowed = webex::check_message(to, piece.message);
        if (!allowed.ok()) return allowed.error();
        if (piece.attachment.size() > webex::kFileBytesMax) {
            return resilience::permanent_error("the text has " +
                                               std::to_string(piece.attachment.size()) +
                                               " bytes, more than a file may have: send a link");
        }
    }
    auto own = options;
    if (hold_) own.not_before = std::max(own.not_before, hold_(to, own.priority, now));
    // One group for all, by which they can be found and recalled.
    if (own.group == 0 && pieces.size() > 1) own.group = outbox_.new_group();
    for (const auto& piece : pieces) {
        auto planned = plan_piece(to, piece, own, now);
        if (!planned.ok()) return std::move(planned).error();
        auto& delivery = planned.value();
        if (!options.key.empty()) {
            const auto count = deliveries.size();
            delivery.key =
                count == 0 ? options.key : derived_key(options.key, std::to_string(count + 1));
            delivery.key_expires = now + bounded(options.key_ttl);
        }
        deliveries.push_back(std::move(delivery));
    }
    return deliveries;
}

Result<NewDelivery> Messenger::plan_piece(const Target& to,
                                          const Piece& piece,
                                          const SendOptions& options,
                                          outbox::Millis now) {
    NewDelivery delivery;
    delivery.destination = destination_of(to);
    delivery.priority = options.priority;
    delivery.payload = webex::render_message(to, piece.message);
    delivery.not_before = options.not_before;
    delivery.deadline = std::max(now, options.not_before) + bounded(options.deadline);
    delivery.policy = policy_of(options);
    delivery.max_attempts = options.max_attempts;
    delivery.group = options.group;
    delivery.origin = options.origin;
    delivery.continues = piece.continues || options.thread_of.value != 0;
    delivery.head = options.thread_of;
    if (piece.message.files.empty() && piece.attachment.empty()) return delivery;
    if (spool_ == nullptr) {
        return resilience::permanent_error("files cannot be sent: there is no spool");
    }
    auto spooled = piece.attachment.empty()
                       ? spool_->add(piece.message.files.front())
                       : spool_->add_bytes(piece.attachment, piece.attachment_name);
    if (!spooled.ok()) return spooled.error();
    delivery.file = std::move(spooled).value();
    return delivery;
}

Messenger::Sent Messenger::await(Receipt receipt, resilience::Instant until) {
    bool decided = false;
    bool any_refused = false;
    bool may_arrive = false;
    for (const auto id : receipt.ids) {
        const auto left = std::chrono::duration_cast<milliseconds>(until - clock_.now());
        auto delivery = guarded([&] { return outbox_.wait(id, left); });
        const auto state = delivery.ok() ? state_of(delivery.value()) : SendState::kQueued;
        may_arrive = may_arrive || state == SendState::kQueued || state == SendState::kUncertain;
        any_refused = any_refused || (delivery.ok() && state == SendState::kFailed &&
                                      delivery.value().reason == DeadReason::kRejected);
        if (decided) continue;
        decided = state != SendState::kDelivered;
        receipt.state = state;
        auto detail = guarded([&]() -> Result<std::string> { return describe(delivery); });
        receipt.detail =
            detail.ok() ? std::move(detail).value() : std::move(detail).error().message;
        receipt.decisive = delivery.ok() ? std::move(delivery).value() : Delivery{};
        receipt.decisive.id = id;
    }
    return {std::move(receipt), any_refused && !may_arrive};
}

SafeOutcome Messenger::safe_send(const Target& to,
                                 const Message& message,
                                 std::string_view fallback_text,
                                 const SendOptions& options) noexcept {
    try {
        return try_safely(to, message, fallback_text, options);
    } catch (const std::exception& e) {
        swallow(e.what());
    } catch (...) {
        swallow("an unknown exception");
    }
    return {};
}

SafeOutcome Messenger::try_safely(const Target& to,
                                  const Message& message,
                                  std::string_view fallback_text,
                                  const SendOptions& options) {
    const auto start = clock_.now();
    const auto until = start + bounded(options.wait);
    const auto first = send_until(to, message, options, until);
    const auto outcome = settle(first);
    if (!first.refused || fallback_text.empty()) return outcome;

    Message fallback;
    fallback.text = std::string(fallback_text);
    fallback.parent_id = message.parent_id;
    auto rest = options;
    if (!options.key.empty()) rest.key = derived_key(options.key, "fallback");
    const auto spent = std::chrono::ceil<milliseconds>(clock_.now() - start);
    rest.deadline = std::max(bounded(options.deadline) - spent, milliseconds{1});
    return settle(send_until(to, fallback, rest, until));
}

// What a send came to, for one who hears of nothing else.
SafeOutcome Messenger::settle(const Sent& sent) noexcept {
    if (!sent.receipt.ok()) {
        swallow(sent.receipt.error().message.c_str());
        return {sent.refused ? SendState::kFailed : SendState::kUncertain};
    }
    const auto& receipt = sent.receipt.value();
    if (receipt.state == SendState::kFailed) swallow(receipt.detail.c_str());
    return {receipt.state};
}

void Messenger::set_on_swallowed(std::function<void(const std::string&)> told) {
    on_swallowed_ = std::move(told);
}

// The last resort is a line on standard error: whatever listens here may be what is broken.
void Messenger::swallow(const char* what) noexcept {
    swallowed_.fetch_add(1, std::memory_order_relaxed);
    try {
        if (on_swallowed_) {
            on_swallowed_(what);
            return;
        }
    } catch (...) {  // NOLINT(bugprone-empty-catch): the line below is all that is left
    }
    std::fprintf(stderr, "stentor: safe_send failed: %s\n", what);
}

}  // namespace messaging
