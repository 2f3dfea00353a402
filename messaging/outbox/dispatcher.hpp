#pragma once

#include "messaging/outbox/delivery.hpp"
#include "messaging/outbox/lost_answers.hpp"
#include "messaging/outbox/pace.hpp"
#include "messaging/outbox/store.hpp"
#include "resilience/clock.hpp"
#include "resilience/presets.hpp"
#include "resilience/result.hpp"
#include "resilience/retry.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace messaging::outbox {

/// Both clocks, read once by the shell: monotonic for waits, wall for what is stored.
struct Now {
    resilience::Clock::Instant mono;
    Millis wall{0};
};

/// Is the bot's own post, coming back on the receive path, evidence in group rooms?
enum class EchoEvidence : std::uint8_t {
    kOff,   ///< Own posts are not looked at.
    kAuto,  ///< A post that comes back confirms. That none came means nothing, until this service
            ///< has been seen to echo; from then on it means that the message was not stored.
    kOn     ///< The operator knows that this service echoes.
};

struct DispatcherOptions {
    std::uint32_t concurrency = 64;  ///< Most requests in flight.
    /// Requests per second; 0: learned from the service's refusals (see `Pace`).
    double rate = 0;
    double rate_burst = 5;
    /// Waits between attempts of one delivery. Its attempt cap is not used: a delivery ends at its
    /// deadline, or at its own `max_attempts`.
    resilience::RetryPolicy retry = resilience::presets::webex();
    EchoEvidence echo = EchoEvidence::kAuto;
    /// Looks for evidence after an uncertain outcome: the first after `look_first`, each next one
    /// twice as late, until `look_until` has passed.
    std::chrono::milliseconds look_first{500};
    std::chrono::milliseconds look_until{15'000};
    /// How far the service's clock may be off when `created` is compared.
    std::chrono::milliseconds clock_skew{60'000};
    /// Probe of a held bot: the first wait, doubling up to the second.
    std::chrono::milliseconds probe_first{2'000};
    std::chrono::milliseconds probe_max{30'000};
    /// After so many failures in a row of the whole bot, sending pauses (jittered backoff) and
    /// restarts with one request.
    std::uint32_t breaker_failures = 8;
};

/// What came back for one attempt, already classified by the shell.
struct Answer {
    bool delivered = false;
    std::string message_id = {};  ///< May be empty: delivered, id not learned.
    resilience::Error error = {};
    AttemptNote note = {};
    /// Of a definite refusal: what may be sent instead, and as which row of kDegradeTable.
    std::optional<NewContent> instead = std::nullopt;
    std::string instead_rule = {};
    std::string instead_what = {};
};

/// Something a person should hear about, for logs, metrics and alarms.
struct Notice {
    enum class Kind : std::uint8_t {
        kDelivered,
        kConfirmedLate,
        kRetry,
        kDegraded,  ///< Refused; something else goes out instead of it.
        kUncertain,
        kDead,
        kRoomHeld,
        kBotHeld,
        kBotReleased,
        kPaused
    };
    Kind kind = Kind::kRetry;
    DeliveryId id = {};
    std::string destination = {};
    std::uint32_t attempt = 0;
    DeadReason reason = DeadReason::kNone;
    std::chrono::milliseconds wait{0};
    AttemptNote note = {};
};

/// Everything the shell is to do next.
struct Actions {
    std::vector<Intent> sends = {};  ///< Start these requests now.
    std::vector<Intent> looks = {};  ///< Look for these in their rooms.
    bool probe = false;              ///< Ask people/me whether the token works again.
    Batch batch = {};                ///< Make this durable.
    std::uint32_t grant = 0;         ///< Let the outbox claim so many more.
    bool revoke = false;             ///< First take all granted credit back.
    bool poke = false;               ///< Let the outbox look for what has become due.
    std::vector<Notice> notices = {};
    resilience::Clock::Instant wake{};  ///< Call `on_timer` again at this time at the latest.
};

/// The state machine of sending: no clock, no sleep, no thread, no I/O.
///
/// Events go in with the time they happened; `take` hands out what is to be done. Retry, pause,
/// hold, evidence and policy are decided here and nowhere else. `random` gives numbers in [0, 1).
/// Used from one thread.
class Dispatcher {
public:
    Dispatcher(DispatcherOptions options, Now now, std::function<double()> random);

    /// Deliveries that were claimed; `next_due` tells when to look again (0: nothing waits).
    void on_claimed(std::vector<Intent> intents, Millis next_due, Now now);
    /// An attempt ended.
    void on_answer(DeliveryId id, Answer answer, Now now);
    /// Deliveries whose outcome a crash left open.
    void on_recovered(std::vector<Intent> uncertain, Now now);
    /// The bot's own post `message_id` came back on the receive path and matches `id`.
    void on_echo_match(DeliveryId id, const std::string& message_id, Now now);
    /// The bot's own post came back in a group room: this service echoes.
    void on_echo_seen() { echo_proven_ = true; }
    void on_look(DeliveryId id, const LookResult& result, Now now);
    void on_probe(bool token_works, const AttemptNote& note, Now now);
    /// A person released a room, or it healed by itself (membership event).
    void on_room_released(const std::string& destination, Now now);
    /// A request other than an attempt was refused; a date that came with it holds for all.
    void on_told_to_wait(const resilience::Error& error, Now now);
    /// What may be the own post of an uncertain delivery to `destination` could not be read yet.
    void on_echo_unread(const std::string& destination, Now now);
    /// A long Retry-After from before a restart still holds.
    void pause_until(Now now, Millis until);
    /// The bot was held before a restart: it is probed at once, before anything is sent.
    void hold_from_before(std::string reason, Now now);
    void on_timer(Now now);

    Actions take(Now now);

    /// Uncertain deliveries to `destination` that still lack evidence.
    std::vector<Intent> uncertain_in(const std::string& destination) const {
        return lost_.in(destination);
    }
    bool in_flight_to(const std::string& destination) const;
    bool has_uncertain() const { return !lost_.empty(); }
    bool held() const { return hold_.has_value(); }
    /// False in a pause and while the bot is held: nothing may be asked but the probe.
    bool may_ask(Now now) const { return !hold_ && !paused(now); }
    std::string hold_reason() const { return hold_ ? hold_->reason : std::string{}; }
    std::uint32_t in_flight() const { return static_cast<std::uint32_t>(in_flight_.size()); }

private:
    struct Hold {
        std::string reason;
        resilience::Clock::Instant next_probe;
        std::chrono::milliseconds wait;
        bool probing = false;
    };
    void on_failure(const Intent& intent, Answer answer, Now now);
    void rate_limited(const Intent& intent, Answer& answer, Now now);
    void retry_later(const Intent& intent, Answer& answer, Now now);
    std::chrono::milliseconds delay(const resilience::Error& error, std::uint32_t attempt) const;
    std::chrono::milliseconds server_wait(const resilience::Error& error,
                                          std::uint32_t attempt) const;
    void obey(std::chrono::milliseconds wait, Now now);
    void put_back(const Intent& intent, Millis next, AttemptNote note, Now now);
    void reject(const Intent& intent, Answer& answer, Now now);
    void send_instead(const Intent& intent, Answer& answer, Now now);
    void hold_room(const Intent& intent, Answer& answer, Now now);
    void hold_bot(const Intent& intent, Answer& answer, Now now);
    void become_uncertain(const Intent& intent, Answer& answer, Now now);
    void confirm(DeliveryId id, const std::string& message_id, std::string_view how, Now now);
    void give_up_looking(const LostAnswer& lost, Now now);
    void count_outcome(bool healthy, Now now);
    void pause(resilience::Clock::Instant until);
    bool paused(Now now) const;
    resilience::Clock::Instant grant(Now now, resilience::Clock::Instant wake);

    const DispatcherOptions options_;
    const std::function<double()> random_;
    Pace pace_;

    std::unordered_map<std::uint64_t, Intent> in_flight_;
    LostAnswers lost_;
    std::optional<Hold> hold_;
    std::uint32_t credit_ = 0;  // granted and not yet seen as claimed
    std::uint32_t failures_ = 0;
    std::uint32_t pauses_ = 0;
    bool echo_proven_ = false;
    resilience::Clock::Instant paused_until_{};
    Millis told_until_{0};  // by the service, wall clock
    resilience::Clock::Instant next_poke_{};
    Actions actions_;
};

}  // namespace messaging::outbox
