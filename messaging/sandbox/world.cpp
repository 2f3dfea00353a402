#include "messaging/sandbox/world.hpp"

#include <algorithm>
#include <utility>

namespace messaging::sandbox {
namespace {

// Cards are pressed by hand or by tests: more than any page shows.
constexpr std::size_t kActionsKept = 10'000;

std::string lower_text(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

template <class Map>
auto find_pointer(const Map& map, const std::string& key) -> decltype(map.begin()->second.get()) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : found->second.get();
}

}  // namespace

std::string key_of(std::string_view id, std::string_view type) {
    if (is_uuid(id)) return lower_text(id);
    auto decoded = decode_id(id);
    if (!decoded || decoded->type != type) return {};
    return std::move(decoded->key);
}

bool Room::has(const Person& person) const {
    return std::find(members.begin(), members.end(), &person) != members.end();
}

World::World(std::string cluster, std::size_t keep_messages)
    : cluster_(std::move(cluster)), keep_messages_(keep_messages) {}

Person& World::add_person(std::string_view email,
                          std::string_view display_name,
                          bool is_bot,
                          std::int64_t now_ms) {
    const auto address = lower_text(email);
    if (const auto known = person_by_key_.find(address); known != person_by_key_.end()) {
        known->second->display_name = display_name;
        known->second->is_bot = is_bot;
        return *known->second;
    }
    auto person = std::make_unique<Person>();
    person->uuid = name_uuid("person:" + address);
    person->id = encode_id("us", "PEOPLE", person->uuid);
    person->email = address;
    person->display_name = display_name;
    person->is_bot = is_bot;
    person->created_ms = now_ms;
    auto& added = *people_.emplace_back(std::move(person));
    person_by_key_[added.uuid] = &added;
    person_by_key_[added.email] = &added;
    return added;
}

const Person* World::by_token(const std::string& token) const {
    const auto found = tokens_.find(token);
    return found == tokens_.end() ? nullptr : found->second;
}

const Person* World::person(std::string_view id) const {
    const auto found = person_by_key_.find(key_of(id, "PEOPLE"));
    return found == person_by_key_.end() ? nullptr : found->second;
}

const Person* World::person_by_email(std::string_view email) const {
    const auto found = person_by_key_.find(lower_text(email));
    const bool by_email = found != person_by_key_.end() && found->second->email == found->first;
    return by_email ? found->second : nullptr;
}

Room& World::add_room(
    std::string uuid, std::string title, bool direct, const Person* creator, std::int64_t now_ms) {
    if (auto* known = find_pointer(rooms_, uuid)) {
        known->title = std::move(title);
        return *known;
    }
    auto room = std::make_unique<Room>();
    room->uuid = uuid;
    room->id = encode_id(cluster_, "ROOM", uuid);
    room->title = std::move(title);
    room->direct = direct;
    room->creator = creator;
    room->created_ms = now_ms;
    room->activity_ms = now_ms;
    room_order_.push_back(room.get());
    return *(rooms_[std::move(uuid)] = std::move(room));
}

Room& World::direct_room(const Person& a, const Person& b, std::int64_t now_ms) {
    const auto& first = std::min(a.uuid, b.uuid);
    const auto& second = std::max(a.uuid, b.uuid);
    auto& room = add_room(name_uuid("direct:" + first + second), "", true, &a, now_ms);
    if (room.members.empty()) room.members = {&a, &b};
    return room;
}

Room* World::room(std::string_view id) const {
    return find_pointer(rooms_, key_of(id, "ROOM"));
}

void World::remove_room(Room& room) {
    while (!room.messages.empty())
        remove_message(*room.messages.back());
    room_order_.erase(std::find(room_order_.begin(), room_order_.end(), &room));
    rooms_.erase(std::string(room.uuid));
}

Message& World::add_message(Message message) {
    auto stored = std::make_unique<Message>(std::move(message));
    auto& added = *stored;
    messages_[added.uuid] = std::move(stored);
    for (const auto& file : added.files)
        file_owner_[file.id] = &added;
    auto& room = *added.room;
    room.messages.push_back(&added);
    room.activity_ms = std::max(room.activity_ms, added.created_ms);
    if (room.messages.size() > keep_messages_) {
        auto& oldest = *room.messages.front();
        room.messages.pop_front();
        forget(oldest);
    }
    return added;
}

Message* World::message(std::string_view id) const {
    return find_pointer(messages_, key_of(id, "MESSAGE"));
}

void World::remove_message(Message& message) {
    auto& all = message.room->messages;
    all.erase(std::find(all.begin(), all.end(), &message));
    forget(message);
}

void World::forget(Message& message) {
    for (const auto& file : message.files) {
        file_owner_.erase(file.id);
        orphaned_files_.push_back(message.uuid);
    }
    messages_.erase(std::string(message.uuid));
}

std::vector<std::string> World::take_orphaned_files() {
    return std::exchange(orphaned_files_, {});
}

const Message* World::message_of_file(std::string_view content_id) const {
    const auto found = file_owner_.find(std::string(content_id));
    return found == file_owner_.end() ? nullptr : found->second;
}

Webhook& World::add_webhook(Webhook webhook) {
    return *webhooks_.emplace_back(std::make_unique<Webhook>(std::move(webhook)));
}

Webhook* World::webhook(std::string_view id) const {
    const auto found = std::find_if(webhooks_.begin(), webhooks_.end(),
                                    [id](const auto& webhook) { return webhook->id == id; });
    return found == webhooks_.end() ? nullptr : found->get();
}

void World::remove_webhook(std::string_view id) {
    webhooks_.erase(std::remove_if(webhooks_.begin(), webhooks_.end(),
                                   [id](const auto& webhook) { return webhook->id == id; }),
                    webhooks_.end());
}

AttachmentAction& World::add_action(AttachmentAction action) {
    if (actions_.size() == kActionsKept) actions_.pop_front();
    return actions_.emplace_back(std::move(action));
}

const AttachmentAction* World::action(std::string_view id) const {
    const auto found = std::find_if(actions_.begin(), actions_.end(),
                                    [id](const auto& action) { return action.id == id; });
    return found == actions_.end() ? nullptr : &*found;
}

void World::clear_messages() {
    for (auto* room : room_order_) {
        while (!room->messages.empty())
            remove_message(*room->messages.back());
    }
    actions_.clear();
}

}  // namespace messaging::sandbox
