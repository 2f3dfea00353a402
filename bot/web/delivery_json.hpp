#pragma once

#include "messaging/outbox/delivery.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace bot::web {

/// A hold of the whole bot: nothing is sent until its reason has gone.
struct Hold {
    bool held = false;
    std::string reason = {};
};

/// One delivery, without what it says: {"id":"…","state":"…",…}.
nlohmann::json delivery_object(const messaging::outbox::Delivery& delivery);

/// What a page shows of the outbox: {"items":[],"hold":{}}. Times are milliseconds since 1970.
/// Never contains what the messages say.
std::string deliveries_json(const std::vector<messaging::outbox::Delivery>& deliveries,
                            const Hold& hold);

/// One delivery and its timeline: {"delivery":{…},"journal":[…]}.
std::string timeline_json(const messaging::outbox::Delivery& delivery,
                          const std::vector<messaging::outbox::JournalEntry>& journal);

}  // namespace bot::web
