#include "bot/service/alarms.hpp"

#include "bot/log/log.hpp"
#include "bot/text/markdown.hpp"
#include "bot/text/time_text.hpp"
#include "messaging/outbox/destination.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace bot::service {

using messaging::outbox::Notice;

namespace {

constexpr std::size_t kWaitingMax = 1'000;
constexpr std::chrono::seconds kQuiet{30};
constexpr std::size_t kNamedMax = 5;
constexpr std::size_t kOwnMax = 256;

}  // namespace

Alarms::Alarms(Parts parts) : parts_(std::move(parts)) {}

void Alarms::tell(const Notice& notice) noexcept {
    try {
        Event event;
        switch (notice.kind) {
            case Notice::Kind::kBotHeld:
                event.kind = Kind::kBotHeld;
                break;
            case Notice::Kind::kBotReleased:
                event.kind = Kind::kBotReleased;
                break;
            case Notice::Kind::kRoomHeld:
                event.kind = Kind::kRoomHeld;
                break;
            case Notice::Kind::kDead:
                event.kind = Kind::kNotDelivered;
                break;
            case Notice::Kind::kDelivered:
            case Notice::Kind::kConfirmedLate:
            case Notice::Kind::kRetry:
            case Notice::Kind::kDegraded:
            case Notice::Kind::kUncertain:
            case Notice::Kind::kPaused:
                return;
        }
        event.destination = notice.destination;
        event.id = notice.id;
        event.reason = to_string(notice.reason);
        event.text = notice.note.detail;
        note(std::move(event));
    } catch (...) {
        const std::scoped_lock lock(mutex_);
        ++missed_;
    }
}

void Alarms::swallowed(const std::string& what) noexcept {
    note_text(Kind::kSwallowed, what);
}

void Alarms::overdue(const std::string& what) noexcept {
    note_text(Kind::kOverdue, what);
}

void Alarms::note_text(Kind kind, const std::string& text) noexcept {
    try {
        Event event;
        event.kind = kind;
        event.text = text;
        note(std::move(event));
    } catch (...) {
        const std::scoped_lock lock(mutex_);
        ++missed_;
    }
}

// A hold is never left out, whatever else waits.
void Alarms::note(Event event) noexcept {
    event.time = resilience::since_epoch(parts_.clock.wall_now());
    const bool hold = event.kind == Kind::kBotHeld || event.kind == Kind::kBotReleased;
    const std::scoped_lock lock(mutex_);
    try {
        if (!hold && events_.size() >= kWaitingMax) {
            ++missed_;
        } else {
            events_.push_back(std::move(event));
        }
    } catch (...) {
        ++missed_;
    }
    noted_.notify_one();
}

void Alarms::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        {
            std::unique_lock lock(mutex_);
            noted_.wait(lock, stop, [this] { return !events_.empty() || missed_ > 0; });
        }
        flush();
        parts_.clock.sleep_until(parts_.clock.now() + kQuiet, stop);
    }
    flush();
}

void Alarms::flush() {
    std::deque<Event> events;
    std::uint64_t missed = 0;
    {
        const std::scoped_lock lock(mutex_);
        events.swap(events_);
        missed = std::exchange(missed_, 0U);
    }
    std::map<Kind, std::vector<Event>> sorted;
    for (auto& event : events) {
        if (event.kind == Kind::kBotHeld || event.kind == Kind::kBotReleased) {
            say_hold(event);
        } else {
            sorted[event.kind].push_back(std::move(event));
        }
    }
    say_held_rooms(sorted[Kind::kRoomHeld]);
    say_not_delivered(sorted[Kind::kNotDelivered], missed);
    say_swallowed(sorted[Kind::kSwallowed]);
    say_overdue(sorted[Kind::kOverdue]);
}

// While sending is held nobody hears anything in a room, so that goes into the file; that it goes
// on can be said in both places.
void Alarms::say_hold(const Event& event) {
    if (event.kind == Kind::kBotHeld) {
        held_ = true;
        hold_reason_ = event.text;
        held_since_ = event.time;
        write("bot_held", "all sending is held, nothing is lost: " + event.text +
                              ". It goes on by itself when that is mended");
        return;
    }
    if (!std::exchange(held_, false)) return;
    const auto lasted = std::chrono::duration_cast<std::chrono::seconds>(event.time - held_since_);
    const auto text = "sending goes on; it was held for " + text::duration(lasted) + ": " +
                      std::exchange(hold_reason_, {});
    write("bot_released", text);
    if (!parts_.config.ops_room.empty()) post(text);
}

