#include "tests/crash/crash_points.hpp"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace crash {

namespace {

using messaging::outbox::Applied;
using messaging::outbox::Batch;
using messaging::outbox::State;
using resilience::Result;

struct Target {
    std::string point;
    int passages = 1;

    Target() {
        const char* wanted = std::getenv("CRASH_AT");
        if (wanted == nullptr) return;
        point = wanted;
        const auto colon = point.find(':');
        if (colon == std::string::npos) return;
        (void)std::from_chars(point.data() + colon + 1, point.data() + point.size(), passages);
        point.resize(colon);
    }
};

bool has_outcome(const Batch& batch) {
    for (const auto& transition : batch.transitions) {
        if (transition.from == State::kSending) return true;
    }
    return false;
}

class Store final : public messaging::outbox::Store {
public:
    explicit Store(std::unique_ptr<messaging::outbox::Store> inner) : inner_(std::move(inner)) {}

    Result<Applied> apply(const Batch& batch) override {
        const bool outcome = has_outcome(batch);
        if (!batch.add.empty()) pass("enqueue.before");
        if (outcome) pass("outcome.before");
        if (batch.claim.max > 0) pass("intent.before");
        auto applied = inner_->apply(batch);
        if (!batch.add.empty()) pass("enqueue.after");
        if (outcome) pass("outcome.after");
        if (applied.ok() && !applied.value().intents.empty()) pass("intent.after");
        return applied;
    }
    Result<std::vector<messaging::outbox::Intent>> recover(messaging::outbox::Millis now) override {
        return inner_->recover(now);
    }
    Result<std::optional<messaging::outbox::Delivery>> get(
        messaging::outbox::DeliveryId id) override {
        return inner_->get(id);
    }
    Result<std::vector<messaging::outbox::JournalEntry>> journal(
        messaging::outbox::DeliveryId id) override {
        return inner_->journal(id);
    }
    Result<std::vector<messaging::outbox::Delivery>> find(
        const messaging::outbox::Filter& filter) override {
        return inner_->find(filter);
    }
    Result<messaging::outbox::Counts> counts() override { return inner_->counts(); }
    Result<std::vector<messaging::outbox::RoomHold>> holds() override { return inner_->holds(); }
    Result<std::string> setting(std::string_view name) override { return inner_->setting(name); }
    Result<std::vector<messaging::outbox::InboundRecord>> inbound_open() override {
        return inner_->inbound_open();
    }
    Result<bool> knows_message(std::string_view id) override { return inner_->knows_message(id); }
    Result<std::vector<std::string>> files_in_use() override { return inner_->files_in_use(); }
    Result<std::vector<std::string>> files_of_dead() override { return inner_->files_of_dead(); }
    Result<std::size_t> trim(messaging::outbox::Millis older_than, std::size_t max) override {
        return inner_->trim(older_than, max);
    }
    Result<std::size_t> trim_to(std::uint64_t keep, std::size_t max) override {
        return inner_->trim_to(keep, max);
    }
    Result<std::vector<messaging::outbox::Run>> runs(
        const messaging::outbox::RunFilter& filter) override {
        return inner_->runs(filter);
    }
    Result<std::size_t> trim_runs(std::uint64_t keep, std::size_t max) override {
        return inner_->trim_runs(keep, max);
    }

private:
    std::unique_ptr<messaging::outbox::Store> inner_;
};

class Client final : public messaging::http::Client {
public:
    explicit Client(std::unique_ptr<messaging::http::Client> inner) : inner_(std::move(inner)) {}

    Id start(messaging::http::Request request, Done done) override {
        if (request.method != "POST") return inner_->start(std::move(request), std::move(done));
        pass("send.before");
        const auto id = inner_->start(std::move(request),
                                      [done = std::move(done)](messaging::http::Outcome outcome) {
                                          pass("answer.before");
                                          done(std::move(outcome));
                                      });
        pass("send.started");
        return id;
    }
    void cancel(Id id) override { inner_->cancel(id); }
    void poll(std::chrono::milliseconds limit) override { inner_->poll(limit); }
    void wake() override { inner_->wake(); }

private:
    std::unique_ptr<messaging::http::Client> inner_;
};

}  // namespace

void pass(const char* point) noexcept {
    static const Target target;
    static std::atomic<int> passed{0};
    if (target.point.empty() || target.point != point) return;
    if (++passed == target.passages) (void)kill(getpid(), SIGKILL);
}

std::unique_ptr<messaging::outbox::Store> with_points(
    std::unique_ptr<messaging::outbox::Store> store) {
    return std::make_unique<Store>(std::move(store));
}

std::unique_ptr<messaging::http::Client> with_points(
    std::unique_ptr<messaging::http::Client> client) {
    return std::make_unique<Client>(std::move(client));
}

}  // namespace crash

// The spool's own steps: these stand before the C library's functions of the same names.
extern "C" int rename(const char* from, const char* to) noexcept {
    using Rename = int (*)(const char*, const char*);
    static const auto real = reinterpret_cast<Rename>(dlsym(RTLD_NEXT, "rename"));
    crash::pass("spool.rename.before");
    const int result = real(from, to);
    crash::pass("spool.rename.after");
    return result;
}

extern "C" ssize_t write(int file, const void* bytes, size_t count) {
    using Write = ssize_t (*)(int, const void*, size_t);
    static const auto real = reinterpret_cast<Write>(dlsym(RTLD_NEXT, "write"));
    const ssize_t result = real(file, bytes, count);
    if (count >= 1024) crash::pass("spool.write");  // a chunk of a file, not a line or a wake-up
    return result;
}
