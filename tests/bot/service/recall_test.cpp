#include "bot/service/recall.hpp"

#include "tests/bot/service/bench.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using bot::cli::RecallItem;
using bot::cli::RecallReply;
using bot::service::recall_now;
using Catch::Contains;
using messaging::http::Request;
using messaging::http::Response;
using messaging::outbox::DeadReason;
using messaging::outbox::DeliveryId;
using messaging::outbox::State;
using messaging::outbox::Transition;
using Outcome = RecallItem::Outcome;

using namespace std::chrono_literals;

namespace {

class Desk : public tests::ServiceBench {
public:
    // A batch to rooms "a", "b" …; all wait.
    std::uint64_t post(const std::vector<std::string>& rooms) {
        const auto group = outbox->new_group();
        for (const auto& room : rooms) {
            REQUIRE(
                messenger->post(messaging::room(room), {.text = "oops"}, {.group = group}).ok());
        }
        return group;
    }
    // The oldest that waits is sent and ends so.
    DeliveryId end_next(State to, const std::string& message_id, DeadReason reason = {}) {
        messaging::outbox::Batch claim;
        claim.claim = {.max = 1, .now = now()};
        const auto intent = store.apply(claim).value().intents.at(0);
        Transition end;
        end.id = intent.id;
        end.attempt = intent.attempt;
        end.to = to;
        end.reason = reason;
        end.at = now();
        end.message_id = message_id;
        messaging::outbox::Batch batch;
        batch.transitions.push_back(end);
        REQUIRE(outbox->apply(std::move(batch)).value().stale.empty());
        return intent.id;
    }
    RecallReply recall(std::uint64_t id, const std::string& edit = {}, bool dry_run = false) {
        bot::cli::RecallRequest request;
        request.ids = {DeliveryId{id}};
        request.edit = edit;
        request.dry_run = dry_run;
        auto reply =
            recall_now(request, {*outbox, *webex, clock, anew ? &*messenger : nullptr}, {});
        REQUIRE(reply.ok());
        return std::move(reply).value();
    }
    std::int64_t calls(const std::string& call) const {
        const auto all = asked();
        return std::count(all.begin(), all.end(), call);
    }
    bool anew = true;  // where an edit is refused, a new message may be sent
    messaging::outbox::Millis now() const { return resilience::since_epoch(clock.wall_now()); }
};

std::vector<Outcome> outcomes(const RecallReply& reply) {
    std::vector<Outcome> all;
    for (const auto& item : reply.items)
        all.push_back(item.outcome);
    return all;
}

using Outcomes = std::vector<Outcome>;

}  // namespace

TEST_CASE("nothing is recalled under an id that nobody knows", "[recall]") {
    Desk desk;
    desk.post({"a"});
    CHECK(desk.recall(77).items.empty());
    CHECK(desk.asked().empty());
}

TEST_CASE("a dry run says what would be and asks nobody", "[recall]") {
    Desk desk;
    const auto group = desk.post({"a", "b"});
    desk.end_next(State::kDelivered, "M1");
    const auto reply = desk.recall(group, {}, true);
    CHECK(outcomes(reply) == Outcomes{Outcome::kDeleted, Outcome::kCancelled});
    CHECK(desk.asked().empty());
    CHECK(desk.posted()[1].state == State::kPending);
}

TEST_CASE("a batch is deleted where it is, and cancelled where it is not yet", "[recall]") {
    Desk desk;
    const auto other = desk.post({"z"});
    desk.end_next(State::kDelivered, "other");
    const auto group = desk.post({"a", "b", "c"});
    desk.end_next(State::kDelivered, "M1");
    desk.end_next(State::kDelivered, "M2");
    desk.answer_with([](const Request& request) {
        // One of them somebody has deleted already.
        return Response{.status = request.url.find("M2") != std::string::npos ? 404 : 204};
    });
    const auto reply = desk.recall(group);
    CHECK(outcomes(reply) == Outcomes{Outcome::kDeleted, Outcome::kDeleted, Outcome::kCancelled});
    CHECK(desk.asked() == std::vector<std::string>{"DELETE /messages/M1", "DELETE /messages/M2"});
    const auto last = desk.posted().back();
    CHECK(last.state == State::kDead);
    CHECK(last.reason == DeadReason::kCancelled);
    CHECK(last.last.rule == "recall");
    CHECK(other != group);
}

TEST_CASE("a single message is recalled by its id", "[recall]") {
    Desk desk;
    desk.post({"a", "b"});
    const auto first = desk.end_next(State::kDelivered, "M1");
    desk.answer_with([](const Request&) { return Response{.status = 204}; });
    CHECK(outcomes(desk.recall(first.value)) == Outcomes{Outcome::kDeleted});
}

