#include "messaging/http/socket_set.hpp"

#include <catch2/catch.hpp>
#include <sys/syscall.h>
#include <unistd.h>

#include <functional>
#include <utility>

using namespace std::chrono_literals;
using messaging::http::SocketSet;

namespace {

std::function<void()> before_read;  // once

}  // namespace

// Stands before that of the C library, in this program alone: it lets a test act in the very moment
// in which the eventfd is about to be emptied.
extern "C" ssize_t read(int fd, void* buffer, std::size_t count) {
    if (auto act = std::exchange(before_read, {})) act();
    return ::syscall(SYS_read, fd, buffer, count);
}

TEST_CASE("a wake while another one is being taken does not silence those after it", "[sockets]") {
    SocketSet sockets;
    REQUIRE(sockets.ok());
    std::vector<SocketSet::Event> events;
    bool came_between = false;
    sockets.wake();
    before_read = [&] {
        sockets.wake();
        came_between = true;
    };
    CHECK(sockets.wait(1h, events));
    REQUIRE(came_between);
    (void)sockets.wait(0ms, events);
    sockets.wake();
    CHECK(sockets.wait(0ms, events));
}

TEST_CASE("wakes that come before the wait end it at once, and only that one", "[sockets]") {
    SocketSet sockets;
    std::vector<SocketSet::Event> events;
    sockets.wake();
    sockets.wake();
    CHECK(sockets.wait(1h, events));
    CHECK_FALSE(sockets.wait(0ms, events));
    CHECK(events.empty());
}
