#include "bot/service/room_book.hpp"

#include "bot/text/closest.hpp"

namespace bot::service {

using messaging::Target;
using resilience::Result;

namespace {

// Base 64 of "ciscospark://": how every REST id of Webex begins.
constexpr std::string_view kIdStart = "Y2lzY29zcGFyazov";

}  // namespace

RoomBook::RoomBook(const config::Config& config) : config_(config) {}

void RoomBook::learn(const std::vector<messaging::webex::Room>& rooms) {
    const std::scoped_lock lock(mutex_);
    for (const auto& room : rooms) {
        if (room.type == "group" && !room.title_failed) ids_by_title_[room.title] = room.id;
    }
}

Result<Target> RoomBook::find(const std::string& name) const {
    if (const auto* room = config_.find_room(name)) return target_of(*room);
    if (name.rfind(kIdStart, 0) == 0) return messaging::room(name);
    const auto id = id_titled(name);
    if (!id.empty()) return messaging::room(id);

    std::vector<std::string> names;
    std::string list;
    for (const auto& room : config_.rooms) {
        names.push_back(room.name);
        list += (list.empty() ? "" : ", ") + room.name;
    }
    const auto like = text::closest(name, names);
    return resilience::permanent_error(
        "there is no room '" + name + "'" + (like.empty() ? "" : "; did you mean " + like + "?") +
        " Configured are: " + (list.empty() ? "none" : list) + ". A room id works as well.");
}

Result<Target> RoomBook::target_of(const config::Room& room) const {
    if (!room.id.empty()) return messaging::room(room.id);
    if (room.type == config::RoomType::kDirect && !room.members.empty()) {
        if (const auto* person = config_.find_person(room.members.front())) {
            return messaging::email(person->email);
        }
    }
    const auto id = id_titled(room.title);
    if (!id.empty()) return messaging::room(id);
    return resilience::permanent_error("the bot is in no room titled '" + room.title +
                                       "'; add it to the room, or give the room's id");
}

std::string RoomBook::id_titled(const std::string& title) const {
    const std::scoped_lock lock(mutex_);
    const auto found = ids_by_title_.find(title);
    return found == ids_by_title_.end() ? std::string{} : found->second;
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

}  // namespace bot::service
