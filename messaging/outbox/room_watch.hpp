#pragma once

#include "messaging/webex/requests.hpp"
#include "resilience/clock.hpp"

#include <deque>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

namespace messaging::outbox {

/// Remembers the bot's recent own posts as they came back on the receive path, and which message
/// ids already belong to a delivery. Bounded; used from the sender's thread alone.
class RoomWatch {
public:
    struct Seen {
        std::string message_id;
        std::string room_id;
    };
    struct Candidate {
        Seen post;
        bool asked = false;  ///< Its content is being fetched.
        resilience::Clock::Instant next_ask{};
        std::optional<webex::MessageView> view = std::nullopt;
    };

    void set_self(std::string person_id) { self_ = std::move(person_id); }
    const std::string& self() const { return self_; }

    void add(Seen post);
    /// Posts that belong to no delivery so far, oldest first.
    std::deque<Candidate>& candidates() { return candidates_; }
    void set_view(const std::string& message_id, webex::MessageView view);
    /// Fetching failed; it may be tried again from `when` on.
    void ask_again(const std::string& message_id, resilience::Clock::Instant when);

    /// `message_id` belongs to a delivery; it is a candidate no longer.
    void delivered(const std::string& message_id);
    bool is_delivered(const std::string& message_id) const;

private:
    Candidate* find(const std::string& message_id);

    std::string self_;
    std::deque<Candidate> candidates_;
    std::unordered_set<std::string> delivered_;
    std::deque<std::string> delivered_order_;
};

}  // namespace messaging::outbox
