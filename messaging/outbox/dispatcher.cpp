#include "messaging/outbox/dispatcher.hpp"

#include "messaging/outbox/dispatcher_words.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace messaging::outbox {

using resilience::ErrorClass;
using resilience::Scope;
using std::chrono::milliseconds;

namespace {

constexpr int kLocked = 423;  // concerns its request only, not the whole bot
constexpr int kTooMany = 429;

}  // namespace

Dispatcher::Dispatcher(DispatcherOptions options, Now now, std::function<double()> random)
    : options_(options),
      random_(std::move(random)),
      pace_(options.rate, options.rate_burst, now.mono),
      lost_(options.look_first, options.look_until),
      echo_proven_(options.echo == EchoEvidence::kOn),
      paused_until_(now.mono),
      next_poke_(now.mono) {}

void Dispatcher::on_claimed(std::vector<Intent> intents, Millis next_due, Now now) {
    for (auto& intent : intents) {
        if (credit_ > 0) --credit_;
        if (hold_ || paused(now)) {
            // Claimed before the pause was known; certainly not sent, so it goes back unharmed.
            put_back(intent, now.wall, {.rule = "paused", .detail = "claimed during a pause"}, now);
            continue;
        }
        actions_.sends.push_back(intent);
        in_flight_.emplace(intent.id.value, std::move(intent));
    }
    next_poke_ = now.mono + kIdle;
    if (next_due.count() > 0) {
        // Without credit nothing more can be claimed however much is due; what comes with new
        // credit is a poke.
        const bool can_claim = credit_ > 0 && !hold_ && !paused(now);
        next_poke_ = now.mono + std::clamp<milliseconds>(next_due - now.wall,
                                                         can_claim ? milliseconds{0} : kIdle,
                                                         std::chrono::hours{1});
    }
}

void Dispatcher::on_answer(DeliveryId id, Answer answer, Now now) {
    const auto found = in_flight_.find(id.value);
    if (found == in_flight_.end()) return;
    const Intent intent = std::move(found->second);
    in_flight_.erase(found);

    if (!answer.delivered) {
        on_failure(intent, std::move(answer), now);
        return;
    }
    count_outcome(true, now);
    pace_.on_accepted(now.mono);
    actions_.notices.push_back(notice(Notice::Kind::kDelivered, intent, answer.note));
    auto done = transition(intent, State::kDelivered, std::move(answer.note), now);
    done.message_id = std::move(answer.message_id);
    actions_.batch.transitions.push_back(std::move(done));
}

void Dispatcher::on_failure(const Intent& intent, Answer answer, Now now) {
    const auto& error = answer.error;
    if (error.cls == ErrorClass::kRateLimited) return rate_limited(intent, answer, now);
    if (error.scope == Scope::kBot) return hold_bot(intent, answer, now);
    switch (error.cls) {
        case ErrorClass::kTransient:
        case ErrorClass::kRateLimited:
            count_outcome(false, now);
            return retry_later(intent, answer, now);
        case ErrorClass::kAmbiguous:
            count_outcome(false, now);
            return become_uncertain(intent, answer, now);
        case ErrorClass::kAuth:
            return hold_bot(intent, answer, now);
        case ErrorClass::kPermanent:
            count_outcome(true, now);
            if (error.scope == Scope::kRoom) return hold_room(intent, answer, now);
            // Not where an earlier attempt may have arrived: the message might come in two shapes.
            if (answer.instead && intent.repeats == 0) return send_instead(intent, answer, now);
            return reject(intent, answer, now);
    }
}

// A 429 is no attempt: nothing was processed. It pauses the whole bot, so that the other senders
// do not each collect their own.
void Dispatcher::rate_limited(const Intent& intent, Answer& answer, Now now) {
    const auto wait = server_wait(answer.error, intent.attempt);
    if (answer.note.status != kLocked) {
        obey(wait, now);
        const auto sent = now.mono - (now.wall - intent.started);
        if (answer.note.status == kTooMany) {
            pace_.on_refused(now.mono, sent, now.mono + wait);
        } else {
            pace_.come_back(now.mono);
        }
    }
    auto note = notice(Notice::Kind::kPaused, intent, answer.note);
    note.wait = wait;
    actions_.notices.push_back(std::move(note));
    put_back(intent, now.wall + wait, std::move(answer.note), now);
}

