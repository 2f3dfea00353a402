#pragma once

#include "bot/config/config.hpp"
#include "bot/log/alarm_file.hpp"
#include "bot/service/room_book.hpp"
#include "messaging/outbox/dispatcher.hpp"
#include "messaging/send.hpp"
#include "resilience/clock.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace bot::service {

/// Tells people what they must not miss: that all sending or a room is held, that it goes on again,
/// that messages were not delivered, what `safe_send` has swallowed, that a report is overdue.
///
/// They hear it in the room OPS_ROOM. What cannot be said there (no such room is configured, it is
/// held itself, the token is refused, the store is full) goes into the alarm file; what cannot be
/// written there either is a line in the log. Much at once becomes one message. An alarm that is
/// not delivered raises no further one.
class Alarms {
public:
    struct Parts {
        const config::Config& config;
        const RoomBook& rooms;
        resilience::Clock& clock;
        log::AlarmFile file;
    };

    explicit Alarms(Parts parts);

    /// What alarms are posted with; until then they go into the file. Before `run` and `flush`.
    void speak_through(messaging::Messenger& messenger) { messenger_ = &messenger; }

    /// Takes note. Any thread; blocks for no more than a mutex, never throws. When memory is out or
    /// a thousand wait, the alarm is counted and the next message says how many are missing.
    void tell(const messaging::outbox::Notice& notice) noexcept;
    void swallowed(const std::string& what) noexcept;
    /// `what` is a sentence without its stop.
    void overdue(const std::string& what) noexcept;

    /// Says what was noted, at most one message in half a minute, until stopped; then what is left.
    /// Blocks, on the store and the disk.
    void run(const std::stop_token& stop);
    /// Says at once what was noted. For one thread.
    void flush();

private:
    enum class Kind : std::uint8_t {
        kBotHeld,
        kBotReleased,
        kRoomHeld,
        kNotDelivered,
        kSwallowed,
        kOverdue
    };
    struct Event {
        Kind kind = Kind::kSwallowed;
        std::chrono::milliseconds time{0};
        std::string destination = {};
        messaging::outbox::DeliveryId id = {};
        std::string reason = {};
        std::string text = {};
    };

    void note(Event event) noexcept;
    void say_hold(const Event& event);
    void say_held_rooms(const std::vector<Event>& events);
    void say_not_delivered(const std::vector<Event>& events, std::uint64_t missed);
    void say_swallowed(const std::vector<Event>& events);
    void say_overdue(const std::vector<Event>& events);
    void note_text(Kind kind, const std::string& text) noexcept;
    void say(const std::string& kind, const std::string& text, bool file_only = false);
    bool post(const std::string& text);
    void write(const std::string& kind, const std::string& text);
    bool is_ops_room(const std::string& destination) const;

    Parts parts_;
    messaging::Messenger* messenger_ = nullptr;
    bool held_ = false;  // these four of the thread in `run` alone
    std::string hold_reason_;
    std::chrono::milliseconds held_since_{0};
    std::set<std::uint64_t> own_;  // the newest alarms, which raise none themselves

    std::mutex mutex_;  // guards all below
    std::condition_variable_any noted_;
    std::deque<Event> events_;
    std::uint64_t missed_ = 0;
};

}  // namespace bot::service
