#include "bot/commands/worker_pool.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

using bot::commands::WorkerPool;

TEST_CASE("a job that throws costs one notice and nothing else", "[commands]") {
    std::vector<std::string> notices;
    bool later_ran = false;
    {
        WorkerPool pool({.threads = 1});
        pool.submit({"a", [] { throw std::runtime_error("broken"); },
                     [&](const std::string& what) { notices.push_back(what); }});
        pool.submit({"a", [] { throw 7; },
                     [&](const std::string& what) {
                         notices.push_back(what);
                         throw std::runtime_error("the notice, too");
                     }});
        pool.submit({"a", [] { throw 7; }});
        pool.submit({"a", [&] { later_ran = true; }});
        pool.drain();
    }
    CHECK(notices == std::vector<std::string>{"broken", "an exception of unknown kind"});
    CHECK(later_ran);
}

TEST_CASE("a full queue refuses", "[commands]") {
    std::promise<void> started;
    std::promise<void> go;
    auto gate = go.get_future().share();
    WorkerPool pool({.threads = 1, .queue_max = 2});
    REQUIRE(pool.submit({"a", [&] {
                             started.set_value();
                             gate.wait();
                         }}));
    started.get_future().wait();
    CHECK(pool.submit({"a", [] {}}));
    CHECK(pool.submit({"b", [] {}}));
    CHECK_FALSE(pool.submit({"c", [] {}}));
    CHECK(pool.waiting() == 2);
    go.set_value();
    pool.drain();
    CHECK(pool.submit({"c", [] {}}));
}

TEST_CASE("each room keeps its order while others go on", "[commands]") {
    std::mutex mutex;
    std::map<std::string, std::vector<int>> order;
    std::map<std::string, std::atomic<int>> running;
    std::atomic<int> overlaps{0};
    for (const auto* room : {"a", "b", "c"})
        running[room] = 0;
    WorkerPool pool({.threads = 4, .queue_max = 2000});
    for (int i = 0; i < 500; ++i) {
        for (const std::string room : {"a", "b", "c"}) {
            const auto job = [&, room, i] {
                if (++running.at(room) != 1) ++overlaps;
                {
                    const std::lock_guard lock(mutex);
                    order[room].push_back(i);
                }
                --running.at(room);
            };
            REQUIRE(pool.submit({room, job}));
        }
    }
    pool.drain();
    CHECK(overlaps == 0);
    for (const auto* room : {"a", "b", "c"}) {
        REQUIRE(order[room].size() == 500);
        CHECK(std::is_sorted(order[room].begin(), order[room].end()));
    }
}

TEST_CASE("rooms are worked on side by side", "[commands]") {
    WorkerPool pool({.threads = 2});
    std::promise<void> from_a;
    std::promise<void> from_b;
    // Each waits for the other: done one after the other, this would never end.
    pool.submit({"a", [&] {
                     from_a.set_value();
                     from_b.get_future().wait();
                 }});
    pool.submit({"b", [&] {
                     from_b.set_value();
                     from_a.get_future().wait();
                 }});
    pool.drain();
    CHECK(pool.waiting() == 0);
}

TEST_CASE("ending lets the running job end and drops those that wait", "[commands]") {
    std::promise<void> started;
    std::atomic<bool> first_done{false};
    std::atomic<bool> second_done{false};
    {
        WorkerPool pool({.threads = 1, .queue_max = 100'000'000});
        pool.submit({"a", [&] {
                         started.set_value();
                         // The end has begun once the pool refuses.
                         while (pool.submit({"b", [&] { second_done = true; }})) {
                             std::this_thread::yield();
                         }
                         first_done = true;
                     }});
        started.get_future().wait();
    }
    CHECK(first_done);
    CHECK_FALSE(second_done);
}
