#include "bot/signals.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <thread>

namespace bot {

namespace {

// A handler can reach nothing but a global. -1: nobody listens.
std::atomic<int> g_event{-1};
static_assert(std::atomic<int>::is_always_lock_free, "used in a signal handler");

constexpr std::array<int, 2> kSignals{SIGINT, SIGTERM};

void notify(int event) {
    const std::uint64_t one = 1;
    // An eventfd takes eight bytes at once or, when full, is readable anyway.
    static_cast<void>(::write(event, &one, sizeof(one)) == sizeof(one));
}

extern "C" void on_stop_signal(int) {
    const int saved = errno;
    if (const int event = g_event.load(); event >= 0) notify(event);
    errno = saved;
}

}  // namespace

struct StopSignals::Impl {
    int event = ::eventfd(0, EFD_CLOEXEC);
    std::stop_source source;
    std::atomic<bool> leaving{false};
    std::array<struct sigaction, kSignals.size()> former{};
    std::thread listener;

    void listen() const {
        std::uint64_t count = 0;
        while (::read(event, &count, sizeof(count)) < 0 && errno == EINTR) {
        }
        if (!leaving.load()) source.request_stop();
    }
};

StopSignals::StopSignals() : impl_(std::make_unique<Impl>()) {
    assert(g_event.load() < 0);
    g_event = impl_->event;
    impl_->listener = std::thread([impl = impl_.get()] { impl->listen(); });
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        struct sigaction action {};
        action.sa_handler = on_stop_signal;
        action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
        ::sigaction(kSignals.at(i), &action, &impl_->former.at(i));
    }
}

StopSignals::~StopSignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        ::sigaction(kSignals.at(i), &impl_->former.at(i), nullptr);
    }
    g_event = -1;
    impl_->leaving = true;
    notify(impl_->event);
    impl_->listener.join();
    ::close(impl_->event);
}

std::stop_token StopSignals::token() const {
    return impl_->source.get_token();
}

}  // namespace bot
