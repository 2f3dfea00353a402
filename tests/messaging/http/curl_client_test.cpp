#include "messaging/http/client_pool.hpp"
#include "tests/messaging/http/curl_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

using namespace std::chrono_literals;
using messaging::http::CurlClient;
using messaging::http::find_header;
using messaging::http::Outcome;
using messaging::http::Request;
using messaging::http::Response;
using tests::answer;
using tests::CertificateKind;
using tests::CurlFixture;
using tests::response;
using tests::ScriptedServer;
using tests::Turn;

namespace {

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::vector<Turn> answers(std::size_t count) {
    return {count, answer(response(200, "ok"))};
}

}  // namespace

TEST_CASE("a CA file that cannot be read is refused with its name", "[curl]") {
    messaging::http::CurlOptions options;
    options.ca_file = "/nonexistent/ca.pem";
    const auto client = CurlClient::open(options);
    REQUIRE_FALSE(client.ok());
    CHECK(has(client.error().message, "/nonexistent/ca.pem"));
}

TEST_CASE("a request arrives as it was given", "[curl]") {
    const CurlFixture http;
    ScriptedServer server(answers(1));
    auto request = http.post(server.url("/v1/messages?x=%20y"), R"({"text":"hello"})");
    request.headers.emplace_back("X-Test", "one");
    CHECK(http.answer_to(std::move(request)).body == "ok");
    const auto received = server.requests().at(0);
    CHECK(received.head.substr(0, 37) == "POST /v1/messages?x=%20y HTTP/1.1\r\nHo");
    CHECK(has(received.head, "\r\nAuthorization: Bearer secret-token\r\n"));
    CHECK(has(received.head, "\r\nContent-Type: application/json\r\n"));
    CHECK(has(received.head, "\r\nX-Test: one\r\n"));
    CHECK(has(received.head, "\r\nUser-Agent: stentor\r\n"));
    CHECK_FALSE(has(received.head, "Expect"));
    CHECK(received.body == R"({"text":"hello"})");
}

TEST_CASE("nothing of a request is left over in the next one", "[curl]") {
    const CurlFixture http;
    ScriptedServer server(answers(7));
    auto upload = http.post(server.url("/1"));
    upload.parts = {{.name = "a", .content = "b"}};
    (void)http.answer_to(std::move(upload));
    (void)http.answer_to(http.get(server.url("/2")));
    auto removal = http.get(server.url("/3"));
    removal.method = "DELETE";
    (void)http.answer_to(std::move(removal));
    auto change = http.post(server.url("/4"), "{}");
    change.method = "PUT";
    (void)http.answer_to(std::move(change));
    (void)http.answer_to(http.get(server.url("/5")));
    auto empty = http.post(server.url("/6"));
    empty.body = nullptr;
    (void)http.answer_to(std::move(empty));
    (void)http.answer_to(http.post(server.url("/7")));
    std::string lines;
    for (const auto& request : server.requests()) {
        lines += request.head.substr(0, request.head.find(" HTTP")) + " " +
                 std::to_string(request.body.size()) + "; ";
    }
    CHECK(has(lines, "; GET /2 0; DELETE /3 0; PUT /4 2; GET /5 0; POST /6 0; POST /7 12; "));
    CHECK(server.connections() == 1);
    CHECK_FALSE(has(server.requests()[1].head, "Authorization"));
}

TEST_CASE("a HEAD request does not wait for a body", "[curl]") {
    const CurlFixture http;
    ScriptedServer server({answer("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")});
    auto request = http.get(server.url());
    request.method = "HEAD";
    const auto got = http.answer_to(std::move(request));
    CHECK(got.status == 200);
    CHECK(find_header(got.headers, "content-LENGTH") == "1000");
}

TEST_CASE("every form of Retry-After reaches the caller raw", "[curl]") {
    const std::string value =
        GENERATE("12", "0", "3600", "1.5", "-1", "Sun, 22 Nov 2026 02:01:30 GMT",
                 "Sunday, 22-Nov-26 02:02:00 GMT", "Sun Nov  1 02:00:00 2026", "rand(30),add(30)",
                 "99999999999999999999", "");
    const int status = GENERATE(429, 503);
    const CurlFixture http;
    ScriptedServer server({answer(response(status, "{}", "Retry-After: " + value + "\r\n"))});
    const auto got = http.answer_to(http.post(server.url()));
    CHECK(got.status == status);
    CHECK(find_header(got.headers, "Retry-After") == value);
}

