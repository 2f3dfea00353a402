#include "tests/bench/loopback_server.hpp"

#include "resilience/clock.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bench {

namespace {

using Instant = resilience::Clock::Instant;

constexpr int kEvents = 256;

struct Pending {
    Instant due;
    int fd;
    std::string bytes;
};

std::string answer(bool post, std::uint64_t number) {
    const auto id = "Y2lzY29zcGFyazovL3VzL01FU1NBR0Uv" + std::to_string(1'000'000'000 + number);
    const std::string body =
        post
            ? R"({"id":")" + id +
                  R"(","roomId":"Y2lzY29zcGFyazovL3VzL1JPT00vMQ","roomType":"group","text":"ok",)" +
                  R"("personId":"Y2lzY29zcGFyazovL3VzL1BFT1BMRS8x","personEmail":"b@webex.bot",)" +
                  R"("created":"2026-11-22T10:00:00.000Z"})"
            : R"({"id":"Y2lzY29zcGFyazovL3VzL1BFT1BMRS8x","emails":["b@webex.bot"],)"
              R"("displayName":"Bench","type":"bot"})";
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\ntrackingid: "
           "ROUTERGW_bench\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::size_t content_length(std::string_view head) {
    for (std::size_t at = 0; (at = head.find("\r\n", at)) != std::string_view::npos; at += 2) {
        const auto line = head.substr(at + 2, 15);
        if (strncasecmp(line.data(), "content-length:", std::min<std::size_t>(15, line.size())) ==
            0) {
            return static_cast<std::size_t>(std::atoll(head.data() + at + 17));
        }
    }
    return 0;
}

class Loop {
public:
    Loop(int listener, std::chrono::milliseconds latency)
        : listener_(listener), epoll_(epoll_create1(0)), latency_(latency) {
        watch(listener_);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, kEvents> events{};
        while (true) {
            const int count = wait(events);
            for (int i = 0; i < count; ++i) {
                const int fd = events[static_cast<std::size_t>(i)].data.fd;
                if (fd == listener_) {
                    accept_one();
                } else {
                    read_from(fd);
                }
            }
            flush();
        }
    }

private:
    void watch(int fd) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }

    // To the nanosecond: whole milliseconds would make every answer half of one late on average.
    int wait(std::array<epoll_event, kEvents>& events) {
        if (pending_.empty()) return epoll_wait(epoll_, events.data(), kEvents, -1);
        const auto left = std::max(pending_.front().due - clock_.now(), Instant::duration::zero());
        const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
        const timespec limit{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
        return epoll_pwait2(epoll_, events.data(), kEvents, &limit, nullptr);
    }

    void accept_one() {
        const int fd = accept(listener_, nullptr, nullptr);
        if (fd < 0) return;
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(fd);
    }

    void read_from(int fd) {
        std::array<char, 65536> buffer;
        const auto got = read(fd, buffer.data(), buffer.size());
        if (got <= 0) {
            inputs_.erase(fd);
            close(fd);
            return;
        }
        auto& input = inputs_[fd];
        input.append(buffer.data(), static_cast<std::size_t>(got));
        while (true) {
            const auto end = input.find("\r\n\r\n");
            if (end == std::string::npos) return;
            const auto size = end + 4 + content_length(std::string_view(input).substr(0, end + 2));
            if (input.size() < size) return;
            const bool post = input.rfind("POST", 0) == 0;
            input.erase(0, size);
            reply(fd, answer(post, ++answered_));
        }
    }

    void reply(int fd, std::string bytes) {
        if (latency_.count() == 0) {
            (void)!write(fd, bytes.data(), bytes.size());
            return;
        }
        pending_.push_back({clock_.now() + latency_, fd, std::move(bytes)});
    }

    void flush() {
        if (pending_.empty()) return;
        const auto now = clock_.now();
        while (!pending_.empty() && pending_.front().due <= now) {
            const auto& next = pending_.front();
            (void)!write(next.fd, next.bytes.data(), next.bytes.size());
            pending_.pop_front();
        }
    }

    int listener_;
    int epoll_;
    std::chrono::milliseconds latency_;
    resilience::SystemClock clock_;
    std::unordered_map<int, std::string> inputs_;
    std::deque<Pending> pending_;
    std::uint64_t answered_ = 0;
};

}  // namespace

LoopbackServer::LoopbackServer(std::chrono::milliseconds latency) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener, generic, size) != 0 || listen(listener, 512) != 0 ||
        getsockname(listener, generic, &size) != 0) {
        std::perror("bench: loopback server");
        std::exit(1);
    }
    port_ = ntohs(address.sin_port);
    pid_ = fork();
    if (pid_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        Loop(listener, latency).run();
    }
    close(listener);
}

LoopbackServer::~LoopbackServer() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

}  // namespace bench
