#pragma once

#include "messaging/receive/inbound_event.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace messaging::receive {

/// Keeps the bot from talking to itself: it receives its own posts, and other bots may answer it.
///
/// Ids are compared decoded: the REST id of a person and the raw uuid that websocket frames carry
/// name the same account. While the own id is unknown nothing is handled (fails closed). Immutable
/// after construction, so any thread may ask.
class LoopGuard {
public:
    enum class Author : std::uint8_t {
        kUnknown,   ///< The own id is not known, or the event names nobody.
        kSelf,      ///< The bot's own post; evidence that it arrived, not an order.
        kOtherBot,  ///< An account of @webex.bot or @sparkbot.io.
        kPerson
    };

    struct Options {
        std::string own_person_id = {};       ///< `id` of people/me.
        std::vector<std::string> own_emails;  ///< `emails` of people/me; may be empty.
        bool bots_allowed = false;            ///< Take orders from other bots as well.
    };

    explicit LoopGuard(Options options);

    Author author(std::string_view person_id, std::string_view person_email) const;

    /// True when the event should be acted upon: by a person, or by a bot where that is allowed.
    /// Memberships name the member, not an author: they pass as soon as the own id is known.
    bool handles(const InboundEvent& event) const;

private:
    Options options_;
    std::string own_key_;
};

}  // namespace messaging::receive
