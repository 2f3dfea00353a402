// Against the server itself, as Debian packages it: it says what is true about its own API.
#include "bot/sources/child.hpp"
#include "bot/sources/reader.hpp"
#include "messaging/http/curl_client.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using bot::sources::Prometheus;
using bot::sources::Reader;
using bot::sources::Table;

namespace {

constexpr std::int64_t kTen = 1'795'773'600;  // 27 Nov 2026, 10:00 UTC

// Seven hours of two series, as the server's own tool reads them.
std::string samples() {
    std::string text = "# TYPE jobs gauge\n";
    for (std::int64_t i = 0; i <= 6; ++i) {
        const auto at = std::to_string(kTen - 3600 * (6 - i));
        text += "jobs{code=\"200\"} " + std::to_string(10 + i) + " " + at + "\n";
        if (i != 3) text += "jobs{code=\"500\"} " + std::to_string(i) + " " + at + "\n";
    }
    return text + "# EOF\n";
}

// A server on a free port of loopback; ends with this.
class Server {
public:
    Server() {
        const resilience::SystemClock clock;
        const auto made = bot::sources::run_child(
            {.program = "promtool",
             .arguments = {"tsdb", "create-blocks-from", "openmetrics",
                           folder_.write("m.txt", samples()), folder_.path("data")},
             .environment = {"PATH=/usr/local/bin:/usr/bin:/bin"},
             .memory_max = std::uint64_t{8} << 30U},
            clock);
        if (!made.ok()) FAIL(made.error().message);
        start();
    }
    ~Server() {
        kill(pid_, SIGTERM);
        std::fclose(log_);
        waitpid(pid_, nullptr, 0);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    const std::string& url() const { return url_; }

private:
    // Its log says the port, and when it is ready.
    void start() {
        std::vector<std::string> words{
            "prometheus", "--config.file=" + folder_.write("p.yml", "global: {}\n"),
            "--storage.tsdb.path=" + folder_.path("data"), "--storage.tsdb.retention.time=100y",
            "--web.listen-address=127.0.0.1:0"};
        std::vector<char*> pointers;
        for (auto& word : words)
            pointers.push_back(word.data());
        pointers.push_back(nullptr);
        std::array<int, 2> fds{};
        REQUIRE(pipe(fds.data()) == 0);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, fds[1], STDERR_FILENO);
        posix_spawn_file_actions_addclose(&actions, fds[0]);
        posix_spawn_file_actions_addclose(&actions, fds[1]);
        const int code =
            posix_spawnp(&pid_, "prometheus", &actions, nullptr, pointers.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        close(fds[1]);
        REQUIRE(code == 0);
        log_ = fdopen(fds[0], "r");
        std::array<char, 4096> line{};
        std::string all;
        while (std::fgets(line.data(), static_cast<int>(line.size()), log_) != nullptr) {
            all += line.data();
            if (all.find("ready to receive web requests") == std::string::npos) continue;
            const auto at = all.find("address=127.0.0.1:", all.find("TLS is disabled"));
            REQUIRE(at != std::string::npos);
            const auto begin = at + std::string("address=").size();
            url_ = "http://" + all.substr(begin, all.find_first_of(" \n", begin) - begin);
            return;
        }
        FAIL("prometheus has ended: " << all);
    }

    tests::TempFolder folder_;
    pid_t pid_ = -1;
    FILE* log_ = nullptr;
    std::string url_;
};

}  // namespace

TEST_CASE("Prometheus itself is asked and understood", "[sources]") {
    const Server server;
    resilience::VirtualClock clock{resilience::Clock::WallTime(std::chrono::seconds(kTen + 450))};
    messaging::http::BlockingClient calls{
        []() -> resilience::Result<std::unique_ptr<messaging::http::Client>> {
            auto made = messaging::http::CurlClient::open();
            if (!made.ok()) return made.error();
            return std::unique_ptr<messaging::http::Client>(std::move(made).value());
        }};
    const Reader reader{{.calls = calls, .clock = clock}};
    Prometheus source{.url = server.url(), .query = "jobs", .range = 4h, .step = 1h};

    const auto reading = reader.read({.from = source});
    REQUIRE(reading.ok());
    const auto& table = std::get<Table>(reading.value().content);
    CHECK(table.columns == std::vector<std::string>{"time", "code=200", "code=500"});
    CHECK(table.rows == std::vector<std::vector<std::string>>{{"06:00", "12", "2"},
                                                              {"07:00", "13", ""},
                                                              {"08:00", "14", "4"},
                                                              {"09:00", "15", "5"},
                                                              {"10:00", "16", "6"}});
    CHECK(reading.value().as_of == resilience::Clock::WallTime(std::chrono::seconds(kTen)));

    source.query = "jobs{";
    const auto refused = reader.read({.from = source});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message.find("its source 127.0.0.1 answered HTTP 400, ") == 0);
    CHECK(refused.error().message.find("parse error") != std::string::npos);
    CHECK(clock.slept() == 0s);

    source.query = "nothing_of_that_name";
    const auto empty = reader.read({.from = source});
    REQUIRE_FALSE(empty.ok());
    CHECK(empty.error().message == "its query found no series");
}
