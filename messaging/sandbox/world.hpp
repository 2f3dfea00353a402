#pragma once

#include "messaging/sandbox/ids.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace messaging::sandbox {

/// What the sandbox knows: people, rooms, messages, files, webhooks. Plain data with indexes; the
/// rules are in `RestApi`. Not synchronised: one thread at a time.

struct Person {
    std::string id;
    std::string uuid;
    std::string email;
    std::string display_name;
    bool is_bot = false;
    std::int64_t created_ms = 0;
};

struct Content {
    std::string id;
    std::string name;
    std::string type;
    std::size_t size = 0;
};

struct Room;

struct Message {
    std::string id;
    std::string uuid;
    Room* room = nullptr;
    const Person* person = nullptr;
    std::string parent_id;
    std::string to_person_id;
    std::string to_person_email;
    std::string text;
    std::string markdown;
    std::string html;
    std::string card;  ///< The Adaptive Card as JSON text.
    std::vector<Content> files;
    std::vector<std::string> mentioned_people;
    bool mentions_all = false;
    std::int64_t created_ms = 0;
    std::int64_t updated_ms = 0;  ///< 0: never edited.
    int edits = 0;
};

struct Room {
    std::string id;
    std::string uuid;
    std::string title;
    bool direct = false;
    const Person* creator = nullptr;
    std::int64_t created_ms = 0;
    std::int64_t activity_ms = 0;
    std::vector<const Person*> members;
    std::deque<Message*> messages;  ///< Oldest first.

    bool has(const Person& person) const;
};

struct Webhook {
    std::string id;
    const Person* owner = nullptr;
    std::string name;
    std::string target_url;
    std::string resource;
    std::string event;
    std::string filter;
    std::string secret;
    bool active = true;
    std::int64_t created_ms = 0;
};

struct AttachmentAction {
    std::string id;
    std::string message_id;
    std::string room_id;
    const Person* person = nullptr;
    std::string inputs;  ///< A JSON object as text.
    std::int64_t created_ms = 0;
};

class World {
public:
    /// `keep_messages` is the number of messages a room keeps; older ones are forgotten.
    World(std::string cluster, std::size_t keep_messages);

    const std::string& cluster() const { return cluster_; }

    /// Adds a person, or updates the name of the one with this e-mail. The id depends on the
    /// e-mail alone.
    Person& add_person(std::string_view email,
                       std::string_view display_name,
                       bool is_bot,
                       std::int64_t now_ms);
    void set_token(const std::string& token, const Person& person) { tokens_[token] = &person; }
    const Person* by_token(const std::string& token) const;
    /// Accepts the REST id or the bare UUID.
    const Person* person(std::string_view id) const;
    const Person* person_by_email(std::string_view email) const;
    const std::deque<std::unique_ptr<Person>>& people() const { return people_; }

    Room& add_room(std::string uuid,
                   std::string title,
                   bool direct,
                   const Person* creator,
                   std::int64_t now_ms);
    /// The direct room of two people, made if there is none yet.
    Room& direct_room(const Person& a, const Person& b, std::int64_t now_ms);
    Room* room(std::string_view id) const;
    const std::vector<Room*>& rooms() const { return room_order_; }
    void remove_room(Room& room);

    Message& add_message(Message message);
    Message* message(std::string_view id) const;
    void remove_message(Message& message);
    /// UUIDs of messages with files that are gone since the last call.
    std::vector<std::string> take_orphaned_files();
    /// The message a file belongs to, or null.
    const Message* message_of_file(std::string_view content_id) const;

    Webhook& add_webhook(Webhook webhook);
    Webhook* webhook(std::string_view id) const;
    const std::vector<std::unique_ptr<Webhook>>& webhooks() const { return webhooks_; }
    void remove_webhook(std::string_view id);

    AttachmentAction& add_action(AttachmentAction action);
    const AttachmentAction* action(std::string_view id) const;
    const std::deque<AttachmentAction>& actions() const { return actions_; }

    /// Forgets messages, files and actions; keeps people, rooms and webhooks.
    void clear_messages();

private:
    void forget(Message& message);

    std::string cluster_;
    std::size_t keep_messages_;
    std::deque<std::unique_ptr<Person>> people_;
    std::unordered_map<std::string, const Person*> tokens_;
    std::unordered_map<std::string, Person*> person_by_key_;        ///< By uuid and by e-mail.
    std::unordered_map<std::string, std::unique_ptr<Room>> rooms_;  ///< By uuid.
    std::vector<Room*> room_order_;
    std::unordered_map<std::string, std::unique_ptr<Message>> messages_;  ///< By uuid.
    std::unordered_map<std::string, const Message*> file_owner_;
    std::vector<std::string> orphaned_files_;
    std::vector<std::unique_ptr<Webhook>> webhooks_;
    std::deque<AttachmentAction> actions_;
};

/// The UUID that an id of this type stands for: the key of a REST id, or the text itself if it is a
/// UUID. Empty for anything else ("Expect base64 ID or UUID.").
std::string key_of(std::string_view id, std::string_view type);

}  // namespace messaging::sandbox
