#include "messaging/outbox/pace.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using messaging::outbox::Pace;

namespace {

constexpr Pace::Instant kStart{1h};

/// Sends as fast as the pace allows; the service takes `borne` in each second and refuses the rest
/// with a wait of a second.
struct Drive {
    void run_for(std::chrono::milliseconds time) {
        for (const auto end = now + time; now < end; now += 1ms) {
            if (now < paused || pace.try_acquire(now) > resilience::Duration::zero()) continue;
            if (now - window >= 1s) {
                window = now;
                used = 0;
            }
            if (++used <= borne) {
                ++taken;
                pace.on_accepted(now);
            } else {
                ++refused;
                paused = now + 1s;
                pace.on_refused(now, now, paused);
            }
        }
    }

    Pace pace;
    int borne = 50;
    Pace::Instant now = kStart;
    Pace::Instant window = kStart;
    Pace::Instant paused = kStart;
    int used = 0;
    int taken = 0;
    int refused = 0;
};

}  // namespace

TEST_CASE("a limit that nobody named is found with few refusals", "[pace]") {
    Drive drive{.pace = Pace(0, 5, kStart)};
    CHECK_FALSE(drive.pace.limited());
    drive.run_for(5min);
    CHECK(drive.pace.limited());
    CHECK(drive.taken > 50 * 300 * 0.92);
    CHECK(drive.refused < 10);
    SECTION("a lower one as well") {
        drive.borne = 10;
        drive.run_for(5s);
        drive.refused = drive.taken = 0;
        drive.run_for(5min);
        CHECK(drive.taken > 10 * 300 * 0.88);
        CHECK(drive.refused < 12);
    }
    SECTION("and one that is gone is forgotten") {
        drive.borne = 1'000'000;
        drive.run_for(15min);
        CHECK(drive.pace.rate() > 500);
    }
}

TEST_CASE("refusals of requests that were on their way are one refusal", "[pace]") {
    Pace pace(0, 5, kStart);
    for (int i = 0; i < 50; ++i)
        pace.on_accepted(kStart + 1ms * i);
    pace.on_refused(kStart + 100ms, kStart + 20ms, kStart + 1s);
    const auto rate = pace.rate();
    CHECK(rate == Approx(49.5));
    for (int i = 0; i < 60; ++i)
        pace.on_refused(kStart + 110ms, kStart + 30ms, kStart + 1s);
    CHECK(pace.rate() == rate);
}

TEST_CASE("after a pause nothing goes out at once", "[pace]") {
    Pace pace(0, 5, kStart);
    for (int i = 0; i < 50; ++i)
        pace.on_accepted(kStart);
    pace.on_refused(kStart, kStart, kStart + 10s);
    CHECK(pace.try_acquire(kStart + 9'999ms) > 0s);
    int at_once = 0;
    while (pace.try_acquire(kStart + 10s) == 0s)
        ++at_once;
    CHECK(at_once == 1);
}

TEST_CASE("a single refusal in quiet times leaves no lasting limit", "[pace]") {
    Drive drive{.pace = Pace(0, 5, kStart)};
    drive.pace.on_accepted(kStart);
    drive.pace.on_refused(kStart, kStart, kStart + 1s);
    drive.borne = 1'000'000;
    drive.run_for(20s);
    CHECK(drive.pace.rate() > 500);
}

TEST_CASE("the way back from an outage begins slowly and doubles each second", "[pace]") {
    Drive drive{.pace = Pace(0, 5, kStart), .borne = 1'000'000};
    drive.pace.come_back(kStart);
    int before = 0;
    std::vector<int> seconds;
    for (int i = 0; i < 5; ++i) {
        drive.run_for(1s);
        seconds.push_back(drive.taken - before);
        before = drive.taken;
    }
    CHECK(seconds[0] <= 12);
    for (std::size_t i = 1; i < seconds.size(); ++i) {
        CHECK(seconds[i] >= seconds[i - 1] * 1.4);
        CHECK(seconds[i] <= seconds[i - 1] * 2.5);
    }
    SECTION("to nothing where nothing was learned") {
        drive.run_for(10s);
        CHECK(drive.pace.rate() > 500);
    }
}

TEST_CASE("the way back ends at what was learned", "[pace]") {
    Drive drive{.pace = Pace(0, 5, kStart)};
    drive.run_for(20s);
    const auto learned = drive.pace.rate();
    REQUIRE(learned < 55);
    drive.pace.come_back(drive.now);
    CHECK(drive.pace.rate() < learned / 3);
    drive.refused = 0;
    drive.run_for(6s);
    CHECK(drive.pace.rate() > 45);
    CHECK(drive.refused == 0);
}

TEST_CASE("a told rate is kept, with its burst, whatever was granted before", "[pace]") {
    Pace pace(10, 5, kStart);
    CHECK(pace.rate() == 10);
    std::uint32_t waiting = 0;
    while (waiting < pace.unspent_max() && pace.try_acquire(kStart) == 0s)
        ++waiting;
    std::uint32_t at_once = waiting;
    while (pace.try_acquire(kStart + 1min) == 0s)
        ++at_once;
    CHECK(at_once <= 5);
    pace.come_back(kStart + 1min);
    CHECK(pace.rate() <= 10);
}
