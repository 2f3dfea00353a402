#include "bot/service/alarms.hpp"

#include "tests/bot/service/bench.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <string>
#include <vector>

using bot::log::AlarmFile;
using bot::service::Alarms;
using Catch::Contains;
using messaging::outbox::DeadReason;
using messaging::outbox::DeliveryId;
using messaging::outbox::Notice;

using namespace std::chrono_literals;

namespace {

class Desk : public tests::ServiceBench {
public:
    explicit Desk(bool with_room = true) {
        config.rooms = {{.name = "ops", .id = "OPS"}, {.name = "sales", .id = "SALES"}};
        if (with_room) config.ops_room = "ops";
        alarms.speak_through(*messenger);
    }

    void tell(Notice::Kind kind,
              const std::string& detail = "because",
              const std::string& destination = "room:SALES",
              std::uint64_t id = 7) {
        Notice notice;
        notice.kind = kind;
        notice.id = DeliveryId{id};
        notice.destination = destination;
        notice.reason = kind == Notice::Kind::kDead ? DeadReason::kRejected : DeadReason::kNone;
        notice.note.detail = detail;
        alarms.tell(notice);
    }
    // What was said in the alarm room.
    std::vector<std::string> said() {
        std::vector<std::string> texts;
        for (const auto& delivery : posted()) {
            CHECK(delivery.destination == "room:OPS");
            CHECK(delivery.priority == messaging::outbox::Priority::kAlert);
            texts.push_back(nlohmann::json::parse(delivery.payload).value("markdown", ""));
        }
        return texts;
    }
    std::vector<bot::log::Alarm> written() { return file.read().value(); }

    bot::service::RoomBook rooms{config};
    AlarmFile file{folder.path("alarms.jsonl")};
    Alarms alarms{{.config = config, .rooms = rooms, .clock = clock, .file = file}};
};

}  // namespace

TEST_CASE("without an alarm room alarms go into the file", "[alarms]") {
    Desk desk(false);
    desk.tell(Notice::Kind::kDead, "no such room");
    desk.alarms.flush();
    CHECK(desk.said().empty());
    REQUIRE(desk.written().size() == 1);
    CHECK(desk.written()[0].kind == "not_delivered");
    CHECK_THAT(desk.written()[0].text,
               Contains(to_string(DeliveryId{7}) + " to sales (rejected)") &&
                   Contains("no such room") && Contains("stentor dead list"));
}

TEST_CASE("an alarm that cannot be accepted goes into the file", "[alarms]") {
    Desk desk;
    SECTION("because the store is full") {
        desk.store.stop_accepting(true);
    }
    SECTION("because there is no such room") {
        desk.config.ops_room = "nowhere";
    }
    desk.alarms.swallowed("the disk is full");
    desk.alarms.flush();
    REQUIRE(desk.written().size() == 1);
    CHECK(desk.written()[0].kind == "safe_send");
    CHECK_THAT(desk.written()[0].text, Contains("the disk is full"));
}

TEST_CASE("an alarm that cannot even be written is a line in the log", "[alarms]") {
    Desk desk(false);
    REQUIRE(::mkdir(desk.folder.path("alarms.jsonl").c_str(), 0700) == 0);
    desk.alarms.swallowed("the disk is full");
    desk.alarms.flush();
    CHECK_THAT(desk.log(),
               Contains("an alarm cannot be written down") && Contains("the disk is full"));
}

TEST_CASE("reports that are overdue are one alarm, which names five", "[alarms]") {
    Desk desk;
    for (int i = 1; i <= 7; ++i)
        desk.alarms.overdue("the report r" + std::to_string(i) + " is overdue");
    desk.alarms.flush();
    REQUIRE(desk.said().size() == 1);
    CHECK_THAT(desk.said()[0], Contains("the report r1 is overdue; the report r2") &&
                                   !Contains("the report r6") && Contains("and 2 more, which "));
    desk.store.stop_accepting(true);
    desk.alarms.overdue("the report r8 is overdue");
    desk.alarms.flush();
    CHECK(desk.written().back().kind == "report_overdue");
}

TEST_CASE("[S3.50] an alarm that is not delivered raises no further one in the room", "[alarms]") {
    Desk desk;
    desk.tell(Notice::Kind::kDead);
    desk.alarms.flush();
    REQUIRE(desk.said().size() == 1);
    const auto own = desk.posted().front().id.value;
    desk.tell(Notice::Kind::kDead, "refused", "room:OPS", own);
    desk.alarms.flush();
    CHECK(desk.said().size() == 1);
    CHECK(desk.written().back().kind == "alarm_not_delivered");
}

