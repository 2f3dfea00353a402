#include "bot/service/token.hpp"

#include "bot/log/log.hpp"
#include "tests/bot/read_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <functional>
#include <string>

using bot::service::Token;
using Catch::Contains;

using namespace std::chrono_literals;

namespace {

// Sleeping calls back, so that a test can do something meanwhile.
class ScriptedClock final : public resilience::Clock {
public:
    explicit ScriptedClock(std::function<bool(int)> round) : round_(std::move(round)) {}
    Instant now() const override { return time_.now(); }
    WallTime wall_now() const override { return time_.wall_now(); }
    bool sleep_until(Instant when, const std::stop_token& stop) override {
        time_.sleep_until(when, stop);
        return round_(++rounds_);
    }

private:
    resilience::VirtualClock time_;
    std::function<bool(int)> round_;
    int rounds_ = 0;
};

struct Setup {
    tests::TempFolder folder;
    bot::config::Config config;

    Setup() {
        config.access_token = bot::config::Secret("old-token");
        config.access_token_file = folder.write("token", "old-token\n");
        bot::log::open({.standard_output = false, .file = folder.path("log")});
    }
    ~Setup() { bot::log::open({.standard_output = false}); }
    Setup(const Setup&) = delete;
    Setup& operator=(const Setup&) = delete;

    std::string log() const { return tests::read_file(folder.path("log")); }
};

}  // namespace

TEST_CASE("a token file that cannot be used leaves the old token in force", "[token]") {
    Setup setup;
    Token token(setup.config);
    SECTION("empty") {
        setup.folder.write("token", "\n");
    }
    SECTION("something else") {
        setup.folder.write("token", "two words");
    }
    SECTION("gone") {
        std::filesystem::remove(setup.folder.path("token"));
    }
    const auto refreshed = token.refresh();
    REQUIRE_FALSE(refreshed.ok());
    CHECK_THAT(refreshed.error().message, Contains(setup.folder.path("token")));
    CHECK_THAT(refreshed.error().message, !Contains("two words"));
    CHECK(token.get() == "old-token");
}

TEST_CASE("without a file the token stays as it is", "[token]") {
    Setup setup;
    setup.config.access_token_file.clear();
    Token token(setup.config);
    CHECK_FALSE(token.refresh().value());
    bool asked = false;
    ScriptedClock clock([&](int) { return asked = true; });
    token.watch(clock, {}, [] {});
    CHECK_FALSE(asked);
}

TEST_CASE("a token that was replaced is used, told once, and hidden from the log", "[token]") {
    Setup setup;
    Token token(setup.config);
    int changes = 0;
    ScriptedClock clock([&](int round) {
        if (round == 2) setup.folder.write("token", "");  // in the middle of being written
        if (round == 4) setup.folder.write("token", "new-token\n");
        return round < 7;
    });
    token.watch(clock, {}, [&] { ++changes; });
    CHECK(changes == 1);
    CHECK(token.get() == "new-token");
    bot::log::info("by mistake", {{"token", "new-token"}});
    CHECK_THAT(setup.log(), Contains("the token was replaced") && !Contains("new-token"));
    const auto first = setup.log().find("cannot be used");
    REQUIRE(first != std::string::npos);
    CHECK(setup.log().find("cannot be used", first + 1) == std::string::npos);
}
