// What the SQLite outbox costs: durable enqueues per second, CPU per message through its whole
// life, and the time of a claim against the backlog.
//
//     store_bench [enqueue|pipeline|claim …]     all of them when none is named

#include "messaging/outbox/memory_store.hpp"
#include "messaging/outbox/sqlite_store.hpp"
#include "resilience/clock.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace messaging::outbox;
using namespace std::chrono_literals;

constexpr Millis kNow{1'795'312'800'000};
constexpr int kRooms = 64;
constexpr std::uint32_t kBatch = 30;

class Bench {
public:
    Bench() {
        std::string name = (std::filesystem::temp_directory_path() / "store-bench-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        folder_ = name;
    }
    ~Bench() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;
    Bench(Bench&&) = delete;
    Bench& operator=(Bench&&) = delete;

    std::unique_ptr<Store> open(std::string_view name) {
        auto opened = SqliteStore::open(
            {.path = folder_ + "/" + std::string{name}, .pending_limit = 10'000'000});
        if (!opened.ok()) die(opened.error());
        return std::move(opened).value();
    }

    Applied apply(Store& store, const Batch& batch) {
        auto applied = store.apply(batch);
        if (!applied.ok()) die(applied.error());
        return std::move(applied).value();
    }

    NewDelivery message() {
        const std::uint64_t n = ++made_;
        const auto at = kNow + Millis{n / 8};
        return {.id = DeliveryId{(static_cast<std::uint64_t>(at.count()) << 22U) | (n & 0x3FFFFFU)},
                .destination = rooms_[n % kRooms],
                .payload = payload_,
                .accepted = at,
                .deadline = at + 1h,
                .origin = "store_bench"};
    }
    std::vector<NewDelivery> messages(std::size_t count) {
        std::vector<NewDelivery> batch;
        for (std::size_t i = 0; i < count; ++i)
            batch.push_back(message());
        return batch;
    }

    Transition delivered(const Intent& intent, Millis at) {
        constexpr std::string_view kAlphabet =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        std::string id = "Y2lzY29zcGFyazovL3VzL01FU1NBR0Uv";
        while (id.size() < 79)
            id += kAlphabet[random_() % kAlphabet.size()];
        return {.id = intent.id,
                .attempt = intent.attempt,
                .at = at,
                .message_id = std::move(id),
                .note = {.status = 200,
                         .rule = "http_2xx",
                         .tracking_id = "ROUTER_65A1B2C3-1234-01BB-0ABC-DEF012345678"}};
    }

    void fill(Store& store, std::size_t count) {
        for (std::size_t i = 0; i < count; i += 500)
            apply(store, {.add = messages(500)});
    }

    double seconds() const {
        return std::chrono::duration<double>(clock_.now().time_since_epoch()).count();
    }
    static double cpu_seconds() {
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        const auto of = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
        };
        return of(usage.ru_utime) + of(usage.ru_stime);
    }
    static double resident_mb() {
        std::ifstream statm{"/proc/self/statm"};
        double size = 0;
        double resident = 0;
        statm >> size >> resident;
        return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
    }

private:
    [[noreturn]] static void die(const resilience::Error& error) {
        std::fprintf(stderr, "%s\n", error.message.c_str());
        std::exit(1);
    }

    static std::vector<std::string> rooms() {
        std::vector<std::string> names;
        for (int i = 0; i < kRooms; ++i) {
            names.push_back("room:Y2lzY29zcGFyazovL3VzL1JPT00vZTBlMmQ2YzAtYjRhZi0xMWVl" +
                            std::to_string(1000 + i));
        }
        return names;
    }

    std::string folder_;
    resilience::SystemClock clock_;
    std::mt19937_64 random_{42};
    std::vector<std::string> rooms_ = rooms();
    std::string payload_ = R"({"roomId":"Y2lzY29zcGFyazovL3VzL1JPT00v","markdown":")" +
                           std::string(440, 'm') + R"("})";
    std::uint64_t made_ = 0;
};

