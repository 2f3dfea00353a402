#include "messaging/outbox/sender.hpp"

#include "messaging/outbox/memory_store.hpp"
#include "messaging/outbox/spool.hpp"
#include "tests/support/simulated_client.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <memory>

using namespace std::chrono_literals;
using namespace messaging::outbox;
using messaging::http::Failure;
using messaging::http::Outcome;
using messaging::http::Request;
using messaging::http::Response;
using tests::SimulatedClient;

namespace {

constexpr const char* kSelf = "the-bot";

Response created(const std::string& id) {
    return {.status = 200, .body = R"({"id":")" + id + R"("})"};
}

/// The answer was lost after the request had been sent.
Failure answer_lost() {
    return {.kind = resilience::FailureKind::kReadTimeout, .bytes_sent = 500, .message = "timeout"};
}

std::string body_of(const Request& request) {
    return request.body ? *request.body : std::string{};
}

/// A message of the bot as GET /messages shows it.
std::string shown(const std::string& id, const std::string& text) {
    return R"({"id":")" + id + R"(","personId":")" + kSelf + R"(","text":")" + text +
           R"(","created":"2031-01-01T00:00:00.000Z"})";
}

Response listing(const std::string& items) {
    return {.status = 200, .body = R"({"items":[)" + items + "]}"};
}

/// A sender with everything around it, on virtual time and on the test's own thread.
class Service {
public:
    using Answers = std::function<std::optional<Outcome>(const Request&)>;

    explicit Service(Answers answers, std::function<std::string(const std::string&)> spool = {})
        : answers_(std::move(answers)), spool_(std::move(spool)) {
        start_process();
    }

    /// The process ends, in order or not; a new one opens what the store has kept.
    void start_process() {
        store.crash();
        sender.reset();
        outbox = std::make_unique<Outbox>(store, clock, OutboxOptions{.inline_commits = true});
        client = std::make_unique<SimulatedClient>(
            [this](const Request& request) {
                asked.push_back(request);
                return answers_(request);
            },
            &clock);
        sender = std::make_unique<Sender>(
            Sender::Environment{
                .outbox = *outbox,
                .client = *client,
                .spool_path = spool_,
                .clock = clock,
                .endpoint =
                    [] {
                        return messaging::webex::Endpoint{"http://api.test/v1", "secret"};
                    },
                .random = [] { return 0.5; },
                .notice = {}},
            SenderOptions{});
        sender->set_self(kSelf);
        used_ = false;
    }

    DeliveryId owe(const std::string& destination,
                   const std::string& text,
                   const std::function<void(NewDelivery&)>& change = {}) {
        NewDelivery delivery;
        delivery.destination = destination;
        delivery.payload = R"({"text":")" + text + R"("})";
        delivery.deadline = resilience::since_epoch(clock.wall_now()) + 1h;
        if (change) change(delivery);
        return outbox->add({delivery}).value().front().id;
    }

    /// Lets the sender work until `reached` holds; false when an hour and a half of virtual time
    /// were not enough. A second run is a restart.
    bool run_until(const std::function<bool()>& reached) {
        if (std::exchange(used_, true)) start_process();
        used_ = true;
        std::stop_source stop;
        const auto limit = clock.now() + 90min;
        bool done = false;
        client->set_between([&] {
            done = reached();
            if (done || clock.now() > limit) stop.request_stop();
        });
        const auto ended = sender->run(stop.get_token());
        CHECK(ended.ok());
        return done;
    }

    bool run_until_ended(DeliveryId id) {
        return run_until([&] { return get(id).state >= State::kDelivered; });
    }

    void run_for(std::chrono::seconds time) {
        const auto end = clock.now() + time;
        run_until([&] { return clock.now() >= end; });
    }

    Delivery get(DeliveryId id) {
        return outbox->read([id](Store& s) { return s.get(id); }).value().value();
    }
    std::string setting(const char* name) {
        return outbox->read([name](Store& s) { return s.setting(name); }).value();
    }
    std::vector<Request> posts() const {
        std::vector<Request> found;
        for (const auto& request : asked) {
            if (request.method == "POST") found.push_back(request);
        }
        return found;
    }

