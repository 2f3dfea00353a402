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

using namespace std::chrono_literals;
using bot::commands::Turn;
using bot::commands::WorkerPool;

TEST_CASE("a job that throws costs one notice and nothing else", "[commands]") {
    std::vector<std::string> notices;
    bool later_ran = false;
    {
        WorkerPool pool({.threads = 1});
        pool.submit({"a", [](Turn&) { throw std::runtime_error("broken"); },
                     [&](const std::string& what) { notices.push_back(what); }});
        pool.submit({"a", [](Turn&) { throw 7; },
                     [&](const std::string& what) {
                         notices.push_back(what);
                         throw std::runtime_error("the notice, too");
                     }});
        pool.submit({"a", [](Turn&) { throw 7; }});
        pool.submit({"a", [&](Turn&) { later_ran = true; }});
        pool.drain();
    }
    CHECK(notices == std::vector<std::string>{"broken", "an exception of unknown kind"});
    CHECK(later_ran);
}

TEST_CASE("a job that hangs costs one notice and nothing else", "[commands]") {
    resilience::VirtualClock clock;  // an hour of waiting passes at once
    std::promise<void> go;
    auto gate = go.get_future().share();
    std::promise<std::string> notice;
    std::promise<void> next_ran;
    std::atomic<bool> spoke{false};
    WorkerPool pool({.threads = 1, .clock = &clock});
    pool.submit({"a",
                 [&, gate](Turn& turn) {
                     turn.limit(60s);
                     gate.wait();
                     spoke = turn.take();
                 },
                 [&](const std::string& what) { notice.set_value(what); }});
    pool.submit({"a", [&](Turn&) { next_ran.set_value(); }});
    CHECK(notice.get_future().get() == "it hangs: no answer within 60 s");
    next_ran.get_future().wait();  // by another thread, in the same room
    pool.drain();
    CHECK(pool.stuck() == 1);
    CHECK_FALSE(pool.end());
    go.set_value();
    while (pool.stuck() > 0)
        std::this_thread::yield();
    CHECK_FALSE(spoke);
}

TEST_CASE("a job that hangs and then throws costs one notice", "[commands]") {
    resilience::VirtualClock clock;
    std::promise<void> told;
    std::atomic<int> notices{0};
    {
        WorkerPool pool({.threads = 1, .clock = &clock});
        pool.submit({"a",
                     [&](Turn& turn) {
                         turn.limit(60s);
                         told.get_future().wait();
                         throw std::runtime_error("late");
                     },
                     [&](const std::string&) {
                         ++notices;
                         told.set_value();
                     }});
        pool.drain();
    }
    CHECK(notices == 1);
}

TEST_CASE("a job that has taken the word is not given up", "[commands]") {
    resilience::VirtualClock clock;
    std::atomic<int> notices{0};
    bool spoke = false;
    WorkerPool pool({.threads = 1, .clock = &clock});
    pool.submit({"a",
                 [&](Turn& turn) {
                     spoke = turn.take();
                     turn.limit(1s);
                     clock.advance(1h);
                 },
                 [&](const std::string&) { ++notices; }});
    pool.drain();
    CHECK(spoke);
    CHECK(notices == 0);
    CHECK(pool.stuck() == 0);
    CHECK(pool.end());
}

TEST_CASE("jobs that hang for ever do not grow the pool for ever", "[commands]") {
    resilience::VirtualClock clock;
    std::promise<void> go;
    auto gate = go.get_future().share();
    std::atomic<int> notices{0};
    std::atomic<int> started{0};
    {
        WorkerPool pool({.threads = 2, .clock = &clock});
        for (int i = 0; i < 50; ++i) {
            pool.submit({std::to_string(i),
                         [&, gate](Turn& turn) {
                             if (++started > 18) return;
                             turn.limit(60s);
                             gate.wait();
                         },
                         [&](const std::string&) { ++notices; }});
        }
        while (notices < 18)
            std::this_thread::yield();
        CHECK(pool.stuck() == 18);  // two threads of its own, sixteen in their place
        CHECK(started == 18);
        CHECK(pool.waiting() == 32);
        go.set_value();
        pool.drain();  // once they return the pool is what it was
        CHECK(started == 50);
    }
    CHECK(notices == 18);
}

TEST_CASE("a full queue refuses", "[commands]") {
    std::promise<void> started;
    std::promise<void> go;
    auto gate = go.get_future().share();
    WorkerPool pool({.threads = 1, .queue_max = 2});
    REQUIRE(pool.submit({"a", [&](Turn&) {
                             started.set_value();
                             gate.wait();
                         }}));
    started.get_future().wait();
    CHECK(pool.submit({"a", [](Turn&) {}}));
    CHECK(pool.submit({"b", [](Turn&) {}}));
    CHECK_FALSE(pool.submit({"c", [](Turn&) {}}));
    CHECK(pool.waiting() == 2);
    go.set_value();
    pool.drain();
    CHECK(pool.submit({"c", [](Turn&) {}}));
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
            const auto job = [&, room, i](Turn&) {
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

TEST_CASE("what was asked earlier and came later goes first while it waits", "[commands]") {
    std::promise<void> go;
    auto gate = go.get_future().share();
    std::promise<void> begun;
    std::vector<int> ran;
    WorkerPool pool({.threads = 1});
    const auto job = [&](int number, std::int64_t asked) {
        pool.submit(
            {.room = "a", .run = [&ran, number](Turn&) { ran.push_back(number); }, .asked = asked});
    };
    pool.submit({"a", [&, gate](Turn&) {
                     begun.set_value();
                     gate.wait();
                 }});
    begun.get_future().wait();
    job(3, 30);
    job(1, 10);
    job(4, 30);
    job(2, 20);
    job(5, 0);
    go.set_value();
    pool.drain();
    CHECK(ran == std::vector<int>{1, 2, 3, 4, 5});
}

TEST_CASE("rooms are worked on side by side", "[commands]") {
    WorkerPool pool({.threads = 2});
    std::promise<void> from_a;
    std::promise<void> from_b;
    // Each waits for the other: done one after the other, this would never end.
    pool.submit({"a", [&](Turn&) {
                     from_a.set_value();
                     from_b.get_future().wait();
                 }});
    pool.submit({"b", [&](Turn&) {
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
        pool.submit({"a", [&](Turn&) {
                         started.set_value();
                         // The end has begun once the pool refuses.
                         while (pool.submit({"b", [&](Turn&) { second_done = true; }})) {
                             std::this_thread::yield();
                         }
                         first_done = true;
                     }});
        started.get_future().wait();
    }
    CHECK(first_done);
    CHECK_FALSE(second_done);
}
