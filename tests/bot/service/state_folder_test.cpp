#include "bot/service/state_folder.hpp"

#include "tests/bot/read_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <filesystem>

using bot::service::StateFolder;
using bot::service::webhook_target;
using bot::service::write_private_file;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

int mode(const std::string& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return static_cast<int>(status.st_mode & 07777U);
}

}  // namespace

TEST_CASE("a state folder that cannot be used is refused with the cure", "[state_folder]") {
    const tests::TempFolder dir;
    const auto file = dir.write("file", "x");
    for (const auto& path : {file, file + "/below", std::string("/proc/nosuch/state")}) {
        const auto opened = StateFolder::open(path);
        REQUIRE_FALSE(opened.ok());
        CHECK_THAT(opened.error().message, Contains(path) && Contains("STATE_DIR"));
    }
}

TEST_CASE("a folder that others share is not taken over", "[state_folder]") {
    const tests::TempFolder dir;
    const auto path = dir.path("shared");
    fs::create_directory(path);
    dir.write("shared/somebody's file", "x");
    ::chmod(path.c_str(), 0755);
    const auto opened = StateFolder::open(path);
    REQUIRE_FALSE(opened.ok());
    CHECK_THAT(opened.error().message, Contains("a folder of its own") && Contains("chmod 700"));
    CHECK(mode(path) == 0755);
    // The operator has said that it is the bot's.
    ::chmod(path.c_str(), 0700);
    CHECK(StateFolder::open(path).ok());
}

TEST_CASE("the state folder is made, and kept from others", "[state_folder]") {
    const tests::TempFolder dir;
    SECTION("when it is missing") {
        REQUIRE(StateFolder::open(dir.path("a/b/state")).ok());
        CHECK(mode(dir.path("a/b/state")) == 0700);
    }
    SECTION("when it is empty, as service managers make it") {
        fs::create_directory(dir.path("state"));
        ::chmod(dir.path("state").c_str(), 0755);
        REQUIRE(StateFolder::open(dir.path("state")).ok());
        CHECK(mode(dir.path("state")) == 0700);
    }
    SECTION("when it has the state of an earlier run") {
        fs::create_directory(dir.path("state"));
        dir.write("state/outbox.db", "");
        ::chmod(dir.path("state").c_str(), 0750);
        REQUIRE(StateFolder::open(dir.path("state")).ok());
        CHECK(mode(dir.path("state")) == 0700);
    }
}

TEST_CASE("a secret is made once and kept", "[state_folder]") {
    const tests::TempFolder dir;
    const auto folder = StateFolder::open(dir.path("state")).value();
    const auto made = folder.secret("webhook.secret", "").value();
    CHECK(made.size() == 64);
    CHECK(made.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(mode(folder.path("webhook.secret")) == 0600);
    CHECK(folder.secret("webhook.secret", "").value() == made);
    CHECK(folder.secret("other.secret", "").value() != made);
}

TEST_CASE("a configured secret is taken and never stored", "[state_folder]") {
    const tests::TempFolder dir;
    const auto folder = StateFolder::open(dir.path("state")).value();
    CHECK(folder.secret("webhook.secret", "from the operator").value() == "from the operator");
    CHECK_FALSE(fs::exists(folder.path("webhook.secret")));
}

TEST_CASE("a secret that was cut short is made anew", "[state_folder]") {
    const tests::TempFolder dir;
    const auto folder = StateFolder::open(dir.path("state")).value();
    dir.write("state/webhook.secret", "abc\n");
    const auto made = folder.secret("webhook.secret", "").value();
    CHECK(made.size() == 64);
    CHECK(tests::read_file(folder.path("webhook.secret")) == made + "\n");
}

TEST_CASE("a private file is whole or not there", "[state_folder]") {
    const tests::TempFolder dir;
    const auto refused = write_private_file(dir.path("nosuch/file"), "x");
    REQUIRE_FALSE(refused.ok());
    CHECK_THAT(refused.error().message, Contains("nosuch/file") && Contains("No such file"));
    const auto path = dir.write("file", "before");
    ::chmod(path.c_str(), 0644);
    REQUIRE(write_private_file(path, "after").ok());
    CHECK(tests::read_file(path) == "after");
    CHECK(mode(path) == 0600);
    CHECK_FALSE(fs::exists(path + ".new"));
}

TEST_CASE("webhooks are made where Webex can reach the bot", "[state_folder]") {
    bot::config::Config config;
    CHECK(webhook_target(config, 8080).empty());
    config.api_base_url = "http://127.0.0.1:8300/v1";
    CHECK(webhook_target(config, 8080) == "http://127.0.0.1:8080/webhook");
    for (const auto* given :
         {"https://bot.test", "https://bot.test/", "https://bot.test/webhook"}) {
        config.webhook_url = given;
        CHECK(webhook_target(config, 8080) == "https://bot.test/webhook");
    }
    config.webhook_url = "https://bot.test/stentor";
    CHECK(webhook_target(config, 8080) == "https://bot.test/stentor/webhook");
}
