#include "messaging/sandbox/webhook_rules.hpp"

#include "messaging/sandbox/hex.hpp"
#include "messaging/sandbox/rest_api.hpp"
#include "messaging/sandbox/wire.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <utility>

namespace messaging::sandbox {
namespace {

constexpr std::size_t kFailuresMax = 100;
constexpr std::chrono::minutes kFailureWindow{5};

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs filter_pairs(std::string_view filter) {
    Pairs pairs;
    while (!filter.empty()) {
        const auto end =
            static_cast<std::size_t>(std::find(filter.begin(), filter.end(), '&') - filter.begin());
        const auto pair = filter.substr(0, end);
        filter.remove_prefix(std::min(end + 1, filter.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        const auto value = pair.substr(std::min(equals + 1, pair.size()));
        pairs.emplace_back(pair.substr(0, equals), percent_decode(value).value_or(""));
    }
    return pairs;
}

struct Names {
    std::string_view resource;
    std::string_view event;
};

Names names_of(Change::Kind kind) {
    switch (kind) {
        case Change::Kind::kMessageCreated:
            return {"messages", "created"};
        case Change::Kind::kMessageUpdated:
            return {"messages", "updated"};
        case Change::Kind::kMessageDeleted:
            return {"messages", "deleted"};
        case Change::Kind::kRoomCreated:
            return {"rooms", "created"};
        case Change::Kind::kRoomUpdated:
            return {"rooms", "updated"};
        case Change::Kind::kMemberAdded:
            return {"memberships", "created"};
        case Change::Kind::kMemberRemoved:
            return {"memberships", "deleted"};
        case Change::Kind::kActionCreated:
            return {"attachmentActions", "created"};
        case Change::Kind::kRoomDeleted:
        case Change::Kind::kWebhookSaved:
        case Change::Kind::kWebhookDeleted:
            return {};
    }
    return {};
}

// Whom the change is about: the author, the new member, whoever pressed the button.
const Person& subject(const Change& change) {
    return change.member != nullptr ? *change.member : *change.actor;
}

bool mentions(const Message& message, const Person& person) {
    const auto& ids = message.mentioned_people;
    return message.mentions_all || std::find(ids.begin(), ids.end(), person.id) != ids.end();
}

std::string_view yes_no(bool value) {
    return value ? "true" : "false";
}

// The conditions that only a message can meet or fail; true for all others.
bool message_fits(const Message& message,
                  std::string_view name,
                  std::string_view value,
                  const Webhook& webhook,
                  const World& world) {
    if (name == "hasFiles") return yes_no(!message.files.empty()) == value;
    if (name == "hasAttachments") return yes_no(!message.card.empty()) == value;
    if (name == "messageId") return world.message(value) == &message;
    if (name != "mentionedPeople") return true;
    const auto* who = value == "me" ? webhook.owner : world.person(value);
    return who != nullptr && mentions(message, *who);
}

bool condition_fits(std::string_view name,
                    std::string_view value,
                    const Change& change,
                    const World& world) {
    const auto& person = subject(change);
    if (name == "roomId") return world.room(value) == change.room;
    if (name == "roomType" || name == "type") return room_type(*change.room) == value;
    if (name == "personId") return world.person(value) == &person;
    if (name == "personEmail") return world.person_by_email(value) == &person;
    if (name == "isModerator" || name == "isLocked") return value == "false";
    return true;
}

bool filter_accepts(const Webhook& webhook, const Change& change, const World& world) {
    const auto pairs = filter_pairs(webhook.filter);
    return std::all_of(pairs.begin(), pairs.end(), [&](const auto& pair) {
        const auto& [name, value] = pair;
        return condition_fits(name, value, change, world) &&
               (change.message == nullptr ||
                message_fits(*change.message, name, value, webhook, world));
    });
}

bool is_audience(const Webhook& webhook, const Change& change, bool echo_own) {
    const auto& owner = *webhook.owner;
    const bool leaver = change.kind == Change::Kind::kMemberRemoved && change.member == &owner;
    if (!change.room->has(owner) && !leaver) return false;
    if (change.kind == Change::Kind::kActionCreated) {
        return !owner.is_bot || change.message->person == &owner;
    }
    if (change.message == nullptr || !owner.is_bot || change.room->direct) return true;
    const bool own = change.message->person == &owner;
    return mentions(*change.message, owner) || (own && echo_own);
}

bool is_subscribed(const Webhook& webhook, const Names& names) {
    // The firehose leaves out attachment actions (developer.webex.com, "Webhooks").
    const bool resource = webhook.resource == names.resource ||
                          (webhook.resource == "all" && names.resource != "attachmentActions");
    return resource && (webhook.event == names.event || webhook.event == "all");
}

std::string event_data(const Change& change, std::string_view base) {
    if (change.action != nullptr) return action_event_data(*change.action);
    if (change.message != nullptr) return message_event_data(*change.message, base);
    if (change.member != nullptr) return membership_event_data(*change.room, *change.member);
    JsonText json;
    write_room(json, *change.room, *change.actor);
    return json.take();
}

std::string envelope(const Webhook& webhook,
                     const Names& names,
                     const Change& change,
                     const std::string& data) {
    auto shown = webhook;  // a firehose delivery names what happened, not "all"
    shown.resource = names.resource;
    shown.event = names.event;
    JsonText json;
    json.open('{');
    write_webhook(json, shown, false);
    json.field("actorId", change.actor->id).raw_field("data", data).close('}');
    return json.take();
}

}  // namespace

bool is_loopback_url(std::string_view url) {
    constexpr std::string_view kScheme = "http://";
    if (url.substr(0, kScheme.size()) != kScheme) return false;
    url.remove_prefix(kScheme.size());
    const auto authority = url.substr(0, url.find_first_of("/?#"));
    if (authority.find('@') != std::string_view::npos) return false;
    return is_loopback_host(authority);
}

std::string filter_problem(const World& world,
                           const Person& owner,
                           std::string_view resource,
                           std::string_view filter) {
    using List = std::vector<std::string_view>;
    List allowed;
    if (resource == "messages") {
        allowed = {"roomId",          "roomType", "personId",      "personEmail",
                   "mentionedPeople", "hasFiles", "hasAttachments"};
    } else if (resource == "memberships") {
        allowed = {"roomId", "personId", "personEmail", "isModerator"};
    } else if (resource == "rooms") {
        allowed = {"type", "isLocked"};
    } else if (resource == "attachmentActions") {
        allowed = {"messageId", "personId", "roomId"};
    }
    for (const auto& [name, value] : filter_pairs(filter)) {
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
            return "invalid filter: " + name;
        }
        const auto* room = name == "roomId" ? world.room(value) : nullptr;
        if (name == "roomId" && (room == nullptr || !room->has(owner))) {
            return "invalid value for filter: roomId";
        }
    }
    return {};
}

std::string hook_signature(std::string_view secret, std::string_view body) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &size);
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
        hex += kHexDigits[digest[i] >> 4U];
        hex += kHexDigits[digest[i] & 0x0FU];
    }
    return hex;
}