TEST_CASE("redirects are reported, not followed", "[curl]") {
    const CurlFixture http;
    ScriptedServer server({answer(response(302, "", "Location: http://127.0.0.1:1/\r\n"))});
    CHECK(http.answer_to(http.get(server.url())).status == 302);
}

TEST_CASE("answers are read whatever their framing", "[curl]") {
    const CurlFixture http;
    Turn turn = answer(response(200, "slow"));
    SECTION("byte by byte") {
        turn.byte_by_byte = true;
    }
    SECTION("chunked") {
        turn.answer =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nsl\r\n2\r\now\r\n0\r\n\r\n";
    }
    SECTION("until the connection ends") {
        turn.answer = "HTTP/1.1 200 OK\r\n\r\nslow";
        turn.then = Turn::Then::kClose;
    }
    SECTION("after an interim response") {
        turn.answer = "HTTP/1.1 103 Early Hints\r\nX-Old: 1\r\n\r\n" + response(200, "slow");
    }
    ScriptedServer server({turn});
    const auto got = http.answer_to(http.get(server.url()));
    CHECK(got.body == "slow");
    CHECK(find_header(got.headers, "X-Old").empty());
}

TEST_CASE("a connection that was closed while idle is not used again", "[curl]") {
    const CurlFixture http;
    Turn last = answer(response(200, "ok"));
    last.then = Turn::Then::kClose;
    ScriptedServer server({last, answer(response(200, "again"))});
    CHECK(http.answer_to(http.post(server.url())).body == "ok");
    server.wait_for_closed(1);
    CHECK(http.answer_to(http.post(server.url())).body == "again");
    CHECK(server.requests().size() == 2);
    CHECK(server.connections() == 2);
}

