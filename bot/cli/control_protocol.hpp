#pragma once

#include "messaging/outbox/delivery.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bot::cli {

/// Name of the socket in STATE_DIR over which the CLI talks to the running bot: HTTP and JSON,
/// readable by the owner of the process alone (mode 0600).
inline constexpr std::string_view kControlSocket = "control.sock";

/// Body of `POST /send`: a message that a program or a person hands to the running bot.
struct SendRequest {
    /// Exactly one of the three. `room` is a name from the configuration or a room id.
    std::string room = {};
    std::string person = {};
    std::string email = {};
    std::string text = {};
    std::string markdown = {};
    std::vector<std::string> files = {};  ///< Absolute paths; the bot reads them.
    std::string card = {};                ///< The Adaptive Card as JSON text.
    std::string parent = {};              ///< Message id to answer in its thread.
    std::string key = {};                 ///< Idempotency key.
    messaging::outbox::Priority priority = messaging::outbox::Priority::kReport;
    std::optional<messaging::outbox::UncertainPolicy> policy = std::nullopt;
    /// How long the caller wants to wait for the outcome, and how long the message may take; the
    /// configuration decides where they are not given.
    std::optional<std::chrono::seconds> wait = std::nullopt;
    std::optional<std::chrono::seconds> deadline = std::nullopt;

    friend bool operator==(const SendRequest&, const SendRequest&) = default;
};

/// Longest wait and deadline that are accepted.
inline constexpr std::chrono::seconds kWaitMax{3600};
inline constexpr std::chrono::seconds kDeadlineMax{std::chrono::hours{24 * 30}};
/// Most files of one request.
inline constexpr std::size_t kFilesMax = 20;

enum class SendOutcome : std::uint8_t {
    kDelivered,
    kQueued,     ///< Accepted; delivery goes on after the answer.
    kUncertain,  ///< It may have arrived; the bot seeks evidence.
    kFailed,     ///< Not accepted, or ended without delivery; `detail` says why.
    kAuth        ///< Kept, but the token is refused: nothing goes out until that is mended.
};

struct SendReply {
    SendOutcome outcome = SendOutcome::kFailed;
    std::string id = {};          ///< Delivery id; empty when it was not accepted.
    std::string message_id = {};  ///< Webex message id once delivered.
    std::string detail = {};      ///< One line for a person.

    friend bool operator==(const SendReply&, const SendReply&) = default;
};

/// Answer to `GET /status`.
struct StatusReport {
    std::string version = {};
    std::string account = {};    ///< E-mail of the bot; empty while the token is not verified.
    std::string receiving = {};  ///< "webhook", "off: no WEBHOOK_URL" …
    std::chrono::seconds uptime{0};
    bool held = false;
    std::string hold_reason = {};
    std::uint64_t pending = 0;
    std::uint64_t sending = 0;
    std::uint64_t uncertain = 0;
    std::uint64_t delivered = 0;
    std::uint64_t dead = 0;
    std::chrono::seconds oldest{0};  ///< Age of the oldest pending delivery.

    friend bool operator==(const StatusReport&, const StatusReport&) = default;
};

/// One delivery and all that happened to it; answer to `GET /deliveries/ID`.
struct Timeline {
    messaging::outbox::Delivery delivery;
    std::vector<messaging::outbox::JournalEntry> journal;
};

std::string_view to_string(SendOutcome outcome);
/// Exit code of `stentor send` for an outcome (see exit_code.hpp).
int exit_code_for(SendOutcome outcome);

/// Writing and reading the bodies. Reading refuses unknown fields, so that a misspelt option is
/// never silently dropped, and values out of range.
std::string to_json(const SendRequest& request);
resilience::Result<SendRequest> send_request_from_json(std::string_view body);
std::string to_json(const SendReply& reply);
resilience::Result<SendReply> send_reply_from_json(std::string_view body);
std::string to_json(const StatusReport& status);
resilience::Result<StatusReport> status_from_json(std::string_view body);
/// The same JSON as `web::timeline_json`.
std::string to_json(const Timeline& timeline);
resilience::Result<Timeline> timeline_from_json(std::string_view body);
/// Body of every answer that is not a success: {"error":"…"}.
std::string error_json(std::string_view message);
/// The text of such a body; the body itself where it is something else.
std::string error_from_json(std::string_view body);

}  // namespace bot::cli
