#pragma once

#include "messaging/outbox/store.hpp"
#include "resilience/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bot::cli {

/// What the store says about itself, for `stentor doctor`; answer to `GET /facts`.
struct StoreFacts {
    messaging::outbox::Counts counts = {};
    std::vector<messaging::outbox::RoomHold> holds = {};
    std::string bot_hold = {};  ///< Why all sending is held; empty: it is not.
    /// When the newest delivery was accepted; 0: there is none.
    messaging::outbox::Millis newest{0};
    /// Dead letters that wait for a decision, at most kUndecidedMax of them counted.
    std::uint64_t undecided = 0;
    /// Hashes of the spooled files that are needed.
    std::vector<std::string> files = {};
    /// The same for dead letters that wait for a decision.
    std::vector<std::string> dead_files = {};
};

inline constexpr std::uint64_t kUndecidedMax = 1'000;

std::string to_json(const StoreFacts& facts);
resilience::Result<StoreFacts> facts_from_json(std::string_view body);

}  // namespace bot::cli
