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
    AttemptNote note = {};     ///< When it is not: why it ends as dead(cancelled).
};

/// Decides about a further part whose turn has come; `payload` is what was accepted.
///
/// Delivered: it becomes a reply to the first part, unless it has a parent of its own already or
/// the first part's message id was never learned. dead(maybe_delivered), or gone from the store: it
/// goes out without a thread, its number tells readers what it belongs to. Anything else (refused,
/// expired, cancelled, waiting again because somebody has re-driven it): it is not sent alone. Its
/// end says so, and when it is re-driven later, this is decided anew.
Continuation continue_after(const std::optional<HeadStanding>& head, std::string payload);

/// The JSON object of a request with one more member, "parentId".
std::string with_parent(std::string payload, std::string_view message_id);

}  // namespace messaging::outbox