    resilience::VirtualClock clock;
    MemoryStore store;
    std::vector<Request> asked;  // by all processes
    std::unique_ptr<Outbox> outbox;
    std::unique_ptr<SimulatedClient> client;
    std::unique_ptr<Sender> sender;

private:
    Answers answers_;
    std::function<std::string(const std::string&)> spool_;
    bool used_ = false;
};

bool asks(const Request& request, const char* method, const char* part) {
    return request.method == method && request.url.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a refused message ends at once and lets the next one of its room pass", "[sender]") {
    Service service([](const Request& request) -> Outcome {
        if (body_of(request).find("bad") != std::string::npos) {
            return Response{.status = 400, .body = R"({"message":"Unable to post message."})"};
        }
        return created("m1");
    });
    const auto bad = service.owe("room:r", "bad");
    const auto good = service.owe("room:r", "good");
    REQUIRE(service.run_until_ended(good));
    CHECK(service.get(bad).state == State::kDead);
    CHECK(service.get(bad).reason == DeadReason::kRejected);
    CHECK(service.get(bad).last.status == 400);
    CHECK(service.get(good).state == State::kDelivered);
    CHECK(service.posts().size() == 2);
}

TEST_CASE("a message that nobody takes ends at its deadline, not before", "[sender]") {
    Service service([](const Request&) { return Response{.status = 503}; });
    const auto id = service.owe("room:r", "hello");
    const auto start = service.clock.now();
    REQUIRE(service.run_until_ended(id));
    CHECK(service.get(id).reason == DeadReason::kExpired);
    CHECK(service.clock.now() - start >= 1h);
    CHECK(service.clock.now() - start < 1h + 1min);
    CHECK(service.posts().size() > 10);
}

TEST_CASE("a cap on attempts ends a message earlier", "[sender]") {
    Service service([](const Request&) { return Response{.status = 503}; });
    const auto id = service.owe("room:r", "hello", [](auto& one) { one.max_attempts = 3; });
    REQUIRE(service.run_until_ended(id));
    CHECK(service.get(id).reason == DeadReason::kRejected);
    CHECK(service.posts().size() == 3);
}

TEST_CASE("a service that is away for a moment gets the same bytes again", "[sender]") {
    int calls = 0;
    Service service([&](const Request&) -> Outcome {
        if (++calls == 1) return Response{.status = 503};
        if (calls == 2) return Failure{.kind = resilience::FailureKind::kConnect};
        return created("m1");
    });
    const auto id = service.owe("room:r", "hello");
    REQUIRE(service.run_until_ended(id));
    const auto delivery = service.get(id);
    CHECK(delivery.state == State::kDelivered);
    CHECK(delivery.message_id == "m1");
    CHECK(delivery.attempts == 3);
    const auto posts = service.posts();
    REQUIRE(posts.size() == 3);
    CHECK(body_of(posts[2]) == R"({"text":"hello"})");
    CHECK(posts[2].bearer_token == "secret");
}

TEST_CASE("an answer that cannot be read still means delivered", "[sender]") {
    Service service([](const Request&) { return Response{.status = 200, .body = "<html>"}; });
    const auto id = service.owe("room:r", "hello");
    REQUIRE(service.run_until_ended(id));
    CHECK(service.get(id).state == State::kDelivered);
    CHECK(service.get(id).message_id.empty());
    CHECK(service.posts().size() == 1);
}

TEST_CASE("a refused token keeps every message and sends all once it works", "[sender]") {
    bool accepted = false;
    Service service([&](const Request& request) -> Outcome {
        if (!accepted) return Response{.status = 401};
        return asks(request, "GET", "/people/me") ? created("me") : created("m");
    });
    const std::vector<DeliveryId> owed{service.owe("room:a", "one"), service.owe("room:b", "two"),
                                       service.owe("room:b", "three")};
    const auto start = service.clock.now();
    bool was_held = false;
    std::size_t posts_while_held = 0;
    REQUIRE(service.run_until([&] {
        if (!accepted && service.clock.now() - start > 10min) {
            was_held = service.sender->held();
            CHECK(service.sender->hold_reason().find("401") != std::string::npos);
            CHECK_FALSE(service.setting("bot_hold").empty());
            posts_while_held = service.posts().size();
            accepted = true;
        }
        return service.get(owed.back()).state == State::kDelivered &&
               service.get(owed.front()).state == State::kDelivered;
    }));
    CHECK(was_held);
    CHECK(posts_while_held <= 2);  // one for each room that was claimed before the first answer
    CHECK_FALSE(service.sender->held());
    CHECK(service.setting("bot_hold").empty());
    for (const auto id : owed) {
        CHECK(service.get(id).state == State::kDelivered);
        CHECK(service.get(id).attempts == 1);
    }
}

