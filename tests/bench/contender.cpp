// Stentor's messaging layer as a bare sender, for comparisons with other senders.
//
// Standard input holds lines "roomId<TAB>text" until end of file. Environment:
//   WEBEX_API_BASE_URL   no slash at the end
//   WEBEX_ACCESS_TOKEN
//   CONCURRENCY          most requests in flight (64)
//   STATE_DIR            where the durable outbox lies
//   STORE=memory         use the in-memory store instead
//   RATE_LIMIT           requests per second, passed to the limiter
//   RESUME=1             read no input, finish what was accepted before
//   IDLE=1               make ready (people/me), print READY, wait for SIGTERM
// Prints "ACK <count>" as lines become durable. Exit 0: all delivered; 3: some were given up;
// 1: could not start; 64: bad input.

#include "messaging/webex/message_json.hpp"
#include "messaging/webex/requests.hpp"
#include "tests/bench/engine.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using messaging::outbox::NewDelivery;

std::string env(const char* name, std::string fallback = {}) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : std::move(fallback);
}

bool flag(const char* name) {
    return env(name) == "1";
}

NewDelivery delivery_of(std::string_view line, messaging::outbox::Millis now) {
    const auto tab = line.find('\t');
    if (tab == std::string_view::npos) {
        std::fprintf(stderr, "contender: a line has no tab: roomId<TAB>text is expected\n");
        std::exit(64);
    }
    const auto to = messaging::room(std::string(line.substr(0, tab)));
    messaging::Message message;
    message.text = std::string(line.substr(tab + 1));
    NewDelivery delivery;
    delivery.destination = "room:" + to.value;
    delivery.payload = messaging::webex::render_message(to, message);
    delivery.deadline = now + std::chrono::hours{24};
    return delivery;
}

// Lines that arrive together become durable together.
std::uint64_t accept_input(bench::Engine& engine) {
    std::uint64_t accepted = 0;
    std::string rest;
    std::array<char, 1 << 16> buffer;
    while (true) {
        const auto got = read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got > 0) rest.append(buffer.data(), static_cast<std::size_t>(got));
        if (got <= 0 && !rest.empty() && rest.back() != '\n') rest.push_back('\n');
        std::vector<NewDelivery> batch;
        const auto now = resilience::since_epoch(engine.clock().wall_now());
        std::size_t start = 0;
        for (std::size_t end; (end = rest.find('\n', start)) != std::string::npos;
             start = end + 1) {
            const auto line = std::string_view(rest).substr(start, end - start);
            if (!line.empty()) batch.push_back(delivery_of(line, now));
        }
        rest.erase(0, start);
        if (!batch.empty()) {
            const auto count = batch.size();
            const auto added = engine.outbox().add(std::move(batch));
            if (!added.ok()) {
                std::fprintf(stderr, "contender: %s\n", added.error().message.c_str());
                std::exit(1);
            }
            accepted += count;
            std::printf("ACK %llu\n", static_cast<unsigned long long>(accepted));
            std::fflush(stdout);
        }
        if (got <= 0) return accepted;
    }
}

int idle(const bench::EngineOptions& options) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    bench::Engine engine(options);
    auto client = messaging::http::CurlClient::open();
    if (!client.ok()) return 1;
    messaging::webex::Endpoint endpoint;
    endpoint.base_url = options.base_url;
    endpoint.token = options.token;
    const auto answer = messaging::http::fetch(*client.value(), messaging::webex::get_me(endpoint));
    const auto* response = std::get_if<messaging::http::Response>(&answer);
    if (response == nullptr || response->status != 200) {
        std::fprintf(stderr, "contender: people/me did not answer with 200\n");
        return 1;
    }
    std::printf("READY\n");
    std::fflush(stdout);
    int signal = 0;
    sigwait(&set, &signal);
    return 0;
}

}  // namespace

int main() {
    signal(SIGPIPE, SIG_IGN);
    bench::EngineOptions options;
    options.base_url = env("WEBEX_API_BASE_URL");
    options.token = env("WEBEX_ACCESS_TOKEN", "none");
    options.concurrency = static_cast<std::uint32_t>(std::atoi(env("CONCURRENCY", "64").c_str()));
    options.rate = std::atof(env("RATE_LIMIT", "0").c_str());
    if (env("STORE") != "memory") options.state_dir = env("STATE_DIR", ".");
    if (options.base_url.empty() || options.concurrency == 0) {
        std::fprintf(stderr, "contender: set WEBEX_API_BASE_URL and a CONCURRENCY above 0\n");
        return 64;
    }
    if (flag("IDLE")) return idle(options);

    bench::Engine engine(options);
    std::uint64_t expected = 0;
    if (flag("RESUME")) {
        const auto counts =
            engine.outbox().read([](messaging::outbox::Store& store) { return store.counts(); });
        if (!counts.ok()) return 1;
        expected = counts.value().pending + counts.value().sending + counts.value().uncertain;
    } else {
        expected = accept_input(engine);
    }
    const auto counts = engine.drain(expected);
    return counts.dead > 0 ? 3 : 0;
}
