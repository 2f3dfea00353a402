#pragma once

#include "tests/support/test_certificate.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tests {

/// What the server does with one request (or one connection): read, write, then end or stay.
struct Turn {
    enum class Read : std::uint8_t {
        kNothing,  ///< Not one byte; with TLS not even the handshake.
        kSome,     ///< Wait for `read_bytes`, no more.
        kRequest,  ///< Head and body, by Content-Length or chunked.
        kHttp2     ///< Preface and frames up to the end of the first stream.
    };
    enum class Then : std::uint8_t {
        kKeep,   ///< Serve the next request on this connection.
        kClose,  ///< FIN.
        kReset,  ///< RST.
        kHold    ///< Silence until the server is destroyed.
    };
    Read read = Read::kRequest;
    std::size_t read_bytes = 0;
    std::string answer = {};
    bool byte_by_byte = false;
    Then then = Then::kKeep;
};

/// A whole response with Content-Length. `headers` holds lines that end in CRLF.
std::string response(int status, std::string_view body = {}, std::string_view headers = {});
/// Answers and keeps the connection.
Turn answer(std::string bytes);
/// One HTTP/2 frame (RFC 9113, section 4.1).
std::string http2_frame(int type, int flags, int stream, std::string_view payload);

struct ReceivedRequest {
    std::string head;    ///< Request line and headers.
    std::string body;    ///< As sent, chunks undone.
    int connection = 0;  ///< Number of the connection, from 1.
};

/// Plays turns to whoever connects on loopback, one after the other, whatever the connection.
/// Requests beyond the last turn get a 599. Each connection has a thread; all end with the server.
class ScriptedServer {
public:
    explicit ScriptedServer(std::vector<Turn> turns);
    /// With TLS.
    ScriptedServer(std::vector<Turn> turns, CertificateKind certificate);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ScriptedServer(ScriptedServer&&) = delete;
    ScriptedServer& operator=(ScriptedServer&&) = delete;

    /// Appends turns; before the requests that are to get them.
    void add(std::vector<Turn> turns);
    int port() const { return port_; }
    /// "http://127.0.0.1:PORT" + path, or "https://localhost:PORT" + path.
    std::string url(std::string_view path = "/") const;
    std::vector<ReceivedRequest> requests() const;
    int connections() const;
    /// Blocks until the server has ended so many connections.
    void wait_for_closed(int count) const;
    /// Blocks until so many requests were read whole.
    void wait_for_requests(std::size_t count) const;

private:
    class Channel;
    class Tls;

    void start();
    void accept_all();
    void serve(int fd, int number);
    bool converse(Channel& channel, int number);
    std::optional<Turn> take(bool before_reading);
    bool read_request(Channel& channel, const Turn& turn, int number);
    void hold();

    std::unique_ptr<Tls> tls_;
    int listener_ = -1;
    int port_ = 0;
    mutable std::mutex mutex_;  // guards what follows, up to the threads
    mutable std::condition_variable changed_;
    std::deque<Turn> turns_;
    std::vector<ReceivedRequest> requests_;
    std::set<int> open_;
    int connections_ = 0;
    int closed_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> workers_;
    std::thread acceptor_;
};

/// A port of loopback where nobody listens: connections are refused as long as it lives.
class RefusingPort {
public:
    RefusingPort();
    ~RefusingPort();
    RefusingPort(const RefusingPort&) = delete;
    RefusingPort& operator=(const RefusingPort&) = delete;
    RefusingPort(RefusingPort&&) = delete;
    RefusingPort& operator=(RefusingPort&&) = delete;
    std::string url() const;

private:
    int port_ = 0;
    int fd_ = -1;
};

/// A port that answers no connection attempt at all: its queue is full.
class SilentPort {
public:
    SilentPort();
    ~SilentPort();
    SilentPort(const SilentPort&) = delete;
    SilentPort& operator=(const SilentPort&) = delete;
    SilentPort(SilentPort&&) = delete;
    SilentPort& operator=(SilentPort&&) = delete;
    std::string url() const;

private:
    int port_ = 0;
    int fd_ = -1;
    std::vector<int> fillers_;
};

}  // namespace tests
