// Kills a real sender at every step of a delivery, and at many others, and counts what arrived.

#include "messaging/http/curl_client.hpp"
#include "messaging/sandbox/sandbox.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

using Json = nlohmann::json;
using messaging::sandbox::Sandbox;
using messaging::sandbox::SandboxOptions;
using messaging::sandbox::SandboxRoom;

namespace {

constexpr const char* kBot = "stentor@webex.bot";

/// A Webex on loopback with a room for each of some people: direct rooms, which a bot may list, or
/// group rooms, where it sees nothing of its own.
class Service {
public:
    explicit Service(SandboxRoom::Type type = SandboxRoom::Type::kDirect, int rooms = 4) {
        SandboxOptions options;
        options.people.push_back({kBot, "Stentor", true, "bot-token"});
        for (int room = 0; room < rooms; ++room) {
            const auto name = "person" + std::to_string(room);
            const auto address = name + "@example.com";
            options.people.push_back({address, name, false, name + "-token"});
            options.rooms.push_back({"room of " + name, type, {kBot, address}});
            targets.push_back(address);
        }
        auto opened = Sandbox::open(std::move(options), clock_);
        REQUIRE(opened.ok());
        sandbox_ = std::move(opened).value();
        thread_ = std::jthread([this](const std::stop_token& stop) { sandbox_->run(stop); });
        if (type == SandboxRoom::Type::kGroup) {
            for (int room = 0; room < rooms; ++room) {
                targets[static_cast<std::size_t>(room)] =
                    sandbox_->room_id("room of person" + std::to_string(room));
            }
        }
        auto client = messaging::http::CurlClient::open();
        REQUIRE(client.ok());
        client_ = std::move(client).value();
    }

    std::string base_url() const { return root() + "/v1"; }
    void faults(const Json& plan) { (void)call("PUT", "/sandbox/faults", plan.dump()); }
    Json oracle() { return Json::parse(call("GET", "/sandbox/oracle", {})); }

    std::vector<std::string> targets;

private:
    std::string root() const { return "http://127.0.0.1:" + std::to_string(sandbox_->port()); }
    std::string call(const std::string& method, const std::string& path, const std::string& body) {
        messaging::http::Request request;
        request.method = method;
        request.url = root() + path;
        if (!body.empty()) {
            request.body = std::make_shared<const std::string>(body);
            request.content_type = "application/json";
        }
        const auto outcome = messaging::http::fetch(*client_, std::move(request));
        const auto* response = std::get_if<messaging::http::Response>(&outcome);
        REQUIRE(response != nullptr);
        REQUIRE(response->status == 200);
        return response->body;
    }

