#include "bot/cli/unix_http.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>

namespace bot::cli {

using resilience::Clock;
using resilience::Done;
using resilience::Error;
using resilience::ErrorClass;
using resilience::permanent_error;
using resilience::Result;
using std::chrono::milliseconds;

namespace {

class Socket {
public:
    explicit Socket(int number) : number_(number) {}
    ~Socket() {
        if (number_ >= 0) ::close(number_);
    }
    Socket(Socket&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    Socket& operator=(Socket&&) = delete;
    int get() const { return number_; }

private:
    int number_;
};

std::string error_text(int code) {
    return std::generic_category().message(code);
}

Error ambiguous(std::string message) {
    auto error = permanent_error(std::move(message));
    error.cls = ErrorClass::kAmbiguous;
    return error;
}

Result<Socket> connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        return permanent_error("cannot talk over " + path +
                               ": the path is longer than 107 bytes; choose a shorter STATE_DIR");
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.get() < 0) return permanent_error("no socket: " + error_text(errno));
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    // A unix socket connects at once or not at all; a full backlog blocks only a moment.
    if (::connect(socket.get(), generic, sizeof(address)) == 0) {
        ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
        return socket;
    }
    const int code = errno;
    auto error = permanent_error("cannot reach a bot over " + path + ": " + error_text(code));
    if (code == ENOENT || code == ECONNREFUSED || code == ENOTDIR) {
        error.rule = std::string(kNoOwner);
        error.cls = ErrorClass::kTransient;
    }
    return error;
}

// One exchange with its deadline.
class Exchange {
public:
    Exchange(int socket, const Clock& clock, milliseconds timeout)
        : socket_(socket), clock_(clock), end_(clock.now() + timeout) {}

    Result<Done> write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent > 0) {
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            } else if (errno == EAGAIN) {
                if (auto ready = wait(POLLOUT); !ready.ok()) return ready;
            } else if (errno == EPIPE) {
                return Done{};  // the bot has answered (and closed) before reading all of it
            } else if (errno != EINTR) {
                return ambiguous("the bot stopped listening: " + error_text(errno));
            }
        }
        return Done{};
    }

    Result<UnixResponse> read() const {
        std::string bytes;
        while (true) {
            auto response = parse_response(bytes);
            if (!response.ok()) return std::move(response).error();
            if (response.value()) return *std::move(response).value();
            std::array<char, 16'384> buffer{};
            const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
            if (got > 0) {
                bytes.append(buffer.data(), static_cast<std::size_t>(got));
            } else if (got == 0) {
                return ambiguous(
                    "the bot closed the line before its answer was complete; "
                    "did it stop?");
            } else if (errno == EAGAIN) {
                if (auto ready = wait(POLLIN); !ready.ok()) return std::move(ready).error();
            } else if (errno != EINTR) {
                return ambiguous("no answer from the bot: " + error_text(errno));
            }
        }
    }

private:
    Result<Done> wait(decltype(pollfd::events) events) const {
        const auto left = std::chrono::ceil<milliseconds>(end_ - clock_.now());
        pollfd watched{socket_, events, 0};
        const int limit = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 86'400'000));
        if (::poll(&watched, 1, limit) != 0 || left.count() > limit) return Done{};
        return ambiguous("no answer from the bot in time");
    }

    int socket_;
    const Clock& clock_;
    Clock::Instant end_;
};

bool equal_without_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

template <class Number>
std::optional<Number> number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

Error not_http(const char* what) {
    return ambiguous(std::string("answer not understood: ") + what);
}

}  // namespace

Result<std::optional<UnixResponse>> parse_response(std::string_view bytes) {
    const std::optional<UnixResponse> more;
    constexpr std::string_view kVersion = "HTTP/1.1 ";
    if (!bytes.starts_with(kVersion.substr(0, bytes.size()))) return not_http("it is not HTTP/1.1");
    const auto head_end = bytes.substr(0, kUnixHeadLimit).find("\r\n\r\n");
    if (head_end == std::string_view::npos) {
        if (bytes.size() >= kUnixHeadLimit) return not_http("its head is too long");
        return more;
    }
    auto head = bytes.substr(0, head_end + 2);
    const auto status = number<int>(head.substr(kVersion.size(), 3));
    if (!status || *status < 200 || *status > 599) return not_http("it has no status");
    std::optional<std::size_t> length;
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
        const auto line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(line.size() + 2);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return not_http("it has a broken header");
        if (equal_without_case(line.substr(0, colon), "content-length")) {
            length = number<std::size_t>(trim(line.substr(colon + 1)));
            if (!length) return not_http("its Content-Length is not a number");
        }
    }
    if (!length) return not_http("it has no Content-Length");
    if (*length > kUnixBodyLimit) return not_http("it is too large");
    const auto body = bytes.substr(head_end + 4);
    if (body.size() < *length) return more;
    return std::optional(UnixResponse{*status, std::string(body.substr(0, *length))});
}

Result<UnixResponse> unix_fetch(const UnixRequest& request, const Clock& clock) {
    const auto socket = connect_to(request.socket_path);
    if (!socket.ok()) return socket.error();
    std::string bytes = request.method + " " + request.path + " HTTP/1.1\r\nHost: stentor\r\n" +
                        "Connection: close\r\n";
    if (!request.body.empty()) bytes += "Content-Type: application/json\r\n";
    if (!request.body.empty() || request.method != "GET") {
        bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    }
    bytes += "\r\n" + request.body;
    const Exchange exchange(socket.value().get(), clock, request.timeout);
    if (auto written = exchange.write(bytes); !written.ok()) return std::move(written).error();
    return exchange.read();
}

}  // namespace bot::cli
