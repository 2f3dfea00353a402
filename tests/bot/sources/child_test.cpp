#include "bot/sources/child.hpp"

#include <catch2/catch.hpp>

#include <stop_token>
#include <thread>

using namespace std::chrono_literals;
using bot::sources::Command;
using bot::sources::run_child;

namespace {

Command shell(const std::string& script) {
    return {.program = "/bin/sh",
            .arguments = {"-c", script},
            .environment = {"PATH=/usr/bin:/bin"},
            .time_max = 20s};
}

std::string error_of(const Command& command) {
    const resilience::SystemClock clock;
    const auto output = run_child(command, clock);
    REQUIRE_FALSE(output.ok());
    return output.error().message;
}

}  // namespace

TEST_CASE("a child that does not do its work is an error with a reason", "[sources]") {
    SECTION("no such program") {
        CHECK(error_of({.program = "/nonexistent/gnuplot"}).find("could not be started") !=
              std::string::npos);
    }
    SECTION("a status other than zero, with what it said") {
        const auto text = error_of(shell("echo line 3: oops >&2; exit 7"));
        CHECK(text.find("ended with status 7") != std::string::npos);
        CHECK(text.find("it says: line 3: oops") != std::string::npos);
    }
    SECTION("a signal") {
        CHECK(error_of(shell("kill -9 $$")).find("signal 9") != std::string::npos);
    }
    SECTION("too slow, and what it started ends with it") {
        auto command = shell("sleep 1000 & sleep 1000");
        command.time_max = 50ms;
        CHECK(error_of(command).find("took longer than 50 ms") != std::string::npos);
    }
    SECTION("outputs closed but still running") {
        auto command = shell("exec >&- 2>&-; sleep 1000");
        command.time_max = 50ms;
        CHECK(error_of(command).find("took longer than 50 ms") != std::string::npos);
    }
    SECTION("too much output") {
        auto command = shell("yes");
        command.output_max = 100'000;
        CHECK(error_of(command).find("wrote more than 100000 bytes") != std::string::npos);
    }
    SECTION("more memory than allowed") {
        auto command = shell("read go; ulimit -v");
        command.input = "go\n";
        command.memory_max = 64U << 20U;
        const resilience::SystemClock clock;
        CHECK(run_child(command, clock).value().bytes == "65536\n");
    }
}

TEST_CASE("a child that is stopped ends at once, with everything it started", "[sources]") {
    const resilience::SystemClock clock;
    std::stop_source stop;
    auto command = shell("");
    command.stop = stop.get_token();
    SECTION("before it starts") {
        command.arguments[1] = "sleep 1000 & sleep 1000";
        stop.request_stop();
        CHECK(run_child(command, clock).error().message == "/bin/sh was stopped");
    }
    SECTION("while it works") {
        command.arguments[1] = "sleep 1000 & sleep 1000";
        const std::jthread asker([&stop] { stop.request_stop(); });
        CHECK(run_child(command, clock).error().message == "/bin/sh was stopped");
    }
    SECTION("while it no longer says anything") {
        command.arguments[1] = "exec >&- 2>&-; sleep 1000";
        const std::jthread asker([&stop] { stop.request_stop(); });
        CHECK(run_child(command, clock).error().message == "/bin/sh was stopped");
    }
    SECTION("never") {
        command.arguments[1] = "echo done";
        CHECK(run_child(command, clock).value().bytes == "done\n");
    }
}

TEST_CASE("a child gets its input and nothing of our environment", "[sources]") {
    const resilience::SystemClock clock;
    auto command = shell("cat");
    command.input = std::string(1'000'000, 'x') + "end";
    CHECK(run_child(command, clock).value().bytes == command.input);

    CHECK(run_child(shell("env | grep -v -e ^PWD= -e ^_= -e ^SHLVL="), clock).value().bytes ==
          "PATH=/usr/bin:/bin\n");
}

TEST_CASE("a child that ignores its input is not an error", "[sources]") {
    const resilience::SystemClock clock;
    auto command = shell("exec <&-; echo done");
    command.input = std::string(1'000'000, 'x');
    CHECK(run_child(command, clock).value().bytes == "done\n");
}
