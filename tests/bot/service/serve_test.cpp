// The whole service in this process, against a sandbox on loopback.

#include "bot/app.hpp"
#include "bot/cli/control_client.hpp"
#include "bot/log/log.hpp"
#include "messaging/http/curl_client.hpp"
#include "messaging/sandbox/sandbox.hpp"
#include "messaging/webex/client.hpp"
#include "tests/bot/read_file.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <thread>

using Catch::Contains;
using resilience::Done;
using resilience::Result;

using namespace std::chrono_literals;

namespace {

constexpr const char* kBotEmail = "stentor@webex.bot";

// A sandbox with one person who talks with the bot.
class Webex {
public:
    Webex() {
        messaging::sandbox::SandboxOptions options;
        options.people = {
            {.email = kBotEmail,
             .display_name = "Stentor",
             .is_bot = true,
             .token = "token-of-the-bot"},
            {.email = "robin@example.com", .display_name = "Robin", .token = "token-of-robin"}};
        options.rooms = {{.title = "",
                          .type = messaging::sandbox::SandboxRoom::Type::kDirect,
                          .members = {kBotEmail, "robin@example.com"}}};
        sandbox_ = std::move(messaging::sandbox::Sandbox::open(options, clock_)).value();
        running_ = std::jthread([this](const std::stop_token& stop) { sandbox_->run(stop); });
    }

    std::string url() const {
        return "http://127.0.0.1:" + std::to_string(sandbox_->port()) + "/v1";
    }

    // Robin says something to the bot.
    void say(const std::string& text) {
        messaging::webex::WebexClient::Options options;
        options.endpoint = [this] { return messaging::webex::Endpoint{url(), "token-of-robin"}; };
        messaging::http::BlockingClient calls(
            []() -> Result<std::unique_ptr<messaging::http::Client>> {
                auto made = messaging::http::CurlClient::open({});
                if (!made.ok()) return made.error();
                return std::unique_ptr<messaging::http::Client>(std::move(made).value());
            });
        const messaging::webex::WebexClient robin(std::move(options), calls, clock_);
        const auto said = robin.create_message(messaging::email(kBotEmail), {.text = text});
        INFO((said.ok() ? "" : said.error().message));
        REQUIRE(said.ok());
    }

private:
    resilience::SystemClock clock_;
    std::unique_ptr<messaging::sandbox::Sandbox> sandbox_;
    std::jthread running_;
};

// The service on a thread of its own.
class Bot {
public:
    explicit Bot(const std::string& api) {
        config.api_base_url = api;
        config.access_token = bot::config::Secret("token-of-the-bot");
        config.state_dir = folder.path("state");
        config.http_port = 0;
        options.ready_file = folder.path("ready");
        bot::log::open({.standard_output = false, .file = folder.path("log")});
    }
    ~Bot() {
        stop.request_stop();
        if (served.valid()) served.wait();
        bot::log::open({.standard_output = false});
    }
    Bot(const Bot&) = delete;
    Bot& operator=(const Bot&) = delete;

    void start() {
        served = std::async(std::launch::async,
                            [this] { return bot::serve(config, options, stop.get_token()); });
        wait_for("ready", "BOT_URL");
    }
    // Waits until a file has this text.
    void wait_for(const std::string& file, const std::string& text) const {
        while (tests::read_file(folder.path(file)).find(text) == std::string::npos) {
            if (served.wait_for(0s) == std::future_status::ready) FAIL("the service has ended");
            std::this_thread::yield();
        }
    }

    tests::TempFolder folder;
    bot::config::Config config;
    bot::cli::ServeOptions options;
    std::stop_source stop;
    std::future<Result<Done>> served;
};

}  // namespace

TEST_CASE("a stop lets the command that is being worked on end first", "[serve]") {
    Webex webex;
    Bot bot(webex.url());
    // A drawing program that waits until somebody writes into a pipe.
    const auto pipe = bot.folder.path("pipe");
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    bot.config.gnuplot = bot.folder.write("draw", "#!/bin/sh\nexec cat " + pipe + "\n");
    REQUIRE(::chmod(bot.config.gnuplot.c_str(), 0700) == 0);
    bot::charts::Spec chart;
    chart.name = "c";
    chart.title = "T";
    chart.data = bot::sources::file(bot.folder.write("c.csv", "x,y\na,1\n"));
    chart.x = "x";
    chart.series = {{"y"}};
    bot.config.charts = {chart};
    bot.start();
    webex.say("chart c");
    std::ofstream writer(pipe);  // opens once the program has opened its end
    bot.stop.request_stop();
    bot.wait_for("log", "stopping");
    CHECK(bot.served.wait_for(0s) == std::future_status::timeout);
    writer.close();
    CHECK(bot.served.get().ok());
    CHECK_THAT(tests::read_file(bot.folder.path("log")), Contains("command failed command=chart"));
}