std::vector<HookPost> hook_posts(const World& world,
                                 const Change& change,
                                 bool echo_own,
                                 std::string_view base) {
    std::vector<HookPost> posts;
    const auto names = names_of(change.kind);
    if (names.resource.empty()) return posts;
    std::string data;
    for (const auto& webhook : world.webhooks()) {
        const bool wanted = webhook->active && is_subscribed(*webhook, names) &&
                            is_audience(*webhook, change, echo_own) &&
                            filter_accepts(*webhook, change, world);
        if (!wanted) continue;
        if (data.empty()) data = event_data(change, base);
        HookPost post{webhook->id, webhook->target_url, envelope(*webhook, names, change, data)};
        post.resource = names.resource;
        post.event = names.event;
        if (!webhook->secret.empty()) post.signature = hook_signature(webhook->secret, post.body);
        posts.push_back(std::move(post));
    }
    return posts;
}

bool HookHealth::failed(const std::string& webhook_id, resilience::Clock::Instant now) {
    auto& state = states_[webhook_id];
    if (state.was_reactivated && now - state.reactivated < kFailureWindow) {
        state.failures.clear();
        return true;
    }
    state.failures.push_back(now);
    while (now - state.failures.front() > kFailureWindow)
        state.failures.pop_front();
    if (state.failures.size() < kFailuresMax) return false;
    state.failures.clear();
    return true;
}

void HookHealth::reactivated(const std::string& webhook_id, resilience::Clock::Instant now) {
    auto& state = states_[webhook_id];
    state.failures.clear();
    state.reactivated = now;
    state.was_reactivated = true;
}

}  // namespace messaging::sandbox
