#pragma once

#include "messaging/content/message.hpp"
#include "messaging/send.hpp"
#include "resilience/result.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace messaging {

/// How one message to many targets stands.
enum class FanOutState : std::uint8_t {
    kComplete,  ///< Every target has it.
    kPartial,   ///< Some have it, or may still get it.
    kFailed     ///< None has it, and none will.
};

std::string_view to_string(FanOutState state);

/// One message to many targets: what became of each. Made by `Messenger::send_to_many`.
struct FanOut {
    struct Item {
        Target to;
        /// As of `Messenger::send` to this target alone.
        resilience::Result<Receipt> receipt;
    };
    FanOutState state = FanOutState::kFailed;
    /// All deliveries of this message have this group: what `recall` takes.
    std::uint64_t group = 0;
    std::vector<Item> items = {};  ///< In the order of the targets, each target once.
};

/// How a target stands; one that was not accepted has failed.
SendState state_of(const FanOut::Item& item);

/// Pure: what the single results come to.
FanOutState fan_out_state(const std::vector<FanOut::Item>& items);

}  // namespace messaging
