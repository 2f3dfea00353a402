#pragma once

#include "messaging/outbox/delivery.hpp"
#include "resilience/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bot::cli {

/// Body of `POST /recall`: take back, or edit, what was posted.
struct RecallRequest {
    /// Groups (all deliveries of one call) and single deliveries; both look alike.
    std::vector<messaging::outbox::DeliveryId> ids = {};
    /// Replaces the text instead of deleting, as markdown; empty: delete.
    std::string edit = {};
    bool dry_run = false;

    friend bool operator==(const RecallRequest&, const RecallRequest&) = default;
};

/// Most ids of one request.
inline constexpr std::size_t kRecallIdsMax = 1'000;

/// What became of one message.
struct RecallItem {
    enum class Outcome : std::uint8_t {
        kDeleted,  ///< It is gone, or was gone already.
        kEdited,
        kCancelled,  ///< It had not been sent and will not be.
        kNothing,    ///< It never arrived: nothing to take back.
        kFailed      ///< It stays as it is; `detail` says why and what to do.
    };
    messaging::outbox::DeliveryId id = {};
    std::string destination = {};
    std::string message_id = {};
    Outcome outcome = Outcome::kFailed;
    std::string detail = {};

    friend bool operator==(const RecallItem&, const RecallItem&) = default;
};

/// Answer to a RecallRequest.
struct RecallReply {
    std::vector<RecallItem> items = {};

    friend bool operator==(const RecallReply&, const RecallReply&) = default;
};

std::string_view to_string(RecallItem::Outcome outcome);

/// 0 all done · 1 nothing was, or nothing was found · 3 some failed.
int exit_code_for(const RecallReply& reply);

std::string to_json(const RecallRequest& request);
resilience::Result<RecallRequest> recall_request_from_json(std::string_view body);
std::string to_json(const RecallReply& reply);
resilience::Result<RecallReply> recall_reply_from_json(std::string_view body);

}  // namespace bot::cli