void Dispatcher::retry_later(const Intent& intent, Answer& answer, Now now) {
    if (intent.max_attempts != 0 && intent.attempt >= intent.max_attempts) {
        answer.note.detail += " (attempt " + std::to_string(intent.attempt) + " of " +
                              std::to_string(intent.max_attempts) + ", none left)";
        return reject(intent, answer, now);
    }
    const auto wait = delay(answer.error, intent.attempt);
    auto back = transition(intent, State::kPending, answer.note, now);
    back.next = std::min(now.wall + wait, intent.deadline);
    actions_.batch.transitions.push_back(std::move(back));
    auto note = notice(Notice::Kind::kRetry, intent, answer.note);
    note.wait = wait;
    actions_.notices.push_back(std::move(note));
}

// A server's own date is a floor however long it is: the queue can hold a message for days.
milliseconds Dispatcher::delay(const resilience::Error& error, std::uint32_t attempt) const {
    const auto wait = resilience::retry_delay(options_.retry, resilience::to_failure(error),
                                              attempt, resilience::Duration{0}, random_());
    return std::chrono::ceil<milliseconds>(wait);
}

milliseconds Dispatcher::server_wait(const resilience::Error& error, std::uint32_t attempt) const {
    return std::max(delay(error, attempt), milliseconds{1'000});
}

void Dispatcher::put_back(const Intent& intent, Millis next, AttemptNote note, Now now) {
    auto back = transition(intent, State::kPending, std::move(note), now);
    back.next = std::min(next, intent.deadline);
    back.uncounted = true;
    actions_.batch.transitions.push_back(std::move(back));
}

void Dispatcher::reject(const Intent& intent, Answer& answer, Now now) {
    // The attempt is over for good; one before it, whose answer was lost, may have arrived.
    const auto reason = intent.repeats > 0 ? DeadReason::kMaybeDelivered : DeadReason::kRejected;
    auto dead = transition(intent, State::kDead, answer.note, now);
    dead.reason = reason;
    actions_.batch.transitions.push_back(std::move(dead));
    auto note = notice(Notice::Kind::kDead, intent, answer.note);
    note.reason = reason;
    actions_.notices.push_back(std::move(note));
}

void Dispatcher::send_instead(const Intent& intent, Answer& answer, Now now) {
    answer.note.rule = answer.instead_rule;
    answer.note.detail += "; " + answer.instead_what;
    actions_.notices.push_back(notice(Notice::Kind::kDegraded, intent, answer.note));
    auto back = transition(intent, State::kPending, std::move(answer.note), now);
    back.next = now.wall;
    back.content = std::move(answer.instead);
    actions_.batch.transitions.push_back(std::move(back));
}

// The room refuses the bot: everything for it waits for the cure, nothing is thrown away.
void Dispatcher::hold_room(const Intent& intent, Answer& answer, Now now) {
    actions_.notices.push_back(notice(Notice::Kind::kRoomHeld, intent, answer.note));
    actions_.batch.holds.push_back({.destination = intent.destination,
                                    .held = true,
                                    .since = now.wall,
                                    .cure = answer.note.detail});
    put_back(intent, now.wall, std::move(answer.note), now);
}

// Whatever concerns the whole bot stops everything: the queue is kept, a slow probe finds out when
// it has healed.
void Dispatcher::hold_bot(const Intent& intent, Answer& answer, Now now) {
    if (!hold_) {
        hold_ = Hold{.reason = answer.note.detail,
                     .next_probe = now.mono + options_.probe_first,
                     .wait = options_.probe_first};
        actions_.revoke = true;
        credit_ = 0;
        actions_.notices.push_back(notice(Notice::Kind::kBotHeld, intent, answer.note));
        actions_.batch.settings.emplace_back("bot_hold", answer.note.detail);
    }
    put_back(intent, now.wall, std::move(answer.note), now);
}

void Dispatcher::become_uncertain(const Intent& intent, Answer& answer, Now now) {
    actions_.batch.transitions.push_back(transition(intent, State::kUncertain, answer.note, now));
    actions_.notices.push_back(notice(Notice::Kind::kUncertain, intent, answer.note));
    lost_.add({.intent = intent, .note = std::move(answer.note)}, now.mono, now.wall);
}

}  // namespace messaging::outbox
