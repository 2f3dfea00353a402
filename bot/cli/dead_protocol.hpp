#pragma once

#include "messaging/outbox/delivery.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bot::cli {

/// Body of `POST /dead`: what is to be done with which dead letters.
struct DeadRequest {
    enum class Verb : std::uint8_t { kList, kRedrive, kDrop };
    Verb verb = Verb::kList;
    /// These, or with none all that the filter below means.
    std::vector<messaging::outbox::DeliveryId> ids = {};
    std::string room = {};  ///< Name from the configuration, a room id or an e-mail address.
    std::optional<messaging::outbox::DeadReason> reason = std::nullopt;
    std::optional<std::chrono::seconds> since = std::nullopt;  ///< Ended no longer ago than this.
    bool dry_run = false;
    bool with_content = false;  ///< For kList: with what the messages were to say.
    /// For kList: a page, newest first; those before this id.
    messaging::outbox::DeliveryId before = {};
    std::uint32_t limit = 100;

    friend bool operator==(const DeadRequest&, const DeadRequest&) = default;
};

/// Most dead letters of one page, and most that an answer about a change names.
inline constexpr std::uint32_t kDeadPageMax = 100;
inline constexpr std::size_t kDeadNamedMax = 1'000;
/// Most ids of one request.
inline constexpr std::size_t kDeadIdsMax = 10'000;

/// One dead letter in an answer.
struct DeadItem {
    messaging::outbox::Delivery letter;
    bool done = false;        ///< For kList: true.
    std::string detail = {};  ///< Why it was left as it is.
};

/// Answer to a DeadRequest.
struct DeadReply {
    /// Of a change that concerns more than kDeadNamedMax the first, those that failed before the
    /// others.
    std::vector<DeadItem> items = {};
    std::uint64_t matched = 0;
    std::uint64_t changed = 0;  ///< With `dry_run`: would be.
};

std::string_view to_string(DeadRequest::Verb verb);

std::string to_json(const DeadRequest& request);
resilience::Result<DeadRequest> dead_request_from_json(std::string_view body);
std::string to_json(const DeadReply& reply);
resilience::Result<DeadReply> dead_reply_from_json(std::string_view body);
/// One dead letter with what it was to say: a line of `stentor dead export`.
std::string export_line(const messaging::outbox::Delivery& letter);

}  // namespace bot::cli
