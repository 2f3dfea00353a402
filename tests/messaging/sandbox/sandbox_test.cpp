#include "messaging/sandbox/sandbox.hpp"

#include "messaging/http/curl_client.hpp"
#include "messaging/http/server.hpp"
#include "messaging/sandbox/webhook_rules.hpp"
#include "tests/support/raw_socket.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>

using Json = nlohmann::json;
using messaging::http::Failure;
using messaging::http::Outcome;
using messaging::http::Request;
using messaging::http::Response;
using messaging::sandbox::Sandbox;
using messaging::sandbox::SandboxOptions;
using messaging::sandbox::SandboxRoom;
using namespace std::chrono_literals;

namespace {

SandboxOptions options() {
    SandboxOptions made;
    made.people = {{"stentor@webex.bot", "Stentor", true, "bot-token"},
                   {"demo@example.com", "Demo Person", false, "person-token"}};
    made.rooms = {
        {"Operations", SandboxRoom::Type::kGroup, {"stentor@webex.bot", "demo@example.com"}},
        {"", SandboxRoom::Type::kDirect, {"stentor@webex.bot", "demo@example.com"}}};
    return made;
}

class Running {
public:
    explicit Running(SandboxOptions given = options()) {
        auto opened = Sandbox::open(std::move(given), clock_);
        INFO((opened.ok() ? "" : opened.error().message));
        REQUIRE(opened.ok());
        sandbox = std::move(opened).value();
        thread_ = std::jthread([this](const std::stop_token& stop) { sandbox->run(stop); });
        auto client = messaging::http::CurlClient::open();
        REQUIRE(client.ok());
        client_ = std::move(client).value();
    }

    Outcome fetch(Request request) {
        request.url = "http://127.0.0.1:" + std::to_string(sandbox->port()) + request.url;
        return messaging::http::fetch(*client_, std::move(request));
    }
    Response call(const std::string& method,
                  const std::string& path,
                  const Json& body = Json(),
                  const std::string& token = "bot-token") {
        Request request;
        request.method = method;
        request.url = path;
        request.bearer_token = token;
        if (!body.is_null()) {
            request.body = std::make_shared<const std::string>(body.dump());
            request.content_type = "application/json";
        }
        const auto outcome = fetch(std::move(request));
        const auto* response = std::get_if<Response>(&outcome);
        return response == nullptr ? Response{} : *response;
    }
    Json post(const std::string& text) {
        return Json::parse(call("POST", "/v1/messages",
                                {{"roomId", sandbox->room_id("Operations")}, {"text", text}})
                               .body);
    }

    void faults(const Json& plan) { REQUIRE(call("PUT", "/sandbox/faults", plan).status == 200); }
    Json oracle() { return Json::parse(call("GET", "/sandbox/oracle").body); }

    std::unique_ptr<Sandbox> sandbox;

private:
    resilience::SystemClock clock_;
    std::unique_ptr<messaging::http::CurlClient> client_;
    std::jthread thread_;
};

/// A receiver of webhooks that keeps what it gets.
class Receiver {
public:
    Receiver() {
        auto opened =
            messaging::http::Server::open({}, [this](messaging::http::ServerRequest request,
                                                     const messaging::http::Responder& responder) {
                {
                    const std::scoped_lock lock(mutex_);
                    requests_.push_back(std::move(request));
                }
                changed_.notify_all();
                responder.send({});
            });
        REQUIRE(opened.ok());
        server_ = std::move(opened).value();
        thread_ = std::jthread([this](const std::stop_token& stop) { server_->run(stop); });
    }
    std::string url() const {
        return "http://127.0.0.1:" + std::to_string(server_->port()) + "/hook";
    }
    std::vector<messaging::http::ServerRequest> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, 10s, [&] { return requests_.size() >= count; });
        return requests_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<messaging::http::ServerRequest> requests_;
    std::unique_ptr<messaging::http::Server> server_;
    std::jthread thread_;
};

}  // namespace

