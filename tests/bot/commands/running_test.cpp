#include "bot/commands/running.hpp"

#include <catch2/catch.hpp>

#include <stop_token>
#include <string>
#include <vector>

using bot::commands::Running;
using Cancelled = std::vector<std::string>;

TEST_CASE("nobody takes back what others asked, or what they asked elsewhere", "[running]") {
    Running running;
    const auto other = running.add("ops", "ann", "chart mttr");
    const auto elsewhere = running.add("other", "robin", "chart aging");
    CHECK(running.cancel("ops", "robin").empty());
    CHECK_FALSE(other->cancelled());
    CHECK_FALSE(elsewhere->cancelled());
}

TEST_CASE("what somebody waits for in a room is taken back, oldest first and once", "[running]") {
    Running running;
    const auto first = running.add("ops", "robin", "chart mttr");
    const auto second = running.add("ops", "robin", "report aging");
    running.add("ops", "robin", "answered long ago");
    bool told = false;
    const std::stop_callback tell(first->stop.get_token(), [&told] { told = true; });
    CHECK(running.cancel("ops", "robin") == Cancelled{"chart mttr", "report aging"});
    CHECK(first->cancelled());
    CHECK(second->cancelled());
    CHECK(told);
    CHECK(running.cancel("ops", "robin").empty());
}

TEST_CASE("whoever hears of the stop may ask for something new", "[running]") {
    Running running;
    const auto first = running.add("ops", "robin", "chart mttr");
    Running::Entry next;
    const std::stop_callback again(first->stop.get_token(),
                                   [&] { next = running.add("ops", "robin", "chart aging"); });
    CHECK(running.cancel("ops", "robin") == Cancelled{"chart mttr"});
    REQUIRE(next);
    CHECK_FALSE(next->cancelled());
}
