#include "messaging/outbox/dispatcher.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace messaging::outbox;
using resilience::ErrorClass;
using resilience::Scope;

namespace {

// One dispatcher, a clock that moves when told to, and verbs for what happens to it.
class Desk {
public:
    explicit Desk(DispatcherOptions options = small())
        : dispatcher(options, now, [] { return 0.0; }) {}

    static DispatcherOptions small() {
        DispatcherOptions options;
        options.concurrency = 4;
        return options;
    }

    static Intent intent(std::uint64_t id, std::string destination = "room:ops") {
        Intent made;
        made.id = DeliveryId{id};
        made.destination = std::move(destination);
        made.payload = R"({"roomId":"ops","markdown":"hello"})";
        made.deadline = Millis{1h};
        return made;
    }

    Actions take() { return dispatcher.take(now); }

    /// Takes the first credit and claims these.
    Actions claim(std::vector<Intent> intents) {
        take();
        dispatcher.on_claimed(std::move(intents), Millis{0}, now);
        return take();
    }

    Actions answer(std::uint64_t id, Answer answer) {
        dispatcher.on_answer(DeliveryId{id}, std::move(answer), now);
        return take();
    }

    Actions fail(std::uint64_t id, ErrorClass cls, Scope scope = Scope::kMessage, int status = 0) {
        Answer bad;
        bad.error.cls = cls;
        bad.error.scope = scope;
        bad.note.status = status;
        bad.note.detail = "it failed";
        return answer(id, std::move(bad));
    }

    Actions later(std::chrono::milliseconds step) {
        now.mono += step;
        now.wall += step;
        return take();
    }

