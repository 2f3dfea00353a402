// The breaker against a plain model: random commands with dropped permits, late answers and jumps
// in time; and every order in which two threads can admit and report.

#include "resilience/circuit_breaker.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <vector>

using resilience::BreakerPolicy;
using resilience::BreakerState;
using resilience::CircuitBreaker;
using resilience::Duration;
using resilience::Health;
using resilience::Instant;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart{1h};

/// What the breaker must do, said with lists instead of rings and counters.
class Model {
public:
    explicit Model(const BreakerPolicy& policy) : policy_(policy) {}

    struct Ticket {
        int era = 0;
        int probe = 0;
    };

    std::optional<Ticket> acquire(Instant now) {
        if (state == BreakerState::kClosed) return Ticket{era_, 0};
        if (state == BreakerState::kOpen) {
            if (now < open_until_) return std::nullopt;
            enter(BreakerState::kHalfOpen);
        }
        if (probes_.size() >= policy_.probes) {  // the oldest gives way, once its lease is over
            if (probes_.begin()->second > now) return std::nullopt;
            probes_.erase(probes_.begin());
        }
        probes_[++last_probe_] = now + policy_.probe_lease;
        return Ticket{era_, last_probe_};
    }

    void report(Ticket ticket, Health health, Instant now) {
        if (ticket.era != era_) return;
        if (state == BreakerState::kClosed) {
            if (health == Health::kUnknown) return;
            outcomes_.push_back({bucket(now), health == Health::kBad});
            if (health == Health::kBad && too_many(bucket(now))) open(now);
        } else if (probes_.erase(ticket.probe) == 1) {
            if (health == Health::kBad) open(now);
            if (health == Health::kGood && ++successes_ == policy_.successes_to_close) {
                enter(BreakerState::kClosed);
                openings_ = 0;
            }
        }
    }

    BreakerState state = BreakerState::kClosed;

private:
    struct Counted {
        std::int64_t bucket;
        bool failed;
    };

    std::int64_t bucket(Instant now) const {
        return now.time_since_epoch() / (policy_.window / 10);
    }

    bool too_many(std::int64_t current) const {
        std::uint32_t in_a_row = 0;
        for (auto at = outcomes_.rbegin(); at != outcomes_.rend() && at->failed; ++at) {
            ++in_a_row;
        }
        if (policy_.consecutive_failures != 0 && in_a_row >= policy_.consecutive_failures) {
            return true;
        }
        double calls = 0;
        double failures = 0;
        for (const auto& counted : outcomes_) {
            if (counted.bucket <= current - 10) continue;
            calls += 1;
            failures += counted.failed ? 1 : 0;
        }
        return calls >= policy_.min_calls && failures / calls >= policy_.failure_ratio;
    }

    void open(Instant now) {
        Duration period = policy_.open_min;
        for (int i = 0; i < openings_ && period < policy_.open_max; ++i) {
            period *= 2;
        }
        ++openings_;
        open_until_ = now + std::min(period, policy_.open_max);
        enter(BreakerState::kOpen);
    }

    void enter(BreakerState next) {
        state = next;
        ++era_;
        outcomes_.clear();
        probes_.clear();
        successes_ = 0;
    }

    BreakerPolicy policy_;
    int era_ = 0;
    std::vector<Counted> outcomes_;
    std::map<int, Instant> probes_;
    int last_probe_ = 0;
    std::uint32_t successes_ = 0;
    int openings_ = 0;
    Instant open_until_;
};

class RandomRun {
public:
    explicit RandomRun(std::uint64_t seed)
        : random_(seed), policy_(random_policy()), breaker_(policy_), model_(policy_) {}

    void step() {
        now_ += jump();
        if (pick(3) != 0) acquire();
        if (!held_.empty() && pick(3) != 0) finish();
        REQUIRE(breaker_.state() == model_.state);
    }

private:
    struct Held {
        CircuitBreaker::Permit permit;
        Model::Ticket ticket;
    };

    std::uint64_t pick(std::uint64_t n) { return random_() % n; }

