#include "tests/support/scripted_server.hpp"

#include "tests/support/tls_channel.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace tests {
namespace {

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int bound_socket(int& port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (fd < 0 || ::bind(fd, generic, size) != 0 || ::getsockname(fd, generic, &size) != 0) {
        throw std::runtime_error("cannot bind a loopback port");
    }
    port = ntohs(address.sin_port);
    return fd;
}

std::string header_value(const std::string& head, std::string_view name) {
    std::string lower(head);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto start = lower.find("\r\n" + std::string{name} + ":");
    if (start == std::string::npos) return {};
    const auto value = start + name.size() + 3;
    return lower.substr(value, lower.find("\r\n", value) - value);
}

}  // namespace

std::string response(int status, std::string_view body, std::string_view headers) {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n";
    text.append(headers);
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    text.append(body);
    return text;
}

Turn answer(std::string bytes) {
    Turn turn;
    turn.answer = std::move(bytes);
    return turn;
}

std::string http2_frame(int type, int flags, int stream, std::string_view payload) {
    std::string frame;
    const auto put = [&frame](std::size_t value, int bytes) {
        for (int i = bytes - 1; i >= 0; --i) {
            frame.push_back(static_cast<char>((value >> (8 * i)) & 0xffU));
        }
    };
    put(payload.size(), 3);
    put(static_cast<std::size_t>(type), 1);
    put(static_cast<std::size_t>(flags), 1);
    put(static_cast<std::size_t>(stream), 4);
    frame.append(payload);
    return frame;
}

class ScriptedServer::Tls : public TlsServer {
    using TlsServer::TlsServer;
};

/// Buffered reading and plain writing on one connection.
class ScriptedServer::Channel {
public:
    Channel(int fd, const Tls* tls) : fd_(fd), tls_(tls) {}

    bool handshake() {
        if (tls_ == nullptr) return true;
        session_ = tls_->accept(fd_);
        return session_ != nullptr;
    }
    /// At least `count` bytes in the buffer, or false when the peer has gone.
    bool need(std::size_t count) {
        while (buffer.size() < count) {
            char block[16384];
            const auto got = session_ ? session_->read(block, sizeof block)
                                      : ::recv(fd_, block, sizeof block, 0);
            if (got <= 0) return false;
            buffer.append(block, static_cast<std::size_t>(got));
        }
        return true;
    }
    /// Reads up to and with `mark`, takes it out of the buffer.
    std::optional<std::string> until(std::string_view mark) {
        auto end = buffer.find(mark);
        while (end == std::string::npos) {
            if (!need(buffer.size() + 1)) return std::nullopt;
            end = buffer.find(mark);
        }
        return take(end + mark.size());
    }
    std::string take(std::size_t count) {
        std::string taken = buffer.substr(0, count);
        buffer.erase(0, count);
        return taken;
    }
    void write(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto put = session_ ? session_->write(bytes.data(), bytes.size())
                                      : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (put <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
    }
    void reset_on_close() const {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }

    std::string buffer;

private:
    int fd_;
    const Tls* tls_;
    std::unique_ptr<TlsSession> session_;
};

ScriptedServer::ScriptedServer(std::vector<Turn> turns) : turns_(turns.begin(), turns.end()) {
    start();
}

ScriptedServer::ScriptedServer(std::vector<Turn> turns, CertificateKind certificate)
    : tls_(std::make_unique<Tls>(
          make_certificate(certificate),
          std::any_of(turns.begin(),
                      turns.end(),
                      [](const Turn& turn) { return turn.read == Turn::Read::kHttp2; }))),
      turns_(turns.begin(), turns.end()) {
    start();
}

void ScriptedServer::start() {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    listener_ = bound_socket(port_);
    ::listen(listener_, 64);
    acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        for (const int fd : open_)
            ::shutdown(fd, SHUT_RDWR);
        changed_.notify_all();
    }
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (auto& worker : workers_)
        worker.join();
    ::close(listener_);
}

void ScriptedServer::add(std::vector<Turn> turns) {
    const std::scoped_lock lock(mutex_);
    turns_.insert(turns_.end(), turns.begin(), turns.end());
}

std::string ScriptedServer::url(std::string_view path) const {
    std::string url = tls_ ? "https://localhost:" : "http://127.0.0.1:";
    url += std::to_string(port_);
    return url.append(path);
}

std::vector<ReceivedRequest> ScriptedServer::requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
}

int ScriptedServer::connections() const {
    const std::scoped_lock lock(mutex_);
    return connections_;
}

void ScriptedServer::wait_for_closed(int count) const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ >= count; });
}

void ScriptedServer::wait_for_requests(std::size_t count) const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return requests_.size() >= count; });
}

