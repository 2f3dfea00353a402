// When the dispatcher may send: holds, pauses, credit.

#include "messaging/outbox/dispatcher.hpp"
#include "messaging/outbox/dispatcher_words.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace messaging::outbox {

using std::chrono::milliseconds;

namespace {

constexpr auto kStill = std::chrono::seconds{10};
// The longest pause of our own: so much later at most it shows that an outage is over.
constexpr auto kPauseMax = std::chrono::seconds{5};

milliseconds spread(milliseconds wait, double ratio, double u) {
    return wait +
           milliseconds{static_cast<std::int64_t>(static_cast<double>(wait.count()) * ratio * u)};
}

}  // namespace

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
    pace_.come_back(now.mono);
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
    told_until_ = std::max(told_until_, until);
}

void Dispatcher::hold_from_before(std::string reason, Now now) {
    hold_ = Hold{.reason = std::move(reason), .next_probe = now.mono, .wait = options_.probe_first};
}

void Dispatcher::on_told_to_wait(const resilience::Error& error, Now now) {
    if (error.cls == resilience::ErrorClass::kRateLimited) obey(server_wait(error, 1), now);
}

// The service named a date. It is written down, because it holds for the next process as well, and
// a shorter one that comes later does not replace it.
void Dispatcher::obey(milliseconds wait, Now now) {
    pause(now.mono + wait);
    if (now.wall + wait <= told_until_) return;
    told_until_ = now.wall + wait;
    actions_.batch.settings.emplace_back("pause_until", std::to_string(told_until_.count()));
}

// Consecutive failures of different deliveries say that the service is down: pause everything and
// come back with single requests, instead of letting each lane knock by itself.
void Dispatcher::count_outcome(bool healthy, Now now) {
    if (healthy) {
        if (pauses_ > 0) pace_.come_back(now.mono);
        failures_ = 0;
        pauses_ = 0;
        return;
    }
    if (++failures_ < options_.breaker_failures) return;
    ++pauses_;
    const auto wait = resilience::backoff_delay(options_.retry.backoff, pauses_, {}, random_());
    pause(now.mono + std::min<milliseconds>(std::chrono::floor<milliseconds>(wait), kPauseMax));
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
    auto due = lost_.due(now.mono, may_ask(now));
    for (const auto& lost : due.given_up)
        give_up_looking(lost, now);
    std::move(due.looks.begin(), due.looks.end(), std::back_inserter(actions_.looks));
    if (hold_ && !hold_->probing && now.mono >= hold_->next_probe && !paused(now)) {
        hold_->probing = true;
        actions_.probe = true;
    }
    if (now.mono >= next_poke_) {
        next_poke_ = now.mono + kIdle;
        actions_.poke = true;
    }
}

Actions Dispatcher::take(Now now) {
    // What goes back may be due, or end, before anything that the last claim knew of.
    if (!actions_.batch.transitions.empty()) next_poke_ = std::min(next_poke_, now.mono + kIdle);
    // No claim tells of what is added while nothing may be claimed.
    if (!may_ask(now)) next_poke_ = std::min(next_poke_, now.mono + kStill);
    on_timer(now);
    auto wake = std::min(now.mono + kIdle, next_poke_);
    if (paused(now)) wake = std::min(wake, paused_until_);
    if (!hold_ && !paused(now)) wake = grant(now, wake);
    wake = lost_.next_due(wake, may_ask(now));
    if (hold_ && !hold_->probing) {
        wake = std::min(wake, std::max(hold_->next_probe, paused_until_));
    }
    actions_.wake = std::max(wake, now.mono);
    return std::exchange(actions_, {});
}

// Gives the outbox credit for as many deliveries as may be sent now. Returns when there will be
// more, if that is before `wake`.
resilience::Clock::Instant Dispatcher::grant(Now now, resilience::Clock::Instant wake) {
    const bool probing = failures_ >= options_.breaker_failures;
    const auto limit = probing ? 1U : options_.concurrency;
    const auto busy = in_flight() + credit_;
    const auto unspent_max = pace_.limited() ? pace_.unspent_max() : options_.concurrency;
    auto free = limit > busy ? limit - busy : 0U;
    free = std::min(free, unspent_max > credit_ ? unspent_max - credit_ : 0U);
    while (actions_.grant < free) {
        const auto wait = pace_.try_acquire(now.mono);
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
