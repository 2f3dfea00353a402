#include "messaging/http/server.hpp"

#include "tests/support/raw_socket.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

using messaging::http::Responder;
using messaging::http::ResponseStream;
using messaging::http::Server;
using messaging::http::ServerOptions;
using messaging::http::ServerRequest;
using messaging::http::ServerResponse;
using namespace std::chrono_literals;
using tests::RawSocket;

namespace {

class RunningServer {
public:
    explicit RunningServer(Server::Handler handler, ServerOptions options = {}) {
        auto opened = Server::open(std::move(options), std::move(handler));
        REQUIRE(opened.ok());
        server_ = std::move(opened).value();
        thread_ = std::jthread([this](const std::stop_token& stop) { server_->run(stop); });
    }
    std::uint16_t port() const { return server_->port(); }
    void stop() {
        thread_.request_stop();
        thread_.join();
    }

private:
    std::unique_ptr<Server> server_;
    std::jthread thread_;
};

ServerResponse text(std::string body, int status = 200) {
    ServerResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

// Says what it was asked.
void echo(const ServerRequest& request, const Responder& responder) {
    responder.send(
        text(request.method + " " + request.path + "?" + request.query + " " + request.body));
}

std::string get(const std::string& path, const std::string& more = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string temp_path(const std::string& name) {
    std::string folder = (std::filesystem::temp_directory_path() / "stentor-XXXXXX").string();
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    return folder + "/" + name;
}

}  // namespace

TEST_CASE("the http server refuses what is too large or malformed", "[http][server]") {
    ServerOptions options;
    options.body_limit = 1'000;
    options.header_limit = 1'000;
    RunningServer server(echo, options);
    RawSocket client(server.port());

    SECTION("a body beyond the limit gets 413 before it is read") {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
        client.send(std::string(100'000, 'x'));
        CHECK(has(client.read_all(), "HTTP/1.1 413 "));
    }
    SECTION("a chunked body beyond the limit gets 413 as well") {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" +
                    std::string(0x800, 'x') + "\r\n");
        CHECK(has(client.read_all(), "HTTP/1.1 413 "));
    }
    SECTION("a head beyond the limit gets 431") {
        client.send(get("/", "X-Long: " + std::string(2'000, 'x') + "\r\n"));
        CHECK(has(client.read_all(), "HTTP/1.1 431 "));
    }
    SECTION("something that is not HTTP gets 400") {
        client.send("hello, is anybody there?\r\n\r\n");
        CHECK(has(client.read_all(), "HTTP/1.1 400 "));
    }
}

TEST_CASE("an answer that was given before the stop is sent", "[http][server]") {
    for (int i = 0; i < 100; ++i) {
        std::promise<Responder> asked;
        RunningServer server([&](const ServerRequest&, Responder responder) {
            asked.set_value(std::move(responder));
        });
        RawSocket client(server.port());
        client.send(get("/"));
        asked.get_future().get().send(text("goodbye"));
        server.stop();
        REQUIRE(client.read_all().ends_with("goodbye"));
    }
}

TEST_CASE("the http server limits its connections and their silence", "[http][server]") {
    ServerOptions options;
    options.connection_limit = 1;
    options.idle_timeout = 60ms;
    RunningServer server(echo, options);

    SECTION("a connection beyond the limit is closed at once") {
        RawSocket first(server.port());
        CHECK(has(first.exchange(get("/a")), "GET /a"));
        RawSocket second(server.port());
        second.send(get("/b"));
        CHECK(second.read_all().empty());
    }
    SECTION("a silent connection is closed without an answer") {
        RawSocket client(server.port());
        CHECK(client.read_all().empty());
        CHECK(client.error() == 0);
    }
    SECTION("half a head is not enough to stay") {
        RawSocket client(server.port());
        client.send("GET / HTTP/1.1\r\nHost: a");
        CHECK(client.read_all().empty());
        CHECK(client.error() == 0);
    }
}

TEST_CASE("the http server misbehaves as it is told", "[http][server]") {
    ServerResponse response = text("0123456789");
    RunningServer server([&](const ServerRequest&, const Responder& r) { r.send(response); });
    const auto answer = [&] {
        RawSocket client(server.port());
        client.send(get("/"));
        auto bytes = client.read_all();
        return std::make_pair(std::move(bytes), client.error());
    };

    SECTION("cut before the first byte") {
        response.misbehaviour.cut_after = 0;
        CHECK(answer() == std::make_pair(std::string(), 0));
    }
    SECTION("cut inside the body, whose announced length stays whole") {
        RawSocket reference(server.port());
        const auto whole = reference.exchange(get("/"));
        response.misbehaviour.cut_after = whole.size() - 4;
        CHECK(answer() == std::make_pair(whole.substr(0, whole.size() - 4), 0));
    }
    SECTION("reset instead of an answer") {
        response.misbehaviour.cut_after = 0;
        response.misbehaviour.reset = true;
        CHECK(answer() == std::make_pair(std::string(), ECONNRESET));
    }
    SECTION("cut behind a whole head") {
        response.misbehaviour.cut_body_after = 4;
        const auto cut = answer();
        CHECK(has(cut.first, "Content-Length: 10\r\n"));
        CHECK(cut.first.substr(cut.first.size() - 8) == "\r\n\r\n0123");
    }
    SECTION("byte by byte, and whole all the same") {
        RawSocket reference(server.port());
        const auto whole = reference.exchange(get("/"));
        response.misbehaviour.drip_bytes = 7;
        response.misbehaviour.drip_pause = 1ms;
        RawSocket client(server.port());
        CHECK(client.exchange(get("/")) == whole);
        CHECK(client.exchange(get("/")) == whole);  // the connection is still good
    }
    SECTION("delayed") {
        response.misbehaviour.delay = 20ms;
        RawSocket client(server.port());
        CHECK(has(client.exchange(get("/")), "0123456789"));
    }
    SECTION("hanging until the server stops") {
        response.misbehaviour.hang = true;
        RawSocket client(server.port());
        client.send(get("/"));
        server.stop();
        CHECK(client.read_all().empty());
    }
}

TEST_CASE("a server can cut a request whose body is on its way", "[http][server]") {
    std::atomic<int> handled = 0;
    std::mutex mutex;  // guards seen and cut: the server asks from its own thread
    std::string seen;
    messaging::http::RequestCut cut;
    const auto cut_with = [&](const messaging::http::RequestCut& wanted) {
        const std::scoped_lock lock(mutex);
        cut = wanted;
    };
    const auto seen_so_far = [&] {
        const std::scoped_lock lock(mutex);
        return seen;
    };
    ServerOptions options;
    options.cut_request = [&](const ServerRequest& head) {
        const std::scoped_lock lock(mutex);
        seen = head.method + " " + head.path + "?" + head.query;
        return std::optional(cut);
    };
    RunningServer server(
        [&](const ServerRequest& request, const Responder& responder) {
            ++handled;
            echo(request, responder);
        },
        options);
    RawSocket client(server.port());
    const std::string head = "POST /up?a=b HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n";

    SECTION("with a reset, behind the bytes it was told") {
        cut_with({.after = 4});
        client.send(head + "012");
        client.send("3");
        CHECK(client.read_all().empty());
        CHECK(client.error() == ECONNRESET);
        CHECK(seen_so_far() == "POST /up?a=b");
    }
    SECTION("at the head, politely") {
        cut_with({.after = 0, .reset = false});
        client.send(head);
        CHECK(client.read_all().empty());
        CHECK(client.error() == 0);
    }
    SECTION("at the end of a body that is shorter than that") {
        cut_with({.after = 1'000});
        client.send(head + "01234567");
        CHECK(client.read_all().empty());
        CHECK(client.error() == ECONNRESET);
    }
    SECTION("but not one without a body") {
        CHECK(has(client.exchange(get("/plain")), "GET /plain?"));
        CHECK(seen_so_far().empty());
        handled = 0;
    }
    CHECK(handled == 0);
}

TEST_CASE("a server can learn whether its answer went out", "[http][server]") {
    std::promise<bool> told;
    ServerResponse response = text(std::string(1'000, 'x'));
    response.ended = [&](bool whole) { told.set_value(whole); };
    RunningServer server([&](const ServerRequest&, const Responder& r) { r.send(response); });
    auto client = std::make_unique<RawSocket>(server.port());
    const auto outcome = [&] { return told.get_future().get(); };

    SECTION("it did") {
        client->exchange(get("/"));
        CHECK(outcome());
    }
    SECTION("it was cut") {
        response.misbehaviour.cut_after = 3;
        client->send(get("/"));
        CHECK_FALSE(outcome());
    }
    SECTION("the peer did not wait for the last byte") {
        response.misbehaviour.drip_bytes = 1;
        response.misbehaviour.drip_pause = 1ms;
        client->send(get("/"));
        client->read_until("HTTP");
        client.reset();
        CHECK_FALSE(outcome());
    }
    SECTION("the peer did not wait for the first byte") {
        response.misbehaviour.delay = 30ms;
        client->send(get("/"));
        client.reset();
        CHECK_FALSE(outcome());
    }
}

TEST_CASE("a handler that fails is answered for", "[http][server]") {
    SECTION("dropping the responder sends 500") {
        RunningServer server([](const ServerRequest&, const Responder&) {});
        RawSocket client(server.port());
        CHECK(has(client.exchange(get("/")), "HTTP/1.1 500 "));
        CHECK(has(client.exchange(get("/")), "HTTP/1.1 500 "));
    }
    SECTION("an exception sends 500") {
        RunningServer server(
            [](const ServerRequest&, const Responder&) { throw std::runtime_error("broken"); });
        RawSocket client(server.port());
        CHECK(has(client.exchange(get("/")), "HTTP/1.1 500 "));
    }
    SECTION("only the first answer counts") {
        std::atomic<int> written = 0;
        RunningServer server([&](const ServerRequest&, const Responder& responder) {
            responder.send(text("first"));
            responder.send(text("second"));
            if (responder.stream(text(""))->write("third")) ++written;
        });
        RawSocket client(server.port());
        CHECK(has(client.exchange(get("/")), "first"));
        CHECK(has(client.exchange(get("/")), "first"));
        CHECK(written == 0);
    }
}

TEST_CASE("the http server keeps connections and reads requests whole", "[http][server]") {
    RunningServer server(echo);
    RawSocket client(server.port());

    SECTION("several requests on one connection") {
        CHECK(has(client.exchange(get("/a?b=c&d")), "GET /a?b=c&d "));
        CHECK(has(client.exchange("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
                  "POST /x? abc"));
    }
    SECTION("pipelined requests are answered in order, many of them") {
        std::string all;
        for (int i = 0; i < 500; ++i)
            all += get("/" + std::to_string(i));
        client.send(all + get("/last", "Connection: close\r\n"));
        const auto answers = client.read_all();
        CHECK(has(answers, "GET /0? "));
        CHECK(answers.find("GET /499?") < answers.find("GET /last?"));
        CHECK(has(answers, "GET /last?"));
    }
    SECTION("a body in pieces, announced with Expect") {
        client.send(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n"
            "Expect: 100-continue\r\n\r\n");
        CHECK(has(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue"));
        client.send("abc");
        client.send("def");
        CHECK(has(client.read_response(), "abcdef"));
    }
    SECTION("a peer that closes its sending side still gets the answer") {
        client.send(get("/half"));
        client.end_sending();
        CHECK(has(client.read_all(), "GET /half?"));
    }
    SECTION("HEAD has the length and no body") {
        client.send("HEAD /h HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        const auto answer = client.read_all();
        CHECK(has(answer, "Content-Length: 9\r\n"));
        CHECK(answer.substr(answer.size() - 4) == "\r\n\r\n");
    }
    SECTION("HTTP/1.0 closes after the answer") {
        client.send("GET /old HTTP/1.0\r\n\r\n");
        CHECK(has(client.read_all(), "GET /old?"));
    }
}

TEST_CASE("responses carry their own bytes only", "[http][server]") {
    ServerResponse response = text("");
    RunningServer server([&](const ServerRequest&, const Responder& r) { r.send(response); });
    RawSocket client(server.port());

    SECTION("a header value cannot start another header") {
        response.headers = {{"X-Name", "a\r\nX-Evil: b"}};
        const auto answer = client.exchange(get("/"));
        CHECK(has(answer, "X-Name: aX-Evil: b\r\n"));
    }
    SECTION("204 has no length") {
        response.status = 204;
        CHECK_FALSE(has(client.exchange(get("/")), "Content-Length"));
    }
    SECTION("a large body arrives whole") {
        response.body = std::string(5'000'000, 'x');
        const auto answer = client.exchange(get("/"));
        CHECK(answer.size() == answer.find("\r\n\r\n") + 4 + 5'000'000);
    }
}

TEST_CASE("an answer may come from any thread, at any time", "[http][server]") {
    std::promise<Responder> asked;
    RunningServer server([&](const ServerRequest&, Responder r) { asked.set_value(std::move(r)); });
    RawSocket client(server.port());
    client.send(get("/"));
    auto responder = std::make_unique<Responder>(asked.get_future().get());

    SECTION("while the server runs") {
        responder->send(text("from afar"));
        CHECK(has(client.read_response(), "from afar"));
    }
    SECTION("after it has stopped, which changes nothing") {
        server.stop();
        responder->send(text("too late"));
        CHECK(client.read_all().empty());
    }
    SECTION("dropped by another thread") {
        responder.reset();
        CHECK(has(client.read_response(), "HTTP/1.1 500 "));
    }
}

TEST_CASE("the handler is never entered from within itself", "[http][server]") {
    std::mutex lock;  // a caller's own, held while it answers
    std::shared_ptr<ResponseStream> stream;
    RunningServer server([&](const ServerRequest& request, const Responder& responder) {
        const std::unique_lock held(lock, std::try_to_lock);
        if (!held) return;  // answered with 500
        if (request.path == "/stream") {
            stream = responder.stream(text(""));
            stream->write("open");
        } else {
            if (stream) stream->close();
            responder.send(text("fine"));
        }
    });
    RawSocket streaming(server.port());
    streaming.send(get("/stream") + get("/pipelined", "Connection: close\r\n"));
    streaming.read_until("open");
    RawSocket other(server.port());
    CHECK(has(other.exchange(get("/close")), "fine"));
    CHECK(has(streaming.read_all(), "fine"));
}

TEST_CASE("a stream is written piece by piece", "[http][server]") {
    std::promise<std::shared_ptr<ResponseStream>> opened;
    RunningServer server([&](const ServerRequest&, const Responder& responder) {
        ServerResponse head;
        head.headers = {{"Content-Type", "text/event-stream"}};
        opened.set_value(responder.stream(head));
    });
    auto client = std::make_unique<RawSocket>(server.port());
    client->send(get("/events"));
    auto stream = opened.get_future().get();

    SECTION("write fails once the reader has gone") {
        client->read_until("\r\n\r\n");
        client.reset();
        while (stream->write(std::string(1'000, 'x')))
            std::this_thread::yield();
        CHECK_FALSE(stream->write("more"));
    }
    SECTION("write fails while too much waits for a reader that does not read") {
        std::size_t accepted = 0;
        const std::string piece(64U << 10U, 'x');
        while (accepted < (256U << 20U) && stream->write(piece))
            accepted += piece.size();
        CHECK(accepted < (256U << 20U));
        CHECK(accepted >= (512U << 10U));
    }
    SECTION("pieces arrive as chunks and close ends them") {
        CHECK(stream->write("data: 1\n\n"));
        CHECK(has(client->read_until("data: 1\n\n\r\n"), "Transfer-Encoding: chunked"));
        CHECK(stream->write("data: 2\n\n"));
        stream->close();
        CHECK_FALSE(stream->write("data: 3\n\n"));
        CHECK(client->read_until("\r\n0\r\n\r\n") == "9\r\ndata: 2\n\n\r\n0\r\n\r\n");
    }
    SECTION("writers on several threads lose nothing") {
        std::vector<std::jthread> writers;
        for (int i = 0; i < 4; ++i) {
            writers.emplace_back([&] {
                for (int n = 0; n < 100; ++n)
                    stream->write("x");
            });
        }
        writers.clear();
        stream.reset();
        const auto all = client->read_until("\r\n0\r\n\r\n");
        const auto body = all.substr(all.find("\r\n\r\n") + 4);
        CHECK(std::count(body.begin(), body.end(), 'x') == 400);
    }
}

TEST_CASE("the http server listens where it is told", "[http][server]") {
    SECTION("a taken port is an error that says so") {
        RunningServer server(echo);
        ServerOptions options;
        options.port = server.port();
        const auto second = Server::open(options, echo);
        REQUIRE_FALSE(second.ok());
        CHECK(second.error().rule == "address_in_use");
        CHECK(has(second.error().message, std::to_string(server.port())));
    }
    SECTION("an address must be numeric") {
        ServerOptions options;
        options.address = "localhost";
        CHECK_FALSE(Server::open(options, echo).ok());
    }
    SECTION("a unix socket is private, and replaces a stale one") {
        ServerOptions options;
        options.unix_path = temp_path("control.sock");
        {
            // Leaves its file behind, as a killed process does.
            const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
            sockaddr_un address{};
            address.sun_family = AF_UNIX;
            std::memcpy(address.sun_path, options.unix_path.c_str(), options.unix_path.size() + 1);
            REQUIRE(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ==
                    0);
            ::close(dead);
        }
        RunningServer server(echo, options);
        struct stat status {};
        REQUIRE(::stat(options.unix_path.c_str(), &status) == 0);
        CHECK((status.st_mode & 0777U) == 0600U);
        RawSocket client(options.unix_path);
        CHECK(has(client.exchange(get("/unix")), "GET /unix?"));
        CHECK_FALSE(Server::open(options, echo).ok());
        server.stop();
        CHECK_FALSE(std::filesystem::exists(options.unix_path));
    }
    SECTION("a file that is no socket is left alone") {
        ServerOptions options;
        options.unix_path = temp_path("precious.txt");
        std::ofstream(options.unix_path) << "keep";
        CHECK_FALSE(Server::open(options, echo).ok());
        CHECK(std::filesystem::file_size(options.unix_path) == 4);
    }
}
