#include "messaging/http/server.hpp"

#include "messaging/http/connection.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

namespace messaging::http {

namespace asio = boost::asio;
using boost::system::error_code;
using resilience::Error;
using resilience::Result;
using std::chrono::milliseconds;

namespace {

constexpr int kBacklog = 1024;
constexpr milliseconds kSweepMax{1'000};
constexpr milliseconds kDrainTime{2'000};
constexpr milliseconds kAcceptPause{100};
// One round of accepting; the others wait in the backlog while the open connections are served.
constexpr int kAcceptBatch = 64;

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;

    int get() const { return number_; }
    int release() { return std::exchange(number_, -1); }

private:
    int number_;
};

template <class Address>
const sockaddr* as_sockaddr(const Address& address) {
    return reinterpret_cast<const sockaddr*>(&address);  // what the socket interface asks for
}

Error listen_error(const std::string& where, int code) {
    const bool taken = code == EADDRINUSE;
    auto error = resilience::permanent_error(
        "cannot listen on " + where + ": " + std::generic_category().message(code) +
        (taken ? "; another program uses it: stop that one or choose another" : ""));
    if (taken) error.rule = "address_in_use";
    return error;
}

Result<sockaddr_un> unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        return resilience::permanent_error("cannot listen on unix socket " + path +
                                           ": the path is longer than 107 bytes; choose a "
                                           "shorter folder");
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

// A socket file outlives its process. It is stale when nobody answers behind it.
Result<resilience::Done> remove_stale(const std::string& path, const sockaddr_un& address) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return resilience::Done{};
    if (!S_ISSOCK(status.st_mode)) {
        return resilience::permanent_error("cannot listen on unix socket " + path +
                                           ": a file that is not a socket is in its place");
    }
    const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(probe.get(), as_sockaddr(address), sizeof(address)) == 0) {
        return listen_error("unix socket " + path, EADDRINUSE);
    }
    if (errno != ECONNREFUSED) return listen_error("unix socket " + path, errno);
    ::unlink(path.c_str());
    return resilience::Done{};
}

Result<Descriptor> listen_unix(const std::string& path) {
    const auto address = unix_address(path);
    if (!address) return address.error();
    if (const auto removed = remove_stale(path, address.value()); !removed) return removed.error();
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // The mode of the unbound socket becomes the mode of its file (Linux), so that there is no
    // moment in which others could connect. umask would do it for every thread's files.
    const bool listens =
        socket.get() >= 0 && ::fchmod(socket.get(), 0600) == 0 &&
        ::bind(socket.get(), as_sockaddr(address.value()), sizeof(sockaddr_un)) == 0 &&
        ::chmod(path.c_str(), 0600) == 0 && ::listen(socket.get(), kBacklog) == 0;
    if (!listens) return listen_error("unix socket " + path, errno);
    return socket;
}

Result<Descriptor> listen_tcp(const ServerOptions& options) {
    const auto where = options.address + " port " + std::to_string(options.port);
    error_code error;
    const auto parsed = asio::ip::make_address(options.address, error);
    if (error) {
        return resilience::permanent_error("cannot listen on " + where +
                                           ": the address must be numeric, such as 127.0.0.1");
    }
    const asio::ip::tcp::endpoint endpoint(parsed, options.port);
    Descriptor socket(
        ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = 1;
    const bool listens =
        socket.get() >= 0 &&
        ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        ::bind(socket.get(), as_sockaddr(*endpoint.data()),
               static_cast<socklen_t>(endpoint.size())) == 0 &&
        ::listen(socket.get(), kBacklog) == 0;
    if (!listens) return listen_error(where, errno);
    return socket;
}

std::uint16_t bound_port(int socket) {
    asio::ip::tcp::endpoint endpoint;
    auto size = static_cast<socklen_t>(endpoint.capacity());
    if (::getsockname(socket, endpoint.data(), &size) != 0) return 0;
    endpoint.resize(size);
    return endpoint.port();
}

class AsyncServer final : public Server {
public:
    AsyncServer(ServerOptions options, Handler handler, Descriptor listener, std::uint16_t port)
        : loop_(std::move(options), std::move(handler)),
          listener_(loop_.io, listener.release()),
          sweeper_(loop_.io),
          pause_(loop_.io),
          port_(port) {
        const auto idle = std::max(loop_.options.idle_timeout, milliseconds{1});
        sweep_every_ = std::clamp(idle / 4, milliseconds{1}, kSweepMax);
        loop_.idle_ticks = ticks(idle);
        loop_.drain_ticks = ticks(std::min(idle, kDrainTime));
    }
    ~AsyncServer() override {
        loop_.gate->close();
        shut_down();
    }
    AsyncServer(const AsyncServer&) = delete;
    AsyncServer& operator=(const AsyncServer&) = delete;

    std::uint16_t port() const override { return port_; }

    void run(const std::stop_token& stop) override {
        loop_.gate->enter();
        accept();
        {
            // Behind the answers that were given before: those still go out.
            const std::stop_callback on_stop(
                stop, [this] { asio::post(loop_.io, [this] { loop_.io.stop(); }); });
            loop_.io.run();
        }
        shut_down();
        loop_.gate->leave();
    }

private:
    std::uint64_t ticks(milliseconds time) const {
        return static_cast<std::uint64_t>((time + sweep_every_ - milliseconds{1}) / sweep_every_);
    }

    void accept() {
        listener_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
            if (error) return;
            for (int i = 0; i < kAcceptBatch; ++i) {
                if (!accept_one()) break;
            }
            if (!paused_) accept();
        });
    }

