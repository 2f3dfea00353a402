#include "messaging/outbox/dispatcher.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace messaging::outbox {

using resilience::ErrorClass;
using resilience::Scope;
using std::chrono::milliseconds;

namespace {

constexpr auto kIdle = std::chrono::seconds{1};
constexpr int kLocked = 423;  // concerns its request only, not the whole bot

milliseconds spread(milliseconds wait, double ratio, double u) {
    return wait +
           milliseconds{static_cast<std::int64_t>(static_cast<double>(wait.count()) * ratio * u)};
}

Transition transition(const Intent& intent, State to, AttemptNote note, Now now) {
    Transition change;
    change.id = intent.id;
    change.attempt = intent.attempt;
    change.to = to;
    change.at = now.wall;
    change.note = std::move(note);
    return change;
}

Notice notice(Notice::Kind kind, const Intent& intent, const AttemptNote& note) {
    Notice said;
    said.kind = kind;
    said.id = intent.id;
    said.destination = intent.destination;
    said.attempt = intent.attempt;
    said.note = note;
    return said;
}

}  // namespace

Dispatcher::Dispatcher(DispatcherOptions options, Now now, std::function<double()> random)
    : options_(options),
      random_(std::move(random)),
      limiter_(options.rate > 0 ? options.rate : 1e9,
               options.rate > 0 ? options.rate_burst : 1e6,
               now.mono),
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
    if (options_.rate > 0) limiter_.on_success(now.mono);
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
    const auto wait = std::max(delay(intent, answer), milliseconds{1'000});
    const bool own_only = answer.note.status == kLocked;
    if (!own_only) {
        if (options_.rate > 0) limiter_.on_rate_limited(now.mono);
        pause(now.mono + wait);
        actions_.batch.settings.emplace_back("pause_until",
                                             std::to_string((now.wall + wait).count()));
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
    const auto wait = delay(intent, answer);
    auto back = transition(intent, State::kPending, answer.note, now);
    back.next = std::min(now.wall + wait, intent.deadline);
    actions_.batch.transitions.push_back(std::move(back));
    auto note = notice(Notice::Kind::kRetry, intent, answer.note);
    note.wait = wait;
    actions_.notices.push_back(std::move(note));
}

// A server's own date is a floor however long it is: the queue can hold a message for days.
milliseconds Dispatcher::delay(const Intent& intent, const Answer& answer) const {
    const auto wait = resilience::retry_delay(options_.retry, resilience::to_failure(answer.error),
                                              intent.attempt, resilience::Duration{0}, random_());
    return std::chrono::ceil<milliseconds>(wait);
}

void Dispatcher::put_back(const Intent& intent, Millis next, AttemptNote note, Now now) {
    auto back = transition(intent, State::kPending, std::move(note), now);
    back.next = std::min(next, intent.deadline);
    back.uncounted = true;
    actions_.batch.transitions.push_back(std::move(back));
}

void Dispatcher::reject(const Intent& intent, Answer& answer, Now now) {
    auto dead = transition(intent, State::kDead, answer.note, now);
    dead.reason = DeadReason::kRejected;
    actions_.batch.transitions.push_back(std::move(dead));
    auto note = notice(Notice::Kind::kDead, intent, answer.note);
    note.reason = DeadReason::kRejected;
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
    lost_.add({.intent = intent, .note = std::move(answer.note)}, now.mono);
}

void Dispatcher::on_recovered(std::vector<Intent> uncertain, Now now) {
    for (auto& intent : uncertain) {
        lost_.add(
            {.intent = std::move(intent),
             .note = {.rule = "restart", .detail = "the program stopped while this was being sent"},
             .echo_covers = false},
            now.mono);
    }
}

void Dispatcher::on_echo_match(DeliveryId id, const std::string& message_id, Now now) {
    confirm(id, message_id, "own post seen on the receive path", now);
}

void Dispatcher::on_look(DeliveryId id, const LookResult& result, Now now) {
    if (!result.found.empty()) return confirm(id, result.found, "found in the room", now);
    lost_.not_seen(id, result, now.mono);
}

void Dispatcher::confirm(DeliveryId id,
                         const std::string& message_id,
                         std::string_view how,
                         Now now) {
    const auto lost = lost_.take(id);
    if (!lost) return;
    AttemptNote note{.status = lost->note.status, .rule = "evidence", .detail = std::string(how)};
    actions_.notices.push_back(notice(Notice::Kind::kConfirmedLate, lost->intent, note));
    auto done = transition(lost->intent, State::kDelivered, std::move(note), now);
    done.from = State::kUncertain;
    done.confirmed_late = true;
    done.message_id = message_id;
    actions_.batch.transitions.push_back(std::move(done));
}

// No evidence turned up in time. Where its absence means something the message goes out again;
// elsewhere its own policy decides.
void Dispatcher::give_up_looking(const LostAnswer& lost, Now now) {
    const bool group_echo = options_.echo != EchoEvidence::kOff && echo_proven_ &&
                            lost.echo_covers && lost.intent.destination.rfind("room:", 0) == 0;
    const bool shown_absent = (lost.listable && lost.looked) || group_echo;
    const bool repeat = lost.intent.policy == UncertainPolicy::kPreferDelivery;
    const bool attempts_left =
        lost.intent.max_attempts == 0 || lost.intent.attempt < lost.intent.max_attempts;
    if ((shown_absent || repeat) && attempts_left) {
        AttemptNote note{.status = lost.note.status,
                         .rule = shown_absent ? "not_seen" : "prefer_delivery",
                         .detail = shown_absent ? "not found in the room: sent again"
                                                : "no evidence: sent again, marked as a repeat"};
        auto notified = notice(Notice::Kind::kRetry, lost.intent, note);
        auto back = transition(lost.intent, State::kPending, std::move(note), now);
        back.from = State::kUncertain;
        back.next = now.wall;
        back.repeat = !shown_absent;
        actions_.batch.transitions.push_back(std::move(back));
        actions_.notices.push_back(std::move(notified));
        return;
    }
    AttemptNote note{.status = lost.note.status,
                     .rule = "prefer_once",
                     .detail = "no evidence that it arrived, and its policy forbids a repeat"};
    auto notified = notice(Notice::Kind::kDead, lost.intent, note);
    notified.reason = DeadReason::kMaybeDelivered;
    actions_.notices.push_back(std::move(notified));
    auto dead = transition(lost.intent, State::kDead, std::move(note), now);
    dead.from = State::kUncertain;
    dead.reason = DeadReason::kMaybeDelivered;
    actions_.batch.transitions.push_back(std::move(dead));
}

void Dispatcher::on_probe(bool token_works, const AttemptNote& note, Now now) {
    if (!hold_) return;
    hold_->probing = false;
    if (!token_works) {
        hold_->reason = note.detail;
        hold_->wait = std::min(hold_->wait * 2, options_.probe_max);
        hold_->next_probe = now.mono + spread(hold_->wait, 0.2, random_());
        return;
    }
    hold_.reset();
    failures_ = 0;
    paused_until_ = now.mono;
    actions_.batch.settings.emplace_back("bot_hold", "");
    actions_.notices.push_back({.kind = Notice::Kind::kBotReleased, .note = note});
    actions_.poke = true;
}

void Dispatcher::on_room_released(const std::string& destination, Now now) {
    actions_.batch.holds.push_back(
        {.destination = destination, .held = false, .since = now.wall, .cure = {}});
    actions_.poke = true;
}

void Dispatcher::pause_until(Now now, Millis until) {
    if (until > now.wall) pause(now.mono + (until - now.wall));
}

// Consecutive failures of different deliveries say that the service is down: pause everything and
// come back with single requests, instead of letting each lane knock by itself.
void Dispatcher::count_outcome(bool healthy, Now now) {
    if (healthy) {
        failures_ = 0;
        pauses_ = 0;
        return;
    }
    if (++failures_ < options_.breaker_failures) return;
    ++pauses_;
    const auto wait = resilience::backoff_delay(options_.retry.backoff, pauses_, {}, random_());
    pause(now.mono + std::chrono::duration_cast<milliseconds>(wait));
}

void Dispatcher::pause(resilience::Clock::Instant until) {
    paused_until_ = std::max(paused_until_, until);
    actions_.revoke = true;
    credit_ = 0;
}

bool Dispatcher::paused(Now now) const {
    return now.mono < paused_until_;
}

void Dispatcher::on_timer(Now now) {
    auto due = lost_.due(now.mono);
    for (const auto& lost : due.given_up)
        give_up_looking(lost, now);
    std::move(due.looks.begin(), due.looks.end(), std::back_inserter(actions_.looks));
    if (hold_ && !hold_->probing && now.mono >= hold_->next_probe) {
        hold_->probing = true;
        actions_.probe = true;
    }
    if (now.mono >= next_poke_) {
        next_poke_ = now.mono + kIdle;
        actions_.poke = true;
    }
}

Actions Dispatcher::take(Now now) {
    on_timer(now);
    auto wake = std::min(now.mono + kIdle, next_poke_);
    if (paused(now)) wake = std::min(wake, paused_until_);
    if (!hold_ && !paused(now)) wake = grant(now, wake);
    wake = lost_.next_due(wake);
    if (hold_ && !hold_->probing) wake = std::min(wake, hold_->next_probe);
    actions_.wake = std::max(wake, now.mono);
    return std::exchange(actions_, {});
}

// Gives the outbox credit for as many deliveries as may be sent now. Returns when there will be
// more, if that is before `wake`.
resilience::Clock::Instant Dispatcher::grant(Now now, resilience::Clock::Instant wake) {
    const bool probing = failures_ >= options_.breaker_failures;
    const auto limit = probing ? 1U : options_.concurrency;
    const auto busy = in_flight() + credit_;
    const auto unspent_max = options_.rate > 0
                                 ? static_cast<std::uint32_t>(std::max(1.0, options_.rate_burst))
                                 : options_.concurrency;
    auto free = limit > busy ? limit - busy : 0U;
    free = std::min(free, unspent_max > credit_ ? unspent_max - credit_ : 0U);
    while (actions_.grant < free) {
        const auto wait = limiter_.try_acquire(now.mono);
        if (wait > resilience::Duration::zero()) {
            wake = std::min(wake, now.mono + std::chrono::ceil<milliseconds>(wait));
            break;
        }
        ++actions_.grant;
    }
    if (actions_.grant > 0 && credit_ == 0) actions_.poke = true;
    credit_ += actions_.grant;
    return wake;
}

bool Dispatcher::in_flight_to(const std::string& destination) const {
    return std::any_of(in_flight_.begin(), in_flight_.end(),
                       [&](const auto& entry) { return entry.second.destination == destination; });
}

}  // namespace messaging::outbox
