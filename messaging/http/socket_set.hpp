#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace messaging::http {

/// The sockets of one curl multi handle in an epoll set, plus an eventfd to end a wait early.
///
/// Registrations of connection sockets outlive the request: a kept connection is asked about again
/// a moment later, and leaving it in saves two system calls a request. A socket that speaks while
/// nobody listens is then taken out. Only `wake` may be called from another thread.
class SocketSet {
public:
    enum Interest : std::uint8_t { kNone = 0, kRead = 1, kWrite = 2 };
    struct Event {
        int fd = -1;
        bool readable = false;
        bool writable = false;
        bool broken = false;
    };

    SocketSet();
    ~SocketSet();
    SocketSet(const SocketSet&) = delete;
    SocketSet& operator=(const SocketSet&) = delete;
    SocketSet(SocketSet&&) = delete;
    SocketSet& operator=(SocketSet&&) = delete;

    /// False when the process had no descriptors left; nothing else may be called then.
    bool ok() const { return epoll_ >= 0 && wake_ >= 0; }

    /// A connection socket with this number was opened, or is about to be closed.
    void opened(int fd);
    void closed(int fd);
    /// What is to be waited for from now on: an `Interest`, or two or-ed.
    void watch(int fd, int interest);

    /// Waits up to `limit` and fills `events`; returns true when `wake` was called.
    bool wait(std::chrono::milliseconds limit, std::vector<Event>& events);
    void wake();

private:
    struct Socket {
        std::uint8_t wanted = kNone;
        std::uint8_t registered = kNone;
        bool connection = false;  // opened through us, so its closing is seen as well
    };
    static constexpr std::size_t kEventsMax = 128;

    Socket& socket(int fd);
    void apply(int fd, Socket& known, std::uint8_t interest) const;

    int epoll_ = -1;
    int wake_ = -1;
    std::atomic<bool> woken_ = false;
    std::vector<Socket> sockets_;  // by descriptor
};

}  // namespace messaging::http
