#include "resilience/clock.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("a stop request ends a sleep on the system clock at once", "[clock]") {
    resilience::SystemClock clock;
    std::stop_source stop;
    stop.request_stop();
    CHECK_FALSE(clock.sleep_until(clock.now() + 1h, stop.get_token()));
}

TEST_CASE("a virtual clock moves only when slept on or told to", "[clock]") {
    resilience::VirtualClock clock;
    const auto start = clock.now();
    const auto wall = clock.wall_now();

    CHECK(clock.now() == start);
    CHECK(clock.sleep_until(start + 90s, {}));
    CHECK(clock.now() == start + 90s);
    CHECK(clock.wall_now() == wall + 90s);
    CHECK(clock.slept() == 90s);

    clock.step_wall(-1h);
    CHECK(clock.now() == start + 90s);
    CHECK(clock.wall_now() == wall + 90s - 1h);
}
