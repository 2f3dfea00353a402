#include "bot/sources/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <string_view>

namespace bot::sources {
namespace {

constexpr std::size_t kErrorsMax = 4096;
constexpr const char* kStopped = "was stopped";

std::string reason(int code) {
    return std::error_code(code, std::generic_category()).message();
}

class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }

    int get() const { return fd_; }
    void close() {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }

private:
    int fd_ = -1;
};

struct Pair {
    Descriptor ours;
    Descriptor theirs;
};

// Sockets rather than pipes: a write to a child that has gone then fails instead of raising
// SIGPIPE, which a library must not change for the whole process.
std::optional<Pair> connected_pair() {
    std::array<int, 2> fds{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) return std::nullopt;
    Pair pair{Descriptor(fds[0]), Descriptor(fds[1])};
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    return pair;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    list.reserve(texts.size() + 1);
    for (auto& text : texts)
        list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

class SpawnSettings {
public:
    SpawnSettings(int input, int output, int errors) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, errors, STDERR_FILENO);
        posix_spawnattr_init(&attributes_);
        posix_spawnattr_setpgroup(&attributes_, 0);
        sigset_t signals;
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&attributes_, &signals);
        sigaddset(&signals, SIGPIPE);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGINT);
        posix_spawnattr_setsigdefault(&attributes_, &signals);
        posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnSettings() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    const posix_spawn_file_actions_t* actions() const { return &actions_; }
    const posix_spawnattr_t* attributes() const { return &attributes_; }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

class Child {
public:
    Child(const Command& command, const resilience::Clock& clock)
        : command_(command), clock_(clock), deadline_(clock.now() + command.time_max) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (pid_ > 0) finish(true);
    }

    resilience::Result<Output> run() {
        stopped_ = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        const std::stop_callback wake(command_.stop, [this] { eventfd_write(stopped_.get(), 1); });
        if (auto mistake = start(); !mistake.empty()) return fail(mistake);
        while (output_fd_.get() >= 0 || errors_fd_.get() >= 0) {
            if (auto mistake = exchange(); !mistake.empty()) return fail(mistake);
        }
        if (!wait_for_end()) return fail(command_.stop.stop_requested() ? kStopped : too_long());
        const int status = finish(false);
        if (WIFSIGNALED(status)) {
            return fail("was ended by signal " + std::to_string(WTERMSIG(status)));
        }
        if (WEXITSTATUS(status) != 0) {
            return fail("ended with status " + std::to_string(WEXITSTATUS(status)));
        }
        return std::move(output_);
    }

private:
    std::string start() {
        auto input = connected_pair();
        auto output = connected_pair();
        auto errors = connected_pair();
        if (!input || !output || !errors) return "could not be connected: " + reason(errno);
        const SpawnSettings settings(input->theirs.get(), output->theirs.get(),
                                     errors->theirs.get());
        std::vector<std::string> words{command_.program};
        words.insert(words.end(), command_.arguments.begin(), command_.arguments.end());
        auto environment = command_.environment;
        const int code =
            posix_spawnp(&pid_, command_.program.c_str(), settings.actions(), settings.attributes(),
                         pointers(words).data(), pointers(environment).data());
        if (code != 0) {
            pid_ = -1;
            return "could not be started: " + reason(code);
        }
        // It waits for its input until here, so these hold for all it does.
        limit(RLIMIT_AS, command_.memory_max);
        limit(RLIMIT_CORE, 0);
        limit(RLIMIT_CPU, static_cast<std::uint64_t>(command_.time_max.count()) / 1000 + 1);
        input_fd_ = std::move(input->ours);
        output_fd_ = std::move(output->ours);
        errors_fd_ = std::move(errors->ours);
        // Only the reading side of these is ours.
        shutdown(output_fd_.get(), SHUT_WR);
        shutdown(errors_fd_.get(), SHUT_WR);
        return {};
    }

    void limit(__rlimit_resource resource, std::uint64_t value) const {
        const rlimit both{value, value};
        prlimit(pid_, resource, &both, nullptr);
    }

    // One round of giving input and taking output. Returns the reason to end it early, if any.
    std::string exchange() {
        std::array<pollfd, 4> polls{{{input_fd_.get(), POLLOUT, 0},
                                     {output_fd_.get(), POLLIN, 0},
                                     {errors_fd_.get(), POLLIN, 0},
                                     {stopped_.get(), POLLIN, 0}}};
        const int ready = poll(polls.data(), polls.size(), remaining());
        if (command_.stop.stop_requested()) return kStopped;
        if (ready == 0) return too_long();
        if (ready < 0) return errno == EINTR ? "" : "could not be watched: " + reason(errno);
        if (polls[0].revents != 0) give_input();
        if (polls[1].revents != 0) take(output_fd_, output_.bytes, command_.output_max + 1);
        if (polls[2].revents != 0) take(errors_fd_, output_.errors, kErrorsMax);
        if (output_.bytes.size() > command_.output_max) {
            return "wrote more than " + std::to_string(command_.output_max) + " bytes";
        }
        return {};
    }

    void give_input() {
        const std::string_view rest = std::string_view(command_.input).substr(given_);
        const auto count = send(input_fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (count > 0) given_ += static_cast<std::size_t>(count);
        const bool again = count < 0 && (errno == EAGAIN || errno == EINTR);
        // A child that reads no further may still have done its work: its status will tell.
        if (given_ == command_.input.size() || (count < 0 && !again)) input_fd_.close();
    }

    static void take(Descriptor& from, std::string& to, std::size_t size_max) {
        std::array<char, 65'536> buffer{};
        const auto count = read(from.get(), buffer.data(), buffer.size());
        if (count > 0) {
            const auto space = size_max - std::min(size_max, to.size());
            to.append(buffer.data(), std::min(static_cast<std::size_t>(count), space));
        } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
            from.close();
        }
    }

    int remaining() const {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - clock_.now());
        return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
    }

    // Its outputs are closed: the end is near, but not certain.
    bool wait_for_end() const {
        const Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
        if (process.get() < 0) return true;  // No such call here: the CPU limit bounds the wait.
        std::array<pollfd, 2> ends{{{process.get(), POLLIN, 0}, {stopped_.get(), POLLIN, 0}}};
        for (;;) {
            const int ready = poll(ends.data(), ends.size(), remaining());
            if (ready >= 0 || errno != EINTR) return ready > 0 && ends[0].revents != 0;
        }
    }

    int finish(bool kill_it) {
        if (kill_it) kill(-pid_, SIGKILL);
        int status = 0;
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        return status;
    }

    std::string too_long() const {
        return "took longer than " + std::to_string(command_.time_max.count()) + " ms";
    }

    resilience::Error fail(const std::string& what) const {
        auto text = command_.program + " " + what;
        auto errors = output_.errors.substr(0, 400);
        std::replace(errors.begin(), errors.end(), '\n', ' ');
        if (!errors.empty()) text += "; it says: " + errors;
        return resilience::permanent_error(std::move(text));
    }

    const Command& command_;
    const resilience::Clock& clock_;
    resilience::Clock::Instant deadline_;
    pid_t pid_ = -1;
    Descriptor input_fd_;
    Descriptor output_fd_;
    Descriptor errors_fd_;
    Descriptor stopped_;  // readable once the stop is requested
    std::size_t given_ = 0;
    Output output_;
};

}  // namespace

resilience::Result<Output> run_child(const Command& command, const resilience::Clock& clock) {
    return Child(command, clock).run();
}

}  // namespace bot::sources
