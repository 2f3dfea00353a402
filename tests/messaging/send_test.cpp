#include "messaging/send.hpp"

#include "tests/messaging/send_service.hpp"
#include "tests/support/troubled_store.hpp"

using namespace send_tests;
using Catch::Matchers::Contains;
using outbox::DeadReason;
using outbox::State;

namespace {

/// Gives an answer that a test may change while the service runs.
class Moods {
public:
    explicit Moods(Outcome first) : answer_(std::move(first)) {}
    void become(Outcome answer) {
        const std::scoped_lock lock(mutex_);
        answer_ = std::move(answer);
    }
    Outcome operator()(const Request&) {
        const std::scoped_lock lock(mutex_);
        return answer_;
    }

private:
    std::mutex mutex_;
    Outcome answer_;
};

Outcome always_created(const Request&) {
    return created();
}
Outcome always_down(const Request&) {
    return Response{.status = 503};
}

const Target kRoom = room("ops");

}  // namespace

TEST_CASE("what Webex is known to refuse is refused at once, with what to do", "[send]") {
    Service service(always_created);
    const auto refusal = [&](const Target& to, const Message& message, const SendOptions& options) {
        const auto receipt = service.messenger.send(to, message, options);
        REQUIRE_FALSE(receipt.ok());
        return receipt.error().message;
    };
    CHECK_THAT(refusal(kRoom, {}, {}), Contains("give it a text"));
    CHECK_THAT(refusal(kRoom, {.markdown = "caf\xE9"}, {}), Contains("convert it"));
    CHECK_THAT(refusal(room(""), {.text = "hello"}, {}), Contains("name a room"));
    CHECK_THAT(refusal(room("a@b.example"), {.text = "hello"}, {}), Contains("e-mail"));
    CHECK_THAT(refusal(kRoom, {.files = {{.path = "/nowhere.png"}}}, {}), Contains("/nowhere.png"));
    const std::string card = R"({"type":"AdaptiveCard","version":"1.3"})";
    CHECK_THAT(refusal(kRoom, {.card_json = card}, {}), Contains("no text beside it"));
    CHECK_THAT(refusal(kRoom, {.text = std::string(7440, 'x'), .card_json = card}, {}),
               Contains("beside the card has 7440 bytes") && Contains("without the card"));
    const auto file = service.file("a.png", "bytes");
    CHECK_THAT(refusal(kRoom, {.text = "t", .card_json = card, .files = {file}}, {}),
               Contains("send two"));
    CHECK_THAT(refusal(kRoom, {.text = "t"}, {.deadline = 0ms}), Contains("deadline"));
    CHECK_THAT(refusal(kRoom, {.text = "t"}, {.not_before = outbox::Millis::max()}),
               Contains("milliseconds since 1970"));
    CHECK(service.deliveries().empty());
    CHECK(service.posts().empty());
}

TEST_CASE("a message that cannot be written down is not accepted", "[send]") {
    auto store = std::make_unique<outbox::MemoryStore>(2);
    auto* const disk = store.get();
    Service service(always_down, std::move(store));
    SECTION("the disk is full or read-only") {
        disk->stop_accepting(true);
        const auto receipt = service.messenger.post(kRoom, {.text = "hello"});
        REQUIRE_FALSE(receipt.ok());
        CHECK_THAT(receipt.error().message, Contains("Nothing was accepted"));
        disk->stop_accepting(false);
        CHECK(service.deliveries().empty());
    }
    SECTION("the outbox has reached its limit") {
        REQUIRE(service.messenger.post(kRoom, {.text = "one"}).ok());
        const auto files = {service.file("a.txt", "a"), service.file("b.txt", "b"),
                            service.file("c.txt", "c")};
        const auto receipt = service.messenger.send_with_files(kRoom, "three files", files);
        REQUIRE_FALSE(receipt.ok());
        CHECK_THAT(receipt.error().message, Contains("full") && Contains("raise"));
        CHECK(receipt.error().cls == resilience::ErrorClass::kTransient);
        CHECK(service.deliveries().size() == 1);  // not the first of the three either
    }
    SECTION("there is no spool for its file") {
        Messenger bare(service.queue, nullptr, service.clock);
        const auto receipt = bare.send_with_files(kRoom, "see", {service.file("a.txt", "a")});
        REQUIRE_FALSE(receipt.ok());
        CHECK_THAT(receipt.error().message, Contains("spool"));
    }
}