TEST_CASE("a sandbox that contradicts itself does not open", "[sandbox][shell]") {
    resilience::SystemClock clock;
    const auto problem = [&](const SandboxOptions& given) {
        const auto opened = Sandbox::open(given, clock);
        return opened.ok() ? std::string() : opened.error().message;
    };
    auto stranger = options();
    stranger.rooms[0].members.push_back("stranger@example.com");
    CHECK(problem(stranger).find("stranger@example.com") != std::string::npos);
    auto shared = options();
    shared.people[1].token = "bot-token";
    CHECK(problem(shared).find("same token") != std::string::npos);
    CHECK(problem(shared).find("bot-token") == std::string::npos);
    auto lonely = options();
    lonely.rooms[1].members.pop_back();
    CHECK(problem(lonely).find("two members") != std::string::npos);
    auto planned = options();
    planned.fault_plan_file = "/nonexistent/plan.json";
    CHECK(problem(planned).find("/nonexistent/plan.json") != std::string::npos);
}

TEST_CASE("a taken port is an error, or the next one is used", "[sandbox][shell]") {
    Running first;
    auto second = options();
    second.port = first.sandbox->port();
    resilience::SystemClock clock;
    CHECK_FALSE(Sandbox::open(second, clock).ok());
    second.next_free_port = true;
    const auto opened = Sandbox::open(second, clock);
    REQUIRE(opened.ok());
    CHECK(opened.value()->port() > first.sandbox->port());
}

TEST_CASE("misfortunes arrive at a real client", "[sandbox][shell]") {
    Running running;
    const auto trouble = [&](const char* mode) {
        REQUIRE(running.call("PUT", "/sandbox/trouble", {{"mode", mode}}).status == 200);
    };
    Request post;
    post.method = "POST";
    post.url = "/v1/messages";
    post.bearer_token = "bot-token";
    post.content_type = "application/json";
    post.body = std::make_shared<const std::string>(
        Json{{"roomId", running.sandbox->room_id("Operations")}, {"text", "#1"}}.dump());

    trouble("answers_lost");
    const auto lost = running.fetch(post);
    REQUIRE(std::holds_alternative<Failure>(lost));
    CHECK(std::get<Failure>(lost).kind == resilience::FailureKind::kReceive);
    trouble("throttled");
    const auto throttled = running.fetch(post);
    REQUIRE(std::holds_alternative<Response>(throttled));
    CHECK(std::get<Response>(throttled).status == 429);
    trouble("none");
    const auto oracle = Json::parse(running.call("GET", "/sandbox/oracle").body);
    CHECK(oracle["stored"] == 1);
    CHECK(oracle["storedThenFailed"] == 1);
}

TEST_CASE("a request is cut while its body is on its way", "[sandbox][shell]") {
    Running running;
    running.faults(
        {{"rules",
          Json::array(
              {{{"count", 1},
                {"action", {{"kind", "cutRequest"}, {"cutAfter", 10}, {"reset", true}}}}})}});
    Request post;
    post.method = "POST";
    post.url = "/v1/messages";
    post.bearer_token = "bot-token";
    post.parts = {{.name = "roomId", .content = running.sandbox->room_id("Operations")},
                  {.name = "files",
                   .content = std::string(32U << 20U, 'x'),
                   .file_name = "large",
                   .content_type = "text/plain"}};
    const auto cut = running.fetch(post);
    REQUIRE(std::holds_alternative<Failure>(cut));
    CHECK(std::get<Failure>(cut).bytes_sent.value_or(0) < (32U << 20U));
    CHECK(running.oracle()["stored"] == 0);
    CHECK(std::holds_alternative<Response>(running.fetch(post)));
    CHECK(running.oracle()["stored"] == 1);
    CHECK(running.oracle()["requests"] == 2);
}

