#include "bot/cli/control_client.hpp"
#include "bot/cli/control_handler.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/unix_http.hpp"
#include "tests/bot/cli/bot_on_socket.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

using namespace std::chrono_literals;
using namespace bot::cli;
using Catch::Contains;
using messaging::outbox::DeliveryId;
using resilience::permanent_error;
using resilience::Result;
using tests::BotOnSocket;
using tests::TempFolder;

namespace {

const resilience::SystemClock kClock;

SendRequest whole_request() {
    SendRequest request;
    request.room = "operations";
    request.text = "t";
    request.markdown = "**m** \xc3\xbc \"quoted\"\n";
    request.files = {"/tmp/a.png", "/tmp/b c.png"};
    request.card = R"({"type":"AdaptiveCard"})";
    request.parent = "M0";
    request.key = "k";
    request.priority = messaging::outbox::Priority::kAlert;
    request.policy = messaging::outbox::UncertainPolicy::kPreferDelivery;
    request.wait = 5s;
    request.deadline = 2h;
    return request;
}

std::string refusal(const std::string& body) {
    const auto parsed = send_request_from_json(body);
    REQUIRE_FALSE(parsed.ok());
    return parsed.error().message;
}

}  // namespace

TEST_CASE("a send request that is not understood is refused by its field", "[control]") {
    CHECK_THAT(refusal(""), Contains("not a JSON object"));
    CHECK_THAT(refusal("[]"), Contains("not a JSON object"));
    CHECK_THAT(refusal(R"({"text":"t"})"), Contains("\"room\" or \"person\" or \"email\""));
    CHECK_THAT(refusal(R"({"room":"r","email":"e","text":"t"})"), Contains("one only"));
    CHECK_THAT(refusal(R"({"room":"r"})"), Contains("\"text\" or \"markdown\""));
    CHECK_THAT(refusal(R"({"room":7,"text":"t"})"), Contains("\"room\" is not a string"));
    CHECK_THAT(refusal(R"({"room":"r","text":"t","markdwon":"m"})"),
               Contains("\"markdwon\" is not a known field"));
    CHECK_THAT(refusal(R"({"room":"r","files":["a.png"]})"), Contains("absolute"));
    CHECK_THAT(refusal(R"({"room":"r","files":"/a.png"})"), Contains("not a list"));
    CHECK_THAT(refusal(R"({"room":"r","text":"t","wait_s":-1})"), Contains("\"wait_s\""));
    CHECK_THAT(refusal(R"({"room":"r","text":"t","wait_s":1.5})"), Contains("\"wait_s\""));
    CHECK_THAT(refusal(R"({"room":"r","text":"t","wait_s":3601})"), Contains("more than 3600"));
    CHECK_THAT(refusal(R"({"room":"r","text":"t","deadline_s":99999999999999999999})"),
               Contains("\"deadline_s\""));
    CHECK_THAT(refusal(R"({"room":"r","text":"t","priority":"high"})"), Contains("\"priority\""));
    CHECK_THAT(refusal(R"({"room":"r","text":"t","policy":1})"), Contains("\"policy\""));
}

TEST_CASE("requests, replies and reports come back from JSON as they were", "[control]") {
    const auto request = send_request_from_json(to_json(whole_request()));
    REQUIRE(request.ok());
    CHECK(request.value() == whole_request());

    for (const auto outcome : {SendOutcome::kDelivered, SendOutcome::kQueued,
                               SendOutcome::kUncertain, SendOutcome::kFailed, SendOutcome::kAuth}) {
        const SendReply reply{outcome, "ID", "M1", "one line"};
        const auto back = send_reply_from_json(to_json(reply));
        REQUIRE(back.ok());
        CHECK(back.value() == reply);
    }
    CHECK_FALSE(send_reply_from_json("{}").ok());
    CHECK_FALSE(send_reply_from_json(R"({"outcome":"perhaps"})").ok());

    StatusReport status;
    status.version = "1.2.3";
    status.account = "stentor@webex.bot";
    status.receiving = "webhook";
    status.uptime = 77s;
    status.held = true;
    status.hold_reason = "token refused";
    status.pending = 1;
    status.sending = 2;
    status.uncertain = 3;
    status.delivered = 4;
    status.dead = 5;
    status.oldest = 6s;
    const auto back = status_from_json(to_json(status));
    REQUIRE(back.ok());
    CHECK(back.value() == status);
    CHECK_FALSE(status_from_json("no").ok());
}