TEST_CASE("a key that was used for other content is refused, and no part is left behind",
          "[send]") {
    Service service(always_created);
    const auto a = service.file("a.txt", "a");
    const auto b = service.file("b.txt", "b");
    const auto c = service.file("c.txt", "c");
    const SendOptions keyed{.key = "report-17"};
    REQUIRE(service.messenger.send_with_files(kRoom, "two", {a, b}, keyed).ok());
    const auto refusal = [&](const std::string& text, std::vector<File> files) {
        const auto receipt =
            service.messenger.send_with_files(kRoom, text, std::move(files), keyed);
        REQUIRE_FALSE(receipt.ok());
        CHECK_THAT(receipt.error().message, Contains("'report-17'") && Contains("use a new key"));
        CHECK(receipt.error().rule == kKeyConflict);
    };
    refusal("other text", {a, b});
    refusal("two", {a, c});
    refusal("two", {a, b, c});
    refusal("two", {a});
    CHECK(service.deliveries().size() == 2);
    // What the library makes of a key for the second part is no key that a caller could choose.
    CHECK(service.messenger.send_message(kRoom, "mine", {.key = "report-17#2"}).ok());
}

TEST_CASE("the parts of one message share a group, and no other message does", "[send]") {
    Service service(always_created);
    const std::vector<File> files{service.file("a.txt", "a"), service.file("b.txt", "b")};
    const auto first = service.messenger.send_with_files(kRoom, "two", files).value();
    const auto second = service.messenger.send_with_files(kRoom, "two", files).value();
    const auto group_of = [&](const Receipt& receipt, std::size_t part) {
        return service.get(receipt.ids.at(part)).group;
    };
    CHECK(group_of(first, 0) != 0);
    CHECK(group_of(first, 1) == group_of(first, 0));
    CHECK(group_of(second, 0) != group_of(first, 0));
    const auto single = service.messenger.send(kRoom, {.text = "alone"}).value();
    CHECK(group_of(single, 0) == 0);
    const auto given = service.messenger.send_with_files(kRoom, "two", files, {.group = 7}).value();
    CHECK(group_of(given, 1) == 7);
}

TEST_CASE("the same key and content is the same delivery", "[send]") {
    Service service(always_created);
    const std::vector<File> files{service.file("a.txt", "a"), service.file("b.txt", "b")};
    const SendOptions keyed{.key = "report-17", .key_ttl = 10min};
    const auto first = service.messenger.send_with_files(kRoom, "two", files, keyed);
    const auto second = service.messenger.send_with_files(kRoom, "two", files, keyed);
    REQUIRE(second.ok());
    CHECK_FALSE(first.value().duplicate);
    CHECK(second.value().duplicate);
    CHECK(second.value().ids == first.value().ids);
    CHECK(second.value().state == SendState::kDelivered);
    CHECK(service.posts().size() == 2);
    SECTION("until the key has expired") {
        service.run_for(10min + 1s);
        const auto third = service.messenger.send_with_files(kRoom, "two", files, keyed);
        CHECK_FALSE(third.value().duplicate);
        CHECK(service.posts().size() == 4);
    }
}

TEST_CASE("who sends with a known key waits for the first delivery as its sender does", "[send]") {
    Service service(always_created);
    const SendOptions keyed{.key = "k"};
    const auto posted = service.messenger.post(kRoom, {.text = "hello"}, keyed);
    REQUIRE(posted.ok());
    const auto again = service.messenger.send(kRoom, {.text = "hello"}, keyed);
    REQUIRE(again.ok());
    CHECK(again.value().ids == posted.value().ids);
    CHECK(again.value().state == SendState::kDelivered);
}

TEST_CASE("wait bounds the call, and the message goes on without it", "[send]") {
    Moods moods(Response{.status = 503});
    Service service(std::ref(moods));
    const auto start = service.clock.now();
    const auto receipt = service.messenger.send_message(kRoom, "hello", {.wait = 30s});
    REQUIRE(receipt.ok());
    CHECK(service.clock.now() - start >= 30s);
    CHECK(service.clock.now() - start < 32s);
    CHECK(receipt.value().state == SendState::kQueued);
    CHECK_THAT(receipt.value().detail, Contains("queued after attempt") && Contains("503"));
    moods.become(created("m1"));
    service.run_for(5min);
    CHECK(service.get(receipt.value().ids.at(0)).state == State::kDelivered);
}

