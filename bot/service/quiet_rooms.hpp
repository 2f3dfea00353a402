#pragma once

#include "bot/config/config.hpp"
#include "bot/service/room_book.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/send.hpp"
#include "resilience/clock.hpp"

#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

namespace bot::service {

/// Rooms with quiet hours: reports and other messages that may wait are held until their end,
/// durably, and then follow in order behind one line that sums them up. Alerts and answers to
/// people pass.
class QuietRooms {
public:
    struct Parts {
        const RoomBook& rooms;
        messaging::Messenger& messenger;
        messaging::outbox::Outbox& outbox;
        resilience::Clock& clock;
        std::chrono::seconds deadline{3600};  ///< Of the line.
    };

    /// What is held goes out so much after the end, behind the line.
    static constexpr std::chrono::seconds kBehind{5};

    QuietRooms(const config::Config& config, const Parts& parts);

    /// Until when a message is held, for `Messenger::hold_with`; 0: it is not. Any thread.
    messaging::outbox::Millis held_until(const messaging::Target& to,
                                         messaging::outbox::Priority priority,
                                         messaging::outbox::Millis now) const;

    /// Writes the line for each room whose quiet hours have ended since the last look. Returns how
    /// long to wait before the next. For one thread; blocks on the store when some have.
    std::chrono::milliseconds look();
    /// The same, until stopped. Blocks.
    void run(const std::stop_token& stop);

private:
    struct Room {
        std::string name;
        schedule::QuietHours hours;
        schedule::TimeZone zone;
    };

    void sum_up(const Room& room, schedule::WallTime end);

    Parts parts_;
    std::vector<Room> rooms_;
    std::map<std::string, schedule::WallTime> ends_;  // of quiet hours that have been seen
};

}  // namespace bot::service
