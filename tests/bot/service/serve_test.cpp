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
    chart.data = bot.folder.write("c.csv", "x,y\na,1\n");
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
    CHECK_THAT(tests::read_file(bot.folder.path("log")),
               Contains("command refused or failed command=chart"));
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

TEST_CASE("a port that is taken is refused before anything runs", "[serve]") {
    Webex webex;
    Bot bot(webex.url());
    const auto& url = webex.url();
    bot.config.http_port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    const auto served = bot::serve(bot.config, bot.options, {});
    REQUIRE_FALSE(served.ok());
    CHECK_THAT(served.error().message, Contains(std::to_string(bot.config.http_port)));
}
