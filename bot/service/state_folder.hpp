#pragma once

#include "bot/config/config.hpp"
#include "resilience/result.hpp"

#include <cstdint>
#include <string>

namespace bot::service {

/// STATE_DIR: everything the bot must not forget. Readable by its owner alone.
class StateFolder {
public:
    /// Makes the folder when it is missing and keeps everybody else out. Fails when it cannot be
    /// made or is not writable, and when it is open to others and holds things that are not ours.
    static resilience::Result<StateFolder> open(std::string path);

    std::string path(const std::string& name) const { return path_ + "/" + name; }

    /// The configured secret, or one that is made once and kept in this file (mode 0600).
    resilience::Result<std::string> secret(const std::string& name,
                                           const std::string& configured) const;

private:
    explicit StateFolder(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

/// Writes a file in one piece, mode 0600: first beside it, then renamed.
resilience::Result<resilience::Done> write_private_file(const std::string& path,
                                                        const std::string& content);

/// Where Webex is to call this bot: the configured address with /webhook, or this process itself
/// when the API is on loopback (the sandbox). Empty: nowhere, no webhooks are made.
std::string webhook_target(const config::Config& config, std::uint16_t port);

}  // namespace bot::service