TEST_CASE("a hold of all sending is written down once, and its end is told", "[alarms]") {
    Desk desk;
    desk.tell(Notice::Kind::kBotHeld, "HTTP 401");
    desk.alarms.flush();
    CHECK(desk.said().empty());
    desk.clock.advance(90s);
    desk.tell(Notice::Kind::kBotReleased, "");
    desk.alarms.flush();
    REQUIRE(desk.written().size() == 2);
    CHECK(desk.written()[0].kind == "bot_held");
    CHECK_THAT(desk.written()[0].text, Contains("HTTP 401"));
    CHECK(desk.written()[1].kind == "bot_released");
    CHECK_THAT(desk.written()[1].text, Contains("held for 1 minute: HTTP 401"));
    REQUIRE(desk.said().size() == 1);
    CHECK_THAT(desk.said()[0], Contains("sending goes on"));
    // Without a hold before it an end is none.
    desk.tell(Notice::Kind::kBotReleased, "");
    desk.alarms.flush();
    CHECK(desk.written().size() == 2);
}

TEST_CASE("while sending is held alarms are posted for later and written down now", "[alarms]") {
    Desk desk;
    desk.tell(Notice::Kind::kBotHeld, "HTTP 401");
    desk.tell(Notice::Kind::kDead, "expired");
    desk.alarms.flush();
    CHECK(desk.said().size() == 1);
    CHECK(desk.written().size() == 2);
}

TEST_CASE("a held room is told once, the alarm room's own hold in the file", "[alarms]") {
    Desk desk;
    desk.tell(Notice::Kind::kRoomHeld, "not a *member*");
    desk.tell(Notice::Kind::kRoomHeld, "not a *member*");
    desk.tell(Notice::Kind::kRoomHeld, "not a member", "room:OPS");
    desk.alarms.flush();
    REQUIRE(desk.said().size() == 1);
    CHECK_THAT(desk.said()[0],
               Contains("messages to sales are held") && Contains("not a \\*member\\*"));
    REQUIRE(desk.written().size() == 1);
    CHECK_THAT(desk.written()[0].text, Contains("messages to ops are held"));
}

TEST_CASE("much at once becomes one message", "[alarms]") {
    Desk desk;
    for (std::uint64_t id = 1; id <= 1'500; ++id)
        desk.tell(Notice::Kind::kDead, "gone", "room:SALES", id);
    desk.tell(Notice::Kind::kBotHeld, "HTTP 401");  // never left out
    desk.alarms.flush();
    REQUIRE(desk.said().size() == 1);
    CHECK_THAT(desk.said()[0], Contains("1000 messages were not delivered (rejected: 1000)") &&
                                   Contains("500 further alarms were left out"));
    CHECK(desk.said()[0].size() < 2'000);
    CHECK(desk.written()[0].kind == "bot_held");
}

TEST_CASE("what is noted when everything stops is still said", "[alarms]") {
    Desk desk;
    std::stop_source stop;
    stop.request_stop();
    desk.tell(Notice::Kind::kDead);
    desk.alarms.run(stop.get_token());
    CHECK(desk.said().size() == 1);
}

TEST_CASE("the alarm file is private, bounded, and survives a cut line", "[alarms]") {
    const tests::TempFolder folder;
    const auto path = folder.path("alarms.jsonl");
    const AlarmFile file(path, 400);
    CHECK(file.read().value().empty());
    const bot::log::Alarm first{1ms, "kind", "text with \"quotes\"\nand a line"};
    REQUIRE(file.append(first).ok());
    CHECK(file.read().value() == std::vector{first});
    struct stat facts {};
    REQUIRE(::stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777U) == 0600U);
    for (int i = 0; i < 20; ++i)
        REQUIRE(file.append({std::chrono::milliseconds{i}, "kind", "some text"}).ok());
    REQUIRE(::stat(path.c_str(), &facts) == 0);
    CHECK(facts.st_size <= 400);
    const auto kept = file.read().value();
    CHECK(kept.back().time == 19ms);
    CHECK(kept.size() >= 7);  // the older file as well
    CHECK(kept.size() < 20);
    folder.write("alarms.jsonl", R"({"time":1,"kind":"k","text":"t"})"
                                 "\n{\"time\":2,\"ki");
    CHECK(AlarmFile(path).read().value().back().text == "t");
}
