// What a person waits for: from the command in a room to its answer, through a running sandbox and
// a running bot, as both processes stamp them.
//
//     bot_bench CHART_CACHE [latency|burst|tick …]     all of them when none is named
//
// Environment: WEBEX_API_BASE_URL, PERSON_TOKEN (somebody who shares rooms with the bot),
// BOT_EMAIL.

#include "bot/schedule/scheduler.hpp"
#include "messaging/http/curl_client.hpp"
#include "messaging/webex/client.hpp"
#include "resilience/clock.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using messaging::webex::MessageView;
using messaging::webex::WebexClient;
using std::chrono::milliseconds;

constexpr auto kPatience = std::chrono::seconds{120};

resilience::SystemClock& system_clock() {
    static resilience::SystemClock clock;
    return clock;
}

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "bot_bench: %s\n", what.c_str());
    std::exit(1);
}

template <class T>
T need(resilience::Result<T> result) {
    if (!result.ok()) fail(result.error().message);
    return std::move(result).value();
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) fail(std::string(name) + " is not set");
    return value;
}

void rest(milliseconds time) {
    system_clock().sleep_until(system_clock().now() + time, {});
}

double share(const std::vector<double>& sorted, double part) {
    const auto index = static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1));
    return sorted.at(index);
}

/// Somebody at the chat page.
class Person {
public:
    Person()
        : http_([]() -> resilience::Result<std::unique_ptr<messaging::http::Client>> {
              auto made = messaging::http::CurlClient::open();
              if (!made.ok()) return std::move(made).error();
              return std::unique_ptr<messaging::http::Client>(std::move(made).value());
          }),
          client_({.endpoint = [this] { return endpoint_; }}, http_, system_clock()) {}

    std::string direct_room() const {
        const auto rooms = need(client_.rooms("direct"));
        if (rooms.empty()) fail("there is no direct room");
        return rooms.front().id;
    }

    /// A group room with the bot in it.
    std::string make_room(const std::string& title) const {
        auto room = need(client_.create_room(title));
        need(client_.create_membership(room.id, messaging::email(bot_)));
        return room.id;
    }

    MessageView say(const std::string& room, const std::string& text, bool to_bot = false) const {
        messaging::Message message;
        message.markdown = (to_bot ? "<@personEmail:" + bot_ + "> " : "") + text;
        return need(client_.create_message(messaging::room(room), message));
    }

    MessageView ask_in_thread(const std::string& room,
                              const std::string& parent,
                              const std::string& command) const {
        messaging::Message message;
        message.markdown = "<@personEmail:" + bot_ + "> " + command;
        message.parent_id = parent;
        return need(client_.create_message(messaging::room(room), message));
    }

    /// The bot's messages in a room, oldest first.
    std::vector<MessageView> answers(const std::string& room, std::size_t count_max) const {
        auto all = need(client_.messages(room, {.items_max = count_max}));
        std::erase_if(all, [this](const auto& one) { return one.person_email != bot_; });
        std::reverse(all.begin(), all.end());
        return all;
    }

private:
    const std::string bot_ = variable("BOT_EMAIL");
    messaging::webex::Endpoint endpoint_{.base_url = variable("WEBEX_API_BASE_URL"),
                                         .token = variable("PERSON_TOKEN")};
    messaging::http::BlockingClient http_;
    WebexClient client_;
};

/// Milliseconds from a command to the picture that answers it.
double answered_after(const Person& person, const std::string& room, const std::string& command) {
    const auto asked = person.say(room, command);
    const auto end = system_clock().now() + kPatience;
    while (system_clock().now() < end) {
        rest(milliseconds{10});
        for (const auto& answer : person.answers(room, 5)) {
            if (answer.created < asked.created || answer.file_count == 0) continue;
            return static_cast<double>((answer.created - asked.created).count());
        }
    }
    fail("no answer to " + command);
}

void measure_latency(const Person& person, const std::string& cache) {
    constexpr int kRounds = 60;
    const auto room = person.direct_room();
    std::map<std::string, std::vector<double>> times;
    answered_after(person, room, "chart mttr");
    for (int i = 0; i < kRounds; ++i) {
        times["cached"].push_back(answered_after(person, room, "chart mttr"));
        rest(milliseconds{5});  // the next command gets another time stamp than this answer
        for (const auto& file : std::filesystem::directory_iterator(cache)) {
            if (file.path().extension() == ".png") std::filesystem::remove(file.path());
        }
        times["drawn"].push_back(answered_after(person, room, "chart mttr"));
        rest(milliseconds{5});
    }
    for (auto& [name, list] : times) {
        std::sort(list.begin(), list.end());
        std::printf("command to answer, %s chart: p50 %.0f ms, p99 %.0f ms (%d commands)\n",
                    name.c_str(), share(list, 0.5), share(list, 0.99), kRounds);
    }
    std::printf("a drawn chart takes %.1f times as long as a cached one\n",
                share(times["drawn"], 0.5) / std::max(1.0, share(times["cached"], 0.5)));
}

