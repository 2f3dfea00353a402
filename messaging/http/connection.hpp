#pragma once

// Inside of the server; included by connection.cpp and server.cpp alone, because Asio and Beast
// are slow to compile.

#include "messaging/http/server.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>

namespace messaging::http {

class Connection;

/// The way from any thread into the server's loop. Outlives the loop: afterwards it swallows.
class Gate {
public:
    explicit Gate(boost::asio::io_context& io) : io_(&io) {}

    template <class Function>
    void post(Function function) {
        const std::scoped_lock lock(mutex_);
        if (io_ != nullptr) boost::asio::post(*io_, std::move(function));
    }
    /// Is the caller the thread that runs the loop right now?
    bool inside() const { return thread_.load() == std::this_thread::get_id(); }
    void enter() { thread_ = std::this_thread::get_id(); }
    void leave() { thread_ = std::thread::id{}; }
    void close() {
        const std::scoped_lock lock(mutex_);
        io_ = nullptr;
    }

private:
    std::mutex mutex_;
    boost::asio::io_context* io_;
    std::atomic<std::thread::id> thread_{};
};

/// What all connections of one server share. Belongs to the loop's thread, except `gate`.
struct Loop {
    Loop(ServerOptions server_options, Server::Handler request_handler)
        : options(std::move(server_options)), handler(std::move(request_handler)) {}

    ServerOptions options;
    Server::Handler handler;
    boost::asio::io_context io{1};
    std::shared_ptr<Gate> gate = std::make_shared<Gate>(io);
    /// Counts sweeps: a clock that is coarse, and free to read.
    std::uint64_t tick = 0;
    std::uint64_t idle_ticks = 1;   ///< Silence allowed to a peer.
    std::uint64_t drain_ticks = 1;  ///< Time for a peer to take notice that we closed.
    std::unordered_set<std::shared_ptr<Connection>> connections;
};

/// What the writer of a stream and its connection share.
struct StreamState {
    std::atomic<bool> gone = false;
    std::atomic<std::size_t> queued = 0;  ///< Bytes accepted and not yet handed to the kernel.
};

/// The one answer to one request, shared by the copies of its `Responder`. Any thread.
class Responder::Impl {
public:
    Impl(std::shared_ptr<Gate> gate, std::weak_ptr<Connection> connection);
    ~Impl();
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void send(ServerResponse response);
    std::shared_ptr<ResponseStream> stream(ServerResponse head);

private:
    std::shared_ptr<Gate> gate_;
    std::weak_ptr<Connection> connection_;
    std::atomic<bool> used_ = false;
};

/// One accepted socket: reads a request, waits for its answer, writes it, and again.
/// All functions belong to the loop's thread.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol,
                                                    boost::asio::io_context::executor_type>;

    Connection(Loop& loop, Socket socket, std::string peer);

    void start();
    /// Called at each tick; closes a connection that has been silent for too long.
    void sweep();
    /// Closes the socket at once.
    void drop();

    /// Is the handler being called for this connection?
    bool is_handling_now() const { return advancing_; }

    void answer(ServerResponse response);
    void begin_stream(const ServerResponse& head, std::shared_ptr<StreamState> state);
    void stream_write(std::string bytes);
    void stream_end();

private:
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    enum class Phase : std::uint8_t {
        kReading,    ///< Waiting for a request, or in the middle of one.
        kHandling,   ///< The handler has it.
        kHanging,    ///< Misbehaving: never to be answered.
        kWriting,    ///< The answer is on its way.
        kStreaming,  ///< A streamed answer is open.
        kDraining,   ///< We have closed our side and discard what still comes.
        kClosed
    };

    void read();
    void on_read(boost::system::error_code error, std::size_t size);
    void on_peer_gone(bool half_closed);
    void advance();
    bool parse();
    bool is_cut(std::size_t body_bytes);
    ServerRequest request_head() const;
    void dispatch();
    void reject(boost::system::error_code error);
    void continue_if_expected();
    void deliver(ServerResponse response);
    void write();
    bool must_pause();
    void on_written();
    void report(bool whole);
    void finish();
    void touch() { active_tick_ = loop_.tick; }

    Loop& loop_;
    Socket socket_;
    std::string peer_;
    boost::asio::steady_timer delay_;
    boost::beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    Phase phase_ = Phase::kReading;
    std::uint64_t active_tick_ = 0;
    std::size_t drained_ = 0;
    std::optional<RequestCut> cut_;  ///< What is to become of the request that is being read.
    std::size_t body_read_ = 0;      ///< Its bytes behind the head, with the framing of chunks.
    std::string out_head_;
    std::string out_body_;
    std::size_t out_sent_ = 0;
    std::size_t drip_bytes_ = 0;  ///< 0: the answer leaves as fast as it can.
    std::size_t drip_limit_ = 0;  ///< Bytes of the answer that may have left by now.
    std::chrono::milliseconds drip_pause_{0};
    std::function<void(bool)> ended_;
    std::string stream_queue_;
    std::size_t stream_waiting_ = 0;  ///< Bytes of the writer in `stream_queue_`.
    std::size_t stream_leaving_ = 0;  ///< Bytes of the writer in `out_body_`.
    std::shared_ptr<StreamState> stream_;
    bool read_armed_ = false;
    bool write_armed_ = false;
    bool advancing_ = false;
    bool half_closed_ = false;
    bool keep_alive_ = true;
    bool head_request_ = false;
    bool http10_ = false;
    bool continued_ = false;
    bool cut_asked_ = false;
    bool answer_cut_ = false;
    bool close_after_ = false;
    bool reset_after_ = false;
    bool stream_chunked_ = true;
    bool stream_ended_ = false;
};

}  // namespace messaging::http
