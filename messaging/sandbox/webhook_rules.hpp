#pragma once

#include "messaging/sandbox/change.hpp"
#include "messaging/sandbox/moment.hpp"
#include "messaging/sandbox/world.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace messaging::sandbox {

/// One delivery to make.
struct HookPost {
    std::string webhook_id;
    std::string url = {};
    std::string body = {};
    std::string signature = {};      ///< Value of X-Spark-Signature; empty where no secret is set.
    std::string_view resource = {};  ///< What happened; text that lasts.
    std::string_view event = {};
    std::uint32_t retries = 0;                 ///< How often it is sent again when it fails …
    std::chrono::milliseconds retry_delay{0};  ///< … so much later.
    std::vector<HookPost> followers = {};      ///< To be sent once this one has ended.
};

/// Does this URL start with http:// and a loopback host?
bool is_loopback_url(std::string_view url);

/// Why this filter cannot be used, or empty. Filters are joined by '&' (developer.webex.com,
/// "Webhooks").
std::string filter_problem(const World& world,
                           const Person& owner,
                           std::string_view resource,
                           std::string_view filter);

/// Lower-case hex HMAC-SHA1 over exactly these bytes (developer.webex.com, "Webhooks").
std::string hook_signature(std::string_view secret, std::string_view body);

/// The deliveries that a change causes. `echo_own`: does a bot hear what it wrote itself in a
/// group room without mentioning itself? (Open; in direct rooms it does.)
std::vector<HookPost> hook_posts(const World& world,
                                 const Change& change,
                                 bool echo_own,
                                 std::string_view base);

/// Counts failures and says when a webhook is to be switched off: at 100 failures within five
/// minutes, and at one within five minutes of being switched on again (developer.webex.com,
/// "Webhooks").
class HookHealth {
public:
    /// True if the webhook has to become inactive now.
    bool failed(const std::string& webhook_id, resilience::Clock::Instant now);
    void reactivated(const std::string& webhook_id, resilience::Clock::Instant now);
    void removed(const std::string& webhook_id) { states_.erase(webhook_id); }

private:
    struct State {
        std::deque<resilience::Clock::Instant> failures;
        resilience::Clock::Instant reactivated{};
        bool was_reactivated = false;
    };
    std::unordered_map<std::string, State> states_;
};

}  // namespace messaging::sandbox
