#pragma once

#include "bot/cli/control_protocol.hpp"
#include "resilience/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bot::cli {

/// Body of `POST /send-many`: one message to many targets.
struct FanOutRequest {
    /// The message with its first target. Its key stands for the whole.
    SendRequest message;
    /// Further targets: each has a `room`, `person` or `email` and nothing else.
    std::vector<SendRequest> also = {};

    friend bool operator==(const FanOutRequest&, const FanOutRequest&) = default;
};

/// Most targets of one request.
inline constexpr std::size_t kTargetsMax = 1'000;

/// Answer to a FanOutRequest.
struct FanOutReply {
    struct Item {
        std::string to = {};  ///< As it was given.
        SendReply reply = {};

        friend bool operator==(const Item&, const Item&) = default;
    };
    std::string state = {};  ///< "complete", "partial" or "failed".
    std::string group = {};  ///< What `stentor recall` takes.
    std::vector<Item> items = {};

    friend bool operator==(const FanOutReply&, const FanOutReply&) = default;
};

/// The target of a request, as it was given.
const std::string& target_text(const SendRequest& request);

/// 0 all delivered · 1 none will be · 3 some were not, some have it or may get it · 75 none has
/// failed, but some are queued or uncertain · 77 the token is refused, kept.
int exit_code_for(const FanOutReply& reply);

std::string to_json(const FanOutRequest& request);
resilience::Result<FanOutRequest> fan_out_request_from_json(std::string_view body);
std::string to_json(const FanOutReply& reply);
resilience::Result<FanOutReply> fan_out_reply_from_json(std::string_view body);

}  // namespace bot::cli
