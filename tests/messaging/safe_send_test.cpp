#include "messaging/outbox/dead_letters.hpp"
#include "messaging/outbox/sqlite_store.hpp"
#include "messaging/send.hpp"
#include "tests/messaging/send_service.hpp"
#include "tests/support/allocation_count.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <utility>

using namespace send_tests;
using Catch::Matchers::Contains;
using outbox::State;

namespace {

const Target kRoom = room("ops");
const Message kReport{.markdown = "the **report**"};
constexpr std::string_view kFallback = "the report could not be shown";

Outcome always_created(const Request&) {
    return created();
}

/// The service refuses this text for good.
tests::SimulatedClient::Script refusing(std::string text) {
    return [text = std::move(text)](const Request& request) -> Outcome {
        return says(request, text) ? Outcome{refused()} : created();
    };
}

/// What is written to standard error while it lives.
class CapturedErrors {
public:
    CapturedErrors() : path_(folder_.path("stderr")), before_(::dup(STDERR_FILENO)) {
        const int to = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        ::dup2(to, STDERR_FILENO);
        ::close(to);
    }
    ~CapturedErrors() {
        ::dup2(before_, STDERR_FILENO);
        ::close(before_);
    }
    CapturedErrors(const CapturedErrors&) = delete;
    CapturedErrors& operator=(const CapturedErrors&) = delete;
    CapturedErrors(CapturedErrors&&) = delete;
    CapturedErrors& operator=(CapturedErrors&&) = delete;

