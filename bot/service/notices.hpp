#pragma once

#include "bot/commands/progress.hpp"
#include "messaging/content/message.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/send.hpp"
#include "messaging/webex/client.hpp"
#include "resilience/clock.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace bot::service {

/// Says "working on it" about commands that take long, keeps it up to date, and takes it away or
/// turns it into the answer. What is said when is decided by `commands::Progress`; this owns the
/// thread and makes the requests.
///
/// A notice is a message in a lane of its own, so that no answer waits behind it. It is changed
/// with one request that is not repeated: where that fails, the answer goes out as a message of
/// its own and the notice is deleted, some times over if need be. Which notices stand is in the
/// store, so that a restart takes away what a crash has left. Thread-safe.
class Notices {
public:
    struct Parts {
        messaging::Messenger& messenger;
        messaging::outbox::Outbox& outbox;
        const messaging::webex::WebexClient& webex;
        resilience::Clock& clock;
    };
    /// What is being worked on, and where.
    struct Subject {
        std::string command;
        std::string room_id;
        std::string parent_id = {};  ///< Message whose thread it is in.
    };
    class Notice;

    explicit Notices(const Parts& parts);
    ~Notices();
    Notices(const Notices&) = delete;
    Notices& operator=(const Notices&) = delete;

    /// Takes away what a process of before has left standing. Once, at the start. Blocks for a
    /// read.
    void resume();

    /// From now on somebody waits. Does not block.
    std::shared_ptr<Notice> begin(Subject subject);
    /// What the handler tells. Does not block.
    void retrying(Notice& notice, const commands::Retrying& news);

    /// The answer is there. True: it stands where the notice was. False: it is to be sent, and the
    /// notice, if there is one, is taken away soon. Blocks for two requests at most.
    bool end(const std::shared_ptr<Notice>& notice, const std::vector<messaging::Message>& answer);
    /// There is no answer: the notice is taken away soon. Blocks while a request is under way.
    void drop(const std::shared_ptr<Notice>& notice);

    /// Deletes a message of the bot's soon: a card that has served. Does not block.
    void remove(std::string message_id);

    /// Does what is due now. Returns when to look again; empty: not before something begins or
    /// ends. Blocks for requests.
    std::optional<resilience::Instant> look();
    /// That, until stopped; then it takes away what it still can. Blocks.
    void run(const std::stop_token& stop);

private:
    using Open = std::vector<std::shared_ptr<Notice>>;

    std::optional<resilience::Instant> step(Notice& notice);
    void post(Notice& notice, const std::string& text);
    std::optional<messaging::outbox::Delivery> delivery_of(const Notice& notice) const;
    bool replace(const Notice& notice, const messaging::Message& message);
    bool take_away(Notice& notice);
    bool deleted(const std::string& message_id) const;
    void leave(const std::shared_ptr<Notice>& notice, bool take_away);
    void note_standing(messaging::outbox::DeliveryId id, bool stands);

    Parts parts_;
    std::mutex mutex_;  // guards all below
    std::condition_variable_any wake_;
    bool changed_ = false;
    Open open_;
    Open gone_;                                         // to be taken away
    std::set<messaging::outbox::DeliveryId> standing_;  // in the store as well
};

}  // namespace bot::service
