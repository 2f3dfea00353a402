#pragma once

#include "messaging/outbox/delivery.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace messaging::outbox {

/// How the first part of a split text stands when a further part is to be sent.
struct HeadStanding {
    DeliveryId id = {};
    State state = State::kPending;
    DeadReason reason = DeadReason::kNone;
    std::string message_id = {};
};

/// What is to happen with the further part.
struct Continuation {
    bool send = true;
    std::string payload = {};  ///< When it is sent: what is sent, from now on and each time.
    /// When it is not: how it ends, and why.
    DeadReason reason = DeadReason::kNone;
    AttemptNote note = {};
};

/// Decides about a further part whose turn has come; `payload` is what was accepted.
///
/// Delivered: it becomes a reply to the first part, unless it has a parent of its own already or
/// the first part's message id was never learned. dead(maybe_delivered), or gone from the store: it
/// goes out without a thread, its number tells readers what it belongs to. Dead otherwise: it is
/// not sent alone but ends for the same reason, so that who re-drives or drops what is dead in a
/// room does it to the whole text; when it is re-driven, this is decided anew. Waiting again,
/// because the first part alone was re-driven: it ends as rejected, and can be re-driven behind it.
Continuation continue_after(const std::optional<HeadStanding>& head, std::string payload);

/// The JSON object of a request with one more member, "parentId".
std::string with_parent(std::string payload, std::string_view message_id);

}  // namespace messaging::outbox
