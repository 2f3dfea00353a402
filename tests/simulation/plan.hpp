#pragma once

#include "messaging/outbox/delivery.hpp"
#include "messaging/outbox/dispatcher.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace simulation {

using std::chrono::milliseconds;

/// Group rooms, then people who are written to by id, then people who are written to by e-mail.
inline constexpr int kGroups = 6;
inline constexpr int kById = 2;
inline constexpr int kByMail = 2;
inline constexpr int kDestinations = kGroups + kById + kByMail;

/// One message that somebody wants sent.
struct PlannedMessage {
    int number = 0;       ///< Its text begins with "#number"; twins share one.
    milliseconds at{0};   ///< When it is handed in, after the start.
    int destination = 0;  ///< 0 to kDestinations - 1, or more group rooms where a plan has them.
    messaging::outbox::Priority priority = messaging::outbox::Priority::kBulk;
    messaging::outbox::UncertainPolicy policy = messaging::outbox::UncertainPolicy::kPreferOnce;
    milliseconds lifetime{std::chrono::hours{1}};
    milliseconds not_before{0};  ///< After it was handed in; 0: at once.
    std::uint32_t max_attempts = 0;
    bool markdown = false;
    bool twin = false;  ///< Another message has the same text and destination.
};

/// One misfortune.
struct PlannedFault {
    enum class Kind : std::uint8_t {
        // Answers of the service, from `from` to `to`.
        kOverloaded,     ///< 503; with Retry-After where `wait` is set.
        kThrottled,      ///< 429 with Retry-After, `count` times.
        kRationed,       ///< 429 beyond `count` requests a second.
        kGatewayBefore,  ///< 500, 502 or 504 (`status`); the message was not stored.
        kGatewayAfter,   ///< The same; the message was stored.
        kLostAfter,      ///< Stored, and never answered.
        kLostBefore,     ///< Not stored, and never answered.
        kResetAfter,     ///< Stored, and the connection ends.
        kSlow,           ///< Answered `wait` later, which may be beyond the timeout.
        kTokenRefused,   ///< 401 to everything.
        kRoomForbidden,  ///< `status` 403 or 404 in one room, which is released later if `count`.
        kNoListing,      ///< Lists are refused or fail (`status`).
        // The network.
        kUnknownHost,
        kNoConnection,
        kResetBefore,  ///< The connection ends before the request was there, `count` times.
        // The process.
        kKill,       ///< The process ends at `from`; another starts `wait` later.
        kPowerCut,   ///< The same, and what was not durable is gone.
        kCutBefore,  ///< The power goes during the first write after `from`, which is lost …
        kCutAfter,   ///< … or kept, and nobody was told.
        // The disk.
        kDiskFull,
        kWriteFails,  ///< `count` writes change nothing and fail.
        kAnswerLost,  ///< `count` writes succeed and say that they failed.
        kSlowDisk     ///< Each write takes `wait`.
    };
    Kind kind = Kind::kOverloaded;
    milliseconds from{0};
    milliseconds to{0};
    milliseconds wait{0};
    int count = 0;
    int status = 0;
    int destination = 0;
};

/// Everything that one run depends on.
struct Plan {
    std::uint64_t seed = 0;
    std::vector<PlannedMessage> messages = {};
    std::vector<PlannedFault> faults = {};
    messaging::outbox::EchoEvidence echo = messaging::outbox::EchoEvidence::kAuto;
    bool service_echoes = true;
    double told_rate = 0;       ///< What the dispatcher is told; 0: nothing.
    milliseconds latency{100};  ///< One way and back together, about.
    milliseconds skew{0};       ///< Of the service's clock.
    milliseconds length{std::chrono::hours{1}};
    int groups = kGroups;
};

/// One hour with a hundred messages and five to twelve misfortunes. The same seed, the same plan.
Plan make_plan(std::uint64_t seed);

/// The plan in words, a line each for the settings, the misfortunes and the messages.
std::string describe(const Plan& plan);
std::string describe(const PlannedFault& fault);
/// "0:12:03.250" after the start.
std::string clock_text(milliseconds at);
/// "group 3", "person 1" or "mail 0".
std::string destination_text(int destination, int groups = kGroups);

}  // namespace simulation
