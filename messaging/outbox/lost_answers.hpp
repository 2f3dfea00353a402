#pragma once

#include "messaging/outbox/delivery.hpp"
#include "resilience/clock.hpp"

#include <algorithm>
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

/// When to look for deliveries whose answer was lost, and when to give up. Pure, used from one
/// thread.
///
/// The first look comes after `first`, each next one twice as late, at most half a minute. It is
/// given up once `until` has passed and a look has told something: while looks fail, as they do
/// when the service is away, evidence may still turn up; they are repeated for about ten minutes.
/// The delivery's deadline ends it in any case.
class LostAnswers {
public:
    using Instant = resilience::Clock::Instant;

    LostAnswers(std::chrono::milliseconds first, std::chrono::milliseconds until)
        : first_(first), until_(until) {}

    /// `wall` is the time that goes with `now`; deadlines are measured with it.
    void add(LostAnswer lost, Instant now, Millis wall);
    /// A look has shown nothing.
    void not_seen(DeliveryId id, const LookResult& result, Instant now);
    /// What may be evidence for a delivery to `destination` has come and could not be read yet: it
    /// is not given up before `until`.
    void keep(const std::string& destination, Instant until);
    /// Takes out a delivery for which evidence was found; empty when it is not looked for.
    std::optional<LostAnswer> take(DeliveryId id);

    struct Due {
        std::vector<Intent> looks = {};  ///< Look for these now, then call `not_seen` or `take`.
        std::vector<LostAnswer> given_up = {};
    };
    /// `may_look`: false while nothing may be asked of the service.
    Due due(Instant now, bool may_look = true);
    /// When `due` will have something, if that is before `latest`; else `latest`.
    Instant next_due(Instant latest, bool may_look = true) const;

    bool empty() const { return by_id_.empty(); }
    std::vector<Intent> in(const std::string& destination) const;

private:
    static constexpr int kFailedMax = 24;

    struct Search {
        LostAnswer lost;
        Instant next_look;
        Instant end;
        Instant deadline;
        std::chrono::milliseconds wait;
        bool looking = false;
        int failed = 0;  // looks

        /// When it is given up unless a look tells something before.
        Instant last() const {
            const bool told = lost.looked || !lost.listable || failed >= kFailedMax;
            return told ? std::min(end, deadline) : deadline;
        }
    };

    std::chrono::milliseconds first_;
    std::chrono::milliseconds until_;
    std::map<std::uint64_t, Search> by_id_;
};

}  // namespace messaging::outbox
