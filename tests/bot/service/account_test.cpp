#include "bot/service/account.hpp"

#include "tests/bot/service/talk.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <optional>

using bot::service::Account;
using Catch::Contains;
using messaging::http::Failure;
using messaging::http::Outcome;
using messaging::http::Request;
using messaging::http::Response;
using tests::Talk;

using namespace std::chrono_literals;

namespace {

// A Webex that knows who the bot is, its rooms and webhooks.
class FakeWebex {
public:
    Outcome operator()(const Request& request) {
        const auto path = request.url.substr(request.url.find("/v1") + 3);
        if (down) return Failure{.kind = resilience::FailureKind::kConnect, .message = "refused"};
        if (path == "/people/me") return me();
        if (path.starts_with("/rooms")) return rooms();
        if (path.starts_with("/webhooks")) return webhooks(request, path);
        return Response{.status = 404};
    }

    bool down = false;
    bool token_refused = false;
    int rooms_fail = 0;  // so many times
    std::string room_title = "Operations";
    bool hooks_refused = false;
    std::map<std::string, nlohmann::json> hooks;

private:
    Outcome me() const {
        if (token_refused) return Response{.status = 401, .body = R"({"message":"no"})"};
        return Response{.status = 200,
                        .body = R"({"id":"the-bot","emails":["stentor@webex.bot"],"type":"bot"})"};
    }
    Outcome rooms() {
        if (rooms_fail > 0) {
            --rooms_fail;
            return Response{.status = 502, .body = "{}"};
        }
        return Response{.status = 200,
                        .body = R"({"items":[{"id":"room-1","type":"group","title":")" +
                                room_title + R"("}]})"};
    }
    Outcome webhooks(const Request& request, const std::string& path) {
        if (hooks_refused) return Response{.status = 403, .body = R"({"message":"no"})"};
        if (request.method == "GET") {
            auto items = nlohmann::json::array();
            for (const auto& [id, hook] : hooks)
                items.push_back(hook);
            return Response{.status = 200, .body = nlohmann::json{{"items", items}}.dump()};
        }
        auto hook = nlohmann::json::parse(*request.body);
        const auto id = request.method == "POST" ? "hook-" + std::to_string(hooks.size())
                                                 : path.substr(path.rfind('/') + 1);
        auto& kept = hooks[id];
        kept.update(hook);
        kept["id"] = id;
        kept["status"] = "active";
        return Response{.status = 200, .body = kept.dump()};
    }
};

// An account on virtual time: `rounds` runs it until it has slept so often.
class Desk : public Talk {
public:
    explicit Desk(bool with_hooks = false) : Talk({}) {
        config.rooms = {{.name = "ops", .title = "Operations"}};
        answer_with([this](const Request& request) { return api(request); });
        Account::Parts parts{.webex = *webex,
                             .conversation = *conversation,
                             .sender = *sender,
                             .rooms = rooms,
                             .clock = naps,
                             .hooks = std::nullopt};
        if (with_hooks) {
            parts.hooks = messaging::receive::WantedHooks{
                .instance = "main", .target_url = "https://bot.test/webhook", .secret = "s3cret"};
        }
        account.emplace(std::move(parts));
    }

    void rounds(int count) {
        std::stop_source until;
        naps.stop_after(count, until);
        account->run(until.get_token(), [this] { ++first_tries; });
    }

    // Counts sleeps and ends the run after some.
    class Naps final : public resilience::Clock {
    public:
        Instant now() const override { return time_.now(); }
        WallTime wall_now() const override { return time_.wall_now(); }
        bool sleep_until(Instant when, const std::stop_token& stop) override {
            waits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(when - now()));
            if (--left_ == 0) stop_->request_stop();
            return time_.sleep_until(when, stop);
        }
        void stop_after(int count, std::stop_source& stop) {
            left_ = count;
            stop_ = &stop;
        }
        std::vector<std::chrono::milliseconds> waits;

    private:
        resilience::VirtualClock time_;
        int left_ = 0;
        std::stop_source* stop_ = nullptr;
    };

    FakeWebex api;
    Naps naps;
    bot::service::RoomBook rooms{config};
    std::optional<Account> account;
    int first_tries = 0;
};

}  // namespace

