#include "messaging/send.hpp"

#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/spool.hpp"
#include "messaging/webex/limits.hpp"
#include "messaging/webex/message_json.hpp"

#include <array>
#include <cstdio>
#include <exception>
#include <utility>

namespace messaging {

using outbox::Delivery;
using outbox::NewDelivery;
using outbox::State;
using outbox::UncertainPolicy;
using resilience::Result;
using std::chrono::milliseconds;

namespace {

std::string destination_of(const Target& to) {
    switch (to.kind) {
        case Target::Kind::kRoomId:
            return "room:" + to.value;
        case Target::Kind::kPersonId:
            return "person:" + to.value;
        case Target::Kind::kPersonEmail:
            break;
    }
    return "email:" + to.value;
}

SendState state_of(const Delivery& delivery) {
    switch (delivery.state) {
        case State::kDelivered:
            return SendState::kDelivered;
        case State::kUncertain:
            return SendState::kUncertain;
        case State::kDead:
            return SendState::kFailed;
        case State::kPending:
        case State::kSending:
            break;
    }
    return SendState::kQueued;
}

std::string describe(const Delivery& delivery) {
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
    return "queued after attempt " + std::to_string(delivery.attempts) + ": " +
           delivery.last.detail;
}

UncertainPolicy policy_of(const SendOptions& options) {
    if (options.policy) return *options.policy;
    return options.priority == outbox::Priority::kAlert ? UncertainPolicy::kPreferDelivery
                                                        : UncertainPolicy::kPreferOnce;
}

// One request carries one file, so several files are several messages, the text with the first.
std::vector<Message> one_file_each(const Message& message) {
    std::vector<Message> parts;
    for (const auto& file : message.files) {
        Message part;
        if (parts.empty()) part = message;
        part.parent_id = message.parent_id;
        part.files = {file};
        parts.push_back(std::move(part));
    }
    if (parts.empty()) parts.push_back(message);
    return parts;
}

resilience::Error key_conflict(const std::string& key, outbox::DeliveryId first) {
    auto error = resilience::permanent_error("the idempotency key '" + key +
                                             "' was used for another message (" + to_string(first) +
                                             "); use a new key for new content");
    error.rule = kKeyConflict;
    return error;
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
    auto accepted = accept(to, message, options, true);
    if (!accepted.ok()) return accepted;
    return await(std::move(accepted).value(), options.wait);
}

Result<Receipt> Messenger::post(const Target& to,
                                const Message& message,
                                const SendOptions& options) {
    return accept(to, message, options, false);
}

Result<Receipt> Messenger::accept(const Target& to,
                                  const Message& message,
                                  const SendOptions& options,
                                  bool watched) {
    auto planned = plan(to, message, options);
    if (!planned.ok()) return planned.error();
    auto stored = watched ? outbox_.add_watched(std::move(planned).value())
                          : outbox_.add(std::move(planned).value());
    if (!stored.ok()) return stored.error();

    Receipt receipt;
    receipt.detail = "queued";
    for (const auto& added : stored.value()) {
        switch (added.kind) {
            case outbox::Added::Kind::kKeyConflict:
                return key_conflict(options.key, added.id);
            case outbox::Added::Kind::kFull:
                return resilience::permanent_error(
                    "the outbox is full; nothing was accepted. Wait until it has drained or raise "
                    "its limit");
            case outbox::Added::Kind::kDuplicate:
                receipt.duplicate = true;
                break;
            case outbox::Added::Kind::kStored:
                break;
        }
        receipt.ids.push_back(added.id);
    }
    return receipt;
}

Result<std::vector<NewDelivery>> Messenger::plan(const Target& to,
                                                 const Message& message,
                                                 const SendOptions& options) {
    const auto allowed = webex::check_message(to, message);
    if (!allowed.ok()) return allowed.error();
    const auto now = resilience::since_epoch(clock_.wall_now());
    std::vector<NewDelivery> deliveries;
    const auto parts = one_file_each(message);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        NewDelivery delivery;
        delivery.destination = destination_of(to);
        delivery.priority = options.priority;
        delivery.payload = webex::render_message(to, parts[i]);
        delivery.not_before = options.not_before;
        delivery.deadline = std::max(now, options.not_before) + options.deadline;
        delivery.policy = policy_of(options);
        delivery.max_attempts = options.max_attempts;
        if (!options.key.empty()) {
            delivery.key = i == 0 ? options.key : options.key + "#" + std::to_string(i + 1);
            delivery.key_expires = now + options.key_ttl;
        }
        delivery.group = options.group;
        delivery.origin = options.origin;
        if (!parts[i].files.empty()) {
            if (spool_ == nullptr) {
                return resilience::permanent_error("files cannot be sent: there is no spool");
            }
            auto spooled = spool_->add(parts[i].files.front());
            if (!spooled.ok()) return spooled.error();
            delivery.file = std::move(spooled).value();
        }
        deliveries.push_back(std::move(delivery));
    }
    return deliveries;
}

Result<Receipt> Messenger::await(Receipt receipt, milliseconds wait) {
    const auto start = clock_.now();
    for (const auto id : receipt.ids) {
        const auto spent = std::chrono::duration_cast<milliseconds>(clock_.now() - start);
        auto delivery = outbox_.wait(id, std::max(wait - spent, milliseconds{0}));
        if (!delivery.ok()) return delivery.error();
        const auto state = state_of(delivery.value());
        if (receipt.decisive.id.value != 0 && receipt.state != SendState::kDelivered) continue;
        receipt.state = state;
        receipt.decisive = std::move(delivery).value();
        receipt.detail = describe(receipt.decisive);
    }
    return receipt;
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
    auto first = send(to, message, options);
    if (first.ok() && first.value().state != SendState::kFailed) return {first.value().state};
    swallow(first.ok() ? first.value().detail : first.error().message);
    const bool refused =
        !first.ok() || first.value().decisive.reason == outbox::DeadReason::kRejected;
    if (!refused || fallback_text.empty()) return {};

    Message fallback;
    fallback.text = std::string(fallback_text);
    fallback.parent_id = message.parent_id;
    auto rest = options;
    rest.key = options.key.empty() ? "" : options.key + "#fallback";
    const auto spent = std::chrono::duration_cast<milliseconds>(clock_.now() - start);
    rest.wait = std::max(options.wait - spent, milliseconds{0});
    auto second = send(to, fallback, rest);
    if (!second.ok()) {
        swallow(second.error().message);
        return {};
    }
    return {second.value().state};
}

void Messenger::set_on_swallowed(std::function<void(const std::string&)> told) {
    on_swallowed_ = std::move(told);
}

// The last resort is a line on standard error: whatever listens here may be what is broken.
void Messenger::swallow(const std::string& what) noexcept {
    try {
        if (on_swallowed_) {
            on_swallowed_(what);
            return;
        }
    } catch (...) {  // NOLINT(bugprone-empty-catch): the line below is all that is left
    }
    std::fprintf(stderr, "stentor: safe_send failed: %s\n", what.c_str());
}

}  // namespace messaging
