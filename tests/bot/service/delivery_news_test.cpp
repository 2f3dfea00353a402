#include "bot/service/delivery_news.hpp"

#include "bot/log/log.hpp"
#include "tests/bot/read_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

using bot::service::DeliveryNews;
using Catch::Contains;
using messaging::outbox::AttemptNote;
using messaging::outbox::DeadReason;
using messaging::outbox::DeliveryId;
using messaging::outbox::Notice;
using Kind = messaging::outbox::Notice::Kind;

namespace {

class Desk {
public:
    Desk() { bot::log::open({.standard_output = false, .file = folder_.path("log")}); }
    ~Desk() { bot::log::open({.standard_output = false}); }
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    // The line that a notice leaves in the log.
    std::string tell(Kind kind, AttemptNote note, DeadReason reason = DeadReason::kNone) {
        const auto before = tests::read_file(folder_.path("log")).size();
        news_.tell({.kind = kind,
                    .id = DeliveryId{1},
                    .destination = "room:r",
                    .attempt = 2,
                    .reason = reason,
                    .wait = std::chrono::milliseconds{1500},
                    .note = std::move(note)});
        return tests::read_file(folder_.path("log")).substr(before);
    }
    std::string metrics() const { return metrics_.text(); }
    // How many HTTP attempts are counted, all results together.
    int attempts() const {
        const auto text = metrics();
        int sum = 0;
        const std::string name = "stentor_http_attempts_total{";
        for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
            const auto value = text.find("} ", at) + 2;
            sum += std::stoi(text.substr(value));
        }
        return sum;
    }

private:
    tests::TempFolder folder_;
    bot::web::Metrics metrics_{"test"};
    DeliveryNews news_{metrics_};
};

}  // namespace

TEST_CASE("a message that is given up is an error with its reason", "[delivery_news]") {
    Desk desk;
    const auto line = desk.tell(Kind::kDead, {.status = 400, .rule = "http_400", .detail = "bad"},
                                DeadReason::kRejected);
    CHECK_THAT(line, Contains("ERROR - not delivered") && Contains("reason=rejected") &&
                         Contains("rule=http_400") && Contains("why=bad"));
    CHECK_THAT(desk.metrics(), Contains(R"(stentor_deliveries_total{state="dead"} 1)") &&
                                   Contains(R"(attempts_total{result="http_400"} 1)"));
}

TEST_CASE("holds are errors, for a person must act", "[delivery_news]") {
    Desk desk;
    CHECK_THAT(desk.tell(Kind::kRoomHeld, {.status = 403, .rule = "http_403", .detail = "no"}),
               Contains("ERROR - room held") && Contains("to=room:r"));
    CHECK_THAT(desk.tell(Kind::kBotHeld, {.status = 401, .rule = "http_401", .detail = "no"}),
               Contains("ERROR - sending is held"));
    CHECK_THAT(desk.tell(Kind::kBotReleased, {}), Contains("INFO - sending goes on"));
    CHECK(desk.attempts() == 2);
}

TEST_CASE("what heals by itself is a warning with the wait", "[delivery_news]") {
    Desk desk;
    CHECK_THAT(desk.tell(Kind::kRetry, {.status = 503, .rule = "http_503", .detail = "busy"}),
               Contains("WARN - will be sent again") && Contains("wait_ms=1500"));
    CHECK_THAT(desk.tell(Kind::kPaused, {.status = 429, .rule = "http_429", .detail = "slow"}),
               Contains("WARN - asked to slow down"));
    CHECK_THAT(desk.tell(Kind::kUncertain, {.status = 502, .rule = "http_502", .detail = "cut"}),
               Contains("WARN - may have arrived"));
    CHECK(desk.attempts() == 3);
}

TEST_CASE("every HTTP attempt is counted once, a look for evidence is none", "[delivery_news]") {
    Desk desk;
    desk.tell(Kind::kDelivered, {.status = 200});
    CHECK(desk.attempts() == 1);
    CHECK_THAT(desk.metrics(), Contains(R"(attempts_total{result="success"} 1)"));
    // These follow an attempt that was counted when its outcome became uncertain.
    desk.tell(Kind::kConfirmedLate, {.rule = "evidence", .detail = "found in the room"});
    desk.tell(Kind::kRetry, {.status = 502, .rule = "not_seen", .detail = "sent again"});
    desk.tell(Kind::kRetry, {.status = 502, .rule = "prefer_delivery", .detail = "sent again"});
    desk.tell(Kind::kDead, {.status = 502, .rule = "prefer_once", .detail = "no evidence"},
              DeadReason::kMaybeDelivered);
    CHECK(desk.attempts() == 1);
}
