#pragma once

#include "messaging/outbox/memory_store.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/sender.hpp"
#include "messaging/outbox/spool.hpp"
#include "messaging/send.hpp"
#include "tests/support/simulated_client.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// A messenger with all that stands behind it, on virtual time.
namespace send_tests {

using namespace std::chrono_literals;
using namespace messaging;
using http::Failure;
using http::Outcome;
using http::Request;
using http::Response;

/// Virtual time that passes only while somebody sleeps, and then as fast as the sender works.
///
/// Sender and sleeper run on two threads and take turns, so a test is the same each time: `sleep`
/// gives the turn to the sender, which gives it back when it has done what the sleeper waits for
/// or the time has come. Without a sender a sleep is over at once.
class TurnClock final : public resilience::Clock {
public:
    Instant now() const override { return time.now(); }
    WallTime wall_now() const override { return time.wall_now(); }
    bool sleep_until(Instant when, const std::stop_token& stop) override {
        if (!has_sender_) return time.sleep_until(when, stop);
        hand_over(when, stop);
        await_turn();
        return !stop.stop_requested();
    }

    /// To be called before the sender starts: the first turn is its own.
    void expect_sender() {
        has_sender_ = true;
        hand_over(now(), {});
    }
    void await_turn() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !sender_works_; });
    }
    /// For the sender, between its steps.
    void pass() {
        std::unique_lock lock(mutex_);
        if (sender_works_ && (enough_.stop_requested() || now() >= until_)) {
            sender_works_ = false;
            changed_.notify_all();
        }
        changed_.wait(lock, [this] { return sender_works_ || over_; });
    }
    /// No more turns: the sender is to end.
    void end() {
        const std::scoped_lock lock(mutex_);
        over_ = true;
        changed_.notify_all();
    }

    resilience::VirtualClock time;

private:
    void hand_over(Instant when, const std::stop_token& stop) {
        const std::scoped_lock lock(mutex_);
        until_ = when;
        enough_ = stop;
        sender_works_ = true;
        changed_.notify_all();
    }

    bool has_sender_ = false;
    std::mutex mutex_;  // guards all below
    std::condition_variable changed_;
    Instant until_{};
    std::stop_token enough_;
    bool sender_works_ = false;
    bool over_ = false;
};

inline Response created(const std::string& id = "m") {
    return {.status = 200, .body = R"({"id":")" + id + R"("})"};
}
inline Response refused() {
    return {.status = 400, .body = R"({"message":"Unable to post message."})"};
}
/// The answer was lost after the request had been sent.
inline Failure answer_lost() {
    return {.kind = resilience::FailureKind::kReadTimeout, .bytes_sent = 500, .message = "timeout"};
}
inline std::string body_of(const Request& request) {
    return request.body ? *request.body : std::string{};
}
/// What stands in a request, with or without a file.
inline bool says(const Request& request, const std::string& text) {
    std::string all = body_of(request);
    for (const auto& part : request.parts)
        all += part.content;
    return all.find(text) != std::string::npos;
}

/// Its answers are made on the sender's thread, which works only while a test waits.
class Service {
public:
    explicit Service(tests::SimulatedClient::Script answers,
                     std::unique_ptr<outbox::Store> store = std::make_unique<outbox::MemoryStore>())
        : spool(outbox::Spool::open(folder.path("spool"), 1'000'000).value()),
          store_(std::move(store)),
          client_(std::move(answers), &clock.time),
          sender_({.outbox = queue,
                   .client = client_,
                   .spool_path = [this](const std::string& hash) { return spool->path(hash); },
                   .clock = clock,
                   .endpoint =
                       [] {
                           return webex::Endpoint{"http://api.test/v1", "secret"};
                       },
                   .random = [] { return 0.5; },
                   .notice = {},
                   .spool_text =
                       [this](std::string_view text, const std::string& name) {
                           return spool->add_bytes(text, name);
                       }},
                  {}) {
        sender_.set_self("the-bot");
        client_.set_between([this] { clock.pass(); });
        clock.expect_sender();
        sending_ = std::jthread([this](const std::stop_token& stop) {
            const auto ended = sender_.run(stop);
            if (!ended.ok()) std::abort();
        });
        clock.await_turn();
    }
    ~Service() {
        sending_.request_stop();
        clock.end();
    }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    Service(Service&&) = delete;
    Service& operator=(Service&&) = delete;

    /// Lets the sender work for so long.
    void run_for(std::chrono::seconds time) { clock.sleep_until(clock.now() + time, {}); }

    outbox::Delivery get(outbox::DeliveryId id) {
        return queue.read([id](outbox::Store& store) { return store.get(id); }).value().value();
    }
    outbox::Counts counts() {
        return queue.read([](outbox::Store& store) { return store.counts(); }).value();
    }
    std::vector<outbox::Delivery> deliveries() {
        return queue.read([](outbox::Store& store) { return store.find({}); }).value();
    }
    std::vector<Request> posts() const { return client_.asked("POST", "/messages"); }
    std::vector<Request> posts_that_say(const std::string& text) const {
        std::vector<Request> found;
        for (auto& request : posts()) {
            if (says(request, text)) found.push_back(std::move(request));
        }
        return found;
    }
    File file(const std::string& name, const std::string& bytes) {
        return {.path = folder.write(name, bytes)};
    }

    tests::TempFolder folder;
    TurnClock clock;
    std::unique_ptr<outbox::Spool> spool;

private:
    std::unique_ptr<outbox::Store> store_;

public:
    outbox::Outbox queue{*store_, clock, {.inline_commits = true}};
    Messenger messenger{queue, spool.get(), clock};

private:
    tests::SimulatedClient client_;
    outbox::Sender sender_;
    std::jthread sending_;
};

}  // namespace send_tests