void Alarms::say_held_rooms(const std::vector<Event>& events) {
    std::set<std::string> said;
    for (const auto& event : events) {
        if (!said.insert(event.destination).second) continue;
        say("room_held",
            "messages to " + parts_.rooms.name_of(event.destination) +
                " are held until they can be sent or their deadline passes: " + event.text,
            is_ops_room(event.destination));
    }
}

void Alarms::say_not_delivered(const std::vector<Event>& events, std::uint64_t missed) {
    std::map<std::string, std::uint64_t> by_reason;
    std::string named;
    std::size_t count = 0;
    for (const auto& event : events) {
        if (own_.contains(event.id.value)) {
            write("alarm_not_delivered",
                  "an alarm was not delivered (" + event.reason + "): " + event.text);
            continue;
        }
        ++by_reason[event.reason];
        if (++count > kNamedMax) continue;
        named += "; " + to_string(event.id) + " to " + parts_.rooms.name_of(event.destination) +
                 " (" + event.reason + "): " + event.text;
    }
    if (count == 0 && missed == 0) return;
    std::string text = std::to_string(count) +
                       (count == 1 ? " message was not delivered" : " messages were not delivered");
    const char* before = " (";
    for (const auto& [reason, times] : by_reason) {
        text += before + reason + ": " + std::to_string(times);
        before = ", ";
    }
    if (!by_reason.empty()) text += ")";
    if (missed > 0) text += ", and " + std::to_string(missed) + " further alarms were left out";
    text += named;
    if (count > kNamedMax) text += "; …";
    say("not_delivered", text + ". `stentor dead list` shows them all");
}

void Alarms::say_swallowed(const std::vector<Event>& events) {
    if (events.empty()) return;
    std::string text = std::to_string(events.size()) +
                       (events.size() == 1 ? " notification" : " notifications") +
                       " could not be sent: " + events.front().text;
    if (events.size() > 1) text += "; …";
    say("safe_send", text);
}

void Alarms::say_overdue(const std::vector<Event>& events) {
    if (events.empty()) return;
    std::string text;
    for (std::size_t i = 0; i < std::min(events.size(), kNamedMax); ++i)
        text += (text.empty() ? "" : "; ") + events[i].text;
    if (events.size() > kNamedMax) {
        text += "; and " + std::to_string(events.size() - kNamedMax) +
                " more, which `stentor report list` shows";
    }
    say("report_overdue", text);
}

void Alarms::say(const std::string& kind, const std::string& text, bool file_only) {
    // A held room message still waits for the end of the hold; somebody should know now.
    const bool posted = !file_only && !parts_.config.ops_room.empty() && post(text);
    if (!posted || held_) write(kind, text);
}

bool Alarms::post(const std::string& text) {
    if (messenger_ == nullptr) return false;
    const auto to = parts_.rooms.find(parts_.config.ops_room);
    if (!to.ok()) {
        log::error("the alarm room cannot be used", {{"why", to.error().message}});
        return false;
    }
    messaging::Message message;
    message.markdown = "**Alarm**: " + text::escape_markdown(text);
    messaging::SendOptions options;
    options.priority = messaging::outbox::Priority::kAlert;
    options.deadline = parts_.config.delivery_deadline;
    options.origin = "alarm";
    const auto posted = messenger_->post(to.value(), message, options);
    if (!posted.ok()) {
        log::error("an alarm was not accepted", {{"why", posted.error().message}});
        return false;
    }
    for (const auto id : posted.value().ids)
        own_.insert(id.value);
    while (own_.size() > kOwnMax)
        own_.erase(own_.begin());  // the oldest: ids grow with time
    return true;
}

void Alarms::write(const std::string& kind, const std::string& text) {
    const auto now = resilience::since_epoch(parts_.clock.wall_now());
    const auto written = parts_.file.append({now, kind, text});
    if (!written.ok()) {
        log::error("an alarm cannot be written down",
                   {{"alarm", text}, {"why", written.error().message}});
    }
}

bool Alarms::is_ops_room(const std::string& destination) const {
    if (parts_.config.ops_room.empty()) return false;
    const auto to = parts_.rooms.find(parts_.config.ops_room);
    return to.ok() && messaging::outbox::destination_of(to.value()) == destination;
}

}  // namespace bot::service