void enqueue(Bench& bench) {
    for (const std::size_t batch : {1U, 10U, 100U}) {
        const auto store = bench.open("enqueue-" + std::to_string(batch));
        const std::size_t count = batch == 1 ? 4'000 : 40'000;
        std::vector<Batch> batches(count / batch);
        for (auto& one : batches)
            one.add = bench.messages(batch);
        const double start = bench.seconds();
        const double cpu = Bench::cpu_seconds();
        for (const auto& one : batches)
            bench.apply(*store, one);
        const double wall = bench.seconds() - start;
        std::printf("enqueue, %3zu per commit     %8.0f /s   %6.1f us CPU each\n", batch,
                    static_cast<double>(count) / wall,
                    (Bench::cpu_seconds() - cpu) * 1e6 / static_cast<double>(count));
    }
}

void pipeline(Bench& bench, Store& store, std::string_view name, std::size_t backlog) {
    bench.fill(store, backlog);
    constexpr std::size_t kMessages = 90'000;
    std::vector<Transition> outcomes;
    double making = 0;
    std::size_t done = 0;
    const double start = bench.seconds();
    const double cpu = Bench::cpu_seconds();
    while (done < kMessages) {
        const double before = Bench::cpu_seconds();
        Batch batch{.add = bench.messages(kBatch), .transitions = std::move(outcomes)};
        batch.claim = {kBatch, batch.add.back().accepted};
        making += Bench::cpu_seconds() - before;
        const auto applied = bench.apply(store, batch);
        const double after = Bench::cpu_seconds();
        outcomes.clear();
        for (const auto& intent : applied.intents) {
            outcomes.push_back(bench.delivered(intent, batch.claim.now + 2ms));
        }
        done += applied.intents.size();
        making += Bench::cpu_seconds() - after;
    }
    const double used = Bench::cpu_seconds() - cpu - making;
    std::printf("%-27.*s %8.0f /s   %6.1f us CPU each   %.0f MB\n", static_cast<int>(name.size()),
                name.data(), static_cast<double>(done) / (bench.seconds() - start),
                used * 1e6 / static_cast<double>(done), Bench::resident_mb());
}

void claim(Bench& bench) {
    const auto store = bench.open("claim");
    std::size_t pending = 0;
    double first = 0;
    for (const std::size_t depth : {1'000U, 100'000U, 1'000'000U}) {
        bench.fill(*store, depth - pending);
        pending = depth;
        std::vector<double> times;
        std::vector<Transition> outcomes;
        Millis now = bench.message().accepted;
        for (int round = 0; round < 600; ++round) {
            bench.apply(*store, {.add = bench.messages(kBatch), .transitions = outcomes});
            outcomes.clear();
            const double start = bench.seconds();
            const auto applied = bench.apply(*store, {.claim = {kBatch, now}});
            if (round >= 100) times.push_back(bench.seconds() - start);
            for (const auto& intent : applied.intents) {
                outcomes.push_back(bench.delivered(intent, now));
            }
        }
        bench.apply(*store, {.transitions = outcomes});
        std::sort(times.begin(), times.end());
        const double p50 = times[times.size() / 2] * 1e3;
        if (first == 0) first = p50;
        std::printf("claim of 30 at %7zu       p50 %.3f ms  p99 %.3f ms   x%.2f   %.0f MB\n", depth,
                    p50, times[times.size() * 99 / 100] * 1e3, p50 / first, Bench::resident_mb());
        std::fflush(stdout);
    }
}

void reopen(Bench& bench) {
    auto store = bench.open("reopen");
    bench.fill(*store, 1'000'000);
    store.reset();
    const double start = bench.seconds();
    store = bench.open("reopen");
    const double opened = bench.seconds();
    bench.apply(*store, {.claim = {kBatch, kNow}});
    std::printf("open with 1000000 pending   %.0f ms, first claim %.1f ms   %.0f MB\n",
                (opened - start) * 1e3, (bench.seconds() - opened) * 1e3, Bench::resident_mb());
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string_view> parts(argv + 1, argv + argc);
    const auto wanted = [&parts](std::string_view part) {
        return parts.empty() || std::find(parts.begin(), parts.end(), part) != parts.end();
    };
    Bench bench;
    if (wanted("memory")) {
        MemoryStore memory;
        pipeline(bench, memory, "pipeline, in memory", 0);
    }
    if (wanted("enqueue")) enqueue(bench);
    if (wanted("pipeline")) {
        pipeline(bench, *bench.open("shallow"), "pipeline, no backlog", 0);
        pipeline(bench, *bench.open("deep"), "pipeline, 200 000 waiting", 200'000);
    }
    if (wanted("claim")) claim(bench);
    if (wanted("reopen")) reopen(bench);
    return 0;
}