TEST_CASE("a new token is tried at once when somebody says so", "[sender]") {
    bool accepted = false;
    Service service([&](const Request&) -> Outcome {
        return accepted ? created("m") : Response{.status = 401};
    });
    const auto id = service.owe("room:a", "one");
    const auto start = service.clock.now();
    resilience::Instant told{};
    REQUIRE(service.run_until([&] {
        if (!accepted && service.clock.now() - start > 5min) {
            accepted = true;
            told = service.clock.now();
            service.sender->probe_now();
        }
        return service.get(id).state == State::kDelivered;
    }));
    CHECK(service.clock.now() == told);
}

TEST_CASE("a rate limit pauses everything for as long as it asks, also over a restart",
          "[sender]") {
    int calls = 0;
    Service service([&](const Request&) -> Outcome {
        if (++calls > 1) return created("m");
        return Response{.status = 429, .headers = {{"Retry-After", "120"}}};
    });
    const auto first = service.owe("room:a", "one");
    const auto start = service.clock.now();
    service.run_for(30s);
    const auto second = service.owe("room:b", "two");
    service.run_for(60s);
    CHECK(calls == 1);
    REQUIRE(service.run_until([&] {
        return service.get(first).state == State::kDelivered &&
               service.get(second).state == State::kDelivered;
    }));
    CHECK(service.clock.now() - start >= 120s);
    CHECK(service.clock.now() - start < 150s);
    CHECK(service.get(first).attempts == 1);
}

