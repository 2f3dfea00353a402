#pragma once

#include "messaging/http/client.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace messaging::http {

struct ServerRequest {
    std::string method;
    std::string path;   ///< Percent-encoded as received, without the query.
    std::string query;  ///< Without the '?', raw.
    Headers headers = {};
    std::string body = {};
    std::string peer = {};  ///< Address of the other side, "127.0.0.1".
};

/// What a deliberately bad server does with an answer; used by the sandbox and by tests.
struct Misbehaviour {
    std::chrono::milliseconds delay{0};         ///< Wait before the first response byte.
    std::optional<std::size_t> cut_after = {};  ///< Send so many bytes of the response, then close.
    std::optional<std::size_t> cut_body_after = {};  ///< The same, counted behind a whole head.
    std::size_t drip_bytes = 0;               ///< Send so many bytes at a time (0: all at once) …
    std::chrono::milliseconds drip_pause{0};  ///< … with such a pause between.
    bool reset = false;                       ///< Close with RST instead of FIN.
    bool hang = false;                        ///< Never answer; keep the connection open.
};

struct ServerResponse {
    int status = 200;
    Headers headers = {};  ///< Content-Length is added by the server.
    std::string body = {};
    Misbehaviour misbehaviour = {};
    /// Called once in the server's thread, never from within `send`: true when the kernel has taken
    /// the whole answer from us, false when the peer was gone before, or the answer was cut.
    /// Not called when the server ends first.
    std::function<void(bool whole)> ended = {};
};

/// How a deliberately bad server ends a request whose body is still on its way.
struct RequestCut {
    std::size_t after = 0;  ///< Once so many bytes of the body have come, or the whole of it.
    bool reset = true;      ///< With RST instead of FIN.
};

/// A response body that is written piece by piece (server-sent events). Any thread.
class ResponseStream {
public:
    virtual ~ResponseStream() = default;
    /// Queues bytes. Returns false once the peer has gone or the queue limit (1 MiB) is reached.
    virtual bool write(std::string bytes) = 0;
    virtual void close() = 0;
};

/// Answers one request, later and from any thread if need be. Copies share the one answer; the
/// first call of either function wins. Dropping all copies unanswered sends a 500.
class Responder {
public:
    class Impl;
    explicit Responder(std::shared_ptr<Impl> impl);
    void send(ServerResponse response) const;
    /// Begins a streamed response with this status and headers.
    std::shared_ptr<ResponseStream> stream(ServerResponse head) const;

private:
    std::shared_ptr<Impl> impl_;
};

struct ServerOptions {
    /// Address to listen on; loopback unless the operator says otherwise.
    std::string address = "127.0.0.1";
    /// 0 lets the system choose; see `Server::port`.
    std::uint16_t port = 0;
    /// When not empty, listen on this unix socket (mode 0600) instead of TCP.
    std::string unix_path = {};
    std::size_t body_limit = 1U << 20U;     ///< Larger bodies are answered with 413.
    std::size_t header_limit = 16U << 10U;  ///< Larger heads are answered with 431.
    std::size_t connection_limit = 512;     ///< Further connections are closed at once.
    std::chrono::milliseconds idle_timeout{55'000};
    /// Used by the sandbox and by tests: asked in the server's thread once the head of a request
    /// with a body is there; a request that is cut does not reach the handler. Must not block.
    std::function<std::optional<RequestCut>(const ServerRequest& head)> cut_request = {};
};

/// A small HTTP/1.1 server (keep-alive) on Beast: one thread, asynchronous.
///
/// `open` binds; `run` serves on the calling thread until stopped. The handler runs on that thread
/// and must not block: it hands long work elsewhere and keeps the `Responder`.
class Server {
public:
    using Handler = std::function<void(ServerRequest, Responder)>;

    static resilience::Result<std::unique_ptr<Server>> open(ServerOptions options, Handler handler);
    virtual ~Server() = default;

    virtual std::uint16_t port() const = 0;
    /// Answers that were given before the stop are sent, as far as the peer takes them at once.
    virtual void run(const std::stop_token& stop) = 0;
};

}  // namespace messaging::http
