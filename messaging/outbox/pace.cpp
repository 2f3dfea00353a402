#include "messaging/outbox/pace.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace messaging::outbox {

using resilience::Duration;
using std::chrono::seconds;

namespace {

constexpr auto kSlot = std::chrono::milliseconds{50};
constexpr double kRateMin = 1;
// Fewer than so many in a second say little about what the service bears.
constexpr double kTelling = 5;
// Without a told rate: enough for a timer that comes late, too little to be felt.
constexpr double kLearnedBurst = 4;
constexpr double kNone = 1e9;  // RateLimiter: no limit

std::uint32_t half_of(double burst) {
    return static_cast<std::uint32_t>(std::max(1.0, std::floor(burst / 2)));
}

}  // namespace

Pace::Pace(double told, double burst, Instant now)
    : ceiling_(told > 0 ? told : kUnlimited),
      unspent_max_(told > 0 ? half_of(burst) : static_cast<std::uint32_t>(kLearnedBurst)),
      // What waits granted and what the limiter would still let through can go out together.
      limiter_(told > 0 ? told : kNone,
               told > 0 ? std::max(1.0, burst - unspent_max_) : kLearnedBurst,
               now),
      rate_(ceiling_),
      last_step_(now),
      last_cut_(now - kContentMax) {}

Duration Pace::try_acquire(Instant now) {
    step(now);
    const auto wait = limiter_.try_acquire(now);
    if (wait > Duration::zero()) held_back_ = true;
    return wait;
}

void Pace::on_accepted(Instant now) {
    forget(now);
    ++taken_[static_cast<std::size_t>(slot_) % taken_.size()];
    step(now);
}

// Those that were on their way when the last refusal came were sent at the rate that it cut.
void Pace::on_refused(Instant now, Instant sent, Instant until) {
    limiter_.pause_until(until);
    if (sent <= last_cut_) return;
    const double bore = std::min(borne(now), rate_);
    const bool careful = rate_ >= learned_ && learned_ < kUnlimited;
    content_ = careful ? std::min<seconds>(content_ * 4, kContentMax) : seconds{kContentFirst};
    const double cut = std::max(bore * kMargin, kRateMin);
    learned_ = bore >= kTelling ? cut : kUnlimited;
    last_cut_ = now;
    set_rate(cut, now);
    limiter_.pause_until(until);
}

void Pace::come_back(Instant now) {
    const double known = std::min(learned_, ceiling_);
    const double from = known < kUnlimited ? std::max(kRampFrom, known / 4) : kRampFrom;
    if (rate_ > from) set_rate(from, now);
}

// Once a second, and only where the rate was what held the bot back.
void Pace::step(Instant now) {
    if (rate_ >= ceiling_ || now - last_step_ < seconds{1}) return;
    const bool held_back = held_back_;
    held_back_ = false;
    last_step_ = now;
    if (!held_back) return;
    if (rate_ < learned_) return set_rate(std::min(rate_ * 2, learned_), now);
    if (now - last_cut_ < content_) return;
    set_rate(rate_ + learned_ * kGrowth, now);
    // So far above without a refusal: what was learned no longer holds.
    if (rate_ > learned_ * 2) learned_ = kUnlimited;
}

void Pace::set_rate(double rate, Instant now) {
    rate_ = std::min(rate, ceiling_);
    if (rate_ > kRampTo && ceiling_ == kUnlimited) rate_ = kUnlimited;
    limiter_.set_rate(limited() ? rate_ : kNone, now);
    last_step_ = now;
    held_back_ = false;
}

// Empties the slots that began more than a second ago.
void Pace::forget(Instant now) {
    const auto slot = now.time_since_epoch() / kSlot;
    const auto size = static_cast<std::int64_t>(taken_.size());
    for (slot_ = std::max(slot_, slot - size); slot_ < slot;) {
        ++slot_;
        taken_[static_cast<std::size_t>(slot_ % size)] = 0;
    }
}

double Pace::borne(Instant now) {
    forget(now);
    return std::accumulate(taken_.begin(), taken_.end(), 0.0);
}

}  // namespace messaging::outbox
