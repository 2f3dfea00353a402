#include "tests/bench/engine.hpp"

#include "messaging/outbox/memory_store.hpp"
#include "messaging/outbox/sqlite_store.hpp"

#include <cstdio>
#include <cstdlib>
#include <random>

namespace bench {

namespace {

using messaging::outbox::Notice;

[[noreturn]] void die(const resilience::Error& error) {
    std::fprintf(stderr, "%s\n", error.message.c_str());
    std::exit(1);
}

std::unique_ptr<messaging::outbox::Store> open_store(const std::string& state_dir) {
    if (state_dir.empty()) return std::make_unique<messaging::outbox::MemoryStore>();
    messaging::outbox::SqliteOptions options;
    options.path = state_dir + "/outbox.db";
    auto opened = messaging::outbox::SqliteStore::open(options);
    if (!opened.ok()) die(opened.error());
    return std::move(opened).value();
}

}  // namespace

Engine::Engine(EngineOptions options)
    : options_(std::move(options)), store_(open_store(options_.state_dir)) {
    outbox_ = std::make_unique<messaging::outbox::Outbox>(
        *store_, clock_,
        messaging::outbox::OutboxOptions{.inline_commits = options_.state_dir.empty()});
    messaging::http::CurlOptions curl;
    curl.connections_max = options_.concurrency;
    auto client = messaging::http::CurlClient::open(curl);
    if (!client.ok()) die(client.error());
    client_ = std::move(client).value();

    messaging::outbox::SenderOptions sending;
    sending.dispatcher.concurrency = options_.concurrency;
    sending.dispatcher.rate = options_.rate;
    auto generator = std::make_shared<std::mt19937_64>(std::random_device{}());
    messaging::webex::Endpoint endpoint;
    endpoint.base_url = options_.base_url;
    endpoint.token = options_.token;
    sender_ = std::make_unique<messaging::outbox::Sender>(
        messaging::outbox::Sender::Environment{
            .outbox = *outbox_,
            .client = *client_,
            .spool_path = {},
            .clock = clock_,
            .endpoint = [endpoint] { return endpoint; },
            .random =
                [generator] {
                    return std::uniform_real_distribution<double>(0.0, 1.0)(*generator);
                },
            .notice =
                [this](const Notice& notice) {
                    switch (notice.kind) {
                        case Notice::Kind::kDelivered:
                        case Notice::Kind::kConfirmedLate:
                            ++delivered_;
                            break;
                        case Notice::Kind::kDead:
                            ++dead_;
                            break;
                        default:
                            break;
                    }
                }},
        sending);
    if (!options_.state_dir.empty()) {
        writer_ = std::jthread([this](const std::stop_token& stop) { outbox_->run(stop); });
    }
    sending_ = std::jthread([this](const std::stop_token& stop) {
        const auto ended = sender_->run(stop);
        if (!ended.ok()) die(ended.error());
    });
}

Engine::~Engine() {
    sending_.request_stop();
    if (sending_.joinable()) sending_.join();
    writer_.request_stop();
}

messaging::outbox::Counts Engine::drain(std::uint64_t expected) {
    constexpr auto kLook = std::chrono::milliseconds{2};
    constexpr int kLooksPerCount = 500;
    for (int look = 1;; ++look) {
        if (ended() >= expected || look % kLooksPerCount == 0) {
            (void)outbox_->apply({});  // behind everything that was submitted before
            const auto counts =
                outbox_->read([](messaging::outbox::Store& store) { return store.counts(); });
            if (!counts.ok()) die(counts.error());
            const auto& now = counts.value();
            if (now.pending + now.sending + now.uncertain == 0) return now;
        }
        clock_.sleep_until(clock_.now() + kLook, {});
    }
}

}  // namespace bench
