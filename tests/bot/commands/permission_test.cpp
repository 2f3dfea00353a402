#include "bot/commands/permission.hpp"

#include "bot/commands/check.hpp"
#include "bot/commands/standard.hpp"

#include <catch2/catch.hpp>

#include <string>

using bot::commands::Asker;
using bot::commands::Audience;
using bot::commands::Command;
using bot::commands::denial;
using bot::config::Config;
using Catch::Contains;

namespace {

Command command(Audience audience = Audience::kEverybody) {
    Command made;
    made.name = "report";
    made.audience = audience;
    return made;
}

Config config_with(bot::config::Permission permission) {
    Config config;
    config.admins = {"sam@example.com"};
    permission.command = "report";
    config.permissions = {std::move(permission)};
    return config;
}

bool may(const Config& config, const std::string& email, const std::string& room = "ops") {
    return denial(command(), config, {.email = email, .room = room}).empty();
}

}  // namespace

TEST_CASE("where nothing is configured harmless commands are for everybody, others for admins",
          "[permission]") {
    Config config;
    CHECK(denial(command(), config, {.email = ""}).empty());
    CHECK(denial(command(Audience::kAdmins), config, {.email = "robin@example.com"}) ==
          "Only admins may use `report`; who they are is in my configuration, which the operators "
          "keep.");
    CHECK_FALSE(denial(command(Audience::kAdmins), config, {.email = ""}).empty());
    config.admins = {"", "sam@example.com"};
    CHECK_FALSE(denial(command(Audience::kAdmins), config, {.email = ""}).empty());
    CHECK(denial(command(Audience::kAdmins), config, {.email = "SAM@example.com"}).empty());
}

TEST_CASE("a permission names people by address or domain and keeps out all others",
          "[permission]") {
    const auto config = config_with(
        {.command = "report", .emails = {"robin@example.com"}, .domains = {"Example.org"}});
    CHECK(may(config, "Robin@Example.COM"));
    CHECK(may(config, "anybody@example.org"));
    CHECK(may(config, "sam@example.com"));  // an admin
    for (const auto* email : {"", "ann@example.com", "x@sub.example.org", "x@badexample.org",
                              "example.org@evil.com", "robin@example.com.evil.com"}) {
        INFO(email);
        CHECK_FALSE(may(config, email));
    }
    CHECK(denial(command(), config, {.email = "ann@example.com"}) ==
          "You may not use `report`; the operators say in my configuration who may.");
}

TEST_CASE("a permission names rooms, and both must fit where it names both", "[permission]") {
    const auto rooms = config_with({.command = "report", .rooms = {"ops"}});
    CHECK(may(rooms, "", "ops"));
    CHECK_FALSE(may(rooms, "ann@example.com", "other"));
    CHECK_FALSE(may(rooms, "ann@example.com", ""));
    CHECK(may(rooms, "sam@example.com", "other"));  // an admin
    CHECK(denial(command(), rooms, {.email = "ann@example.com", .room = "x"}) ==
          "`report` may not be used in this room; the operators say in my configuration where it "
          "may.");
    const auto both =
        config_with({.command = "report", .domains = {"example.com"}, .rooms = {"ops"}});
    CHECK(may(both, "ann@example.com", "ops"));
    CHECK_FALSE(may(both, "ann@example.com", "other"));
    CHECK_FALSE(may(both, "ann@example.org", "ops"));
}

TEST_CASE("a permission opens a command of the admins to others", "[permission]") {
    const auto config = config_with({.command = "report", .domains = {"example.com"}});
    const Asker ann{.email = "ann@example.com"};
    CHECK(denial(command(Audience::kAdmins), config, ann).empty());
}

TEST_CASE("rules for commands that there are not are told with their line", "[permission]") {
    Config config;
    config.config_file = "bot.yaml";
    config.permissions = {{.command = "reprot", .line = 3, .rooms = {"ops"}},
                          {.command = "hello", .line = 4, .rooms = {"ops"}},
                          {.command = "chart", .line = 5, .rooms = {"ops"}}};
    config.cool_downs = {{.command = "xyzzy", .line = 7}};
    const auto problems = bot::commands::check_config(config);
    REQUIRE(problems.size() == 3);
    CHECK_THAT(to_string(problems[0]), Contains("bot.yaml:3: The section permissions names the "
                                                "unknown command \"reprot\"") &&
                                           Contains("Did you mean \"report\"?"));
    CHECK_THAT(to_string(problems[1]), Contains("Did you mean \"hi\"?"));
    CHECK_THAT(to_string(problems[2]), Contains("bot.yaml:7: The section cool_downs"));
}
