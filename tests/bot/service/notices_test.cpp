#include "bot/service/notices.hpp"

#include "tests/bot/service/bench.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using bot::service::Notices;
using Catch::Contains;
using messaging::Message;
using messaging::http::Response;
using messaging::outbox::DeadReason;
using messaging::outbox::State;
using Texts = std::vector<std::string>;

using namespace std::chrono_literals;

namespace {

class Room : public tests::ServiceBench {
public:
    Notices notices{{.messenger = *messenger, .outbox = *outbox, .webex = *webex, .clock = clock}};
    int edit_status = 200;
    int delete_status = 204;
    Texts edits;

    Room() {
        answer_with([this](const messaging::http::Request& request) {
            if (request.method == "DELETE") return Response{.status = delete_status, .body = "{}"};
            if (edit_status == 200) {
                const auto body = nlohmann::json::parse(*request.body);
                edits.push_back(body.value("markdown", body.value("text", "")));
            }
            return Response{.status = edit_status,
                            .body = R"({"id":"posted","roomId":"ops","created":)"
                                    R"("2026-11-27T00:00:00Z"})"};
        });
    }

    std::shared_ptr<Notices::Notice> begin() {
        return notices.begin({.command = "chart", .room_id = "ops", .parent_id = "t"});
    }
    // What a new process has to take away.
    std::string standing() {
        return outbox->read([](auto& s) { return s.setting("notices"); }).value();
    }
    // The sender posts what waits.
    void send() {
        const auto now = resilience::since_epoch(clock.wall_now());
        messaging::outbox::Batch claim;
        claim.claim = {.max = 10, .now = now};
        const auto claimed = store.apply(claim).value();
        for (const auto& intent : claimed.intents) {
            messaging::outbox::Batch done;
            messaging::outbox::Transition sent;
            sent.id = intent.id;
            sent.attempt = intent.attempt;
            sent.at = now;
            sent.message_id = "posted";
            done.transitions = {sent};
            REQUIRE(store.apply(done).value().stale.empty());
        }
    }
    // A notice that stands in the room.
    std::shared_ptr<Notices::Notice> shown() {
        auto notice = begin();
        clock.advance(2s);
        notices.look();
        send();
        return notice;
    }
    Texts asked_for(const std::string& method) const {
        Texts found;
        for (const auto& one : asked()) {
            if (one.starts_with(method)) found.push_back(one);
        }
        return found;
    }
};

std::vector<Message> text(const std::string& markdown) {
    return {Message{.markdown = markdown}};
}

std::vector<Message> picture() {
    auto message = text("a chart");
    message.front().files.push_back({.path = "/tmp/chart.png"});
    return message;
}

}  // namespace

TEST_CASE("an answer that is quick has no notice", "[notices]") {
    Room room;
    const auto notice = room.begin();
    CHECK(room.notices.look() == room.clock.now() + 2s);
    room.clock.advance(1999ms);
    room.notices.look();
    CHECK_FALSE(room.notices.end(notice, text("here")));
    room.clock.advance(1h);
    CHECK_FALSE(room.notices.look().has_value());
    CHECK(room.posted().empty());
    CHECK(room.asked().empty());
}

TEST_CASE("a notice that cannot be changed is deleted, and the answer is sent", "[notices]") {
    Room room;
    const auto notice = room.shown();
    room.edit_status = GENERATE(400, 404, 429, 503);
    CHECK_FALSE(room.notices.end(notice, text("here")));
    CHECK(room.asked_for("PUT").size() == 1);  // not repeated: the answer does not wait for it
    CHECK_FALSE(room.notices.look().has_value());
    CHECK(room.asked_for("DELETE") == Texts{"DELETE /messages/posted"});
    CHECK_THAT(room.log(), Contains("a notice cannot be changed"));
}

TEST_CASE("a notice that cannot be deleted is tried again, and not for ever", "[notices]") {
    Room room;
    const auto notice = room.shown();
    CHECK_FALSE(room.notices.end(notice, picture()));
    room.delete_status = 503;
    const int in_the_end = GENERATE(503, 204, 403);
    int looks = 0;
    for (auto next = room.notices.look(); next; next = room.notices.look()) {
        REQUIRE(++looks < 100);
        room.clock.advance(*next - room.clock.now());
        if (looks == 3) room.delete_status = in_the_end;
    }
    CHECK(looks >= 3);
    CHECK(room.asked_for("DELETE").size() <= 15);
    CHECK(room.asked_for("PUT").empty());
    const bool stays = in_the_end == 503;
    CHECK((room.log().find("a notice stays in its room") != std::string::npos) == stays);
}

TEST_CASE("a notice that the store does not take is left out", "[notices]") {
    Room room;
    const auto notice = room.begin();
    room.clock.advance(2s);
    room.store.stop_accepting(true);
    room.notices.look();
    room.store.stop_accepting(false);
    CHECK(room.posted().empty());
    CHECK_THAT(room.log(), Contains("a notice was not accepted"));
    CHECK_FALSE(room.notices.end(notice, text("here")));
    CHECK_FALSE(room.notices.look().has_value());
    CHECK(room.asked().empty());
}