TEST_CASE("waiting for better times costs no work", "[sender]") {
    Service service([&](const Request&) -> Outcome {
        return Response{.status = 429, .headers = {{"Retry-After", "600"}}};
    });
    service.owe("room:a", "one");
    const auto other = service.owe("room:b", "two");
    int turns = 0;
    REQUIRE(service.run_until([&] {
        if (service.posts().size() == 2 && service.get(other).state == State::kPending) ++turns;
        return service.clock.now() - resilience::Instant{} > 1h + 5min;
    }));
    CHECK(turns > 100);  // it looks about once a second
    CHECK(turns < 1'000);
}

TEST_CASE("a room that refuses the bot waits for its cure while others are served", "[sender]") {
    bool member = false;
    Service service([&](const Request& request) -> Outcome {
        if (member || body_of(request).find("closed") == std::string::npos) return created("m");
        return Response{.status = 404, .body = R"({"message":"Could not find a room."})"};
    });
    const auto held = service.owe("room:closed", "closed");
    const auto other = service.owe("room:open", "hello");
    const auto start = service.clock.now();
    REQUIRE(service.run_until([&] {
        if (!member && service.clock.now() - start > 10min) {
            CHECK(service.get(other).state == State::kDelivered);
            CHECK(service.get(held).state == State::kPending);
            CHECK(service.get(held).held);
            CHECK(service.posts().size() == 2);
            member = true;
            service.sender->release_room("room:closed");
        }
        return service.get(held).state >= State::kDelivered;
    }));
    CHECK(service.get(held).state == State::kDelivered);
}

TEST_CASE("a lost answer in a group room is confirmed by the bot's own post", "[sender]") {
    Service service([&](const Request& request) -> Outcome {
        if (asks(request, "POST", "/messages")) return answer_lost();
        if (asks(request, "GET", "/messages/m7")) {
            return Response{.status = 200, .body = shown("m7", "hello")};
        }
        return Response{.status = 403};  // bots may not list group rooms
    });
    const auto id = service.owe("room:r", "hello");
    bool echoed = false;
    REQUIRE(service.run_until([&] {
        if (!echoed && service.get(id).state == State::kUncertain) {
            service.sender->own_post({"m7", "r", true});
            echoed = true;
        }
        return service.get(id).state >= State::kDelivered;
    }));
    const auto delivery = service.get(id);
    CHECK(delivery.state == State::kDelivered);
    CHECK(delivery.confirmed_late);
    CHECK(delivery.message_id == "m7");
    CHECK(service.posts().size() == 1);
}

TEST_CASE("a post of the bot that came back before the answer was lost counts too", "[sender]") {
    Service* running = nullptr;
    Service service([&](const Request& request) -> std::optional<Outcome> {
        if (asks(request, "POST", "/messages")) {
            running->sender->own_post({"m7", "r", true});
            return answer_lost();
        }
        return Response{.status = asks(request, "GET", "/messages/m7") ? 200 : 403,
                        .body = shown("m7", "hello")};
    });
    running = &service;
    const auto id = service.owe("room:r", "hello");
    REQUIRE(service.run_until_ended(id));
    CHECK(service.get(id).confirmed_late);
}

TEST_CASE("another text of the bot is no evidence; the policy of the message decides", "[sender]") {
    int posts = 0;
    Service service([&](const Request& request) -> Outcome {
        if (asks(request, "POST", "/messages")) {
            return ++posts == 1 ? Outcome{answer_lost()} : created("second");
        }
        if (asks(request, "GET", "/messages/m7")) {
            return Response{.status = 200, .body = shown("m7", "something else")};
        }
        return Response{.status = 403};
    });
    const auto owe = [&](UncertainPolicy policy) {
        return service.owe("room:r", "hello", [&](auto& one) { one.policy = policy; });
    };
    const auto run = [&](DeliveryId id) {
        bool echoed = false;
        return service.run_until([&] {
            if (!echoed && service.get(id).state == State::kUncertain) {
                service.sender->own_post({"m7", "r", false});
                echoed = true;
            }
            return service.get(id).state >= State::kDelivered;
        });
    };
    SECTION("once at most: it ends as perhaps delivered") {
        const auto id = owe(UncertainPolicy::kPreferOnce);
        REQUIRE(run(id));
        CHECK(service.get(id).reason == DeadReason::kMaybeDelivered);
        CHECK(posts == 1);
    }
    SECTION("at least once: it is repeated and says so") {
        const auto id = owe(UncertainPolicy::kPreferDelivery);
        REQUIRE(run(id));
        CHECK(service.get(id).state == State::kDelivered);
        CHECK(service.get(id).repeats == 1);
        REQUIRE(posts == 2);
        CHECK(body_of(service.posts()[1]).find("(possible repeat)") != std::string::npos);
    }
}

TEST_CASE("a lost answer in a direct room is settled by looking into the room", "[sender]") {
    int posts = 0;
    std::string in_the_room;
    Service service([&](const Request& request) -> Outcome {
        if (asks(request, "POST", "/messages")) {
            return ++posts == 1 ? Outcome{answer_lost()} : created("again");
        }
        if (asks(request, "GET", "/messages/direct?personEmail=robin%40example.com")) {
            return listing(in_the_room);
        }
        return Response{.status = 500};
    });
    const auto id = service.owe("email:robin@example.com", "hello");
    SECTION("it is there") {
        in_the_room = shown("x", "other") + "," + shown("m3", "hello");
        REQUIRE(service.run_until_ended(id));
        CHECK(service.get(id).confirmed_late);
        CHECK(service.get(id).message_id == "m3");
        CHECK(posts == 1);
    }
    SECTION("it is not: it goes out again, unmarked") {
        in_the_room = shown("x", "other");
        REQUIRE(service.run_until_ended(id));
        CHECK(service.get(id).state == State::kDelivered);
        CHECK(service.get(id).message_id == "again");
        REQUIRE(posts == 2);
        CHECK(body_of(service.posts()[1]) == R"({"text":"hello"})");
    }
}

TEST_CASE("looks that fail say nothing about what has arrived", "[sender]") {
    Service service([&](const Request& request) -> Outcome {
        if (asks(request, "POST", "/messages")) return answer_lost();
        return Response{.status = 200, .body = R"({"items":[{"id":"cut)"};
    });
    const auto id = service.owe("person:p", "hello");
    REQUIRE(service.run_until_ended(id));
    CHECK(service.get(id).reason == DeadReason::kMaybeDelivered);
    CHECK(service.posts().size() == 1);
}

TEST_CASE("an equal text that belongs to another delivery is no evidence", "[sender]") {
    int posts = 0;
    Service service([&](const Request& request) -> Outcome {
        if (!asks(request, "POST", "/messages")) return listing(shown("m1", "hello"));
        ++posts;
        if (posts == 2) return answer_lost();
        return created(posts == 1 ? "m1" : "m2");
    });
    const auto first = service.owe("person:p", "hello");
    DeliveryId second;
    SECTION("known to this process") {
        REQUIRE(service.run_until([&] {
            if (service.get(first).state != State::kDelivered) return false;
            if (second.value == 0) second = service.owe("person:p", "hello");
            return service.get(second).state >= State::kDelivered;
        }));
    }
    SECTION("known to the store alone") {
        REQUIRE(service.run_until_ended(first));
        second = service.owe("person:p", "hello");
        REQUIRE(service.run_until_ended(second));
    }
    CHECK_FALSE(service.get(second).confirmed_late);
    CHECK(service.get(second).message_id == "m2");
    CHECK(posts == 3);
}

TEST_CASE("what a crash left under way is looked for before anything is repeated", "[sender]") {
    bool there = false;
    bool answering = false;
    Service service([&](const Request& request) -> std::optional<Outcome> {
        if (asks(request, "GET", "")) return listing(there ? shown("m5", "hello") : "");
        if (!answering) return std::nullopt;  // the process ends first
        return created("again");
    });
    const auto id = service.owe("person:p", "hello");
    REQUIRE(service.run_until([&] { return !service.posts().empty(); }));
    CHECK(service.get(id).state == State::kSending);
    answering = true;
    SECTION("it had arrived") {
        there = true;
        REQUIRE(service.run_until_ended(id));
        CHECK(service.get(id).confirmed_late);
        CHECK(service.get(id).message_id == "m5");
        CHECK(service.posts().size() == 1);
    }
    SECTION("it had not") {
        REQUIRE(service.run_until_ended(id));
        CHECK(service.get(id).message_id == "again");
        CHECK(service.posts().size() == 2);
    }
}

TEST_CASE("a file goes out from the spool, beside its text", "[sender]") {
    tests::TempFolder folder;
    auto spool = Spool::open(folder.path("spool"), 1'000'000).value();
    const auto file = spool->add({.path = folder.write("chart.png", "PNG bytes")}).value();
    Service service([](const Request&) { return created("m"); },
                    [&](const std::string& hash) { return spool->path(hash); });
    const auto id = service.owe("room:r", "see this", [&](auto& one) { one.file = file; });
    REQUIRE(service.run_until_ended(id));
    const auto posts = service.posts();
    REQUIRE(posts.size() == 1);
    REQUIRE(posts[0].parts.size() == 2);
    CHECK(posts[0].parts[0].name == "text");
    CHECK(posts[0].parts[0].content == "see this");
    CHECK(posts[0].parts[1].name == "files");
    CHECK(posts[0].parts[1].file_path == spool->path(file.hash));
    CHECK(posts[0].parts[1].file_name == "chart.png");
    CHECK(posts[0].timeout == 120s);
}

TEST_CASE("an outcome that the store refuses is written once the store works", "[sender]") {
    Service service([](const Request&) { return created("m1"); });
    const auto first = service.owe("room:r", "one");
    const auto second = service.owe("room:r", "two");
    bool refused = false;
    REQUIRE(service.run_until([&] {
        if (!refused && !service.posts().empty()) {
            service.store.stop_accepting(true);
            refused = true;
        }
        if (service.clock.now() > resilience::Clock::Instant{} + 1h + 5min) {
            service.store.stop_accepting(false);
        }
        return service.get(second).state >= State::kDelivered;
    }));
    CHECK(service.get(first).state == State::kDelivered);
    CHECK(service.get(first).message_id == "m1");
    CHECK(service.posts().size() == 2);
}
