// How much the promise costs: messages per second through the helpers and through the outbox,
// against a bare libcurl loop on the same loopback server in the same run.
//
//     messages_bench [one|rooms|latency|enqueue …]     all of them when none is named

#include "messaging/send.hpp"
#include "resilience/clock.hpp"
#include "tests/bench/bare_curl.hpp"
#include "tests/bench/engine.hpp"
#include "tests/bench/loopback_server.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using bench::Engine;
using Seconds = std::chrono::duration<double>;

const resilience::SystemClock& system_clock() {
    static const resilience::SystemClock clock;
    return clock;
}

class Stopwatch {
public:
    double seconds() const { return Seconds(system_clock().now() - start_).count(); }

private:
    resilience::Clock::Instant start_ = system_clock().now();
};

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class TempDir {
public:
    TempDir() {
        std::string pattern = (std::filesystem::current_path() / "bench.XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) std::exit(1);
        path_ = pattern;
    }
    ~TempDir() { std::filesystem::remove_all(path_); }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

// What the disk under the store can do: one small write made durable, again and again.
double fsyncs_per_second(const std::string& folder) {
    constexpr int kCount = 500;
    const auto path = folder + "/fsync";
    const int fd = open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    const std::string page(4096, 'x');
    const Stopwatch watch;
    for (int i = 0; i < kCount; ++i) {
        if (pwrite(fd, page.data(), page.size(), 0) < 0 || fdatasync(fd) != 0) std::exit(1);
    }
    const double rate = kCount / watch.seconds();
    close(fd);
    return rate;
}

bench::EngineOptions options(const bench::LoopbackServer& server, std::string state_dir) {
    bench::EngineOptions made;
    made.base_url = server.base_url();
    made.token = "none";
    made.state_dir = std::move(state_dir);
    return made;
}

// A program that sends one message after the other and waits for each.
double helper_rate(Engine& engine, std::uint64_t count) {
    messaging::Messenger messenger(engine.outbox(), nullptr, engine.clock());
    const auto room = messaging::room("Y2lzY29zcGFyazovL3VzL1JPT00vMQ");
    const Stopwatch watch;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto sent = messenger.send_message(room, "message");
        if (!sent.ok() || sent.value().state != messaging::SendState::kDelivered) std::exit(1);
    }
    return static_cast<double>(count) / watch.seconds();
}

struct Drained {
    double rate = 0;
    double cpu_ms_per_1000 = 0;
};

// Many rooms at once: everything is accepted first (durably), then the queue is drained.
Drained drain_rate(Engine& engine, std::uint64_t count, std::uint64_t rooms) {
    std::vector<messaging::outbox::NewDelivery> batch;
    const auto deadline =
        resilience::since_epoch(engine.clock().wall_now()) + std::chrono::hours{1};
    const double cpu = cpu_seconds();
    const auto before = engine.ended();
    const Stopwatch watch;
    for (std::uint64_t i = 0; i < count; ++i) {
        messaging::outbox::NewDelivery delivery;
        const auto room = "room" + std::to_string(i % rooms);
        delivery.destination = "room:" + room;
        delivery.payload = R"({"roomId":")" + room + R"(","markdown":"message"})";
        delivery.deadline = deadline;
        batch.push_back(std::move(delivery));
        if (batch.size() == 100 || i + 1 == count) {
            if (!engine.outbox().add(std::move(batch)).ok()) std::exit(1);
            batch.clear();
        }
    }
    engine.drain(before + count);
    Drained result;
    result.rate = static_cast<double>(count) / watch.seconds();
    result.cpu_ms_per_1000 = (cpu_seconds() - cpu) * 1e6 / static_cast<double>(count);
    return result;
}

double enqueue_rate(const std::string& folder, int producers, int each) {
    bench::EngineOptions made;
    made.base_url = "http://127.0.0.1:9/v1";
    made.state_dir = folder;
    made.concurrency = 1;
    Engine engine(made);
    const auto later = resilience::since_epoch(engine.clock().wall_now()) + std::chrono::hours{1};
    const Stopwatch watch;
    {
        std::vector<std::jthread> threads;
        for (int p = 0; p < producers; ++p) {
            threads.emplace_back([&engine, p, each, later] {
                for (int i = 0; i < each; ++i) {
                    messaging::outbox::NewDelivery delivery;
                    delivery.destination = "room:" + std::to_string(p);
                    delivery.payload = std::string(512, 'x');
                    delivery.not_before = later;
                    delivery.deadline = later + std::chrono::hours{1};
                    if (!engine.outbox().add({std::move(delivery)}).ok()) std::exit(1);
                }
            });
        }
    }
    return static_cast<double>(producers) * each / watch.seconds();
}

void one_by_one() {
    constexpr std::uint64_t kCount = 3000;
    const bench::LoopbackServer server(std::chrono::milliseconds{0});
    const auto url = server.base_url() + "/messages";
    bench::bare_curl(url, 200, 1);
    const double bare = kCount / bench::bare_curl(url, kCount, 1);
    double memory = 0;
    {
        Engine engine(options(server, {}));
        helper_rate(engine, 200);
        memory = helper_rate(engine, kCount);
    }
    const TempDir folder;
    const double fsyncs = fsyncs_per_second(folder.path());
    double durable = 0;
    {
        Engine engine(options(server, folder.path()));
        helper_rate(engine, 200);
        durable = helper_rate(engine, kCount);
    }
    // A blocking helper needs two fsyncs a message besides the request itself.
    const double allowed = 1.0 / (1.0 / bare + 2.0 / fsyncs);
    std::printf("one at a time, helper waits for each\n");
    std::printf("  bare libcurl            %8.0f /s\n", bare);
    std::printf("  in-memory outbox        %8.0f /s   %.2f of bare libcurl\n", memory,
                memory / bare);
    std::printf(
        "  SQLite outbox           %8.0f /s   %.2f of bare libcurl, %.2f of what two\n"
        "                                       fsyncs a message allow (%.0f fsyncs/s)\n",
        durable, durable / bare, durable / allowed, fsyncs);
}

void many_rooms() {
    constexpr std::uint64_t kCount = 40'000;
    const bench::LoopbackServer server(std::chrono::milliseconds{0});
    const auto url = server.base_url() + "/messages";
    for (const std::uint32_t rooms : {1U, 16U, 64U}) {
        const auto count = rooms == 1 ? kCount / 10 : kCount;
        const double bare = static_cast<double>(count) / bench::bare_curl(url, count, rooms);
        const TempDir folder;
        auto made = options(server, folder.path());
        made.concurrency = rooms;
        Engine engine(made);
        drain_rate(engine, 500, rooms);
        const auto durable = drain_rate(engine, count, rooms);
        std::printf(
            "%2u rooms in flight, durable: %8.0f /s   %.2f of bare libcurl (%.0f /s)   "
            "%.0f ms CPU per 1 000\n",
            rooms, durable.rate, durable.rate / bare, bare, durable.cpu_ms_per_1000);
    }
}

void with_latency() {
    constexpr auto kLatency = std::chrono::milliseconds{50};
    constexpr std::uint64_t kRooms = 64;
    constexpr std::uint64_t kCount = kRooms * 100;
    const bench::LoopbackServer server(kLatency);
    const auto url = server.base_url() + "/messages";
    bench::bare_curl(url, kRooms * 2, kRooms);
    const double bare = static_cast<double>(kCount) / bench::bare_curl(url, kCount, kRooms);
    const TempDir folder;
    const double fsyncs = fsyncs_per_second(folder.path());
    Engine engine(options(server, folder.path()));
    drain_rate(engine, kRooms * 2, kRooms);
    const auto durable = drain_rate(engine, kCount, kRooms);
    const double ideal = kRooms / Seconds(kLatency).count();
    std::printf(
        "64 rooms in flight at 50 ms latency: %.0f /s   %.3f of the ideal %.0f /s\n"
        "  bare libcurl, nothing written down: %.3f of the ideal; an fsync takes %.2f ms\n",
        durable.rate, durable.rate / ideal, ideal, bare / ideal, 1e3 / fsyncs);
}

void enqueue() {
    double alone = 0;
    for (const int producers : {1, 16, 64}) {
        const TempDir folder;
        const double rate = enqueue_rate(folder.path(), producers, 6400 / producers);
        if (producers == 1) alone = rate;
        std::printf("durable enqueue, %2d producers: %8.0f /s   %.1f times one producer\n",
                    producers, rate, rate / alone);
    }
}

}  // namespace

int main(int argc, char** argv) {
    signal(SIGPIPE, SIG_IGN);
    const std::vector<std::string_view> parts(argv + 1, argv + argc);
    const auto wanted = [&parts](std::string_view part) {
        return parts.empty() || std::find(parts.begin(), parts.end(), part) != parts.end();
    };
    if (wanted("one")) one_by_one();
    if (wanted("rooms")) many_rooms();
    if (wanted("latency")) with_latency();
    if (wanted("enqueue")) enqueue();
}