    std::string text() const {
        std::ifstream file(path_);
        return {std::istreambuf_iterator<char>(file), {}};
    }

private:
    tests::TempFolder folder_;
    std::string path_;
    int before_;
};

std::uint64_t lines(const std::string& text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

std::unique_ptr<outbox::Store> sqlite(const tests::TempFolder& folder, std::uint32_t pages = 0) {
    return outbox::SqliteStore::open({.path = folder.path("outbox.db"), .max_pages = pages})
        .value();
}

static_assert(noexcept(std::declval<Messenger&>().safe_send(
    kRoom, kReport, kFallback, std::declval<const SendOptions&>())));

}  // namespace

TEST_CASE("[S3.47] a definite refusal is followed by the fallback text", "[safe_send]") {
    Service service(refusing("report**"));
    std::vector<std::string> heard;
    service.messenger.set_on_swallowed([&](const std::string& what) { heard.push_back(what); });
    Message message = kReport;
    message.parent_id = "thread";
    const auto outcome = service.messenger.safe_send(kRoom, message, kFallback);
    CHECK(outcome);
    CHECK(outcome.state == SendState::kDelivered);
    const auto posts = service.posts();
    REQUIRE(posts.size() == 2);
    CHECK(says(posts[1], std::string(kFallback)));
    CHECK(says(posts[1], "thread"));
    REQUIRE(heard.size() == 1);
    CHECK_THAT(heard[0], Contains("rejected"));
    CHECK(service.messenger.swallowed() == 1);
}

TEST_CASE("a refusal before anything was accepted is one, too", "[safe_send]") {
    Service service(always_created);
    service.messenger.set_on_swallowed([](const std::string&) {});
    CHECK(service.messenger.safe_send(kRoom, {.text = "caf\xE9"}, kFallback));
    CHECK(service.messenger.safe_send(kRoom, {.files = {{.path = "/nowhere.png"}}}, kFallback));
    CHECK(service.posts_that_say(std::string(kFallback)).size() == 2);
}

TEST_CASE("without a refusal there is no fallback", "[safe_send]") {
    Service service([](const Request& request) -> Outcome {
        if (request.method == "GET") return Response{.status = 403};
        if (says(request, "lost")) return answer_lost();
        if (says(request, "down")) return Response{.status = 503};
        return created();
    });
    service.messenger.set_on_swallowed([](const std::string&) {});
    const auto outcome = [&](const char* text, const SendOptions& options) {
        return service.messenger.safe_send(kRoom, {.text = text}, kFallback, options).state;
    };
    SECTION("it was delivered") {
        CHECK(outcome("fine", {}) == SendState::kDelivered);
    }
    SECTION("it may have arrived") {
        CHECK(outcome("lost", {.wait = 5s}) == SendState::kUncertain);
    }
    SECTION("whether it arrived was never learned") {
        CHECK(outcome("lost", {.wait = 60s}) == SendState::kUncertain);
    }
    SECTION("it is still on its way") {
        CHECK(outcome("down", {.wait = 5s}) == SendState::kQueued);
    }
    SECTION("its deadline has passed") {
        CHECK(outcome("down", {.wait = 2h, .deadline = 1h}) == SendState::kFailed);
    }
    SECTION("there is no fallback text") {
        CHECK_FALSE(service.messenger.safe_send(kRoom, {}, ""));
    }
    CHECK(service.posts_that_say(std::string(kFallback)).empty());
}

TEST_CASE("what may have arrived has not failed because a person has ended it", "[safe_send]") {
    bool lost = false;
    Service service([&lost](const Request& request) -> Outcome {
        if (request.method == "GET") return Response{.status = 403};
        return std::exchange(lost, true) ? Outcome{Response{.status = 503}} : answer_lost();
    });
    service.messenger.set_on_swallowed([](const std::string&) {});
    SendOptions options;
    options.wait = 2min;
    options.key = "report-17";
    const auto send = [&] {
        return service.messenger.safe_send(kRoom, kReport, kFallback, options).state;
    };
    SECTION("withdrawn before its repeat had got through") {
        options.policy = outbox::UncertainPolicy::kPreferDelivery;
        CHECK(send() == SendState::kQueued);
        const auto waiting = service.deliveries().at(0);
        REQUIRE(waiting.state == State::kPending);
        REQUIRE(waiting.repeats == 1);
        outbox::Batch batch;
        batch.transitions.push_back({.id = waiting.id,
                                     .from = State::kPending,
                                     .attempt = waiting.attempts,
                                     .to = State::kDead,
                                     .reason = outbox::DeadReason::kCancelled,
                                     .at = waiting.changed});
        REQUIRE(service.queue.apply(std::move(batch)).value().stale.empty());
    }
    SECTION("put away as a dead letter") {
        CHECK(send() == SendState::kUncertain);
        outbox::DeadChange drop;
        drop.verb = outbox::DeadChange::Verb::kDrop;
        REQUIRE(outbox::change_dead(service.queue, {}, drop).value().front().done);
    }
    CHECK(send() == SendState::kUncertain);
    CHECK(service.posts_that_say(std::string(kFallback)).empty());
}

TEST_CASE("of several files one that may still arrive keeps the fallback back", "[safe_send]") {
    Service service([](const Request& request) -> Outcome {
        if (request.method == "GET") return Response{.status = 403};
        if (request.parts.empty()) return created();
        const auto& name = request.parts.back().file_name;
        if (name == "refused.txt") return refused();
        if (name == "lost.txt") return answer_lost();
        return name == "down.txt" ? Outcome{Response{.status = 503}} : created();
    });
    service.messenger.set_on_swallowed([](const std::string&) {});
    const auto outcome = [&](const std::string& last) {
        Message message = kReport;
        message.files = {service.file("refused.txt", "a"), service.file(last, "b")};
        return service.messenger.safe_send(kRoom, message, kFallback, {.wait = 60s});
    };
    SECTION("uncertain") {
        CHECK_FALSE(outcome("lost.txt"));
    }
    SECTION("queued") {
        CHECK_FALSE(outcome("down.txt"));
    }
    const bool none = service.posts_that_say(std::string(kFallback)).empty();
    CHECK(none);
    SECTION("delivered: then nothing more can arrive of the refused one") {
        CHECK(outcome("fine.txt"));
        CHECK(service.posts_that_say(std::string(kFallback)).size() == 1);
    }
}

TEST_CASE("a fallback that fails as well is a failure, told twice", "[safe_send]") {
    Service service([](const Request&) { return refused(); });
    int heard = 0;
    service.messenger.set_on_swallowed([&](const std::string&) { ++heard; });
    CHECK(service.messenger.safe_send(kRoom, kReport, kFallback).state == SendState::kFailed);
    CHECK(heard == 2);
    CHECK(service.messenger.safe_send(kRoom, kReport, std::string(9'000, 'x')).state ==
          SendState::kFailed);
    CHECK(heard == 4);
    CHECK(service.messenger.swallowed() == 4);
}

TEST_CASE("content and fallback share one wait and one deadline", "[safe_send]") {
    Service* running = nullptr;
    Service service([&](const Request& request) -> Outcome {
        if (says(request, std::string(kFallback))) return Response{.status = 503};
        running->clock.time.advance(20s);
        return refused();
    });
    running = &service;
    service.messenger.set_on_swallowed([](const std::string&) {});
    const auto start = service.clock.now();
    const auto outcome =
        service.messenger.safe_send(kRoom, kReport, kFallback, {.wait = 30s, .deadline = 10min});
    CHECK(outcome.state == SendState::kQueued);
    CHECK(service.clock.now() - start >= 30s);
    CHECK(service.clock.now() - start < 32s);
    const auto all = service.deliveries();
    REQUIRE(all.size() == 2);
    CHECK(all[0].deadline <= all[1].deadline);
}

TEST_CASE("a key covers the fallback, too", "[safe_send]") {
    Service service(refusing("report**"));
    service.messenger.set_on_swallowed([](const std::string&) {});
    for (int i = 0; i < 2; ++i)
        CHECK(service.messenger.safe_send(kRoom, kReport, kFallback, {.key = "report-17"}));
    CHECK(service.posts().size() == 2);
}

TEST_CASE("a store that may have written it down keeps the fallback back", "[safe_send]") {
    auto store = std::make_unique<outbox::MemoryStore>();
    auto* const disk = store.get();
    Service service(always_created, std::move(store));
    service.messenger.set_on_swallowed([](const std::string&) {});
    disk->lose_answers(1);
    const auto outcome = service.messenger.safe_send(kRoom, kReport, kFallback);
    CHECK(outcome.state == SendState::kUncertain);
    service.run_for(5s);
    CHECK(service.posts_that_say(std::string(kFallback)).empty());
    CHECK(service.posts_that_say("report**").size() == 1);
}

TEST_CASE("a disk that takes nothing is survived, with a line on standard error", "[safe_send]") {
    const CapturedErrors errors;
    SECTION("full or read-only at every write") {
        auto store = std::make_unique<outbox::MemoryStore>();
        auto* const disk = store.get();
        Service service(always_created, std::move(store));
        disk->stop_accepting(true);
        CHECK_FALSE(service.messenger.safe_send(kRoom, kReport, kFallback));
        CHECK(lines(errors.text()) == 2);
        CHECK_THAT(errors.text(), Contains("no space left"));
        disk->stop_accepting(false);
        CHECK(service.messenger.safe_send(kRoom, kReport, kFallback));
        CHECK(service.posts().size() == 1);
    }
    SECTION("a database that cannot grow") {
        const tests::TempFolder folder;
        Service service([](const Request&) { return Response{.status = 503}; }, sqlite(folder, 60));
        SendState state = SendState::kQueued;
        int accepted = -1;
        for (; state == SendState::kQueued && accepted < 1'000; ++accepted) {
            const Message large{.text = std::string(7'000, 'x')};
            state = service.messenger.safe_send(kRoom, large, {}, {.wait = 0ms}).state;
        }
        CHECK(state == SendState::kFailed);
        CHECK(accepted > 5);
        CHECK(service.counts().pending + service.counts().sending ==
              static_cast<std::uint64_t>(accepted));
        CHECK_THAT(errors.text(), Contains("no space left"));
    }
}

TEST_CASE("whoever is told of failures may fail himself", "[safe_send]") {
    Service service([](const Request&) { return refused(); });
    service.messenger.set_on_swallowed(
        [](const std::string&) { throw std::runtime_error("the log is gone"); });
    const CapturedErrors errors;
    CHECK_FALSE(service.messenger.safe_send(kRoom, kReport, kFallback));
    CHECK(lines(errors.text()) == 2);
    CHECK_THAT(errors.text(), Contains("safe_send") && Contains("Unable to post"));
    CHECK(service.messenger.swallowed() == 2);
}

// Every single allocation on the caller's thread is made to fail once, from the first until the
// call needs no more; then the same with all memory gone from there on.
TEST_CASE("memory that runs out anywhere is survived, and nothing is lost or doubled",
          "[safe_send]") {
    const bool on_disk = GENERATE(false, true);
    const bool for_good = GENERATE(false, true);
    const bool with_card = GENERATE(false, true);
    INFO("on disk: " << on_disk << ", for good: " << for_good << ", card: " << with_card);
    const CapturedErrors errors;
    const tests::TempFolder folder;
    Service service(always_created,
                    on_disk ? sqlite(folder) : std::make_unique<outbox::MemoryStore>());
    const auto file = service.file("a.txt", "bytes");
    std::uint64_t failures = 0;
    std::uint64_t nth = 1;
    for (bool failed = true; failed; ++nth) {
        Message message{.markdown = "<content " + std::to_string(nth) + ">"};
        if (with_card) {
            message.card_json = R"({"type":"AdaptiveCard","version":"1.3","body":[{"a":["b"]}]})";
        } else {
            message.files = {file};
        }
        const std::string fallback = "<fallback " + std::to_string(nth) + ">";
        SendOptions options;
        options.key = "key " + std::to_string(nth);
        SafeOutcome outcome;
        {
            const test_support::AllocationFault fault(nth, for_good);
            outcome = service.messenger.safe_send(kRoom, message, fallback, options);
            failed = fault.happened();
        }
        failures += failed ? 1U : 0U;
        service.run_for(2s);
        const auto content = service.posts_that_say(message.markdown).size();
        const auto instead = service.posts_that_say(fallback).size();
        INFO("allocation " << nth << ": " << to_string(outcome.state));
        CHECK(content + instead <= 1);
        if (outcome.state == SendState::kFailed) CHECK(content + instead == 0);
        if (outcome || outcome.state == SendState::kQueued) CHECK(content + instead == 1);
        const auto counts = service.counts();
        REQUIRE(counts.pending + counts.sending + counts.uncertain + counts.dead == 0);
    }
    CHECK(failures > 20);
    CHECK(lines(errors.text()) == service.messenger.swallowed());
}
