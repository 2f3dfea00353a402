#pragma once

#include "bot/config/config.hpp"
#include "messaging/content/message.hpp"
#include "messaging/webex/resources.hpp"
#include "resilience/result.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace bot::service {

/// Rule of the error for a name that no room has.
inline constexpr const char* kUnknownRoom = "unknown_room";

/// Turns the names of the configuration into destinations. Thread-safe.
class RoomBook {
public:
    /// `config` must outlive the book.
    explicit RoomBook(const config::Config& config);

    /// Learns the titles of all rooms that the bot is in, for configured rooms without an id; what
    /// was learned before is forgotten.
    void learn(const std::vector<messaging::webex::Room>& rooms);

    /// Whether a configured room without an id is not among the titles that were learned.
    bool incomplete() const;

    /// A configured room's name, a title that was learned, or a room id. The error says which
    /// names there are. A title that several rooms have names none of them.
    resilience::Result<messaging::Target> find(const std::string& name) const;

    /// Name of the configured room behind a destination ("room:…", "email:…"), else the
    /// destination itself.
    std::string name_of(const std::string& destination) const;
    /// Name of the configured room with this id; empty when there is none.
    std::string name_of_room(const std::string& room_id) const;

private:
    resilience::Result<messaging::Target> target_of(const config::Room& room) const;
    resilience::Result<messaging::Target> titled(const std::string& title) const;

    const config::Config& config_;
    mutable std::mutex mutex_;  // guards ids_by_title_
    std::multimap<std::string, std::string> ids_by_title_;
};

}  // namespace bot::service
