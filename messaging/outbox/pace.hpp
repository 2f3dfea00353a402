#pragma once

#include "resilience/clock.hpp"
#include "resilience/rate_limiter.hpp"

#include <array>
#include <cstdint>
#include <limits>

namespace messaging::outbox {

/// How fast a bot sends: as fast as it was told, as the service was seen to bear, and slowly at
/// first when it comes back from an outage.
///
/// A refusal (429) shows what the service bears: what it took in the second before. From then on
/// the rate stays a little below that; after a while without refusals it grows by 1 % a second, and
/// each refusal that this earns makes the while four times as long. So a limit that nobody named is
/// found with few refusals and costs little. After `come_back` the rate begins at 8 a second, or
/// at a quarter of what was learned or told where that is more, and doubles up to that with each
/// second in which it was what held the bot back.
///
/// Pure; used from one thread.
class Pace {
public:
    using Instant = resilience::Clock::Instant;

    static constexpr double kUnlimited = std::numeric_limits<double>::infinity();
    /// Where a ramp begins, and where it ends if nothing was learned: requests per second.
    static constexpr double kRampFrom = 8;
    static constexpr double kRampTo = 4'096;
    /// The share of what was borne that is used afterwards.
    static constexpr double kMargin = 0.99;
    /// What a second without refusal adds, as a share of what was learned.
    static constexpr double kGrowth = 0.01;
    /// How long to be content after a refusal, at first and at most.
    static constexpr auto kContentFirst = std::chrono::seconds{15};
    static constexpr auto kContentMax = std::chrono::minutes{5};

    /// `told`: requests per second that are never exceeded; 0: unknown. `burst`: how many may be
    /// sent at once after a quiet time, those included that `unspent_max` lets wait.
    Pace(double told, double burst, Instant now);

    /// Zero: one more may be sent, and is counted. Else how long to wait before asking again.
    resilience::Duration try_acquire(Instant now);

    /// The service took a message.
    void on_accepted(Instant now);
    /// The service refused one that was sent at `sent` because it is too much; nothing goes out
    /// before `until`.
    void on_refused(Instant now, Instant sent, Instant until);
    /// Nothing goes out before `until`.
    void pause_until(Instant until) { limiter_.pause_until(until); }
    /// The service, or the token, works again.
    void come_back(Instant now);

    /// Requests per second at the moment; kUnlimited when nothing limits them.
    double rate() const { return rate_; }
    bool limited() const { return rate_ < kUnlimited; }
    /// How many that were granted may wait for a message to be sent.
    std::uint32_t unspent_max() const { return unspent_max_; }

private:
    void step(Instant now);
    void set_rate(double rate, Instant now);
    double borne(Instant now);
    void forget(Instant now);

    const double ceiling_;
    const std::uint32_t unspent_max_;
    resilience::RateLimiter limiter_;
    double rate_;
    double learned_ = kUnlimited;  // the rate from which on it is careful
    std::chrono::seconds content_ = kContentFirst;
    bool held_back_ = false;  // somebody had to wait since the last step
    Instant last_step_;
    Instant last_cut_;
    // What was taken in the last second, in slots of 50 ms; one more, so that none is missed.
    std::array<std::uint32_t, 21> taken_{};
    std::int64_t slot_ = 0;  // the running one
};

}  // namespace messaging::outbox