TEST_CASE("files are streamed as parts", "[curl]") {
    const CurlFixture http;
    std::string content(200'000, '\0');
    for (std::size_t i = 0; i < content.size(); ++i)
        content[i] = static_cast<char>(i % 251);
    ScriptedServer server(answers(1));
    auto request = http.post(server.url());
    request.parts = {{.name = "roomId", .content = "Y2lz"},
                     {.name = "files",
                      .file_path = http.folder.write("spooled", content),
                      .file_name = "mean \"time\".png",
                      .content_type = "image/png"}};
    CHECK(http.answer_to(std::move(request)).status == 200);
    const auto received = server.requests().at(0);
    CHECK(has(received.head, "Content-Type: multipart/form-data; boundary="));
    CHECK_FALSE(has(received.head, "Expect"));
    CHECK(has(received.body, "name=\"roomId\"\r\n\r\nY2lz\r\n"));
    CHECK(has(received.body, "name=\"files\"; filename=\"mean %22time%22.png\"\r\n"));
    CHECK(has(received.body, "Content-Type: image/png\r\n"));
    CHECK(has(received.body, content));
}

TEST_CASE("a download goes to its file, an error text to memory", "[curl]") {
    const CurlFixture http;
    const auto path = http.folder.path("download");
    const auto half = response(200, "content");
    Turn cut = answer(half.substr(0, half.size() - 2));
    cut.then = Turn::Then::kClose;
    ScriptedServer server({answer(response(200, "content")), answer(response(200)),
                           answer(response(410, "infected")), cut});
    auto request = http.get(server.url());
    request.response_file = path;

    CHECK(http.answer_to(request).body.empty());
    CHECK(content_of(path) == "content");
    CHECK(http.answer_to(request).status == 200);
    CHECK(content_of(path).empty());

    std::filesystem::remove(path);
    CHECK(http.answer_to(request).body == "infected");
    CHECK_FALSE(std::filesystem::exists(path));

    CHECK(http.failure_of(request).status == 200);
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("TLS connections are verified against the added authority and kept", "[curl][tls]") {
    const CurlFixture http;
    ScriptedServer server(answers(2), CertificateKind::kValid);
    CHECK(http.answer_to(http.post(server.url())).body == "ok");
    CHECK(http.answer_to(http.post(server.url())).body == "ok");
    CHECK(server.connections() == 1);

    const auto stranger = std::move(CurlClient::open({})).value();
    const auto outcome = fetch(*stranger, http.post(server.url()));
    REQUIRE(std::holds_alternative<messaging::http::Failure>(outcome));
    CHECK(std::get<messaging::http::Failure>(outcome).kind == resilience::FailureKind::kTls);
}

TEST_CASE("a loopback server is reached past any proxy", "[curl][proxy]") {
    const CurlFixture http;
    const tests::RefusingPort proxy;
    ::setenv("http_proxy", proxy.url().c_str(), 1);
    ScriptedServer server(answers(1));
    CHECK(http.answer_to(http.get(server.url())).status == 200);
    ::unsetenv("http_proxy");
}

TEST_CASE("many requests are under way at a time, each reported once", "[curl]") {
    constexpr std::size_t kCount = 40;
    const CurlFixture http;
    ScriptedServer server(answers(2 * kCount));
    std::size_t first = 0;
    std::size_t second = 0;
    for (std::size_t i = 0; i < kCount; ++i) {
        http.client->start(http.post(server.url()), [&](Outcome outcome) {
            if (std::holds_alternative<Response>(outcome)) ++first;
            // Starting from a callback is allowed.
            http.client->start(http.post(server.url()), [&](Outcome later) {
                if (std::holds_alternative<Response>(later)) ++second;
            });
        });
    }
    for (int i = 0; i < 10'000 && second < kCount; ++i)
        http.client->poll(1s);
    CHECK(first == kCount);
    CHECK(second == kCount);
    CHECK(server.connections() <= 40);
}

TEST_CASE("a cancelled request is not reported", "[curl]") {
    const CurlFixture http;
    Turn hang;
    hang.then = Turn::Then::kHold;
    ScriptedServer server({hang, answer(response(200))});
    bool reported = false;
    const auto note = [&reported](const Outcome&) { reported = true; };
    SECTION("before it was sent") {
        http.client->cancel(http.client->start(http.get("x"), note));
    }
    SECTION("while it hangs") {
        const auto id = http.client->start(http.post(server.url()), note);
        while (server.requests().empty())
            http.client->poll(1ms);
        http.client->cancel(id);
        http.client->cancel(id);
        CHECK(http.answer_to(http.post(server.url())).status == 200);
    }
    http.client->poll(0ms);
    CHECK_FALSE(reported);
}

TEST_CASE("wake ends a poll, also one that has not begun", "[curl]") {
    const CurlFixture http;
    http.client->wake();
    http.client->wake();
    http.client->poll(1h);
    std::thread other([&] { http.client->wake(); });
    http.client->poll(1h);
    other.join();
    SUCCEED();
}

TEST_CASE("a client with requests under way can be destroyed", "[curl]") {
    Turn hang;
    hang.then = Turn::Then::kHold;
    ScriptedServer server({hang});
    CurlFixture http;
    http.client->start(http.post(server.url()), [](const Outcome&) { FAIL("reported"); });
    while (server.requests().empty())
        http.client->poll(1ms);
    http.client.reset();
}

TEST_CASE("a blocking client serves many threads over kept connections", "[curl]") {
    constexpr std::size_t kThreads = 4;
    constexpr std::size_t kEach = 25;
    CurlFixture fixture;  // for its environment
    ScriptedServer server(answers(kThreads * kEach));
    messaging::http::BlockingClient client(
        []() -> resilience::Result<std::unique_ptr<messaging::http::Client>> {
            auto made = CurlClient::open({});
            if (!made) return std::move(made).error();
            return std::unique_ptr<messaging::http::Client>(std::move(made).value());
        });
    std::atomic<std::size_t> done = 0;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
            for (std::size_t n = 0; n < kEach; ++n) {
                const auto outcome = client.perform(CurlFixture::post(server.url()));
                if (std::holds_alternative<Response>(outcome)) ++done;
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(done == kThreads * kEach);
    CHECK(server.connections() <= static_cast<int>(kThreads));
}

TEST_CASE("a blocking client without a client reports why", "[curl]") {
    messaging::http::BlockingClient client(
        []() -> resilience::Result<std::unique_ptr<messaging::http::Client>> {
            return resilience::permanent_error("no descriptors left");
        });
    const auto outcome = client.perform(CurlFixture::get("http://127.0.0.1/"));
    REQUIRE(std::holds_alternative<messaging::http::Failure>(outcome));
    CHECK(std::get<messaging::http::Failure>(outcome).message == "no descriptors left");
}
