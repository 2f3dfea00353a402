#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tests {

/// A blocking client socket for tests that must see, or send, exact bytes. Gives up reading after
/// ten seconds.
class RawSocket {
public:
    explicit RawSocket(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connect(reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    }
    explicit RawSocket(const std::string& unix_path) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, unix_path.c_str(), unix_path.size() + 1);
        connect(reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    }
    ~RawSocket() { ::close(socket_); }
    RawSocket(const RawSocket&) = delete;
    RawSocket& operator=(const RawSocket&) = delete;

    bool connected() const { return connected_; }
    /// errno of the last read that failed; 0 after a plain end of file.
    int error() const { return error_; }

    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void end_sending() { ::shutdown(socket_, SHUT_WR); }

    /// Reads until `wanted` has arrived or the peer is gone; returns everything read by this call.
    std::string read_until(std::string_view wanted) {
        std::string all;
        while (all.find(wanted) == std::string::npos && more(all)) {
        }
        return all;
    }
    /// Reads until the peer closes.
    std::string read_all() {
        std::string all;
        while (more(all)) {
        }
        return all;
    }
    /// Sends a request and reads one response with a Content-Length.
    std::string exchange(std::string_view request) {
        send(request);
        return read_response();
    }
    std::string read_response() {
        auto all = read_until("\r\n\r\n");
        const auto head_end = all.find("\r\n\r\n");
        const auto length_at = all.find("Content-Length: ");
        if (head_end == std::string::npos || length_at > head_end) return all;
        const auto length = std::stoul(all.substr(length_at + 16));
        while (all.size() < head_end + 4 + length && more(all)) {
        }
        return all;
    }

private:
    void connect(const sockaddr* address, socklen_t size) {
        const timeval limit{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        connected_ = ::connect(socket_, address, size) == 0;
    }
    bool more(std::string& all) {
        std::array<char, 16'384> buffer{};
        const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
        error_ = got < 0 ? errno : 0;
        if (got <= 0) return false;
        all.append(buffer.data(), static_cast<std::size_t>(got));
        return true;
    }

    int socket_;
    bool connected_ = false;
    int error_ = 0;
};

}  // namespace tests
