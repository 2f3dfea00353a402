#include "resilience/classify.hpp"
#include "tests/messaging/http/curl_fixture.hpp"

using namespace std::chrono_literals;
using messaging::http::Failure;
using messaging::http::find_header;
using messaging::http::Request;
using resilience::ErrorClass;
using resilience::FailureKind;
using resilience::Scope;
using tests::answer;
using tests::CertificateKind;
using tests::CurlFixture;
using tests::response;
using tests::ScriptedServer;
using tests::Turn;
using Read = Turn::Read;
using Then = Turn::Then;

namespace {

Turn play(Read read, Then then, std::string bytes = {}) {
    Turn turn;
    turn.read = read;
    turn.then = then;
    turn.answer = std::move(bytes);
    return turn;
}

resilience::Verdict verdict_of(const Failure& failure) {
    static const resilience::Classifier classifier(resilience::Profile::kWebex);
    return classifier.classify(failure.info(), resilience::VirtualClock{}.wall_now());
}

ErrorClass class_of(const Failure& failure) {
    return verdict_of(failure).cls;
}

Request impatient(Request request) {
    request.connect_timeout = 150ms;
    request.timeout = 150ms;
    return request;
}

}  // namespace

TEST_CASE("a refused connection is a connect failure that sent nothing", "[curl]") {
    const CurlFixture http;
    const tests::RefusingPort port;
    const auto failure = http.failure_of(http.post(port.url()));
    CHECK(failure.kind == FailureKind::kConnect);
    CHECK(failure.code == "ECONNREFUSED");
    CHECK(class_of(failure) == ErrorClass::kTransient);
    CHECK(failure.bytes_sent == 0U);
}

TEST_CASE("a connection that never comes about is a connect timeout", "[curl]") {
    const CurlFixture http;
    const tests::SilentPort port;
    const auto failure = http.failure_of(impatient(http.post(port.url())));
    CHECK(failure.kind == FailureKind::kConnectTimeout);
    CHECK(class_of(failure) == ErrorClass::kTransient);
    CHECK(failure.bytes_sent == 0U);
}

TEST_CASE("an unknown host is a name failure that sent nothing", "[curl]") {
    const CurlFixture http;
    const auto failure = http.failure_of(http.post("http://no-such-host.invalid/"));
    CHECK(failure.kind == FailureKind::kDns);
    CHECK(class_of(failure) == ErrorClass::kTransient);
    CHECK(verdict_of(failure).scope == Scope::kBot);
    CHECK(failure.bytes_sent == 0U);
}

TEST_CASE("a server that accepts and stays silent is a read timeout", "[curl]") {
    const CurlFixture http;
    ScriptedServer server({play(Read::kRequest, Then::kHold)});
    const auto failure = http.failure_of(impatient(http.post(server.url())));
    CHECK(failure.kind == FailureKind::kReadTimeout);
    CHECK(class_of(failure) == ErrorClass::kAmbiguous);
    CHECK(failure.bytes_sent > 50U);
}

TEST_CASE("a TLS handshake without an answer is a connect timeout", "[curl]") {
    const CurlFixture http;
    ScriptedServer server({play(Read::kNothing, Then::kHold)}, CertificateKind::kValid);
    const auto failure = http.failure_of(impatient(http.post(server.url())));
    CHECK(failure.kind == FailureKind::kConnectTimeout);
    CHECK(class_of(failure) == ErrorClass::kTransient);
    CHECK(failure.bytes_sent == 0U);
}

TEST_CASE("a connection cut before the request was read leaves the outcome open", "[curl]") {
    const CurlFixture http;
    ScriptedServer server({play(Read::kSome, Then::kReset)});
    const auto failure = http.failure_of(http.post(server.url()));
    CHECK((failure.kind == FailureKind::kReceive || failure.kind == FailureKind::kSend));
    CHECK(failure.code == "ECONNRESET");
}

TEST_CASE("a connection that ends without an answer is a receive failure", "[curl]") {
    const CurlFixture http;
    SECTION("reset after the request") {
        ScriptedServer server({play(Read::kRequest, Then::kReset)});
        const auto failure = http.failure_of(http.post(server.url()));
        CHECK(failure.kind == FailureKind::kReceive);
        CHECK(failure.code == "ECONNRESET");
        CHECK(class_of(failure) == ErrorClass::kAmbiguous);
        CHECK(failure.bytes_sent > 50U);
    }
    SECTION("closed after the request") {
        ScriptedServer server({play(Read::kRequest, Then::kClose)});
        const auto failure = http.failure_of(http.post(server.url()));
        CHECK(failure.kind == FailureKind::kReceive);
        CHECK(failure.code == "EOF");
        CHECK(failure.bytes_sent > 50U);
        CHECK(class_of(failure) == ErrorClass::kAmbiguous);
    }
}