TEST_CASE("a client that does not wait for the last byte was not answered", "[sandbox][shell]") {
    Running running;
    running.faults(
        {{"rules",
          Json::array({{{"method", "POST"},
                        {"count", 1},
                        {"action", {{"kind", "delay"}, {"dripBytes", 1}, {"dripMs", 20}}}}})}});
    Request post;
    post.method = "POST";
    post.url = "/v1/messages";
    post.bearer_token = "bot-token";
    post.content_type = "application/json";
    post.body = std::make_shared<const std::string>(
        Json{{"roomId", running.sandbox->room_id("Operations")}, {"text", "x"}}.dump());
    post.timeout = 100ms;
    const auto late = running.fetch(post);
    REQUIRE(std::holds_alternative<Failure>(late));
    CHECK(std::get<Failure>(late).kind == resilience::FailureKind::kReadTimeout);
    // The sandbox notices with the next bytes that it cannot get rid of.
    for (int i = 0; i < 20'000 && running.oracle()["storedThenFailed"] == 0; ++i)
        std::this_thread::yield();
    CHECK(running.oracle()["storedThenFailed"] == 1);
    CHECK(std::holds_alternative<Response>(running.fetch(post)));
    CHECK(running.oracle()["duplicatesAfterLostAnswer"] == 1);
}

TEST_CASE("the sandbox refuses foreign hosts", "[sandbox][shell]") {
    Running running;
    tests::RawSocket socket(running.sandbox->port());
    const auto answer =
        socket.exchange("GET /sandbox/state HTTP/1.1\r\nHost: evil.example.com\r\n\r\n");
    CHECK(answer.rfind("HTTP/1.1 403 ", 0) == 0);
}

TEST_CASE("webhooks are delivered, signed, to a receiver", "[sandbox][shell]") {
    Receiver receiver;
    Running running;
    const auto hook = running.call("POST", "/v1/webhooks",
                                   {{"name", "h"},
                                    {"targetUrl", receiver.url()},
                                    {"resource", "messages"},
                                    {"event", "created"},
                                    {"secret", "s3cret"}});
    REQUIRE(hook.status == 200);
    const auto room = running.sandbox->room_id("Operations");
    const auto said =
        running.call("POST", "/sandbox/rooms/" + room + "/messages", {{"text", "@Stentor help"}});
    REQUIRE(said.status == 200);
    const auto requests = receiver.wait_for(1);
    REQUIRE(requests.size() == 1);
    CHECK(messaging::http::find_header(requests[0].headers, "X-Spark-Signature") ==
          messaging::sandbox::hook_signature("s3cret", requests[0].body));
    const auto id = Json::parse(requests[0].body)["data"]["id"].get<std::string>();
    const auto fetched = running.call("GET", "/v1/messages/" + id);
    CHECK(Json::parse(fetched.body)["text"] == "Stentor help");
}

TEST_CASE("deliveries that were put off come by themselves", "[sandbox][shell]") {
    Receiver receiver;
    Running running;
    running.call("POST", "/v1/webhooks",
                 {{"name", "h"},
                  {"targetUrl", receiver.url()},
                  {"resource", "messages"},
                  {"event", "created"}});
    running.faults(
        {{"hooks", Json::array({{{"count", 1}, {"action", {{"kind", "delay"}, {"delayMs", 40}}}},
                                {{"action", {{"kind", "duplicate"}}}}})}});
    const auto room = running.sandbox->room_id("Operations");
    SECTION("said on the page") {
        running.call("POST", "/sandbox/rooms/" + room + "/messages", {{"text", "@Stentor one"}});
    }
    SECTION("posted over the API") {
        running.post("one");
    }
    const auto requests = receiver.wait_for(2);
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].body == requests[1].body);
    CHECK(running.oracle()["hooks"] == Json{{"owed", 1}, {"sent", 2}, {"failed", 0}});
}

TEST_CASE("a file that a message names is fetched from loopback", "[sandbox][shell]") {
    Receiver files;
    Running running;
    const auto send = [&](const std::string& url) {
        return running.call("POST", "/v1/messages",
                            {{"toPersonEmail", "demo@example.com"}, {"files", Json::array({url})}});
    };
    CHECK(send("http://127.0.0.1:1/x.png").status == 400);
    CHECK(send("https://example.com/x.png").status == 400);
    CHECK(send(files.url()).status == 200);
}

