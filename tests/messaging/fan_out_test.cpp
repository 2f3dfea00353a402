#include "messaging/fan_out.hpp"

#include "tests/messaging/send_service.hpp"

#include <algorithm>

using namespace send_tests;
using Catch::Matchers::Contains;

namespace {

const std::vector<Target> kRooms{room("a"), room("b"), room("c")};
const Message kNews{.markdown = "the **news**"};

Outcome always_created(const Request&) {
    return created();
}

bool to_room(const Request& request, const std::string& id) {
    return says(request, R"("roomId":")" + id + R"(")");
}

std::vector<SendState> states(const FanOut& batch) {
    std::vector<SendState> all;
    for (const auto& item : batch.items)
        all.push_back(state_of(item));
    return all;
}

using States = std::vector<SendState>;

}  // namespace

TEST_CASE("a message to many without a target is refused", "[fan_out]") {
    Service service(always_created);
    CHECK_FALSE(service.messenger.send_to_many({}, kNews).ok());
}

TEST_CASE("[S1.18] a batch of which no target gets the message has failed", "[fan_out]") {
    Service service([](const Request&) { return refused(); });
    const auto batch = service.messenger.send_to_many(kRooms, kNews).value();
    CHECK(batch.state == FanOutState::kFailed);
    CHECK(states(batch) == States(3, SendState::kFailed));
    // Content that cannot be sent at all is each target's failure.
    const auto empty = service.messenger.send_to_many(kRooms, {}).value();
    CHECK(empty.state == FanOutState::kFailed);
    CHECK_FALSE(empty.items[0].receipt.ok());
}

TEST_CASE("[S1.18] one target's failure is its own", "[fan_out]") {
    Service service([](const Request& request) -> Outcome {
        return to_room(request, "b") ? Outcome{refused()} : created();
    });
    const auto batch = service.messenger.send_to_many(kRooms, kNews).value();
    CHECK(batch.state == FanOutState::kPartial);
    CHECK(states(batch) ==
          States{SendState::kDelivered, SendState::kFailed, SendState::kDelivered});
    CHECK_THAT(batch.items[1].receipt.value().detail, Contains("rejected"));
    for (const auto& delivery : service.deliveries())
        CHECK(delivery.group == batch.group);
}

TEST_CASE("[S1.18] a batch that all targets have is complete, each has it once", "[fan_out]") {
    Service service(always_created);
    auto targets = kRooms;
    targets.push_back(room("a"));  // named twice
    const auto batch = service.messenger.send_to_many(targets, kNews).value();
    CHECK(batch.state == FanOutState::kComplete);
    CHECK(batch.items.size() == 3);
    CHECK(service.posts().size() == 3);
    const auto other = service.messenger.send_to_many(targets, kNews).value();
    CHECK(other.group != batch.group);
    CHECK(service.posts().size() == 6);  // without a key it is another message
}

TEST_CASE("repeating a call with its key sends again only what failed", "[fan_out]") {
    bool healed = false;
    Service service([&healed](const Request& request) -> Outcome {
        return to_room(request, "b") && !healed ? Outcome{refused()} : created();
    });
    const SendOptions keyed{.key = "news-17"};
    const auto first = service.messenger.send_to_many(kRooms, kNews, keyed).value();
    CHECK(first.state == FanOutState::kPartial);
    healed = true;
    const auto second = service.messenger.send_to_many(kRooms, kNews, keyed).value();
    CHECK(second.state == FanOutState::kComplete);
    CHECK(second.group == first.group);
    CHECK(service.posts().size() == 4);
    const auto posts = service.posts();
    CHECK(std::count_if(posts.begin(), posts.end(),
                        [](const auto& post) { return to_room(post, "b"); }) == 2);
    const auto third = service.messenger.send_to_many(kRooms, kNews, keyed).value();
    CHECK(third.state == FanOutState::kComplete);
    CHECK(service.posts().size() == 4);
}

TEST_CASE("what may have arrived is not repeated by repeating the call", "[fan_out]") {
    int posts_to_b = 0;
    Service service([&posts_to_b](const Request& request) -> Outcome {
        if (request.method != "POST" || !to_room(request, "b")) return created();
        ++posts_to_b;
        return answer_lost();
    });
    const SendOptions keyed{.wait = 60s, .key = "news-18"};
    const auto first = service.messenger.send_to_many(kRooms, kNews, keyed).value();
    CHECK(states(first) ==
          States{SendState::kDelivered, SendState::kUncertain, SendState::kDelivered});
    const auto second = service.messenger.send_to_many(kRooms, kNews, keyed).value();
    CHECK(states(second) == states(first));
    CHECK(posts_to_b == 1);
}

TEST_CASE("other content under the same key is refused for each target", "[fan_out]") {
    Service service(always_created);
    const SendOptions keyed{.key = "news-19"};
    REQUIRE(service.messenger.send_to_many(kRooms, kNews, keyed).ok());
    const auto other = service.messenger.send_to_many(kRooms, {.text = "other"}, keyed).value();
    CHECK(other.state == FanOutState::kFailed);
    CHECK(other.items[2].receipt.error().rule == kKeyConflict);
    // The batch's key is no key of a single message to one of the targets.
    CHECK(service.messenger.send(room("a"), {.text = "mine"}, keyed).ok());
}

TEST_CASE("a batch that is still under way when the wait is over is partial", "[fan_out]") {
    Service service([](const Request& request) -> Outcome {
        return to_room(request, "c") ? Outcome{Response{.status = 503}} : created();
    });
    const auto before = service.clock.now();
    const auto batch = service.messenger.send_to_many(kRooms, kNews, {.wait = 10s}).value();
    CHECK(service.clock.now() - before <= 11s);
    CHECK(states(batch) ==
          States{SendState::kDelivered, SendState::kDelivered, SendState::kQueued});
    CHECK(batch.state == FanOutState::kPartial);
}