TEST_CASE("a service that is busy is asked again, one that refuses is believed", "[recall]") {
    Desk desk;
    const auto group = desk.post({"a"});
    desk.end_next(State::kDelivered, "M1");
    int asked = 0;
    SECTION("busy") {
        desk.answer_with(
            [&asked](const Request&) { return Response{.status = ++asked < 4 ? 429 : 204}; });
        CHECK(outcomes(desk.recall(group)) == Outcomes{Outcome::kDeleted});
        CHECK(asked == 4);
    }
    SECTION("refusing") {
        desk.answer_with([&asked](const Request&) {
            ++asked;
            return Response{.status = 403, .body = R"({"message":"You cannot delete this."})"};
        });
        const auto reply = desk.recall(group);
        CHECK(outcomes(reply) == Outcomes{Outcome::kFailed});
        CHECK_THAT(reply.items[0].detail, Contains("403"));
        CHECK(asked == 1);
    }
}

TEST_CASE("an edit replaces the text in the room, also where only the person is known",
          "[recall]") {
    Desk desk;
    REQUIRE(desk.messenger->post(messaging::email("x@b.test"), {.text = "oops"}).ok());
    const auto id = desk.end_next(State::kDelivered, "M1");
    std::vector<Request> seen;
    desk.answer_with([&seen](const Request& request) {
        seen.push_back(request);
        return Response{.status = 200, .body = R"({"id":"M1","roomId":"R9","roomType":"direct"})"};
    });
    CHECK(outcomes(desk.recall(id.value, "**better**")) == Outcomes{Outcome::kEdited});
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].method == "GET");
    CHECK(seen[1].method == "PUT");
    CHECK_THAT(*seen[1].body, Contains("R9") && Contains("**better**"));
}

TEST_CASE("an edit that Webex does not allow is an honest failure", "[recall]") {
    Desk desk;
    desk.anew = false;
    const auto group = desk.post({"a", "b"});
    desk.end_next(State::kDelivered, "M1");
    desk.answer_with([](const Request&) {
        return Response{.status = 400,
                        .body = R"({"message":"The maximum number of edits has been reached."})"};
    });
    const auto reply = desk.recall(group, "better");
    CHECK(outcomes(reply) == Outcomes{Outcome::kFailed, Outcome::kFailed});
    CHECK_THAT(reply.items[0].detail, Contains("maximum number of edits"));
    CHECK_THAT(reply.items[1].detail, Contains("not sent yet"));
    CHECK(desk.posted()[1].state == State::kPending);
}

TEST_CASE("what cannot be found again in its room is said so", "[recall]") {
    Desk desk;
    const auto group = desk.post({"a", "b", "c"});
    desk.end_next(State::kDelivered, "");
    desk.end_next(State::kDead, "", DeadReason::kMaybeDelivered);
    desk.end_next(State::kDead, "", DeadReason::kRejected);
    const auto reply = desk.recall(group);
    CHECK(outcomes(reply) == Outcomes{Outcome::kFailed, Outcome::kFailed, Outcome::kNothing});
    CHECK_THAT(reply.items[0].detail, Contains("not learned"));
    CHECK_THAT(reply.items[1].detail, Contains("may have arrived"));
    CHECK_THAT(reply.items[2].detail, Contains("never arrived (rejected)"));
}

TEST_CASE("what is on its way gets a moment to end", "[recall]") {
    Desk desk;
    const auto group = desk.post({"a"});
    messaging::outbox::Batch claim;
    claim.claim = {.max = 1, .now = desk.now()};
    REQUIRE(desk.store.apply(claim).value().intents.size() == 1);
    const auto before = desk.clock.now();
    const auto reply = desk.recall(group);
    CHECK(outcomes(reply) == Outcomes{Outcome::kFailed});
    CHECK_THAT(reply.items[0].detail, Contains("on its way"));
    CHECK(desk.clock.now() - before <= 10s);
}

TEST_CASE("what was edited too often is answered in its thread", "[recall]") {
    Desk desk;
    const auto group = desk.post({"a"});
    desk.end_next(State::kDelivered, "M1");
    desk.answer_with([](const Request&) {
        return Response{.status = 400,
                        .body = R"({"message":"The maximum number of edits has been reached."})"};
    });
    SECTION("when there is somebody to send it") {
        const auto reply = desk.recall(group, "**all is well**");
        CHECK(outcomes(reply) == Outcomes{Outcome::kEdited});
        CHECK_THAT(reply.items[0].detail, Contains("a new message goes out"));
        const auto posted = desk.posted();
        REQUIRE(posted.size() == 2);
        const auto& fresh = posted[0].group == group ? posted[1] : posted[0];
        CHECK(fresh.destination == "room:a");
        CHECK_THAT(fresh.payload, Contains("all is well") && Contains(R"("parentId":"M1")"));
    }
    SECTION("and fails otherwise, with what to do") {
        desk.anew = false;
        const auto reply = desk.recall(group, "**all is well**");
        CHECK(outcomes(reply) == Outcomes{Outcome::kFailed});
        CHECK_THAT(reply.items[0].detail, Contains("send a new message"));
    }
}
