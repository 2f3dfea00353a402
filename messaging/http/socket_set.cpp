#include "messaging/http/socket_set.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>

namespace messaging::http {

SocketSet::SocketSet()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!ok()) return;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = wake_;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) == 0) return;
    ::close(epoll_);
    epoll_ = -1;
}

SocketSet::~SocketSet() {
    if (epoll_ >= 0) ::close(epoll_);
    if (wake_ >= 0) ::close(wake_);
}

SocketSet::Socket& SocketSet::socket(int fd) {
    assert(fd >= 0);
    const auto index = static_cast<std::size_t>(fd);
    if (index >= sockets_.size()) sockets_.resize(index + 16);
    return sockets_[index];
}

void SocketSet::opened(int fd) {
    socket(fd) = Socket{.connection = true};
}

void SocketSet::closed(int fd) {
    Socket& known = socket(fd);
    if (known.registered != kNone) apply(fd, known, kNone);
    known = Socket{};
}

void SocketSet::watch(int fd, int interest) {
    Socket& known = socket(fd);
    known.wanted = static_cast<std::uint8_t>(interest);
    // curl closes the sockets of its resolver without telling: those must leave at once.
    if (interest == kNone && known.connection) return;
    if (known.wanted != known.registered) apply(fd, known, known.wanted);
}

void SocketSet::apply(int fd, Socket& known, std::uint8_t interest) const {
    epoll_event event{};
    event.data.fd = fd;
    if ((interest & kRead) != 0) event.events |= EPOLLIN;
    if ((interest & kWrite) != 0) event.events |= EPOLLOUT;
    int operation = EPOLL_CTL_MOD;
    if (known.registered == kNone) operation = EPOLL_CTL_ADD;
    if (interest == kNone) operation = EPOLL_CTL_DEL;
    ::epoll_ctl(epoll_, operation, fd, &event);
    known.registered = interest;
}

bool SocketSet::wait(std::chrono::milliseconds limit, std::vector<Event>& events) {
    events.clear();
    std::array<epoll_event, kEventsMax> raw{};
    const auto milliseconds = std::clamp<std::int64_t>(limit.count(), 0, 3'600'000);
    const int count = ::epoll_wait(epoll_, raw.data(), static_cast<int>(raw.size()),
                                   static_cast<int>(milliseconds));
    bool woken = false;
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = raw.at(static_cast<std::size_t>(i));
        const int fd = event.data.fd;
        if (fd == wake_) {
            woken = true;
            std::uint64_t value = 0;
            // Nothing to do on failure: an empty eventfd is what is wanted.
            [[maybe_unused]] const auto got = ::read(wake_, &value, sizeof value);
            // In this order: a wake between the two is covered by this return, while one that was
            // read away after the flag had fallen would leave it up for ever and later ones unsent.
            (void)woken_.exchange(false);
            continue;
        }
        Socket& known = socket(fd);
        if (known.wanted == kNone) {
            apply(fd, known, kNone);  // an idle connection was closed by the other side
            continue;
        }
        events.push_back({.fd = fd,
                          .readable = (event.events & (EPOLLIN | EPOLLHUP)) != 0,
                          .writable = (event.events & EPOLLOUT) != 0,
                          .broken = (event.events & EPOLLERR) != 0});
    }
    return woken;
}

void SocketSet::wake() {
    if (woken_.exchange(true)) return;  // one is on its way already
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto put = ::write(wake_, &one, sizeof one);
}

}  // namespace messaging::http
