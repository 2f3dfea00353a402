#include "bot/service/quiet_rooms.hpp"

#include "bot/log/log.hpp"
#include "bot/text/markdown.hpp"
#include "messaging/outbox/destination.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace bot::service {

using messaging::outbox::Delivery;
using messaging::outbox::Millis;
using messaging::outbox::Priority;
using schedule::WallTime;

namespace {

constexpr auto kQuietRest = std::chrono::seconds{30};  // the wall clock may be set
constexpr std::uint32_t kCountedMax = 1'000;
constexpr std::size_t kOriginsMax = 8;

bool may_wait(Priority priority) {
    return priority == Priority::kReport || priority == Priority::kBulk;
}

// "3 of schedule weekly, 1 of send".
std::string origins(const std::vector<Delivery>& held) {
    std::map<std::string, std::size_t> counts;
    for (const auto& delivery : held)
        ++counts[delivery.origin.empty() ? "unknown origin" : delivery.origin];
    std::vector<std::pair<std::string, std::size_t>> sorted(counts.begin(), counts.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    std::string text;
    for (std::size_t i = 0; i < std::min(kOriginsMax, sorted.size()); ++i) {
        text += (i == 0 ? "" : ", ") + std::to_string(sorted[i].second) + " of " +
                text::escape_markdown(sorted[i].first);
    }
    return text + (sorted.size() > kOriginsMax ? " and others" : "");
}

}  // namespace

QuietRooms::QuietRooms(const config::Config& config, const Parts& parts) : parts_(parts) {
    for (const auto& room : config.rooms) {
        if (!room.quiet) continue;
        auto zone = schedule::TimeZone::find(room.quiet->time_zone);
        if (zone.ok()) rooms_.push_back({room.name, *room.quiet, zone.value()});
    }
}

Millis QuietRooms::held_until(const messaging::Target& to, Priority priority, Millis now) const {
    if (rooms_.empty() || !may_wait(priority)) return Millis{0};
    const auto name = parts_.rooms.name_of(messaging::outbox::destination_of(to));
    const auto room = std::find_if(rooms_.begin(), rooms_.end(),
                                   [&](const auto& one) { return one.name == name; });
    if (room == rooms_.end()) return Millis{0};
    const auto end = quiet_until(room->hours, room->zone, WallTime(now));
    return end ? resilience::since_epoch(*end) + kBehind : Millis{0};
}

std::chrono::milliseconds QuietRooms::look() {
    const auto now = parts_.clock.wall_now();
    auto rest = std::chrono::milliseconds{kQuietRest};
    for (const auto& room : rooms_) {
        if (const auto seen = ends_.find(room.name); seen != ends_.end() && seen->second <= now) {
            sum_up(room, seen->second);
            ends_.erase(seen);
        }
        const auto end = quiet_until(room.hours, room.zone, now);
        if (!end) continue;
        ends_.insert_or_assign(room.name, *end);
        rest = std::min(rest, std::chrono::ceil<std::chrono::milliseconds>(*end - now));
    }
    return std::max(rest, std::chrono::milliseconds{0});
}

void QuietRooms::run(const std::stop_token& stop) {
    if (rooms_.empty()) return;
    while (!stop.stop_requested())
        parts_.clock.sleep_until(parts_.clock.now() + look(), stop);
}

void QuietRooms::sum_up(const Room& room, WallTime end) {
    const auto to = parts_.rooms.find(room.name);
    if (!to.ok()) return;  // then nothing was held for it
    const auto until = resilience::since_epoch(end) + kBehind;
    auto held = parts_.outbox.read([&](messaging::outbox::Store& store) {
        return store.find({.state = messaging::outbox::State::kPending,
                           .destination = messaging::outbox::destination_of(to.value()),
                           .limit = kCountedMax});
    });
    if (!held.ok()) {
        log::error("what was held in quiet hours cannot be summed up",
                   {{"room", room.name}, {"why", held.error().message}});
        return;
    }
    std::erase_if(held.value(), [&](const auto& one) { return one.not_before != until; });
    const auto count = held.value().size();
    if (count < 2) return;  // one message speaks for itself
    messaging::Message message;
    message.markdown = "While this room was quiet, " + std::to_string(count) +
                       " messages waited; they follow: " + origins(held.value()) + ".";
    messaging::SendOptions options;
    options.priority = Priority::kReply;
    options.deadline = parts_.deadline;
    options.key = "quiet:" + room.name + ":" + std::to_string(until.count());
    options.origin = "quiet hours";
    const auto posted = parts_.messenger.post(to.value(), message, options);
    if (posted.ok()) return;
    log::error("the line after quiet hours was not accepted",
               {{"room", room.name}, {"why", posted.error().message}});
}

}  // namespace bot::service