struct Burst {
    std::string room;
    std::vector<std::string> parents = {};  // in the order of the commands
};

// 500 commands as fast as they can be written, each in a thread of its own, so that every answer
// tells what it answers.
void measure_burst(const Person& person) {
    constexpr std::size_t kRooms = 10;
    constexpr std::size_t kEach = 50;
    std::vector<Burst> bursts;
    for (std::size_t i = 0; i < kRooms; ++i)
        bursts.push_back({person.make_room("Burst " + std::to_string(i + 1))});
    for (std::size_t i = 0; i < kEach; ++i) {
        for (auto& burst : bursts)
            burst.parents.push_back(person.say(burst.room, "case " + std::to_string(i)).id);
    }
    const auto start = system_clock().now();
    {
        std::vector<std::jthread> writers;
        for (const auto& burst : bursts) {
            writers.emplace_back([&person, &burst] {
                for (const auto& parent : burst.parents)
                    person.ask_in_thread(burst.room, parent, "chart mttr");
            });
        }
    }
    const auto written = system_clock().now();
    std::size_t arrived = 0;
    while (arrived < kRooms * kEach && system_clock().now() < start + kPatience) {
        rest(milliseconds{100});
        arrived = 0;
        for (const auto& burst : bursts)
            arrived += person.answers(burst.room, 4 * kEach).size();
    }
    const std::chrono::duration<double> took = system_clock().now() - start;
    const std::chrono::duration<double> writing = written - start;
    std::size_t lost = 0;
    std::size_t repeated = 0;
    std::size_t out_of_order = 0;
    for (const auto& burst : bursts) {
        std::map<std::string, int> answers;
        std::size_t last = 0;
        for (const auto& answer : person.answers(burst.room, 4 * kEach)) {
            const auto found =
                std::find(burst.parents.begin(), burst.parents.end(), answer.parent_id);
            const auto at = static_cast<std::size_t>(found - burst.parents.begin());
            if (at < last) ++out_of_order;
            last = at;
            if (++answers[answer.parent_id] > 1) ++repeated;
        }
        lost += kEach - std::min(kEach, answers.size());
    }
    std::printf(
        "%zu commands at once in %zu rooms: %zu without an answer, %zu answered twice, %zu out of "
        "order; written within %.2f s, all answered after %.2f s, %.1f ms each\n",
        kRooms * kEach, kRooms, lost, repeated, out_of_order, writing.count(), took.count(),
        took.count() * 1000 / static_cast<double>(kRooms * kEach));
    if (lost + repeated + out_of_order > 0) std::exit(1);
}

double nanoseconds_of(int rounds, const auto& act) {
    const auto start = system_clock().now();
    for (int i = 0; i < rounds; ++i)
        act(i);
    return std::chrono::duration<double, std::nano>(system_clock().now() - start).count() / rounds;
}

void measure_tick() {
    constexpr int kSchedules = 10'000;
    std::vector<bot::schedule::Spec> specs(kSchedules);
    for (int i = 0; i < kSchedules; ++i) {
        specs[static_cast<std::size_t>(i)].name = "s" + std::to_string(i);
        specs[static_cast<std::size_t>(i)].cron =
            std::to_string(i % 60) + " " + std::to_string(i / 60 % 24) + " * * *";
        specs[static_cast<std::size_t>(i)].time_zone = "Europe/Tallinn";
    }
    const bot::schedule::WallTime begin = std::chrono::sys_days(std::chrono::year(2026) / 11 / 2);
    auto scheduler = need(bot::schedule::Scheduler::create(specs, begin));
    const double clock = nanoseconds_of(1'000'000, [](int) { (void)system_clock().now(); });
    const double idle =
        nanoseconds_of(1'000, [&](int i) { (void)scheduler.tick(begin + milliseconds{i}); });
    std::size_t runs = 0;
    constexpr int kMinutes = 24 * 60;
    const double busy = nanoseconds_of(kMinutes, [&](int i) {
        const auto now = begin + std::chrono::minutes{i + 1};
        for (const auto& due : scheduler.tick(now)) {
            ++runs;
            scheduler.finished(due.name, now, true);
        }
    });
    std::printf(
        "a tick with %d schedules: %.4f ms with none due (%.0f readings of the clock), %.3f ms "
        "with "
        "%.1f due\n",
        kSchedules, idle / 1e6, idle / clock, busy / 1e6, static_cast<double>(runs) / kMinutes);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) fail("the folder of the bot's cached charts is missing");
    const auto wants = [&](std::string_view name) {
        return argc == 2 || std::find(argv + 2, argv + argc, name) != argv + argc;
    };
    if (wants("tick")) measure_tick();
    if (!wants("latency") && !wants("burst")) return 0;
    const Person person;
    if (wants("latency")) measure_latency(person, argv[1]);
    if (wants("burst")) measure_burst(person);
    return 0;
}
