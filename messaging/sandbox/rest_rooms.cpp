#include "messaging/sandbox/rest_handlers.hpp"

#include <algorithm>
#include <utility>

namespace messaging::sandbox {

using http::ServerResponse;

namespace {

ServerResponse room_response(const Call& call, const Room& room) {
    JsonText json;
    write_room(json, room, call.caller);
    return json_response(200, json.take(), call.tracking);
}

ServerResponse membership_response(const Call& call, const Room& room, const Person& person) {
    JsonText json;
    write_membership(json, room, person);
    return json_response(200, json.take(), call.tracking);
}

// The room in the path, if the caller is in it.
Room* own_room(const Call& call) {
    auto* room = call.world.room(call.path[1]);
    return room != nullptr && room->has(call.caller) ? room : nullptr;
}

void note(Call& call, Change::Kind kind, const Room& room, const Person* member = nullptr) {
    Change change{kind};
    change.actor = &call.caller;
    change.room = &room;
    change.member = member;
    call.changes.push_back(std::move(change));
}

void remove_member(Call& call, Room& room, const Person& person) {
    room.members.erase(std::remove(room.members.begin(), room.members.end(), &person),
                       room.members.end());
    note(call, Change::Kind::kMemberRemoved, room, &person);
}

/// Somebody in a room; null for none.
struct Membership {
    Room* room = nullptr;
    const Person* person = nullptr;
};

// The members of a room, or the one whom the query names.
std::vector<Membership> members_of(const Call& call, Room& room) {
    const auto id = call.query.get("personId");
    const auto email = call.query.get("personEmail");
    std::vector<Membership> found;
    for (const auto* member : room.members) {
        const bool wanted = (!id || member == call.world.person(*id)) &&
                            (!email || member == call.world.person_by_email(*email));
        if (wanted) found.push_back({&room, member});
    }
    return found;
}

std::vector<Membership> memberships_of_caller(const Call& call) {
    std::vector<Membership> found;
    for (auto* room : call.world.rooms()) {
        if (room->has(call.caller)) found.push_back({room, &call.caller});
    }
    return found;
}

// A membership by its id, if the caller may see it.
Membership find_membership(const Call& call) {
    const auto key = key_of(call.path[1], "MEMBERSHIP");
    const auto colon = std::min(key.find(':'), key.size());
    auto* room = call.world.room(key.substr(std::min(colon + 1, key.size())));
    const auto* person = call.world.person(key.substr(0, colon));
    if (room == nullptr || person == nullptr || !room->has(*person) || !room->has(call.caller)) {
        return {};
    }
    return {room, person};
}

}  // namespace

ServerResponse list_rooms(Call& call) {
    const auto type = call.query.get("type");
    std::vector<const Room*> found;
    for (const auto* room : call.world.rooms()) {
        if (room->has(call.caller) && (!type || room_type(*room) == *type)) found.push_back(room);
    }
    if (call.query.get("sortBy").value_or("") == "lastactivity") {
        std::stable_sort(found.begin(), found.end(), [](const Room* a, const Room* b) {
            return a->activity_ms > b->activity_ms;
        });
    }
    std::vector<std::string> ids;
    ids.reserve(found.size());
    for (const auto* room : found)
        ids.push_back(room->id);
    const auto max = std::clamp<std::size_t>(call.query.number("max", 100), 1, 1'000);
    return page_response(call, ids, max, [&](JsonText& json, std::size_t i) {
        write_room(json, *found[i], call.caller);
    });
}

ServerResponse create_room(Call& call) {
    const auto fields = read_fields(call.request, {"title"});
    if (fields.invalid) return fail(call, 400, kMalformed);
    if (fields.get("title").empty()) return fail(call, 400, "Title cannot be empty.");
    auto& room = call.world.add_room(random_uuid(call.random), fields.get("title"), false,
                                     &call.caller, call.now_ms);
    room.members = {&call.caller};
    note(call, Change::Kind::kRoomCreated, room);
    note(call, Change::Kind::kMemberAdded, room, &call.caller);
    return room_response(call, room);
}

ServerResponse get_room(Call& call) {
    if (key_of(call.path[1], "ROOM").empty()) return fail(call, 400, kBadId);
    const auto* room = own_room(call);
    return room == nullptr ? not_found(call) : room_response(call, *room);
}

ServerResponse edit_room(Call& call) {
    auto* room = own_room(call);
    if (room == nullptr) return not_found(call);
    const auto fields = read_fields(call.request, {"title"});
    if (fields.invalid) return fail(call, 400, kMalformed);
    if (fields.get("title").empty()) return fail(call, 400, "Title cannot be empty.");
    if (room->direct) return fail(call, 400, "The title of a direct room cannot be changed.");
    room->title = fields.get("title");
    note(call, Change::Kind::kRoomUpdated, *room);
    return room_response(call, *room);
}

// Its creator deletes a room; anybody else only leaves it.
ServerResponse delete_room(Call& call) {
    auto* room = own_room(call);
    if (room == nullptr) return not_found(call);
    if (room->creator != &call.caller) {
        remove_member(call, *room, call.caller);
        return no_content(call);
    }
    Change change{Change::Kind::kRoomDeleted};
    change.actor = &call.caller;
    change.id = room->id;
    call.world.remove_room(*room);
    call.changes.push_back(std::move(change));
    return no_content(call);
}

ServerResponse list_memberships(Call& call) {
    const auto room_id = call.query.get("roomId");
    const bool by_person = call.query.get("personId") || call.query.get("personEmail");
    if (!room_id && by_person) {
        return fail(call, 400, "Required String parameter 'roomId' is not present");
    }
    if (room_id && key_of(*room_id, "ROOM").empty()) return fail(call, 400, kBadId);
    auto* room = room_id ? call.world.room(*room_id) : nullptr;
    if (room_id && (room == nullptr || !room->has(call.caller))) return fail(call, 404, kNoRoom);
    const auto found = room_id ? members_of(call, *room) : memberships_of_caller(call);
    std::vector<std::string> ids;
    ids.reserve(found.size());
    for (const auto& [where, person] : found) {
        ids.push_back(membership_id(call.world, *where, *person));
    }
    const auto max = std::clamp<std::size_t>(call.query.number("max", 100), 1, 1'000);
    return page_response(call, ids, max, [&found](JsonText& json, std::size_t i) {
        write_membership(json, *found[i].room, *found[i].person);
    });
}

ServerResponse create_membership(Call& call) {
    const auto fields = read_fields(call.request, {"roomId", "personId", "personEmail"});
    if (fields.get("roomId").empty()) return fail(call, 400, "roomId cannot be null");
    const bool by_id = !fields.get("personId").empty();
    if (by_id == !fields.get("personEmail").empty()) {
        return fail(call, 400, "Must specify either personId or personEmail.");
    }
    auto* room = call.world.room(fields.get("roomId"));
    if (room == nullptr || !room->has(call.caller)) return fail(call, 404, kNoRoom);
    if (room->direct) return fail(call, 400, "Cannot add a person to a direct room.");
    const auto* person = by_id ? call.world.person(fields.get("personId"))
                               : call.world.person_by_email(fields.get("personEmail"));
    if (person == nullptr) return not_found(call);
    if (room->has(*person)) return fail(call, 409, "User is already a participant in the room.");
    room->members.push_back(person);
    note(call, Change::Kind::kMemberAdded, *room, person);
    return membership_response(call, *room, *person);
}

ServerResponse get_membership(Call& call) {
    const auto found = find_membership(call);
    if (found.room == nullptr) return not_found(call);
    return membership_response(call, *found.room, *found.person);
}

ServerResponse delete_membership(Call& call) {
    const auto found = find_membership(call);
    if (found.room == nullptr) return not_found(call);
    if (found.room->direct) return fail(call, 400, "Cannot leave a direct room.");
    remove_member(call, *found.room, *found.person);
    return no_content(call);
}

}  // namespace messaging::sandbox
