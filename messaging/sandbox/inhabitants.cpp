#include "messaging/sandbox/inhabitants.hpp"

namespace messaging::sandbox {

using resilience::Done;
using resilience::permanent_error;
using resilience::Result;

Result<const Person*> add_people(World& world,
                                 const std::vector<SandboxPerson>& people,
                                 std::int64_t now_ms) {
    const Person* first = nullptr;
    for (const auto& given : people) {
        auto& person = world.add_person(given.email, given.display_name, given.is_bot, now_ms);
        if (!given.is_bot && first == nullptr) first = &person;
        if (given.token.empty()) continue;
        if (const auto* other = world.by_token(given.token)) {
            return permanent_error("the sandbox's people " + given.email + " and " + other->email +
                                   " have the same token; give each their own");
        }
        world.set_token(given.token, person);
    }
    return first;
}

Result<Done> add_rooms(World& world,
                       const std::vector<SandboxRoom>& rooms,
                       const Person* creator,
                       std::int64_t now_ms) {
    for (const auto& given : rooms) {
        std::vector<const Person*> members;
        for (const auto& email : given.members) {
            members.push_back(world.person_by_email(email));
            if (members.back() == nullptr) {
                return permanent_error("the sandbox's room " + given.title + " has the member " +
                                       email + ", who is not among its people");
            }
        }
        if (given.type == SandboxRoom::Type::kDirect) {
            if (members.size() != 2 || members[0] == members[1]) {
                return permanent_error("the sandbox's direct room " + given.title +
                                       " must have two members");
            }
            world.direct_room(*members[0], *members[1], now_ms);
            continue;
        }
        auto& room =
            world.add_room(name_uuid("room:" + given.title), given.title, false, creator, now_ms);
        for (const auto* member : members) {
            if (!room.has(*member)) room.members.push_back(member);
        }
    }
    return Done{};
}

Result<Poster> add_poster(World& world, const SandboxIncoming& incoming, std::int64_t now_ms) {
    auto* room = world.room(name_uuid("room:" + incoming.room_title));
    if (room == nullptr) {
        return permanent_error("the sandbox's incoming webhook names the room " +
                               incoming.room_title + ", which is not among its rooms");
    }
    auto& person = world.add_person("incoming-" + name_uuid(incoming.token) + "@webex.bot",
                                    incoming.display_name, true, now_ms);
    if (!room->has(person)) room->members.push_back(&person);
    return Poster{&person, room};
}

}  // namespace messaging::sandbox
