#pragma once

#include "messaging/content/message.hpp"
#include "messaging/http/client_pool.hpp"
#include "messaging/webex/errors.hpp"
#include "messaging/webex/message_json.hpp"
#include "messaging/webex/requests.hpp"
#include "messaging/webex/resources.hpp"
#include "resilience/classify.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace messaging::webex {

/// Rule of the error of an edit that is refused because the message was edited too often: a new
/// message can be sent instead.
inline constexpr const char* kEditLimitRule = "edit_limit";

/// Single calls of the Webex REST API, one request each (lists: one per page).
///
/// Every function blocks until the answer is there, the time limit has passed or `stop` is
/// requested, and may be called from any thread. Nothing is repeated here: wrap calls into
/// `resilience::retry`, whose predicates see the rule (`http_423` while a file is being scanned,
/// `webex_message_not_found` while an event is ahead of its data). Messages that must arrive go
/// through the outbox instead of `create_message`.
class WebexClient {
public:
    template <class T>
    using Result = resilience::Result<T>;
    using Stop = std::stop_token;

    struct Options {
        /// Asked for each call, from its thread: the token may be replaced while running.
        std::function<Endpoint()> endpoint;
        std::chrono::milliseconds connect_timeout{5'000};
        std::chrono::milliseconds timeout{30'000};
        /// For calls that carry a file, either way.
        std::chrono::milliseconds transfer_timeout{300'000};
        /// Judges what comes back; may know rules of the operator.
        resilience::Classifier classifier{resilience::Profile::kWebex};
    };

    /// Both references must outlive the client.
    WebexClient(Options options, http::BlockingClient& http, const resilience::Clock& clock);

    /// Who this token belongs to: checks it, and gives the id that the loop guard needs.
    Result<Person> me(const Stop& stop = {}) const;

    /// Rooms the bot is in, at most `items_max`. `type` is "direct", "group" or empty for both.
    Result<std::vector<Room>> rooms(std::string_view type = {},
                                    std::size_t items_max = 1'000,
                                    const Stop& stop = {}) const;
    Result<Room> room(std::string_view room_id, const Stop& stop = {}) const;
    /// Makes a group room with the bot in it. An ambiguous failure may have made one. (A direct
    /// room comes with the first message to its person.)
    Result<Room> create_room(std::string_view title, const Stop& stop = {}) const;
    /// Deletes a room that the bot made; of another one the bot is merely removed. One that is gone
    /// already, or that the bot is not in, counts as deleted.
    Result<resilience::Done> delete_room(std::string_view room_id, const Stop& stop = {}) const;

    /// Members of a room, or with an empty id the bot's own memberships; at most `items_max`.
    Result<std::vector<Membership>> memberships(std::string_view room_id = {},
                                                std::size_t items_max = 1'000,
                                                const Stop& stop = {}) const;
    /// The membership of a person, given by id or e-mail, in a room; nothing if they are not in it.
    Result<std::optional<Membership>> membership(std::string_view room_id,
                                                 const Target& person,
                                                 const Stop& stop = {}) const;
    /// Adds a person, given by id or e-mail, to a group room. One who is in it already counts as
    /// added and is looked up with a second request.
    Result<Membership> create_membership(std::string_view room_id,
                                         const Target& person,
                                         const Stop& stop = {}) const;
    /// Removes somebody, or the bot itself, from a group room. A membership that is gone already
    /// counts as deleted.
    Result<resilience::Done> delete_membership(std::string_view membership_id,
                                               const Stop& stop = {}) const;

    /// Posts once; an ambiguous failure may have posted. At most one file.
    Result<MessageView> create_message(const Target& to,
                                       const Message& message,
                                       const Stop& stop = {}) const;
    Result<MessageView> message(std::string_view message_id, const Stop& stop = {}) const;

    /// Newest first. In group rooms a bot sees only what mentions it and must say so.
    struct ListOptions {
        bool mentions_only = false;
        std::string before_message = {};
        std::size_t items_max = 50;
    };
    Result<std::vector<MessageView>> messages(std::string_view room_id,
                                              const ListOptions& options,
                                              const Stop& stop = {}) const;
    /// Newest first, with a person given by id or e-mail. The service does not page this list.
    Result<std::vector<MessageView>> direct_messages(const Target& person,
                                                     const Stop& stop = {}) const;

    /// Replaces text or markdown. Webex allows ten edits a message, none of one with files or card;
    /// the error of the eleventh has the rule kEditLimitRule.
    Result<MessageView> edit_message(std::string_view message_id,
                                     std::string_view room_id,
                                     const Message& message,
                                     const Stop& stop = {}) const;
    /// A message that is gone already counts as deleted.
    Result<resilience::Done> delete_message(std::string_view message_id,
                                            const Stop& stop = {}) const;

    /// What a file of a message (an address of `MessageView::files`) is, without fetching it.
    /// Refuses addresses that the token must not be sent to.
    Result<FileInfo> file_info(const std::string& url,
                               const FileOptions& options = {},
                               const Stop& stop = {}) const;
    /// Streams such a file to `path`, which is not left behind on failure.
    Result<FileInfo> download(const std::string& url,
                              const std::string& path,
                              const FileOptions& options = {},
                              const Stop& stop = {}) const;

    Result<std::vector<Webhook>> webhooks(const Stop& stop = {}) const;
    Result<Webhook> create_webhook(const WebhookSpec& spec, const Stop& stop = {}) const;
    /// Sets name, address and secret, and makes it active again.
    Result<Webhook> update_webhook(std::string_view webhook_id,
                                   const WebhookSpec& spec,
                                   const Stop& stop = {}) const;
    /// A webhook that is gone already counts as deleted.
    Result<resilience::Done> delete_webhook(std::string_view webhook_id,
                                            const Stop& stop = {}) const;

    /// What was entered into a card; the event about it does not say.
    Result<AttachmentAction> attachment_action(std::string_view action_id,
                                               const Stop& stop = {}) const;

private:
    http::Outcome perform(http::Request request, const Stop& stop) const;
    Result<http::Response> call(http::Request request, const Stop& stop) const;
    Result<resilience::Done> remove(std::string_view path, const Stop& stop) const;
    Result<http::Request> file_request(std::string method,
                                       const std::string& url,
                                       const FileOptions& options) const;
    template <class T>
    Result<T> call_for(http::Request request,
                       Result<T> (*parse)(std::string_view),
                       const Stop& stop) const;
    template <class T>
    Result<std::vector<T>> collect(std::string_view path,
                                   Result<std::vector<T>> (*parse)(std::string_view),
                                   std::size_t items_max,
                                   const Stop& stop) const;

    Options options_;
    http::BlockingClient& http_;
    const resilience::Clock& clock_;
};

}  // namespace messaging::webex