TEST_CASE("writing it down is part of the wait", "[send]") {
    auto store = std::make_unique<tests::TroubledStore>();
    auto* const disk = store.get();
    Service service(always_down, std::move(store));
    const auto start = service.clock.now();
    disk->before_apply = [&, first = true]() mutable {
        if (std::exchange(first, false)) service.clock.time.advance(20s);
    };
    REQUIRE(service.messenger.send_message(kRoom, "hello", {.wait = 30s}));
    CHECK(service.clock.now() - start >= 30s);
    CHECK(service.clock.now() - start < 32s);
}

TEST_CASE("several messages share one wait", "[send]") {
    // The answer to the first file takes up nearly all of it; the second gets what is left.
    Service* running = nullptr;
    Service service([&](const Request& request) -> Outcome {
        if (says(request, "two")) running->clock.time.advance(25s);
        return says(request, "two") ? Outcome{created()} : Response{.status = 503};
    });
    running = &service;
    const auto start = service.clock.now();
    const auto receipt = service.messenger.send_with_files(
        kRoom, "two", {service.file("a.txt", "a"), service.file("b.txt", "b")}, {.wait = 30s});
    REQUIRE(receipt.ok());
    CHECK(service.clock.now() - start < 32s);
    CHECK(receipt.value().state == SendState::kQueued);
    CHECK(receipt.value().decisive.id == receipt.value().ids.at(1));
}

TEST_CASE("the deadline bounds the message, also when the call would wait longer", "[send]") {
    Service service(always_down);
    const auto start = service.clock.now();
    const auto receipt = service.messenger.send_message(
        kRoom, "hello", {.wait = std::chrono::milliseconds::max(), .deadline = 1h});
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kFailed);
    CHECK(receipt.value().decisive.reason == DeadReason::kExpired);
    CHECK(service.clock.now() - start >= 1h);
    CHECK(service.clock.now() - start < 1h + 2min);
}

TEST_CASE("a deadline beyond all bounds does not end a message early", "[send]") {
    Service service(always_created);
    const auto receipt = service.messenger.send_message(
        kRoom, "hello", {.deadline = std::chrono::milliseconds::max()});
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kDelivered);
}

TEST_CASE("a message that was accepted is no error when the store cannot be read", "[send]") {
    auto store = std::make_unique<tests::TroubledStore>();
    auto* const disk = store.get();
    Service service(always_down, std::move(store));
    disk->unreadable = true;
    const auto receipt = service.messenger.send_message(kRoom, "hello", {.wait = 1s});
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kQueued);
    CHECK_THAT(receipt.value().detail, Contains("accepted") && Contains("does not answer"));
    CHECK(receipt.value().decisive.id == receipt.value().ids.at(0));
}

TEST_CASE("who does not wait hears that it is queued", "[send]") {
    Service service(always_created);
    const auto start = service.clock.now();
    const auto receipt = GENERATE(true, false)
                             ? service.messenger.post(kRoom, {.text = "hello"})
                             : service.messenger.send(kRoom, {.text = "hello"}, {.wait = 0ms});
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kQueued);
    CHECK(service.clock.now() == start);
    CHECK(service.posts().empty());
    service.run_for(1s);
    CHECK(service.get(receipt.value().ids.at(0)).state == State::kDelivered);
}

TEST_CASE("a refused message has failed, and the receipt says why", "[send]") {
    Service service([](const Request&) { return refused(); });
    const auto receipt = service.messenger.send_message(kRoom, "hello");
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kFailed);
    CHECK(receipt.value().decisive.reason == DeadReason::kRejected);
    CHECK_THAT(receipt.value().detail, Contains("rejected") && Contains("Unable to post"));
}

TEST_CASE("what may have arrived has not failed", "[send]") {
    Service service([](const Request& request) -> Outcome {
        if (request.method == "POST") return answer_lost();
        return Response{.status = 403};  // bots may not list group rooms
    });
    const auto wait = GENERATE(5s, 60s);  // while evidence is sought, and after it was given up
    const auto receipt = service.messenger.send_message(kRoom, "hello", {.wait = wait});
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kUncertain);
    CHECK(receipt.value().decisive.state == (wait == 5s ? State::kUncertain : State::kDead));
    CHECK(service.posts().size() == 1);
}