    // False when there is nobody left to accept.
    bool accept_one() {
        asio::ip::tcp::endpoint peer;
        auto size = static_cast<socklen_t>(peer.capacity());
        Descriptor socket(::accept4(listener_.native_handle(), peer.data(), &size, SOCK_CLOEXEC));
        if (socket.get() < 0) {
            if (errno == EINTR || errno == ECONNABORTED) return true;
            if (errno != EAGAIN) pause();
            return false;
        }
        if (loop_.connections.size() >= loop_.options.connection_limit) return true;
        const bool is_unix = !loop_.options.unix_path.empty();
        const int family = is_unix ? AF_UNIX : peer.data()->sa_family;
        if (!is_unix) {
            const int on = 1;
            ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            peer.resize(size);
        }
        Connection::Socket stream(loop_.io);
        error_code error;
        stream.assign(asio::generic::stream_protocol(family, 0), socket.get(), error);
        if (error) return true;
        socket.release();
        stream.non_blocking(true, error);
        auto connection = std::make_shared<Connection>(
            loop_, std::move(stream), is_unix ? "unix" : peer.address().to_string());
        loop_.connections.insert(connection);
        connection->start();
        sweep_later();
        return true;
    }

    // Out of descriptors: the waiting connection would wake us at once, again and again.
    void pause() {
        paused_ = true;
        pause_.expires_after(kAcceptPause);
        pause_.async_wait([this](error_code error) {
            if (error) return;
            paused_ = false;
            accept();
        });
    }

    // Only while there are connections: an idle server does not wake up.
    void sweep_later() {
        if (sweeping_) return;
        sweeping_ = true;
        sweeper_.expires_after(sweep_every_);
        sweeper_.async_wait([this](error_code error) {
            sweeping_ = false;
            if (error) return;
            ++loop_.tick;
            const std::vector<std::shared_ptr<Connection>> all(loop_.connections.begin(),
                                                               loop_.connections.end());
            for (const auto& connection : all)
                connection->sweep();
            if (!loop_.connections.empty()) sweep_later();
        });
    }

    void shut_down() {
        error_code ignored;
        if (listener_.is_open()) {
            listener_.close(ignored);
            if (!loop_.options.unix_path.empty()) ::unlink(loop_.options.unix_path.c_str());
        }
        const std::vector<std::shared_ptr<Connection>> all(loop_.connections.begin(),
                                                           loop_.connections.end());
        for (const auto& connection : all)
            connection->drop();
    }

    Loop loop_;
    asio::posix::stream_descriptor listener_;
    asio::steady_timer sweeper_;
    asio::steady_timer pause_;
    std::uint16_t port_;
    milliseconds sweep_every_{1'000};
    bool sweeping_ = false;
    bool paused_ = false;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::open(ServerOptions options, Handler handler) {
    const bool is_unix = !options.unix_path.empty();
    auto listener = is_unix ? listen_unix(options.unix_path) : listen_tcp(options);
    if (!listener) return listener.error();
    const auto port = is_unix ? std::uint16_t{0} : bound_port(listener.value().get());
    return std::unique_ptr<Server>(std::make_unique<AsyncServer>(
        std::move(options), std::move(handler), std::move(listener).value(), port));
}

}  // namespace messaging::http
