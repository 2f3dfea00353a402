#pragma once

#include "messaging/outbox/delivery.hpp"
#include "resilience/clock.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace messaging::outbox {

/// What a look into the room showed.
struct LookResult {
    bool possible = false;   ///< False: this room cannot be listed by the bot.
    bool failed = false;     ///< The look itself failed; says nothing.
    std::string found = {};  ///< Message id that matches and belongs to no other delivery.
};

/// A delivery whose answer was lost, and what looking for it has shown so far.
struct LostAnswer {
    Intent intent = {};
    AttemptNote note = {};
    /// The receive path was open when it was sent, so that its echo would have been seen.
    bool echo_covers = true;
    bool listable = true;  ///< Its room can be listed, as far as is known.
    bool looked = false;   ///< At least one look was possible.
};

/// When to look for deliveries whose answer was lost, and when to give up: the first look after
/// `first`, each next one twice as late, until `until` has passed. Pure, used from one thread.
class LostAnswers {
public:
    using Instant = resilience::Clock::Instant;

    LostAnswers(std::chrono::milliseconds first, std::chrono::milliseconds until)
        : first_(first), until_(until) {}

    void add(LostAnswer lost, Instant now);
    /// A look has shown nothing.
    void not_seen(DeliveryId id, const LookResult& result, Instant now);
    /// Takes out a delivery for which evidence was found; empty when it is not looked for.
    std::optional<LostAnswer> take(DeliveryId id);

    struct Due {
        std::vector<Intent> looks = {};  ///< Look for these now, then call `not_seen` or `take`.
        std::vector<LostAnswer> given_up = {};
    };
    Due due(Instant now);
    /// When `due` will have something, if that is before `latest`; else `latest`.
    Instant next_due(Instant latest) const;

    bool empty() const { return by_id_.empty(); }
    std::vector<Intent> in(const std::string& destination) const;

private:
    struct Search {
        LostAnswer lost;
        Instant next_look;
        Instant end;
        std::chrono::milliseconds wait;
        bool looking = false;
    };

    std::chrono::milliseconds first_;
    std::chrono::milliseconds until_;
    std::map<std::uint64_t, Search> by_id_;
};

}  // namespace messaging::outbox
