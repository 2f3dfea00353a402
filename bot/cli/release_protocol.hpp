#pragma once

#include "resilience/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bot::cli {

/// Body of `POST /release`: end the holds of rooms.
struct ReleaseRequest {
    /// Name from the configuration, room id, e-mail address or destination; empty: every held room.
    std::string room = {};

    friend bool operator==(const ReleaseRequest&, const ReleaseRequest&) = default;
};

/// Answer to a ReleaseRequest.
struct ReleaseReply {
    std::vector<std::string> released = {};  ///< Destinations that were held and are no longer.

    friend bool operator==(const ReleaseReply&, const ReleaseReply&) = default;
};

std::string to_json(const ReleaseRequest& request);
resilience::Result<ReleaseRequest> release_request_from_json(std::string_view body);
std::string to_json(const ReleaseReply& reply);
resilience::Result<ReleaseReply> release_reply_from_json(std::string_view body);

}  // namespace bot::cli