    resilience::SystemClock clock_;
    std::unique_ptr<Sandbox> sandbox_;
    std::unique_ptr<messaging::http::CurlClient> client_;
    std::jthread thread_;
};

/// What one life of the victim came to.
struct Life {
    bool killed = false;
    int exit_code = -1;
    int acknowledged = -1;  ///< The highest number that it said was durable; -1: none.
    long delivered = -1;    ///< From its last words, if it came so far.
    long dead = -1;
    long maybe_delivered = 0;  ///< Of those that are dead.
};

/// Where it dies: at the passage of a point, or once it has acknowledged so many messages.
struct Death {
    std::string point = {};
    int after_acknowledged = 0;
};

class Victim {
public:
    explicit Victim(Service& service) : service_(service) {
        state_.write("picture.png", std::string(20'000, 'p'));
    }

    Life live(int first, int count, const Death& death = {}) {
        std::vector<std::string> words{CRASH_VICTIM,          service_.base_url(),
                                       "bot-token",           state_.path(""),
                                       std::to_string(first), std::to_string(count)};
        words.insert(words.end(), service_.targets.begin(), service_.targets.end());
        std::vector<std::string> variables{"CRASH_AT=" + death.point};
        const int output = start(words, variables);
        Life life;
        int heard = 0;
        read_lines(output, [&](const std::string& line) {
            if (line.rfind("ACK ", 0) == 0) {
                life.acknowledged = std::atoi(line.c_str() + 4);
                if (++heard == death.after_acknowledged) (void)kill(pid_, SIGKILL);
            }
            if (line == "DEAD maybe_delivered") ++life.maybe_delivered;
            (void)std::sscanf(line.c_str(), "DONE %ld %ld", &life.delivered, &life.dead);
        });
        int status = 0;
        REQUIRE(waitpid(pid_, &status, 0) == pid_);
        life.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        if (WIFEXITED(status)) life.exit_code = WEXITSTATUS(status);
        return life;
    }

private:
    static std::vector<char*> pointers(std::vector<std::string>& texts) {
        std::vector<char*> all;
        all.reserve(texts.size() + 1);
        for (auto& text : texts)
            all.push_back(text.data());
        all.push_back(nullptr);
        return all;
    }

    /// Starts it and returns the reading end of its standard output.
    int start(std::vector<std::string>& words, std::vector<std::string>& variables) {
        std::array<int, 2> ends{};
        REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        const auto arguments = pointers(words);
        const auto environment = pointers(variables);
        const int error = posix_spawn(&pid_, words.front().c_str(), &actions, nullptr,
                                      arguments.data(), environment.data());
        posix_spawn_file_actions_destroy(&actions);
        close(ends[1]);
        REQUIRE(error == 0);
        return ends[0];
    }

    static void read_lines(int file, const std::function<void(const std::string&)>& line) {
        std::string rest;
        std::array<char, 4096> buffer{};
        for (ssize_t got; (got = read(file, buffer.data(), buffer.size())) > 0;) {
            rest.append(buffer.data(), static_cast<std::size_t>(got));
            for (std::size_t end; (end = rest.find('\n')) != std::string::npos;) {
                line(rest.substr(0, end));
                rest.erase(0, end + 1);
            }
        }
        close(file);
    }

    Service& service_;
    tests::TempFolder state_;
    pid_t pid_ = -1;
};

constexpr auto kPoints = std::to_array<const char*>(
    {"spool.write", "spool.rename.before", "spool.rename.after", "enqueue.before", "enqueue.after",
     "intent.before", "intent.after", "send.before", "send.started", "answer.before",
     "outcome.before", "outcome.after"});

void check_all_arrived_once(Service& service, int messages) {
    const auto seen = service.oracle();
    CAPTURE(seen.dump());
    CHECK(seen["distinct"] == messages);
    CHECK(seen["duplicates"] == 0);
    CHECK(seen["orderViolations"] == 0);
    CHECK(seen["earlyRequests"] == 0);
}

}  // namespace

TEST_CASE("a sender that dies at any step of a delivery loses nothing and doubles nothing",
          "[crash]") {
    constexpr int kMessages = 20;
    const auto* const point = GENERATE(from_range(kPoints));
    const int passage = GENERATE(1, 4);
    const auto where = std::string(point) + ":" + std::to_string(passage);
    CAPTURE(where);
    Service service;
    Victim victim(service);

    const auto first = victim.live(0, kMessages, {.point = where});
    CHECK(first.killed);
    // It begins again as its caller would: with what was not acknowledged, and the same keys.
    const auto second = victim.live(first.acknowledged + 1, kMessages - first.acknowledged - 1);
    CHECK(second.exit_code == 0);
    CHECK(second.delivered == kMessages);
    CHECK(second.dead == 0);
    check_all_arrived_once(service, kMessages);
}

TEST_CASE("a sender that dies at the same step in each of its lives gets on all the same",
          "[crash]") {
    constexpr int kMessages = 12;
    const auto* const point = GENERATE("send.started", "answer.before", "outcome.before");
    CAPTURE(point);
    Service service;
    Victim victim(service);
    int next = 0;
    for (int life = 0; life < 6; ++life) {
        const auto lived = victim.live(next, kMessages - next, {.point = point});
        next = std::max(next, lived.acknowledged + 1);
    }
    const auto last = victim.live(next, kMessages - next);
    CHECK(last.exit_code == 0);
    CHECK(last.delivered == kMessages);
    check_all_arrived_once(service, kMessages);
}

// STENTOR_KILLS says how many; 300 takes some minutes.
TEST_CASE("killed again and again under load and lost answers, it loses and doubles nothing",
          "[crash]") {
    const char* wanted = std::getenv("STENTOR_KILLS");
    const int kills = wanted != nullptr ? std::atoi(wanted) : 40;
    std::mt19937 random(20'261'123);
    Service service;
    Victim victim(service);
    service.faults({{"seed", 5},
                    {"rules",
                     {{{"method", "POST"},
                       {"path", "/v1/messages"},
                       {"probability", 0.08},
                       {"action", {{"kind", "commitThenFail"}, {"reset", true}}}},
                      {{"method", "POST"},
                       {"path", "/v1/messages"},
                       {"probability", 0.1},
                       {"action", {{"kind", "fail"}, {"status", 503}}}}}}});
    int next = 0;
    int killed = 0;
    for (int life = 0; killed < kills && life < 4 * kills; ++life) {
        Death death;
        if (random() % 3 == 0) {
            death.after_acknowledged = 1 + static_cast<int>(random() % 8);
        } else {
            death.point = std::string(kPoints[random() % kPoints.size()]) + ":" +
                          std::to_string(1 + random() % 12);
        }
        const auto lived = victim.live(next, 8, death);
        killed += lived.killed ? 1 : 0;
        next = std::max(next, lived.acknowledged + 1);
    }
    CHECK(killed == kills);
    service.faults({{"rules", Json::array()}});
    const auto last = victim.live(next, 0);
    CHECK(last.exit_code == 0);
    CHECK(last.delivered >= next);
    CHECK(last.dead == 0);
    const auto seen = service.oracle();
    CAPTURE(seen.dump());
    CHECK(seen["distinct"] == last.delivered);
    CHECK(seen["duplicates"] == 0);
    CHECK(seen["orderViolations"] == 0);
    std::printf("%d kills, %d acknowledged, %ld delivered, lost 0, doubled %d\n", killed, next,
                last.delivered, seen["duplicates"].get<int>());
}

namespace {

// Ten per cent 503, five per cent resets, half of them after the message was stored.
Json bad_network() {
    const auto post = [](double probability, Json action) {
        return Json{{"method", "POST"},
                    {"path", "/v1/messages"},
                    {"probability", probability},
                    {"action", std::move(action)}};
    };
    return {{"seed", 9},
            {"rules",
             {post(0.1, {{"kind", "fail"}, {"status", 503}}),
              post(0.0278, {{"kind", "commitThenFail"}, {"reset", true}}),
              post(0.0286, {{"kind", "fail"}, {"reset", true}})}}};
}

int messages_wanted() {
    const char* wanted = std::getenv("STENTOR_MESSAGES");
    return wanted != nullptr ? std::atoi(wanted) : 400;
}

}  // namespace

// STENTOR_MESSAGES says how many messages go to the fifty rooms; 2000 take half a minute.
TEST_CASE("a bad network loses and doubles nothing where the room can be read", "[faults]") {
    Service service(SandboxRoom::Type::kDirect, 50);
    Victim victim(service);
    service.faults(bad_network());
    const int messages = messages_wanted();
    const auto life = victim.live(0, messages);
    CHECK(life.exit_code == 0);
    CHECK(life.delivered == messages);
    check_all_arrived_once(service, messages);
    CHECK(service.oracle()["storedThenFailed"] > 0);
}

TEST_CASE("without any evidence nothing is doubled and what may be missing is listed", "[faults]") {
    Service service(SandboxRoom::Type::kGroup, 50);
    Victim victim(service);
    service.faults(bad_network());
    const int messages = messages_wanted();
    const auto life = victim.live(0, messages);
    CHECK(life.exit_code == 0);
    CHECK(life.dead > 0);
    CHECK(life.dead == life.maybe_delivered);
    CHECK(life.delivered + life.maybe_delivered == messages);
    const auto seen = service.oracle();
    CAPTURE(seen.dump());
    CHECK(seen["duplicates"] == 0);
    CHECK(seen["orderViolations"] == 0);
    CHECK(seen["distinct"] >= life.delivered);
    CHECK(seen["storedThenFailed"] > 0);
    std::printf("no evidence: %d sent, %ld delivered, %ld listed as maybe_delivered, %d arrived\n",
                messages, life.delivered, life.maybe_delivered, seen["distinct"].get<int>());
}
