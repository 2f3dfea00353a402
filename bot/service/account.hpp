#pragma once

#include "bot/service/conversation.hpp"
#include "bot/service/room_book.hpp"
#include "messaging/outbox/sender.hpp"
#include "messaging/receive/webhook_registration.hpp"
#include "messaging/webex/client.hpp"
#include "resilience/clock.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace bot::service {

/// Finds out who the bot is and which rooms it is in, keeps its webhooks alive, and tells the rest.
/// A refused token or a service that is away is asked again, ever more slowly; nothing is given up.
class Account {
public:
    struct Parts {
        const messaging::webex::WebexClient& webex;
        Conversation& conversation;
        messaging::outbox::Sender& sender;
        RoomBook& rooms;
        resilience::Clock& clock;
        /// Where webhooks are to call; empty: none are made.
        std::optional<messaging::receive::WantedHooks> hooks;
    };

    explicit Account(Parts parts);

    /// Runs until stopped. `first_try` is called once, after the first attempt to sign in, whatever
    /// came of it. Blocks.
    void run(const std::stop_token& stop, const std::function<void()>& first_try);

    /// E-mail of the bot; empty while the token was not accepted. Any thread.
    std::string email() const;
    /// Why the bot is not signed in or cannot hear; empty when all is well. Any thread.
    std::string complaint() const;
    bool signed_in() const { return signed_in_.load(); }
    bool hooked() const { return hooked_.load(); }

private:
    bool check(const std::stop_token& stop);
    bool sign_in(const std::stop_token& stop);
    bool keep_rooms(const std::stop_token& stop);
    bool keep_hooks(const std::stop_token& stop);
    void complain(std::string text);

    Parts parts_;
    std::atomic<bool> signed_in_{false};
    std::atomic<bool> hooked_{false};
    bool hooked_once_ = false;  // both used by the thread in `run` alone
    bool rooms_listed_ = false;
    mutable std::mutex mutex_;  // guards both below
    std::string email_;
    std::string complaint_;
};

}  // namespace bot::service