TEST_CASE("a message is never sent twice over by curl itself", "[curl]") {
    const CurlFixture http;
    ScriptedServer server({answer(response(200)), play(Read::kRequest, Then::kClose)});
    REQUIRE(http.answer_to(http.post(server.url())).status == 200);
    const auto failure = http.failure_of(http.post(server.url()));
    CHECK(failure.kind == FailureKind::kReceive);
    CHECK(failure.code == "EOF");
    CHECK(failure.bytes_sent > 0U);
    CHECK(class_of(failure) == ErrorClass::kAmbiguous);
    CHECK(server.requests().size() == 2);
}

TEST_CASE("a body that was not taken whole is a send failure", "[curl]") {
    const CurlFixture http;
    Turn turn = play(Read::kSome, Then::kReset);
    turn.read_bytes = 100'000;
    ScriptedServer server({turn});
    const auto failure =
        http.failure_of(http.post(server.url(), std::string(std::size_t{64} << 20U, 'x')));
    CHECK(failure.kind == FailureKind::kSend);
    CHECK(failure.bytes_sent >= 100'000U);
    CHECK(class_of(failure) == ErrorClass::kAmbiguous);
    CHECK(failure.bytes_sent < (std::uint64_t{64} << 20U));
}

TEST_CASE("a time limit that ends the sending is a send failure", "[curl]") {
    const CurlFixture http;
    Turn turn = play(Read::kSome, Then::kHold);
    turn.read_bytes = 1;
    ScriptedServer server({turn});
    auto request = impatient(http.post(server.url(), std::string(std::size_t{64} << 20U, 'x')));
    const auto failure = http.failure_of(std::move(request));
    CHECK(failure.kind == FailureKind::kSend);
    CHECK(failure.code == "ETIMEDOUT");
}

TEST_CASE("a success whose body was cut keeps its status", "[curl]") {
    const CurlFixture http;
    const auto half = [](int status) { return response(status, R"({"id":"abc"})").substr(0, 45); };
    SECTION("closed half way") {
        ScriptedServer server({play(Read::kRequest, Then::kClose, half(200))});
        const auto failure = http.failure_of(http.post(server.url()));
        CHECK(failure.kind == FailureKind::kMalformedResponse);
        CHECK(failure.status == 200);
        CHECK(verdict_of(failure).rule == "unreadable_success");
    }
    SECTION("reset half way") {
        ScriptedServer server({play(Read::kRequest, Then::kReset, half(200))});
        CHECK(http.failure_of(http.post(server.url())).status == 200);
    }
    SECTION("slow bytes that never end") {
        ScriptedServer server({play(Read::kRequest, Then::kHold, half(200))});
        const auto failure = http.failure_of(impatient(http.post(server.url())));
        CHECK(failure.kind == FailureKind::kMalformedResponse);
        CHECK(failure.status == 200);
    }
    SECTION("cut before the status line ended") {
        ScriptedServer server({play(Read::kRequest, Then::kClose, "HTTP/1.")});
        const auto failure = http.failure_of(http.post(server.url()));
        CHECK(failure.status == 0);
        CHECK((failure.kind == FailureKind::kReceive ||
               failure.kind == FailureKind::kMalformedResponse));
    }
}

TEST_CASE("a refusal whose body was cut is still a response", "[curl]") {
    const CurlFixture http;
    const auto whole = response(429, "{\"message\":\"too many\"}", "Retry-After: 7\r\n");
    ScriptedServer server({play(Read::kRequest, Then::kClose, whole.substr(0, whole.size() - 5))});
    const auto got = http.answer_to(http.post(server.url()));
    CHECK(got.status == 429);
    CHECK(find_header(got.headers, "retry-after") == "7");
}

TEST_CASE("an answer that is not HTTP is malformed", "[curl]") {
    const CurlFixture http;
    ScriptedServer server({play(Read::kRequest, Then::kClose, "220 mail.example ESMTP\r\n")});
    const auto failure = http.failure_of(http.post(server.url()));
    CHECK(failure.kind == FailureKind::kMalformedResponse);
    CHECK(failure.status == 0);
}

TEST_CASE("a response beyond the limit is not read to its end", "[curl]") {
    const CurlFixture http;
    ScriptedServer server({answer(response(200, std::string(100'000, 'x')))});
    auto request = http.get(server.url());
    request.response_limit = 50'000;
    const auto failure = http.failure_of(std::move(request));
    CHECK(failure.kind == FailureKind::kMalformedResponse);
    CHECK(failure.code == "TOO_LARGE");
    CHECK(failure.status == 200);
}

TEST_CASE("headers without end are not collected", "[curl]") {
    const CurlFixture http;
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 2'000; ++i)
        head += "X-Padding: " + std::string(60, 'x') + "\r\n";
    ScriptedServer server({play(Read::kRequest, Then::kHold, head)});
    CHECK(http.failure_of(http.post(server.url())).kind == FailureKind::kMalformedResponse);
}

TEST_CASE("certificate failures name their cause and send nothing", "[curl][tls]") {
    struct Case {
        CertificateKind kind;
        const char* code;
    };
    const auto [kind, code] = GENERATE(Case{CertificateKind::kExpired, "CERT_EXPIRED"},
                                       Case{CertificateKind::kWrongName, "CERT_HOSTNAME_MISMATCH"},
                                       Case{CertificateKind::kSelfSigned, "CERT_SELF_SIGNED"},
                                       Case{CertificateKind::kUntrusted, "CERT_UNTRUSTED"});
    const CurlFixture http;
    ScriptedServer server({answer(response(200))}, kind);
    const auto failure = http.failure_of(http.post(server.url()));
    CHECK(failure.kind == FailureKind::kTls);
    CHECK(failure.code == code);
    CHECK(class_of(failure) == ErrorClass::kPermanent);
    CHECK(verdict_of(failure).scope == Scope::kBot);
    CHECK(failure.bytes_sent == 0U);
    CHECK(server.requests().empty());
}

TEST_CASE("a handshake that breaks off is told from one that cannot succeed", "[curl][tls]") {
    const CurlFixture http;
    const auto https = [](const ScriptedServer& server) {
        return "https://localhost:" + std::to_string(server.port()) + "/";
    };
    SECTION("closed before a byte was read") {
        ScriptedServer server({play(Read::kNothing, Then::kClose)});
        const auto failure = http.failure_of(http.post(https(server)));
        CHECK(failure.kind == FailureKind::kTls);
        CHECK(failure.code == "HANDSHAKE_INTERRUPTED");
        CHECK(class_of(failure) == ErrorClass::kTransient);
        CHECK(failure.bytes_sent == 0U);
    }
    SECTION("reset in the middle") {
        ScriptedServer server({play(Read::kSome, Then::kReset)});
        const auto failure = http.failure_of(http.post(https(server)));
        CHECK(failure.kind == FailureKind::kTls);
        CHECK(failure.code == "HANDSHAKE_INTERRUPTED");
        CHECK(class_of(failure) == ErrorClass::kTransient);
    }
    SECTION("no protocol version in common") {
        Turn turn = play(Read::kSome, Then::kClose, {"\x15\x03\x01\x00\x02\x02\x46", 7});
        turn.read_bytes = 64;
        ScriptedServer server({turn});
        const auto failure = http.failure_of(http.post(https(server)));
        CHECK(failure.kind == FailureKind::kTls);
        CHECK(failure.code == "ALERT_PROTOCOL_VERSION");
        CHECK(class_of(failure) == ErrorClass::kPermanent);
    }
    SECTION("the server does not speak TLS at all") {
        ScriptedServer server({play(Read::kSome, Then::kClose, response(400))});
        CHECK(http.failure_of(http.post(https(server))).kind == FailureKind::kTls);
    }
}

TEST_CASE("HTTP/2 refusals say that nothing was done", "[curl][tls]") {
    const CurlFixture http;
    const std::string settings = tests::http2_frame(4, 0, 0, {});
    SECTION("the stream was refused") {
        const std::string refused = tests::http2_frame(3, 0, 1, {"\0\0\0\x07", 4});
        ScriptedServer server({play(Read::kHttp2, Then::kHold, settings + refused),
                               play(Read::kHttp2, Then::kHold, settings + refused)},
                              CertificateKind::kValid);
        const auto failure = http.failure_of(http.post(server.url()));
        CHECK(failure.kind == FailureKind::kHttp2);
        CHECK(failure.code == "REFUSED_STREAM");
        CHECK(class_of(failure) == ErrorClass::kTransient);
        CHECK(server.requests().size() == 1);
    }
    SECTION("the stream was broken off") {
        const std::string broken = tests::http2_frame(3, 0, 1, {"\0\0\0\x02", 4});
        ScriptedServer server({play(Read::kHttp2, Then::kHold, settings + broken)},
                              CertificateKind::kValid);
        const auto failure = http.failure_of(http.post(server.url()));
        CHECK(failure.kind == FailureKind::kHttp2);
        CHECK(failure.code == "INTERNAL_ERROR");
        CHECK(class_of(failure) == ErrorClass::kAmbiguous);
    }
    SECTION("the connection was given up before our stream") {
        const std::string goaway = tests::http2_frame(7, 0, 0, {"\0\0\0\0\0\0\0\0", 8});
        ScriptedServer server({play(Read::kHttp2, Then::kClose, settings + goaway)},
                              CertificateKind::kValid);
        const auto failure = http.failure_of(http.post(server.url()));
        CHECK(failure.kind == FailureKind::kHttp2);
        CHECK(failure.code == "GOAWAY_UNPROCESSED");
        CHECK(class_of(failure) == ErrorClass::kTransient);
    }
    SECTION("the connection was given up behind our stream") {
        const std::string goaway = tests::http2_frame(7, 0, 0, {"\0\0\0\1\0\0\0\2", 8});
        ScriptedServer server({play(Read::kHttp2, Then::kClose, settings + goaway)},
                              CertificateKind::kValid);
        CHECK(class_of(http.failure_of(http.post(server.url()))) == ErrorClass::kAmbiguous);
    }
}

TEST_CASE("a proxy that refuses the tunnel is told from the server", "[curl][proxy]") {
    const int status = GENERATE(407, 502, 403);
    const CurlFixture http;
    ScriptedServer proxy({play(Read::kRequest, Then::kClose, response(status))});
    ::setenv("https_proxy", proxy.url("").c_str(), 1);
    const auto failure = http.failure_of(http.post("https://webex.test/v1/messages"));
    ::unsetenv("https_proxy");
    CHECK(failure.kind == FailureKind::kProxy);
    const auto expected = status == 407   ? ErrorClass::kAuth
                          : status == 502 ? ErrorClass::kTransient
                                          : ErrorClass::kPermanent;
    CHECK(class_of(failure) == expected);
    CHECK(failure.status == status);
    CHECK(failure.bytes_sent == 0U);
    REQUIRE(proxy.requests().size() == 1);
    CHECK(proxy.requests()[0].head.find("secret-token") == std::string::npos);
}

TEST_CASE("requests that cannot be right are refused before anything is sent", "[curl]") {
    const CurlFixture http;
    ScriptedServer server({answer(response(200))});
    auto request = http.post(server.url());
    SECTION("a token with a line break") {
        request.bearer_token = "secret-token\n";
    }
    SECTION("a header that smuggles in another") {
        request.headers.emplace_back("X-A", "1\r\nX-B: 2");
    }
    SECTION("a file address") {
        request.url = "file:///etc/passwd";
    }
    SECTION("no address") {
        request.url.clear();
    }
    SECTION("an address without a host") {
        request.url = "http://";
    }
    SECTION("a method with a blank") {
        request.method = "GET / HTTP/1.1\r\nX:";
    }
    const auto failure = http.failure_of(std::move(request));
    CHECK(failure.kind == FailureKind::kProgramming);
    CHECK(class_of(failure) == ErrorClass::kPermanent);
    CHECK(failure.bytes_sent == 0U);
    CHECK(server.requests().empty());
}

TEST_CASE("a file of ours that cannot be read or written is named", "[curl]") {
    const CurlFixture http;
    ScriptedServer server({answer(response(200, "content"))});
    SECTION("a missing upload") {
        auto request = http.post(server.url());
        request.parts = {{.name = "files", .file_path = http.folder.path("gone.png")}};
        const auto failure = http.failure_of(std::move(request));
        CHECK(failure.kind == FailureKind::kLocalIo);
        CHECK(failure.code == "ENOENT");
        CHECK(failure.message.find("gone.png") != std::string::npos);
        CHECK(failure.bytes_sent == 0U);
    }
    SECTION("a download into a missing folder") {
        auto request = http.get(server.url());
        request.response_file = http.folder.path("none/file");
        const auto failure = http.failure_of(std::move(request));
        CHECK(failure.kind == FailureKind::kLocalIo);
        CHECK(failure.code == "ENOENT");
    }
}

TEST_CASE("a stop request ends a request that hangs", "[curl]") {
    const CurlFixture http;
    ScriptedServer server({play(Read::kRequest, Then::kHold), answer(response(200))});
    std::stop_source stop;
    std::thread stopper([&] {
        server.wait_for_requests(1);
        stop.request_stop();
    });
    const auto outcome = fetch(*http.client, http.post(server.url()), stop.get_token());
    stopper.join();
    REQUIRE(std::holds_alternative<Failure>(outcome));
    CHECK(std::get<Failure>(outcome).kind == FailureKind::kCancelled);
    CHECK(http.answer_to(http.post(server.url())).status == 200);
}