TEST_CASE("a notice that is still on its way is withdrawn or waited for, never the answer",
          "[notices]") {
    Room room;
    const auto notice = room.begin();
    room.clock.advance(2s);
    room.notices.look();
    REQUIRE(room.posted().size() == 1);
    SECTION("not sent yet") {
        CHECK_FALSE(room.notices.end(notice, text("here")));
        CHECK_FALSE(room.notices.look().has_value());
        CHECK(room.posted().front().state == State::kDead);
        CHECK(room.posted().front().reason == DeadReason::kCancelled);
        CHECK(room.asked().empty());
    }
    SECTION("just being sent") {
        messaging::outbox::Batch claim;
        claim.claim = {.max = 10, .now = resilience::since_epoch(room.clock.wall_now())};
        const auto intents = room.store.apply(claim).value().intents;
        CHECK_FALSE(room.notices.end(notice, text("here")));
        CHECK(room.notices.look() == room.clock.now() + 2s);
        messaging::outbox::Batch done;
        messaging::outbox::Transition sent;
        sent.id = intents.at(0).id;
        sent.attempt = 1;
        sent.message_id = "posted";
        done.transitions = {sent};
        REQUIRE(room.store.apply(done).ok());
        CHECK_FALSE(room.notices.look().has_value());
        CHECK(room.asked_for("DELETE").size() == 1);
    }
}

TEST_CASE("a notice is a message in a lane and a thread of its own", "[notices]") {
    Room room;
    const auto notice = room.shown();
    REQUIRE(room.posted().size() == 1);
    const auto posted = room.posted().front();
    CHECK(posted.priority == messaging::outbox::Priority::kReport);
    CHECK(posted.origin == "notice chart");
    CHECK_THAT(posted.payload, Contains("Working on `chart`…") && Contains(R"("parentId":"t")"));
    room.clock.advance(1h);
    CHECK_FALSE(room.notices.look().has_value());
    CHECK(room.posted().size() == 1);
}

TEST_CASE("the answer takes the place of the notice where it is one text", "[notices]") {
    Room room;
    const auto notice = room.shown();
    SECTION("a short text") {
        CHECK(room.notices.end(notice, text("here")));
        CHECK(room.edits == Texts{"here"});
        CHECK_FALSE(room.notices.look().has_value());
        CHECK(room.asked_for("DELETE").empty());
    }
    SECTION("what must be a message of its own") {
        std::vector<Message> answer;
        SECTION("a file") {
            answer = picture();
        }
        SECTION("a card") {
            answer = text("a card");
            answer.front().card_json = "{}";
        }
        SECTION("several") {
            answer = {Message{.text = "a"}, Message{.text = "b"}};
        }
        SECTION("none") {}
        SECTION("too long") {
            answer = text(std::string(9000, 'x'));
        }
        CHECK_FALSE(room.notices.end(notice, answer));
        CHECK(room.asked_for("PUT").empty());
        room.notices.look();
        CHECK(room.asked_for("DELETE").size() == 1);
    }
}

TEST_CASE("a notice says what is being tried again, and is dropped when nothing comes of it",
          "[notices]") {
    Room room;
    const auto notice = room.shown();
    room.notices.retrying(*notice, {.attempt = 2, .of = 3, .wait = 4s});
    CHECK(room.notices.look() == room.clock.now() + 3s);
    room.clock.advance(3s);
    room.notices.look();
    CHECK(room.edits == Texts{"Working on `chart`… attempt 2 of 3, next in 1 s"});
    room.notices.drop(notice);
    room.notices.look();
    CHECK(room.asked_for("DELETE").size() == 1);
    CHECK_FALSE(room.notices.look().has_value());
}

TEST_CASE("a restart takes away the notice that a crash has left, and no other", "[notices]") {
    Room room;
    const auto answered = room.shown();
    CHECK(room.notices.end(answered, text("here")));
    CHECK(room.standing().empty());
    const auto removed = room.shown();
    CHECK_FALSE(room.notices.end(removed, picture()));
    CHECK_FALSE(room.standing().empty());  // not yet
    room.notices.look();
    CHECK(room.standing().empty());
    room.shown();  // and the process ends
    REQUIRE(room.asked_for("DELETE").size() == 1);
    Notices again({.messenger = *room.messenger,
                   .outbox = *room.outbox,
                   .webex = *room.webex,
                   .clock = room.clock});
    again.resume();
    again.look();
    CHECK(room.asked_for("DELETE").size() == 2);
    CHECK(room.standing().empty());
    Notices later({.messenger = *room.messenger,
                   .outbox = *room.outbox,
                   .webex = *room.webex,
                   .clock = room.clock});
    later.resume();
    later.look();
    CHECK(room.asked_for("DELETE").size() == 2);
}
