#pragma once

#include "messaging/outbox/delivery.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/store.hpp"
#include "resilience/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace messaging::outbox {

/// Which dead letters are meant.
struct DeadFilter {
    /// These and no others; the members below then do not matter. Empty: by what follows.
    std::vector<DeliveryId> ids = {};
    std::string destination = {};  ///< As in a delivery, "room:…"; empty: any.
    /// Empty: those that wait for a decision (rejected, expired, maybe_delivered), not those about
    /// which a person has decided already (cancelled, dropped).
    std::optional<DeadReason> reason = std::nullopt;
    Millis since{0};  ///< Ended at this time or later.
};

/// A page of dead letters, newest first, with what they were to say. `before` is the last id of the
/// page before, or 0. Of ids only those that are dead are listed. Blocks on the store.
resilience::Result<std::vector<Delivery>> find_dead(Outbox& outbox,
                                                    const DeadFilter& filter,
                                                    DeliveryId before,
                                                    std::size_t limit);

/// True when a copy may be in the room although none is known to be: while evidence is sought, and
/// for a dead letter that ended so, was repeated after an open outcome, or was put away when it had
/// ended so. Pure.
bool may_have_arrived(const Delivery& delivery);

/// Sends a dead letter again: at the end of its lane, with its number of attempts and a new
/// deadline. It stays the same delivery and does not pass the check of its idempotency key again,
/// so an old key cannot swallow it, and a later call with that key finds it. One that may have
/// arrived goes out marked as a repeat.
Transition redrive_of(const Delivery& letter, Millis now, Millis deadline);
/// Puts a dead letter away: it is not sent again unless a person asks for it by its id.
Transition drop_of(const Delivery& letter, Millis now);

/// What became of one dead letter.
struct DeadOutcome {
    Delivery letter;       ///< As it was; without its payload.
    bool done = false;     ///< Changed, or would be (`dry_run`).
    std::string detail{};  ///< Why not, when not.
};

struct DeadChange {
    enum class Verb : std::uint8_t { kRedrive, kDrop };
    Verb verb = Verb::kRedrive;
    Millis now{0};
    Millis time{3'600'000};  ///< What a letter that is sent again has until its new deadline.
    bool dry_run = false;    ///< Changes nothing, says what would be.
    /// Whether a file lies in the spool; one without its file is not sent again. Empty: it does.
    std::function<bool(const std::string& hash)> has_file = {};
};

/// Sends again or drops all that the filter means, in order of acceptance, so that each room gets
/// them in their old order. A few hundred in one transaction; when the store fails half-way, what
/// was changed before stays changed and the error says so. Blocks on the store.
resilience::Result<std::vector<DeadOutcome>> change_dead(Outbox& outbox,
                                                         const DeadFilter& filter,
                                                         const DeadChange& change);

}  // namespace messaging::outbox
