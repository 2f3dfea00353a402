#include "bot/service/quiet_rooms.hpp"

#include "tests/bot/service/bench.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <optional>

using bot::service::QuietRooms;
using messaging::outbox::Millis;
using messaging::outbox::Priority;
using namespace std::chrono_literals;

namespace {

// At 21:00 UTC on 22 November 2026; the room "night" is quiet from 22:00 to 07:00.
class Night : public tests::ServiceBench {
public:
    Night() {
        clock.step_wall(std::chrono::sys_days(2026y / 11 / 22) + 21h - clock.wall_now());
        config.rooms = {{.name = "night", .id = "N"}, {.name = "day", .id = "D"}};
        config.rooms[0].quiet = bot::schedule::QuietHours{.from = 22h, .to = 7h};
        rooms.emplace(config);
        start();
    }

    // As after a restart.
    void start() {
        quiet.emplace(config, QuietRooms::Parts{*rooms, *messenger, *outbox, clock});
        messenger->hold_with([this](const auto& to, auto priority, auto now) {
            return quiet->held_until(to, priority, now);
        });
    }

    void say(const std::string& room,
             const std::string& text,
             Priority priority,
             const std::string& origin = "schedule weekly") {
        messaging::Message message;
        message.markdown = text;
        REQUIRE(messenger
                    ->post(messaging::room(room), message, {.priority = priority, .origin = origin})
                    .ok());
    }

    Millis held(std::size_t index) { return posted().at(index).not_before; }
    std::string text(std::size_t index) {
        return nlohmann::json::parse(posted().at(index).payload).value("markdown", "");
    }

    std::optional<bot::service::RoomBook> rooms;
    std::optional<QuietRooms> quiet;
};

const Millis kMorning = std::chrono::duration_cast<Millis>(
    (std::chrono::sys_days(2026y / 11 / 23) + 7h).time_since_epoch());

}  // namespace

TEST_CASE("in quiet hours reports wait until their end, alerts and answers pass", "[quiet]") {
    Night night;
    night.say("N", "before", Priority::kReport);
    CHECK(night.held(0) == Millis{0});
    night.clock.advance(1h);
    night.say("N", "a report", Priority::kReport);
    night.say("N", "bulk", Priority::kBulk);
    night.say("N", "an alert", Priority::kAlert);
    night.say("N", "an answer", Priority::kReply);
    night.say("D", "another room", Priority::kReport);
    CHECK(night.held(1) == kMorning + QuietRooms::kBehind);
    CHECK(night.held(2) == kMorning + QuietRooms::kBehind);
    for (const std::size_t passes : {3U, 4U, 5U})
        CHECK(night.held(passes) == Millis{0});
    // The time for the delivery begins with the morning.
    CHECK(night.posted().at(1).deadline == night.held(1) + 1h);
}

TEST_CASE("what waited is summed up in one line before it follows", "[quiet]") {
    Night night;
    night.clock.advance(1h);
    CHECK(night.quiet->look() == 30s);
    night.say("N", "one", Priority::kReport);
    night.say("N", "two", Priority::kReport);
    night.say("N", "three", Priority::kBulk, "send");
    night.clock.advance(9h - 10s);
    CHECK(night.quiet->look() == 10s);
    CHECK(night.posted().size() == 3);
    night.clock.advance(10s);
    night.quiet->look();
    REQUIRE(night.posted().size() == 4);
    CHECK(night.text(3) ==
          "While this room was quiet, 3 messages waited; they follow: 2 of schedule weekly, 1 of "
          "send.");
    CHECK(night.held(3) == Millis{0});
    night.quiet->look();
    CHECK(night.posted().size() == 4);
}

TEST_CASE("a night with one message or none has no line", "[quiet]") {
    Night night;
    night.clock.advance(1h);
    night.quiet->look();
    night.say("N", "one", Priority::kReport);
    night.clock.advance(10h);
    night.quiet->look();
    CHECK(night.posted().size() == 1);
}

TEST_CASE("a restart in the night forgets nothing of it", "[quiet]") {
    Night night;
    night.clock.advance(1h);
    night.quiet->look();
    night.say("N", "one", Priority::kReport);
    night.say("N", "two", Priority::kReport);
    night.start();
    night.clock.advance(1h);
    night.quiet->look();
    night.clock.advance(9h);
    night.quiet->look();
    REQUIRE(night.posted().size() == 3);
    CHECK(night.text(2).find("2 messages waited") != std::string::npos);
}