void ScriptedServer::accept_all() {
    while (true) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const std::scoped_lock lock(mutex_);
        if (stopping_) {
            ::close(fd);
            return;
        }
        open_.insert(fd);
        const int number = ++connections_;
        workers_.emplace_back([this, fd, number] { serve(fd, number); });
    }
}

void ScriptedServer::serve(int fd, int number) {
    {
        Channel channel(fd, tls_.get());
        if (converse(channel, number)) channel.reset_on_close();
    }
    const std::scoped_lock lock(mutex_);
    open_.erase(fd);
    ::close(fd);
    ++closed_;
    changed_.notify_all();
}

// Returns true when the connection is to end with a reset.
bool ScriptedServer::converse(Channel& channel, int number) {
    auto first = take(true);
    if (!first && !channel.handshake()) return false;
    while (true) {
        std::optional<Turn> turn = std::exchange(first, std::nullopt);
        if (!turn) {
            if (!channel.need(1)) return false;
            turn = take(false);
        }
        if (!turn) turn = answer(response(599, "no turn left"));
        if (!read_request(channel, *turn, number)) return false;
        if (turn->byte_by_byte) {
            for (std::size_t i = 0; i < turn->answer.size(); ++i) {
                channel.write(std::string_view(turn->answer).substr(i, 1));
            }
        } else {
            channel.write(turn->answer);
        }
        if (turn->then == Turn::Then::kHold) hold();
        if (turn->then != Turn::Then::kKeep) return turn->then == Turn::Then::kReset;
    }
}

// Turns that read nothing are played as soon as someone connects, all others once a byte comes.
std::optional<Turn> ScriptedServer::take(bool before_reading) {
    const std::scoped_lock lock(mutex_);
    if (turns_.empty()) return std::nullopt;
    if (before_reading && turns_.front().read != Turn::Read::kNothing) return std::nullopt;
    Turn turn = std::move(turns_.front());
    turns_.pop_front();
    return turn;
}

bool ScriptedServer::read_request(Channel& channel, const Turn& turn, int number) {
    ReceivedRequest request;
    request.connection = number;
    if (turn.read == Turn::Read::kNothing) return true;
    if (turn.read == Turn::Read::kSome) return channel.need(turn.read_bytes);
    if (turn.read == Turn::Read::kHttp2) {
        if (!channel.need(24)) return false;
        channel.take(24);  // "PRI * HTTP/2.0" and so on
        bool ended = false;
        while (!ended) {
            if (!channel.need(9)) return false;
            const std::string head = channel.take(9);
            const auto byte = [&head](std::size_t i) {
                return std::size_t{static_cast<unsigned char>(head[i])};
            };
            const std::size_t size = (byte(0) << 16U) | (byte(1) << 8U) | byte(2);
            if (!channel.need(size)) return false;
            request.body += channel.take(size);
            ended = byte(3) <= 1 && (byte(4) & 1U) != 0;  // DATA or HEADERS with END_STREAM
        }
    } else {
        const auto head = channel.until("\r\n\r\n");
        if (!head) return false;
        request.head = *head;
        const auto length = static_cast<std::size_t>(
            std::strtoull(header_value(request.head, "content-length").c_str(), nullptr, 10));
        if (!channel.need(length)) return false;
        request.body = channel.take(length);
        const bool chunked = header_value(request.head, "transfer-encoding") == " chunked";
        while (chunked) {
            const auto size = channel.until("\r\n");
            if (!size) return false;
            const std::size_t count = std::strtoull(size->c_str(), nullptr, 16);
            if (!channel.need(count + 2)) return false;
            request.body += channel.take(count);
            channel.take(2);
            if (count == 0) break;
        }
    }
    const std::scoped_lock lock(mutex_);
    requests_.push_back(std::move(request));
    changed_.notify_all();
    return true;
}

void ScriptedServer::hold() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_; });
}

RefusingPort::RefusingPort() : fd_(bound_socket(port_)) {}

RefusingPort::~RefusingPort() {
    ::close(fd_);
}

std::string RefusingPort::url() const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/";
}

SilentPort::SilentPort() : fd_(bound_socket(port_)) {
    ::listen(fd_, 0);
    const sockaddr_in address = loopback(port_);
    for (int i = 0; i < 4; ++i) {
        const int filler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        // The first one or two complete, the others wait: either way the queue is full.
        (void)::connect(filler, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        fillers_.push_back(filler);
    }
}

SilentPort::~SilentPort() {
    for (const int filler : fillers_)
        ::close(filler);
    ::close(fd_);
}

std::string SilentPort::url() const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/";
}

}  // namespace tests