    Now now{resilience::Clock::Instant{1h}, Millis{1'000}};
    Dispatcher dispatcher;
};

const Transition& only(const Actions& actions) {
    REQUIRE(actions.batch.transitions.size() == 1);
    return actions.batch.transitions.front();
}

bool says(const Actions& actions, Notice::Kind kind) {
    for (const auto& notice : actions.notices) {
        if (notice.kind == kind) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("an answer that may mean delivered is never simply sent again", "[dispatcher]") {
    Desk desk;
    desk.claim({Desk::intent(1)});
    const auto actions = desk.fail(1, ErrorClass::kAmbiguous, Scope::kMessage, 504);

    CHECK(only(actions).to == State::kUncertain);
    CHECK(actions.sends.empty());
    CHECK(says(actions, Notice::Kind::kUncertain));
    CHECK_FALSE(says(actions, Notice::Kind::kDead));
}

TEST_CASE("an uncertain delivery without evidence ends by its own policy", "[dispatcher]") {
    auto options = Desk::small();
    options.echo = EchoEvidence::kOff;
    Desk desk(options);
    auto intent = Desk::intent(1);
    intent.policy = GENERATE(UncertainPolicy::kPreferOnce, UncertainPolicy::kPreferDelivery);
    desk.claim({intent});
    desk.fail(1, ErrorClass::kAmbiguous);

    REQUIRE(desk.later(500ms).looks.size() == 1);
    desk.dispatcher.on_look(DeliveryId{1}, {.possible = false}, desk.now);
    const auto actions = desk.later(15s);

    const auto& end = only(actions);
    CHECK(end.from == State::kUncertain);
    if (intent.policy == UncertainPolicy::kPreferOnce) {
        CHECK(end.to == State::kDead);
        CHECK(end.reason == DeadReason::kMaybeDelivered);
        CHECK(says(actions, Notice::Kind::kDead));
    } else {
        CHECK(end.to == State::kPending);
        CHECK(end.repeat);
    }
}

TEST_CASE("an uncertain delivery that is found in its room is delivered, late", "[dispatcher]") {
    Desk desk;
    desk.claim({Desk::intent(1)});
    desk.fail(1, ErrorClass::kAmbiguous);
    desk.later(500ms);
    desk.dispatcher.on_look(DeliveryId{1}, {.possible = true, .found = "m1"}, desk.now);

    const auto actions = desk.take();
    CHECK(only(actions).to == State::kDelivered);
    CHECK(only(actions).confirmed_late);
    CHECK(only(actions).message_id == "m1");
    CHECK(says(actions, Notice::Kind::kConfirmedLate));
    CHECK_FALSE(desk.dispatcher.has_uncertain());
}

TEST_CASE("what a listing shows to be absent is sent again, unmarked", "[dispatcher]") {
    Desk desk;
    desk.claim({Desk::intent(1, "email:anna@example.com")});
    desk.fail(1, ErrorClass::kAmbiguous);
    for (const auto step : {500ms, 1000ms, 2000ms, 4000ms}) {
        REQUIRE(desk.later(step).looks.size() == 1);
        desk.dispatcher.on_look(DeliveryId{1}, {.possible = true}, desk.now);
    }
    const auto actions = desk.later(10s);
    CHECK(only(actions).to == State::kPending);
    CHECK_FALSE(only(actions).repeat);
    CHECK(only(actions).note.rule == "not_seen");
}

TEST_CASE("a look that failed shows nothing, and there will be another", "[dispatcher]") {
    auto options = Desk::small();
    options.echo = EchoEvidence::kOff;
    Desk desk(options);
    auto intent = Desk::intent(1, "person:anna");
    desk.claim({intent});
    desk.fail(1, ErrorClass::kAmbiguous);
    desk.later(500ms);
    desk.dispatcher.on_look(DeliveryId{1}, {.failed = true}, desk.now);
    REQUIRE(desk.later(14'500ms).looks.size() == 1);
    desk.dispatcher.on_look(DeliveryId{1}, {.failed = true}, desk.now);
    CHECK(desk.later(1s).batch.transitions.empty());
    REQUIRE(desk.later(10s).looks.size() == 1);
    desk.dispatcher.on_look(DeliveryId{1}, {.possible = true, .found = "m"}, desk.now);
    CHECK(only(desk.take()).to == State::kDelivered);
}

TEST_CASE("what nobody could look for until its deadline may have been delivered", "[dispatcher]") {
    Desk desk;
    auto intent = Desk::intent(1, "person:anna");
    intent.policy = GENERATE(UncertainPolicy::kPreferOnce, UncertainPolicy::kPreferDelivery);
    intent.deadline = desk.now.wall + 1min;
    desk.claim({intent});
    desk.fail(1, ErrorClass::kAmbiguous);
    desk.later(500ms);
    desk.dispatcher.on_look(DeliveryId{1}, {.failed = true}, desk.now);
    CHECK(desk.later(58s).batch.transitions.empty());
    desk.dispatcher.on_look(DeliveryId{1}, {.failed = true}, desk.now);
    CHECK(only(desk.later(2s)).reason == DeadReason::kMaybeDelivered);
}

TEST_CASE("a held bot looks for nothing; what it had to look for it looks for afterwards",
          "[dispatcher]") {
    Desk desk;
    auto direct = Desk::intent(1, "person:anna");
    desk.claim({direct, Desk::intent(2)});
    desk.fail(1, ErrorClass::kAmbiguous);
    desk.fail(2, ErrorClass::kAuth, Scope::kBot, 401);
    for (int second = 0; second < 60; ++second) {
        const auto actions = desk.later(1s);
        CHECK(actions.looks.empty());
        CHECK(actions.batch.transitions.empty());
        if (actions.probe) desk.dispatcher.on_probe(false, {}, desk.now);
    }
    REQUIRE(desk.later(30s).probe);
    desk.dispatcher.on_probe(true, {}, desk.now);
    CHECK(desk.take().looks.size() == 1);
}

TEST_CASE("a bot that was held before a restart is probed before anything is sent",
          "[dispatcher]") {
    Desk desk;
    desk.dispatcher.hold_from_before("401", desk.now);
    auto actions = desk.take();
    CHECK(actions.probe);
    CHECK(actions.grant == 0);
    desk.dispatcher.on_probe(true, {}, desk.now);
    CHECK(desk.take().grant > 0);
}

TEST_CASE("an echo that could not be read yet is not a missing one", "[dispatcher]") {
    Desk desk;
    desk.dispatcher.on_echo_seen();
    desk.claim({Desk::intent(1)});
    desk.fail(1, ErrorClass::kAmbiguous);
    desk.later(500ms);
    desk.dispatcher.on_look(DeliveryId{1}, {.possible = false}, desk.now);
    for (int second = 0; second < 60; ++second) {
        desk.dispatcher.on_echo_unread("room:ops", desk.now);
        CHECK(desk.later(1s).batch.transitions.empty());
    }
    CHECK(only(desk.later(3s)).to == State::kPending);
}

TEST_CASE("a repeat that is refused for good may have arrived before", "[dispatcher]") {
    Desk desk;
    auto repeat = Desk::intent(1);
    repeat.repeats = GENERATE(0U, 1U);
    desk.claim({repeat});
    const auto actions = desk.fail(1, ErrorClass::kPermanent, Scope::kMessage, 400);
    CHECK(only(actions).reason ==
          (repeat.repeats > 0 ? DeadReason::kMaybeDelivered : DeadReason::kRejected));
}

TEST_CASE("a missing echo means something only where the service was seen to echo",
          "[dispatcher]") {
    Desk desk;
    const bool proven = GENERATE(false, true);
    if (proven) desk.dispatcher.on_echo_seen();
    desk.claim({Desk::intent(1)});
    desk.fail(1, ErrorClass::kAmbiguous);
    desk.later(500ms);
    desk.dispatcher.on_look(DeliveryId{1}, {.possible = false}, desk.now);
    const auto actions = desk.later(15s);
    CHECK(only(actions).to == (proven ? State::kPending : State::kDead));
}

TEST_CASE("after a crash a missing echo proves nothing: it may have come meanwhile",
          "[dispatcher]") {
    Desk desk;
    desk.dispatcher.on_echo_seen();
    desk.dispatcher.on_recovered({Desk::intent(1)}, desk.now);
    desk.later(500ms);
    desk.dispatcher.on_look(DeliveryId{1}, {.possible = false}, desk.now);
    CHECK(only(desk.later(15s)).reason == DeadReason::kMaybeDelivered);
}

TEST_CASE("a refused token holds the whole queue and loses nothing", "[dispatcher]") {
    Desk desk;
    desk.claim({Desk::intent(1), Desk::intent(2, "room:other")});
    auto actions = desk.fail(1, ErrorClass::kAuth, Scope::kBot, 401);
    CHECK(only(actions).to == State::kPending);
    CHECK(only(actions).uncounted);
    CHECK(actions.revoke);
    CHECK(actions.grant == 0);
    CHECK(desk.dispatcher.held());

    SECTION("a second refusal is no second alarm") {
        actions = desk.fail(2, ErrorClass::kAuth, Scope::kBot, 401);
        CHECK_FALSE(says(actions, Notice::Kind::kBotHeld));
    }
    SECTION("claims that were under way go back unsent") {
        desk.dispatcher.on_claimed({Desk::intent(3)}, Millis{0}, desk.now);
        actions = desk.take();
        CHECK(actions.sends.empty());
        CHECK(only(actions).uncounted);
    }
    SECTION("probes get rarer, and sending goes on when one succeeds") {
        CHECK(desk.later(2s).probe);
        desk.dispatcher.on_probe(false, {}, desk.now);
        CHECK_FALSE(desk.later(3s).probe);
        CHECK(desk.later(1s).probe);
        desk.dispatcher.on_probe(true, {}, desk.now);
        actions = desk.take();
        CHECK_FALSE(desk.dispatcher.held());
        CHECK(actions.grant > 0);
        CHECK(actions.poke);
        CHECK(says(actions, Notice::Kind::kBotReleased));
    }
}

TEST_CASE("a 429 pauses the whole bot, counts no attempt and is never cut short", "[dispatcher]") {
    Desk desk;
    desk.claim({Desk::intent(1)});
    Answer limited;
    limited.error.cls = ErrorClass::kRateLimited;
    limited.error.retry_after = 12s;
    limited.note.status = 429;
    auto actions = desk.answer(1, limited);

    CHECK(only(actions).uncounted);
    CHECK(only(actions).next >= desk.now.wall + 12s);
    CHECK(actions.revoke);
    CHECK(desk.later(11'999ms).grant == 0);
    CHECK(desk.later(1ms).grant > 0);
}

TEST_CASE("a long Retry-After is written down for the next start", "[dispatcher]") {
    Desk desk;
    desk.claim({Desk::intent(1)});
    Answer limited;
    limited.error.cls = ErrorClass::kRateLimited;
    limited.error.retry_after = 1h;
    limited.note.status = 429;
    const auto actions = desk.answer(1, limited);
    REQUIRE(actions.batch.settings.size() == 1);
    CHECK(actions.batch.settings[0].first == "pause_until");

    Desk restarted;
    restarted.dispatcher.pause_until(restarted.now, restarted.now.wall + 30min);
    CHECK(restarted.take().grant == 0);
    CHECK(restarted.later(31min).grant > 0);
}

TEST_CASE("a shorter Retry-After that comes later does not replace a longer one", "[dispatcher]") {
    Desk desk;
    desk.claim({Desk::intent(1), Desk::intent(2, "room:b")});
    Answer limited;
    limited.error.cls = ErrorClass::kRateLimited;
    limited.error.retry_after = 1h;
    limited.note.status = 429;
    desk.answer(1, limited);
    limited.error.retry_after = 5s;
    const auto actions = desk.answer(2, limited);
    CHECK(actions.batch.settings.empty());
    CHECK(desk.later(59min).grant == 0);
}

TEST_CASE("a Retry-After outlives a hold that heals, and the probe waits for it", "[dispatcher]") {
    Desk desk;
    desk.claim({Desk::intent(1), Desk::intent(2, "room:b")});
    desk.fail(1, ErrorClass::kAuth, Scope::kBot, 401);
    Answer limited;
    limited.error.cls = ErrorClass::kRateLimited;
    limited.error.retry_after = 10min;
    limited.note.status = 429;
    desk.answer(2, limited);
    CHECK_FALSE(desk.later(5min).probe);
    CHECK(desk.later(1s).wake > desk.now.mono);
    CHECK(desk.later(6min).probe);
    limited.error.retry_after = 20min;
    desk.dispatcher.on_told_to_wait(limited.error, desk.now);
    desk.dispatcher.on_probe(true, {}, desk.now);
    CHECK(desk.later(19min).grant == 0);
    CHECK(desk.later(3min).grant > 0);
}

TEST_CASE("a date that came with a refused look holds for messages, and for the next start",
          "[dispatcher]") {
    Desk desk;
    resilience::Error refused;
    refused.cls = ErrorClass::kRateLimited;
    refused.retry_after = 1h;
    desk.dispatcher.on_told_to_wait(refused, desk.now);
    const auto actions = desk.take();
    CHECK(actions.grant == 0);
    REQUIRE(actions.batch.settings.size() == 1);
    CHECK(actions.batch.settings[0].first == "pause_until");
}

TEST_CASE("a transient failure waits longer each time and stays at the head", "[dispatcher]") {
    Desk desk;
    auto intent = Desk::intent(1);
    intent.attempt = GENERATE(1U, 2U, 3U);
    desk.claim({intent});
    const auto actions = desk.fail(1, ErrorClass::kTransient, Scope::kMessage, 503);
    CHECK(only(actions).to == State::kPending);
    CHECK_FALSE(only(actions).uncounted);
    CHECK(only(actions).next > desk.now.wall);
    CHECK(only(actions).next <= desk.now.wall + 2s * (1U << (intent.attempt - 1)) * 3 / 2);
}

TEST_CASE("a message ends at its deadline, not after three tries", "[dispatcher]") {
    Desk desk;
    auto intent = Desk::intent(1);
    intent.attempt = 40;
    intent.deadline = desk.now.wall + 5s;
    desk.claim({intent});
    CHECK(only(desk.fail(1, ErrorClass::kTransient)).next == intent.deadline);
}

TEST_CASE("max_attempts ends a message as rejected, with the last answer", "[dispatcher]") {
    Desk desk;
    auto intent = Desk::intent(1);
    intent.attempt = 3;
    intent.max_attempts = 3;
    desk.claim({intent});
    const auto actions = desk.fail(1, ErrorClass::kTransient);
    CHECK(only(actions).to == State::kDead);
    CHECK(only(actions).reason == DeadReason::kRejected);
}

TEST_CASE("a refusal of the room holds the room, one of the message ends the message",
          "[dispatcher]") {
    Desk desk;
    desk.claim({Desk::intent(1)});
    const auto scope = GENERATE(Scope::kRoom, Scope::kMessage);
    const auto actions = desk.fail(1, ErrorClass::kPermanent, scope, 404);
    if (scope == Scope::kRoom) {
        REQUIRE(actions.batch.holds.size() == 1);
        CHECK(actions.batch.holds[0].destination == "room:ops");
        CHECK(only(actions).to == State::kPending);
    } else {
        CHECK(actions.batch.holds.empty());
        CHECK(only(actions).to == State::kDead);
    }
}

TEST_CASE("an outage lets one request through at a time", "[dispatcher]") {
    auto options = Desk::small();
    options.breaker_failures = 3;
    Desk desk(options);
    desk.claim({Desk::intent(1), Desk::intent(2, "room:b"), Desk::intent(3, "room:c")});
    desk.fail(1, ErrorClass::kTransient);
    desk.fail(2, ErrorClass::kTransient);
    CHECK(desk.fail(3, ErrorClass::kTransient).grant == 0);
    CHECK(desk.later(30s).grant == 1);
    desk.dispatcher.on_claimed({Desk::intent(4)}, Millis{0}, desk.now);
    CHECK(desk.take().grant == 0);
    CHECK(desk.answer(4, {.delivered = true}).grant > 0);
}

TEST_CASE("after an outage or a hold the queue drains slowly at first", "[dispatcher]") {
    DispatcherOptions options;
    options.breaker_failures = 1;
    Desk desk(options);
    desk.claim({Desk::intent(1)});
    if (GENERATE(true, false)) {
        desk.fail(1, ErrorClass::kTransient);
        desk.later(30s);
        desk.dispatcher.on_claimed({Desk::intent(2)}, Millis{0}, desk.now);
        desk.take();
        desk.dispatcher.on_answer(DeliveryId{2}, {.delivered = true}, desk.now);
    } else {
        desk.fail(1, ErrorClass::kAuth, Scope::kBot, 401);
        desk.later(30s);
        desk.dispatcher.on_probe(true, {}, desk.now);
    }
    std::uint64_t id = 10;
    std::vector<std::size_t> sent;
    for (int second = 0; second < 4; ++second) {
        sent.push_back(0);
        for (int step = 0; step < 100; ++step) {
            for (auto left = desk.later(10ms).grant; left > 0; --left) {
                ++id;
                desk.dispatcher.on_claimed({Desk::intent(id, "room:" + std::to_string(id))},
                                           Millis{0}, desk.now);
                desk.dispatcher.on_answer(DeliveryId{id}, {.delivered = true}, desk.now);
                ++sent.back();
            }
        }
    }
    CHECK(sent[0] <= 16);
    CHECK(sent[3] >= 3 * sent[0]);
    CHECK(sent[3] <= 100);
}

TEST_CASE("never more requests in flight than allowed", "[dispatcher]") {
    Desk desk;
    CHECK(desk.take().grant == 4);
    CHECK(desk.take().grant == 0);
    desk.dispatcher.on_claimed({Desk::intent(1), Desk::intent(2, "room:b")}, Millis{0}, desk.now);
    CHECK(desk.take().grant == 0);
    CHECK(desk.answer(1, {.delivered = true, .message_id = "m"}).grant == 1);
}

TEST_CASE("a limit of N per second is kept", "[dispatcher]") {
    auto options = Desk::small();
    options.concurrency = 64;
    options.rate = 10;
    options.rate_burst = 1;
    Desk desk(options);
    std::uint64_t id = 0;
    std::size_t sent = 0;
    for (int step = 0; step < 1000; ++step) {
        const auto actions = desk.later(10ms);
        for (std::uint32_t i = 0; i < actions.grant; ++i) {
            ++id;
            desk.dispatcher.on_claimed({Desk::intent(id, "room:" + std::to_string(id))}, Millis{0},
                                       desk.now);
        }
        const auto started = desk.take().sends;
        sent += started.size();
        for (const auto& intent : started) {
            desk.dispatcher.on_answer(intent.id, {.delivered = true, .message_id = "m"}, desk.now);
        }
    }
    CHECK(sent >= 98);
    CHECK(sent <= 102);
}

TEST_CASE("a delivered message carries its Webex id", "[dispatcher]") {
    Desk desk;
    desk.claim({Desk::intent(1)});
    const auto actions = desk.answer(1, {.delivered = true, .message_id = "Y2lz"});
    CHECK(only(actions).to == State::kDelivered);
    CHECK(only(actions).message_id == "Y2lz");
    CHECK_FALSE(only(actions).confirmed_late);
}

TEST_CASE("the dispatcher wakes when the next delivery becomes due", "[dispatcher]") {
    Desk desk;
    desk.take();
    desk.dispatcher.on_claimed({}, desk.now.wall + 300ms, desk.now);
    CHECK(desk.take().wake == desk.now.mono + 300ms);
    CHECK(desk.later(300ms).poke);
}

TEST_CASE("what goes back to a held queue is looked at again soon: it may end there",
          "[dispatcher]") {
    Desk desk;
    desk.take();
    desk.dispatcher.on_claimed({Desk::intent(1)}, desk.now.wall + 5min, desk.now);
    desk.take();
    desk.fail(1, ErrorClass::kAuth, Scope::kBot, 401);
    CHECK(desk.later(1s).poke);
}

TEST_CASE("in a long pause somebody looks now and then whether something new has ended",
          "[dispatcher]") {
    Desk desk;
    desk.claim({Desk::intent(1)});
    Answer limited;
    limited.error.cls = ErrorClass::kRateLimited;
    limited.error.retry_after = 1h;
    limited.note.status = 429;
    desk.answer(1, limited);
    desk.dispatcher.on_claimed({}, desk.now.wall + 30min, desk.now);
    desk.take();
    CHECK_FALSE(desk.later(9s).poke);
    CHECK(desk.later(1s).poke);
}

TEST_CASE("nothing turns while nothing may be claimed, however much is due", "[dispatcher]") {
    Desk desk;
    desk.claim({Desk::intent(1)});
    SECTION("on hold") {
        desk.fail(1, ErrorClass::kAuth, Scope::kBot, 401);
    }
    SECTION("in a pause") {
        desk.fail(1, ErrorClass::kRateLimited, Scope::kMessage, 429);
    }
    SECTION("with everything in flight") {
        desk.claim(
            {Desk::intent(2, "room:b"), Desk::intent(3, "room:c"), Desk::intent(4, "room:d")});
    }
    desk.dispatcher.on_claimed({}, desk.now.wall, desk.now);
    const auto actions = desk.take();
    CHECK_FALSE(actions.poke);
    CHECK(actions.wake >= desk.now.mono + 1s);
}