TEST_CASE("a timeline comes back from JSON as it was", "[control]") {
    const auto timeline = tests::delivered_late();
    const auto back = timeline_from_json(to_json(timeline));
    REQUIRE(back.ok());
    CHECK(to_json(back.value()) == to_json(timeline));
    for (const auto* wrong : {"{}", R"({"delivery":{},"journal":[]})", R"({"delivery":{}})"}) {
        CHECK_FALSE(timeline_from_json(wrong).ok());
    }
}

TEST_CASE("every outcome of send has its exit code", "[control]") {
    CHECK(exit_code_for(SendOutcome::kDelivered) == 0);
    CHECK(exit_code_for(SendOutcome::kFailed) == 1);
    CHECK(exit_code_for(SendOutcome::kQueued) == 75);
    CHECK(exit_code_for(SendOutcome::kUncertain) == 75);
    CHECK(exit_code_for(SendOutcome::kAuth) == 77);
}

TEST_CASE("an answer over the socket that is not HTTP is refused", "[control]") {
    const auto refused = [](std::string_view bytes) {
        const auto parsed = parse_response(bytes);
        return parsed.ok() ? std::string("accepted") : parsed.error().message;
    };
    CHECK_THAT(refused("SSH-2.0"), Contains("not HTTP/1.1"));
    CHECK_THAT(refused("HTTP/1.1 abc\r\n\r\n"), Contains("no status"));
    CHECK_THAT(refused("HTTP/1.1 200 OK\r\n\r\n"), Contains("no Content-Length"));
    CHECK_THAT(refused("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), Contains("not a number"));
    CHECK_THAT(refused("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), Contains("not a number"));
    CHECK_THAT(refused("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"), Contains("broken header"));
    CHECK_THAT(refused("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"),
               Contains("too large"));
    CHECK_THAT(refused("HTTP/1.1 200 OK\r\n" + std::string(17'000, 'a')), Contains("too long"));
}

TEST_CASE("an answer over the socket is complete with its last byte", "[control]") {
    const std::string whole = "HTTP/1.1 404 Not Found\r\ncontent-LENGTH: 5 \r\nX: y\r\n\r\nhello";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto parsed = parse_response(std::string_view(whole).substr(0, size));
        REQUIRE(parsed.ok());
        CHECK_FALSE(parsed.value());
    }
    const auto parsed = parse_response(whole + "next");
    REQUIRE(parsed.ok());
    REQUIRE(parsed.value());
    CHECK(parsed.value()->status == 404);
    CHECK(parsed.value()->body == "hello");
}

TEST_CASE("without a bot the client says that nobody owns the folder", "[control]") {
    const TempFolder dir;
    const ControlClient client(dir.path(""), kClock);
    const auto reply = client.send(whole_request());
    REQUIRE_FALSE(reply.ok());
    CHECK(reply.error().rule == kNoOwner);
    CHECK(client.status().error().rule == kNoOwner);
    CHECK(client.timeline(DeliveryId{1}).error().rule == kNoOwner);

    const ControlClient far(dir.path(std::string(120, 'x')), kClock);
    CHECK_THAT(far.status().error().message, Contains("shorter STATE_DIR"));
}

TEST_CASE("a socket that a dead bot left behind has no owner", "[control]") {
    const TempFolder dir;
    dir.write("control.sock", "");
    CHECK(ControlClient(dir.path(""), kClock).status().error().rule == kNoOwner);
}

TEST_CASE("a bot that does not answer in time leaves the outcome open", "[control]") {
    BotOnSocket bot;
    bot.on_status = [](const auto&) {};  // dropped: the server answers 500
    const auto dropped = ControlClient(bot.state_dir(), kClock).status();
    CHECK_FALSE(dropped.ok());

    std::function<void(Result<StatusReport>)> kept;
    bot.on_status = [&](auto done) { kept = std::move(done); };
    const auto late = unix_fetch(
        {.socket_path = bot.state_dir() + "/control.sock", .path = "/status", .timeout = 50ms},
        kClock);
    REQUIRE_FALSE(late.ok());
    CHECK(late.error().cls == resilience::ErrorClass::kAmbiguous);
    CHECK_THAT(late.error().message, Contains("in time"));
    bot.stop();
}

TEST_CASE("a message travels to the bot and its outcome back", "[control]") {
    BotOnSocket bot;
    SendRequest heard;
    bot.on_send = [&](const SendRequest& request, const auto& done) {
        heard = request;
        done(SendReply{SendOutcome::kDelivered, "ID", "M1", ""});
    };
    const auto reply = ControlClient(bot.state_dir(), kClock).send(whole_request());
    REQUIRE(reply.ok());
    CHECK(reply.value() == SendReply{SendOutcome::kDelivered, "ID", "M1", ""});
    bot.stop();
    CHECK(heard == whole_request());
}

TEST_CASE("the control socket is closed to other users", "[control]") {
    const BotOnSocket bot;
    struct stat facts {};
    REQUIRE(::stat((bot.state_dir() + "/control.sock").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777U) == 0600U);
}

TEST_CASE("a bot that cannot take the message says why", "[control]") {
    BotOnSocket bot;
    const ControlClient client(bot.state_dir(), kClock);
    bot.on_send = [](const SendRequest&, const auto& done) { done(permanent_error("too long")); };
    CHECK(client.send(whole_request()).value() ==
          SendReply{SendOutcome::kFailed, "", "", "too long"});

    bot.on_send = [](const SendRequest&, const auto& done) {
        auto error = permanent_error("token refused");
        error.cls = resilience::ErrorClass::kAuth;
        done(error);
    };
    CHECK(client.send(whole_request()).value().outcome == SendOutcome::kAuth);

    bot.on_status = [](const auto& done) { done(permanent_error("store closed")); };
    CHECK_THAT(client.status().error().message, Contains("store closed"));

    bot.on_timeline = [](DeliveryId, const auto& done) { done(std::optional<Timeline>{}); };
    const auto unknown = client.timeline(DeliveryId{77});
    REQUIRE(unknown.ok());
    CHECK_FALSE(unknown.value());
}

TEST_CASE("a delivery's timeline travels over the socket", "[control]") {
    BotOnSocket bot;
    bot.on_timeline = [](DeliveryId id, const auto& done) {
        auto timeline = tests::delivered_late();
        timeline.delivery.id = id;
        done(std::optional(timeline));
    };
    const auto timeline = ControlClient(bot.state_dir(), kClock).timeline(DeliveryId{77});
    REQUIRE(timeline.ok());
    REQUIRE(timeline.value());
    CHECK(timeline.value()->delivery.id == DeliveryId{77});
    CHECK(timeline.value()->journal.size() == 2);
}

TEST_CASE("a request the bot does not know gets 404, a broken one 400", "[control]") {
    const BotOnSocket bot;
    const auto ask = [&](const char* method, const char* path, const char* body) {
        const auto response = unix_fetch({.socket_path = bot.state_dir() + "/control.sock",
                                          .method = method,
                                          .path = path,
                                          .body = body},
                                         kClock);
        REQUIRE(response.ok());
        CHECK_FALSE(error_from_json(response.value().body).empty());
        return response.value().status;
    };
    CHECK(ask("GET", "/nosuch", "") == 404);
    CHECK(ask("GET", "/send", "") == 404);
    CHECK(ask("POST", "/status", "{}") == 404);
    CHECK(ask("POST", "/send", "{broken") == 400);
    CHECK(ask("GET", "/deliveries/42", "") == 400);
}
