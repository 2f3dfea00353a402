#pragma once

#include "bot/config/config.hpp"
#include "bot/config/secret.hpp"
#include "messaging/outbox/sender.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

namespace bot::service {

/// The bot's access token, and the file it comes from: an operator or a secret store replaces the
/// file, and the next request carries the new token. Thread-safe.
class Token {
public:
    /// Takes the token that the configuration has read.
    explicit Token(const config::Config& config);

    std::string get() const;

    /// Reads the file again. True when it holds another token than before. Without a file, false.
    /// A file that cannot be used changes nothing: the error says what is wrong with it. Blocks.
    resilience::Result<bool> refresh();

    /// Refreshes every two seconds until stopped; calls `changed` after each change, on this
    /// thread, and logs what it finds. Returns at once where there is no file. Blocks.
    void watch(resilience::Clock& clock,
               const std::stop_token& stop,
               const std::function<void()>& changed);

private:
    const std::string file_;
    mutable std::mutex mutex_;  // guards token_
    config::Secret token_;
};

/// Whether sending is held because Webex refused the token (HTTP 401). Any thread.
bool token_refused(const messaging::outbox::Sender& sender);

}  // namespace bot::service