TEST_CASE("pages see events as they happen and resume", "[sandbox][shell]") {
    Running running;
    tests::RawSocket page(running.sandbox->port());
    page.send("GET /sandbox/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    const auto head = page.read_until("retry: 1000\n\nevent: ping\ndata: {}\n\n");
    CHECK(head.find("event: ping") != std::string::npos);
    CHECK(head.find("Content-Type: text/event-stream") != std::string::npos);
    running.post("one");
    const auto events = page.read_until("event: request");
    CHECK(events.find("event: message\ndata: {\"verb\":\"created\"") != std::string::npos);

    const auto first = events.substr(events.find("id: ") + 4, 13);
    running.post("two");
    tests::RawSocket again(running.sandbox->port());
    again.send("GET /sandbox/events HTTP/1.1\r\nHost: 127.0.0.1\r\nLast-Event-ID: " + first +
               "\r\n\r\n");
    const auto resumed = again.read_until("\"two\"");
    CHECK(resumed.find("event: request") != std::string::npos);
    CHECK(resumed.find("\"one\"") == std::string::npos);
    tests::RawSocket lost(running.sandbox->port());
    lost.send("GET /sandbox/events HTTP/1.1\r\nHost: 127.0.0.1\r\nLast-Event-ID: 5\r\n\r\n");
    CHECK(lost.read_until("event: reset").find("event: reset") != std::string::npos);
}

TEST_CASE("rooms, messages, files and webhooks survive a restart", "[sandbox][shell]") {
    const tests::TempFolder folder;
    auto given = options();
    given.state_dir = folder.path("state");
    given.seed = 7;
    std::string room;
    std::string message;
    std::string file_url;
    {
        Running running(given);
        room = running.sandbox->room_id("Operations");
        message = running.post("kept")["id"].get<std::string>();
        Request upload;
        upload.method = "POST";
        upload.url = "/v1/messages";
        upload.bearer_token = "bot-token";
        upload.parts = {
            {.name = "roomId", .content = room},
            {.name = "files", .content = "PNG", .file_name = "a.png", .content_type = "image/png"}};
        const auto outcome = running.fetch(upload);
        REQUIRE(std::holds_alternative<Response>(outcome));
        const auto body = Json::parse(std::get<Response>(outcome).body);
        file_url = body["files"][0].get<std::string>();
        file_url = file_url.substr(file_url.find("/v1/"));
        running.call("POST", "/v1/webhooks",
                     {{"name", "h"},
                      {"targetUrl", "http://127.0.0.1:1/"},
                      {"resource", "rooms"},
                      {"event", "all"}});
    }
    Running running(given);
    CHECK(running.sandbox->room_id("Operations") == room);
    CHECK_FALSE(running.sandbox->room_id("demo@example.com").empty());
    CHECK(Json::parse(running.call("GET", "/v1/messages/" + message).body)["text"] == "kept");
    CHECK(running.call("GET", file_url).body == "PNG");
    CHECK(Json::parse(running.call("GET", "/v1/webhooks").body)["items"].size() == 1);
    CHECK(running.post("new")["id"] != message);
}

TEST_CASE("the page is served with its policy", "[sandbox][shell]") {
    const tests::TempFolder folder;
    folder.write("index.html", "<p>page</p>");
    auto given = options();
    given.web_root = folder.path("");
    given.bot_url = "http://127.0.0.1:9";
    Running running(given);
    const auto page = running.call("GET", "/");
    CHECK(page.body == "<p>page</p>");
    running.sandbox->set_bot_url("http://127.0.0.1:10");
    CHECK(messaging::http::find_header(running.call("GET", "/").headers, "Content-Security-Policy")
              .find("connect-src 'self' http://127.0.0.1:10;") != std::string_view::npos);
    CHECK(Json::parse(running.call("GET", "/sandbox/state").body)["botUrl"] ==
          "http://127.0.0.1:10");
}