    BreakerPolicy random_policy() {
        return {.failure_ratio = 0.1 * static_cast<double>(1 + pick(12)),
                .min_calls = static_cast<std::uint32_t>(1 + pick(6)),
                .window = std::chrono::seconds{1 + pick(10)},
                .consecutive_failures = static_cast<std::uint32_t>(pick(5)),
                .open_min = std::chrono::milliseconds{100 + pick(2000)},
                .open_max = std::chrono::seconds{3 + pick(5)},
                .open_spread = 0.0,
                .probes = static_cast<std::uint32_t>(1 + pick(3)),
                .successes_to_close = static_cast<std::uint32_t>(1 + pick(3)),
                .probe_lease = std::chrono::milliseconds{200 + pick(3000)}};
    }

    Duration jump() {
        switch (pick(10)) {
            case 0:
                return std::chrono::milliseconds{pick(20'000)};
            case 1:
                return std::chrono::hours{pick(3)};
            default:
                return std::chrono::milliseconds{pick(300)};
        }
    }

    void acquire() {
        auto admission = breaker_.try_acquire(now_);
        const auto ticket = model_.acquire(now_);
        REQUIRE(admission.permit.has_value() == ticket.has_value());
        if (!ticket) {
            REQUIRE(admission.retry_in > 0ns);
            return;
        }
        held_.push_back({std::move(*admission.permit), *ticket});
        if (held_.size() > 6) held_.pop_front();  // a permit that is lost, as its ticket is
    }

    void finish() {
        const auto at = static_cast<std::ptrdiff_t>(pick(held_.size()));
        const auto health = static_cast<Health>(pick(3));
        const bool drop = pick(5) == 0;
        Held held = std::move(held_[static_cast<std::size_t>(at)]);
        held_.erase(held_.begin() + at);
        if (!drop) held.permit.report(health, now_, 0.0);
        model_.report(held.ticket, drop ? Health::kUnknown : health, now_);
    }

    std::mt19937_64 random_;
    BreakerPolicy policy_;
    CircuitBreaker breaker_;
    Model model_;
    std::deque<Held> held_;
    Instant now_ = kStart;
};

}  // namespace

TEST_CASE("the breaker does what a plain model does", "[breaker]") {
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        CAPTURE(seed);
        RandomRun run(seed);
        for (int i = 0; i < 300; ++i) {
            run.step();
        }
    }
}

TEST_CASE("no order of two threads admits too many or closes on old news", "[breaker]") {
    // Each thread makes two calls: admit, report, admit, report. 70 orders, 81 combinations of what
    // the four calls report, from a breaker whose open period is just over.
    const BreakerPolicy policy{.failure_ratio = 2.0,
                               .consecutive_failures = 1,
                               .open_min = 1s,
                               .open_max = 1s,
                               .open_spread = 0.0};
    std::vector<int> order{0, 0, 0, 0, 1, 1, 1, 1};
    int orders = 0;
    do {
        ++orders;
        for (int outcomes = 0; outcomes < 81; ++outcomes) {
            CircuitBreaker breaker(policy);
            breaker.try_acquire(kStart).permit->report(Health::kBad, kStart, 0.0);
            const Instant now = kStart + 1s;
            std::array<std::optional<CircuitBreaker::Permit>, 2> permits;
            std::array<int, 2> steps{0, 0};
            int rest = outcomes;
            for (const int thread : order) {
                const auto t = static_cast<std::size_t>(thread);
                const bool half_open = breaker.state() != BreakerState::kClosed;
                if (steps[t]++ % 2 == 0) {
                    permits[t] = std::move(breaker.try_acquire(now).permit);
                    if (half_open && permits[t])
                        REQUIRE(breaker.state() == BreakerState::kHalfOpen);
                    continue;
                }
                const auto health = static_cast<Health>(rest % 3);
                rest /= 3;
                if (!permits[t]) continue;
                const auto generation = breaker.transitions();
                permits[t]->report(health, now, 0.0);
                permits[t].reset();
                // A state changes for one reason at a time.
                REQUIRE(breaker.transitions() <= generation + 1);
                if (health == Health::kUnknown) REQUIRE(breaker.transitions() == generation);
            }
            // Whatever happened: after the longest period somebody gets through.
            REQUIRE(breaker.try_acquire(now + 60s).permit.has_value());
        }
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(orders == 70);
}
