#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace messaging::webex {

/// What a REST id stands for. REST ids are to be treated as opaque, except where they have to be
/// compared with the raw uuids of websocket events.
struct RestId {
    std::string cluster;  ///< "us", or longer forms such as "urn:TEAM:us-west-2_r".
    std::string type;     ///< PEOPLE, ROOM, MESSAGE, MEMBERSHIP, WEBHOOK, ATTACHMENT_ACTION …
    std::string key;      ///< Mostly a uuid.

    friend bool operator==(const RestId&, const RestId&) = default;
};

/// Base64 (RFC 4648, standard alphabet) without padding of "ciscospark://CLUSTER/TYPE/KEY".
std::string make_rest_id(const RestId& id);

/// Empty when `text` is no such id. Padding is accepted.
std::optional<RestId> parse_rest_id(std::string_view text);

/// The uuid in a REST id, or `id` itself when it is none. In lower case.
std::string raw_key(std::string_view id);

/// True when both name the same thing, each as a REST id or as a raw uuid. Clusters are not
/// compared: the same thing is named with different ones. Empty ids are never the same.
bool same_id(std::string_view a, std::string_view b);

}  // namespace messaging::webex