TEST_CASE("[S3.47] several files become several messages in order, the text with the first",
          "[send]") {
    Service service(always_created);
    const Message message{.text = "plain",
                          .markdown = "**bold**",
                          .parent_id = "thread",
                          .files = {service.file("a.txt", "first"), service.file("b.txt", "second"),
                                    service.file("c.txt", "third")}};
    const auto receipt = service.messenger.send(kRoom, message);
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kDelivered);
    CHECK(receipt.value().ids.size() == 3);
    const auto posts = service.posts();
    REQUIRE(posts.size() == 3);
    for (std::size_t i = 0; i < posts.size(); ++i) {
        CHECK(says(posts[i], "bold") == (i == 0));
        CHECK(says(posts[i], "plain") == (i == 0));
        CHECK(says(posts[i], "thread"));
        CHECK(posts[i].parts.back().file_name ==
              std::string(1, static_cast<char>('a' + i)) + ".txt");
    }
}

TEST_CASE("of several files the first that did not arrive decides", "[send]") {
    Service service([](const Request& request) -> Outcome {
        const bool second = request.parts.back().file_name == "b.txt";
        return second ? Outcome{refused()} : created();
    });
    const auto receipt = service.messenger.send_with_files(
        kRoom, "three",
        {service.file("a.txt", "a"), service.file("b.txt", "b"), service.file("c.txt", "c")});
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kFailed);
    CHECK(receipt.value().decisive.id == receipt.value().ids.at(1));
    CHECK(service.get(receipt.value().ids.at(2)).state == State::kDelivered);
}

TEST_CASE("[S3.47] a message goes to a room, a person or an address", "[send]") {
    Service service(always_created);
    REQUIRE(service.messenger.send_message(room("r1"), "one"));
    REQUIRE(service.messenger.send_message(person("p1"), "two"));
    REQUIRE(service.messenger.send_message(email("a@b.example"), "three"));
    const auto posts = service.posts();
    REQUIRE(posts.size() == 3);
    CHECK_THAT(body_of(posts[0]), Contains(R"("roomId":"r1")"));
    CHECK_THAT(body_of(posts[1]), Contains(R"("toPersonId":"p1")"));
    CHECK_THAT(body_of(posts[2]), Contains(R"("toPersonEmail":"a@b.example")"));
}

TEST_CASE("[S3.47] a card goes out beside the text that stands for it", "[send]") {
    Service service(always_created);
    const auto receipt = service.messenger.send_card(
        kRoom, R"({"type":"AdaptiveCard","version":"1.3"})", "three tickets");
    REQUIRE(receipt.ok());
    const auto posts = service.posts();
    REQUIRE(posts.size() == 1);
    CHECK_THAT(body_of(posts[0]), Contains(R"("text":"three tickets")") &&
                                      Contains("vnd.microsoft.card.adaptive") &&
                                      Contains("AdaptiveCard"));
}

TEST_CASE("alerts are repeated rather than lost, everything else is not, unless told", "[send]") {
    Service service(always_down);
    const auto policy = [&](SendOptions options) {
        options.wait = 0ms;
        const auto receipt = service.messenger.send_message(kRoom, "hello", options);
        return receipt.value().decisive.policy;
    };
    using outbox::Priority;
    using outbox::UncertainPolicy;
    CHECK(policy({}) == UncertainPolicy::kPreferOnce);
    CHECK(policy({.priority = Priority::kReply}) == UncertainPolicy::kPreferOnce);
    CHECK(policy({.priority = Priority::kAlert}) == UncertainPolicy::kPreferDelivery);
    CHECK(policy({.priority = Priority::kAlert, .policy = UncertainPolicy::kPreferOnce}) ==
          UncertainPolicy::kPreferOnce);
    CHECK(policy({.policy = UncertainPolicy::kPreferDelivery}) == UncertainPolicy::kPreferDelivery);
}

TEST_CASE("a scheduled message is not sent before its time, which its deadline counts from",
          "[send]") {
    Service service(always_created);
    const auto at = resilience::since_epoch(service.clock.wall_now()) + 2h;
    const auto receipt =
        service.messenger.post(kRoom, {.text = "later"}, {.deadline = 1h, .not_before = at});
    REQUIRE(receipt.ok());
    service.run_for(2h - 2s);
    CHECK(service.posts().empty());
    service.run_for(4s);
    CHECK(service.get(receipt.value().ids.at(0)).state == State::kDelivered);
}
