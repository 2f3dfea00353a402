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
    const std::stop_callback tell(first->stop(), [&told] { told = true; });
    CHECK(running.cancel("ops", "robin") == Cancelled{"chart mttr", "report aging"});
    CHECK(first->cancelled());
    CHECK(second->cancelled());
    CHECK(told);
    CHECK(running.cancel("ops", "robin").empty());
}

TEST_CASE("what is answered cannot be taken back, and what was taken back is not answered",
          "[running]") {
    Running running;
    const auto answered = running.add("ops", "robin", "chart mttr");
    CHECK(answered->settle());
    CHECK(running.cancel("ops", "robin").empty());
    CHECK_FALSE(answered->stop().stop_requested());
    const auto taken_back = running.add("ops", "robin", "chart aging");
    CHECK(running.cancel("ops", "robin") == Cancelled{"chart aging"});
    CHECK_FALSE(taken_back->settle());
    CHECK(taken_back->cancelled());
}

TEST_CASE("whoever hears of the stop may ask for something new", "[running]") {
    Running running;
    const auto first = running.add("ops", "robin", "chart mttr");
    Running::Entry next;
    const std::stop_callback again(first->stop(),
                                   [&] { next = running.add("ops", "robin", "chart aging"); });
    CHECK(running.cancel("ops", "robin") == Cancelled{"chart mttr"});
    REQUIRE(next);
    CHECK_FALSE(next->cancelled());
}
