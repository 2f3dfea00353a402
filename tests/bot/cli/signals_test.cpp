#include "bot/signals.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <semaphore>

using namespace std::chrono_literals;

TEST_CASE("the former handling comes back when nobody listens any more", "[signals]") {
    const auto former = std::signal(SIGTERM, SIG_IGN);
    { const bot::StopSignals signals; }
    CHECK(std::signal(SIGTERM, former) == SIG_IGN);
}

TEST_CASE("a signal becomes one stop request", "[signals]") {
    for (const int number : {SIGINT, SIGTERM}) {
        const bot::StopSignals signals;
        CHECK_FALSE(signals.token().stop_requested());
        std::binary_semaphore stopped(0);
        const std::stop_callback callback(signals.token(), [&] { stopped.release(); });
        REQUIRE(std::raise(number) == 0);
        CHECK(stopped.try_acquire_for(10s));
        CHECK(signals.token().stop_requested());
    }
}

TEST_CASE("a second signal of the same kind would end the process", "[signals]") {
    const bot::StopSignals signals;
    REQUIRE(std::raise(SIGINT) == 0);
    struct sigaction action {};
    REQUIRE(::sigaction(SIGINT, nullptr, &action) == 0);
    CHECK(action.sa_handler == SIG_DFL);
}
