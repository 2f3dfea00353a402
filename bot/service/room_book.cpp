#include "bot/service/room_book.hpp"

#include "bot/text/closest.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bot::service {

using messaging::Target;
using resilience::Result;

namespace {

// Base 64 of "ciscospark://": how every REST id of Webex begins.
constexpr std::string_view kIdStart = "Y2lzY29zcGFyazov";

// Rule of the error when a title does not say which room is meant.
constexpr const char* kAmbiguous = "ambiguous_title";

}  // namespace

RoomBook::RoomBook(const config::Config& config) : config_(config) {}

void RoomBook::learn(const std::vector<messaging::webex::Room>& rooms) {
    std::multimap<std::string, std::string> learned;
    for (const auto& room : rooms) {
        if (room.type == "group" && !room.title_failed) learned.emplace(room.title, room.id);
    }
    const std::scoped_lock lock(mutex_);
    ids_by_title_ = std::move(learned);
}

bool RoomBook::incomplete() const {
    const std::scoped_lock lock(mutex_);
    return std::any_of(config_.rooms.begin(), config_.rooms.end(), [this](const auto& room) {
        return room.id.empty() && room.type == config::RoomType::kGroup &&
               ids_by_title_.count(room.title) == 0;
    });
}

Result<Target> RoomBook::find(const std::string& name) const {
    if (const auto* room = config_.find_room(name)) return target_of(*room);
    if (name.rfind(kIdStart, 0) == 0) return messaging::room(name);
    auto by_title = titled(name);
    if (by_title.ok() || by_title.error().rule == kAmbiguous) return by_title;

    std::vector<std::string> names;
    std::string list;
    for (const auto& room : config_.rooms) {
        names.push_back(room.name);
        list += (list.empty() ? "" : ", ") + room.name;
    }
    const auto like = text::closest(name, names);
    auto error = resilience::permanent_error(
        "there is no room '" + name + "'" + (like.empty() ? "." : "; did you mean " + like + "?") +
        " Configured are: " + (list.empty() ? "none" : list) + ". A room id works as well.");
    error.rule = kUnknownRoom;
    return error;
}

Result<Target> RoomBook::target_of(const config::Room& room) const {
    if (!room.id.empty()) return messaging::room(room.id);
    if (room.type == config::RoomType::kDirect && !room.members.empty()) {
        if (const auto* person = config_.find_person(room.members.front())) {
            return messaging::email(person->email);
        }
    }
    return titled(room.title);
}

Result<Target> RoomBook::titled(const std::string& title) const {
    const std::scoped_lock lock(mutex_);
    const auto [first, last] = ids_by_title_.equal_range(title);
    const auto count = std::distance(first, last);
    if (count == 1) return messaging::room(first->second);
    if (count == 0) {
        auto error = resilience::permanent_error("the bot is in no room titled '" + title +
                                                 "'; add it to the room, or give the room's id");
        error.rule = kUnknownRoom;
        return error;
    }
    auto error = resilience::permanent_error("the bot is in " + std::to_string(count) +
                                             " rooms titled '" + title + "'; give the room's id");
    error.rule = kAmbiguous;
    return error;
}

std::string RoomBook::name_of(const std::string& destination) const {
    for (const auto& room : config_.rooms) {
        const auto target = target_of(room);
        if (!target.ok()) continue;
        const bool by_id = target.value().kind == Target::Kind::kRoomId;
        if (destination == (by_id ? "room:" : "email:") + target.value().value) return room.name;
    }
    return destination;
}

std::string RoomBook::name_of_room(const std::string& room_id) const {
    const auto destination = "room:" + room_id;
    auto name = name_of(destination);
    return name == destination ? "" : name;
}

}  // namespace bot::service