TEST_CASE("a refused token is asked again, ever more slowly, and said once", "[account]") {
    Desk desk;
    desk.api.token_refused = true;
    desk.rounds(12);
    CHECK_FALSE(desk.account->signed_in());
    CHECK_THAT(desk.account->complaint(), Contains("401"));
    CHECK(desk.first_tries == 1);
    CHECK(desk.naps.waits.front() <= 2s);
    CHECK(*std::max_element(desk.naps.waits.begin(), desk.naps.waits.end()) <= 60s);
    CHECK(desk.naps.waits.back() > desk.naps.waits.front());
    const auto log = desk.log();
    CHECK(log.find("not ready") == log.rfind("not ready"));

    desk.api.token_refused = false;
    desk.rounds(1);
    CHECK(desk.account->signed_in());
    CHECK(desk.account->email() == "stentor@webex.bot");
    CHECK(desk.account->complaint().empty());
}

TEST_CASE("a service that is away at start is waited for", "[account]") {
    Desk desk;
    desk.api.down = true;
    desk.rounds(3);
    CHECK_FALSE(desk.account->signed_in());
    desk.api.down = false;
    desk.rounds(1);
    CHECK(desk.account->signed_in());
    CHECK(desk.rooms.find("ops").value() == messaging::room("room-1"));
}

TEST_CASE("rooms that could not be listed at first are learned later", "[account]") {
    Desk desk;
    desk.api.rooms_fail = 1;
    desk.rounds(1);
    CHECK(desk.account->signed_in());
    CHECK_FALSE(desk.rooms.find("ops").ok());
    desk.rounds(1);
    CHECK(desk.rooms.find("ops").ok());
}

TEST_CASE("a configured room that the bot is added to later is found", "[account]") {
    Desk desk;
    desk.api.room_title = "Something else";
    desk.rounds(1);
    CHECK_FALSE(desk.rooms.find("ops").ok());
    desk.api.room_title = "Operations";
    desk.rounds(1);
    CHECK(desk.rooms.find("ops").ok());
    // Once all are known nobody is asked again.
    const auto asked = desk.asked().size();
    desk.rounds(5);
    CHECK(desk.asked().size() == asked);
}

TEST_CASE("what was open before the restart is answered after signing in", "[account]") {
    Desk desk;
    messaging::outbox::Batch batch;
    batch.inbound.push_back({.id = "m1",
                             .event = to_json(Talk::event("m1")),
                             .received = resilience::since_epoch(desk.clock.wall_now())});
    REQUIRE(desk.outbox->apply(std::move(batch)).ok());
    desk.rounds(1);
    desk.drain();
    const auto asked = desk.asked();
    CHECK(std::count(asked.begin(), asked.end(), "GET /messages/m1") == 5);  // it may only be late
}

TEST_CASE("webhooks that are refused keep the bot from being ready", "[account]") {
    Desk desk(true);
    desk.api.hooks_refused = true;
    desk.rounds(2);
    CHECK(desk.account->signed_in());
    CHECK_FALSE(desk.account->hooked());
    CHECK_THAT(desk.account->complaint(), Contains("webhooks: ") && Contains("403"));
    desk.api.hooks_refused = false;
    desk.rounds(1);
    CHECK(desk.account->hooked());
    CHECK(desk.account->complaint().empty());
}

TEST_CASE("webhooks are made at start and revived when Webex has switched them off", "[account]") {
    Desk desk(true);
    desk.rounds(1);
    CHECK(desk.account->hooked());
    REQUIRE(desk.api.hooks.size() == 3);
    for (auto& [id, hook] : desk.api.hooks) {
        CHECK(hook["targetUrl"] == "https://bot.test/webhook");
        CHECK(hook["secret"] == "s3cret");
        hook["status"] = "inactive";
    }
    desk.rounds(1);
    CHECK(desk.naps.waits.back() == 150s);
    for (const auto& [id, hook] : desk.api.hooks)
        CHECK(hook["status"] == "active");
    // While all is well the check only reads.
    const auto before = desk.asked().size();
    desk.rounds(1);
    CHECK(desk.asked().size() == before + 1);
}
