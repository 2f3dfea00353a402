#pragma once

#include "bot/cli/control_protocol.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace bot::cli {

/// Talks to the bot that owns a state folder. All functions block; an error with rule kNoOwner
/// (unix_http.hpp) says that no bot is running there.
class ControlClient {
public:
    /// `clock` must outlive the client.
    ControlClient(const std::string& state_dir, const resilience::Clock& clock);

    /// Waits for the outcome as long as the request says (else 30 s), and ten seconds more for the
    /// bot to say so. When the answer is lost the message may have been accepted: class ambiguous.
    resilience::Result<SendReply> send(const SendRequest& request) const;
    resilience::Result<StatusReport> status() const;
    /// Empty when the bot does not know the delivery.
    resilience::Result<std::optional<Timeline>> timeline(messaging::outbox::DeliveryId id) const;

private:
    std::string socket_path_;
    const resilience::Clock& clock_;
};

}  // namespace bot::cli