TEST_CASE("a stop does not wait for messages that somebody waits for", "[serve]") {
    const tests::RefusingPort nobody;
    Bot bot(nobody.url());
    bot.start();
    resilience::SystemClock clock;
    std::promise<void> sending;
    auto reply = std::async(std::launch::async, [&] {
        bot::cli::SendRequest request;
        request.email = "robin@example.com";
        request.markdown = "hi";
        request.wait = 1h;
        return bot::cli::ControlClient(bot.config.state_dir, clock).send(request);
    });
    bot.wait_for("log", "will be sent again");
    bot.stop.request_stop();
    const auto told = reply.get();
    INFO((told.ok() ? "" : told.error().message));
    REQUIRE(told.ok());
    CHECK(told.value().outcome == bot::cli::SendOutcome::kQueued);
    CHECK(bot.served.get().ok());
}

TEST_CASE("a second service on the same state is refused, and harms nothing", "[serve]") {
    const tests::RefusingPort nobody;
    Bot bot(nobody.url());
    bot.start();
    const auto second = bot::serve(bot.config, {}, {});
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().rule == "store_in_use");
}

TEST_CASE("a service on standby takes over when the owner ends", "[serve]") {
    const tests::RefusingPort nobody;
    Bot owner(nobody.url());
    owner.start();
    std::stop_source stop;
    auto options = owner.options;
    options.standby = true;
    options.ready_file = owner.folder.path("ready2");
    auto second = std::async(std::launch::async,
                             [&] { return bot::serve(owner.config, options, stop.get_token()); });
    owner.wait_for("log", "standing by");
    CHECK_FALSE(std::filesystem::exists(options.ready_file));
    owner.stop.request_stop();
    CHECK(owner.served.get().ok());
    while (!std::filesystem::exists(options.ready_file) &&
           second.wait_for(0s) != std::future_status::ready) {
        std::this_thread::yield();
    }
    resilience::SystemClock clock;
    CHECK(bot::cli::ControlClient(owner.config.state_dir, clock).status().ok());
    stop.request_stop();
    CHECK(second.get().ok());
}

TEST_CASE("a service on standby can be stopped", "[serve]") {
    const tests::RefusingPort nobody;
    Bot owner(nobody.url());
    owner.start();
    std::stop_source stop;
    bot::cli::ServeOptions options;
    options.standby = true;
    auto second = std::async(std::launch::async,
                             [&] { return bot::serve(owner.config, options, stop.get_token()); });
    owner.wait_for("log", "standing by");
    stop.request_stop();
    CHECK(second.get().ok());
}

TEST_CASE("a damaged outbox is put aside only when that is asked for", "[serve]") {
    const tests::RefusingPort nobody;
    Bot bot(nobody.url());
    std::filesystem::create_directory(bot.config.state_dir);
    const std::string damaged(8'192, 'x');
    bot.folder.write("state/outbox.db", damaged);
    std::filesystem::create_directory(bot.folder.path("state/spool"));
    bot.folder.write("state/spool/file", "of a lost message");
    const auto refused = bot::serve(bot.config, {}, {});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().rule == "store_corrupt");
    CHECK_THAT(refused.error().message, Contains("--start-empty"));
    CHECK(tests::read_file(bot.folder.path("state/outbox.db")) == damaged);

    bot.options.start_empty = true;
    bot.start();
    int kept = 0;
    for (const auto& entry : std::filesystem::directory_iterator(bot.config.state_dir)) {
        const auto name = entry.path().filename().string();
        if (name.starts_with("outbox.db.damaged-")) {
            ++kept;
            CHECK(tests::read_file(entry.path().string()) == damaged);
        } else if (name.starts_with("spool.damaged-")) {
            ++kept;
            CHECK(std::filesystem::exists(entry.path() / "file"));
        }
    }
    CHECK(kept == 2);
}

TEST_CASE("a new token in its file heals a hold without a restart, and both are told", "[serve]") {
    Webex webex;
    Bot bot(webex.url());
    bot.config.access_token = bot::config::Secret("expired-token");
    bot.config.access_token_file = bot.folder.write("token", "expired-token\n");
    bot.start();
    resilience::SystemClock clock;
    auto reply = std::async(std::launch::async, [&] {
        bot::cli::SendRequest request;
        request.email = "robin@example.com";
        request.markdown = "hi";
        request.wait = 1min;
        return bot::cli::ControlClient(bot.config.state_dir, clock).send(request);
    });
    bot.wait_for("log", "sending is held");
    bot.wait_for("state/alarms.jsonl", "bot_held");
    bot.folder.write("token", "token-of-the-bot\n");
    const auto sent = reply.get();
    REQUIRE(sent.ok());
    CHECK(sent.value().outcome == bot::cli::SendOutcome::kDelivered);
    bot.stop.request_stop();
    CHECK(bot.served.get().ok());
    CHECK_THAT(tests::read_file(bot.folder.path("state/alarms.jsonl")), Contains("bot_released"));
    CHECK_THAT(tests::read_file(bot.folder.path("log")), Contains("the token was replaced") &&
                                                             !Contains("token-of-the-bot") &&
                                                             !Contains("expired-token"));
}

TEST_CASE("a port that is taken is refused before anything runs", "[serve]") {
    Webex webex;
    Bot bot(webex.url());
    const auto& url = webex.url();
    bot.config.http_port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    const auto served = bot::serve(bot.config, bot.options, {});
    REQUIRE_FALSE(served.ok());
    CHECK_THAT(served.error().message, Contains(std::to_string(bot.config.http_port)));
}
