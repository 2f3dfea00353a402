// What the service tells about itself: "status" in chat, the control socket, the web pages.

#include "bot/service/pages.hpp"
#include "bot/service/status_text.hpp"
#include "tests/bot/service/talk.hpp"
#include "tests/support/troubled_store.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <optional>
#include <thread>

using bot::cli::SendOutcome;
using bot::service::Account;
using bot::service::send_now;
using bot::service::Timetable;
using Catch::Contains;
using messaging::http::Response;
using tests::Talk;

using namespace std::chrono_literals;

namespace {

class Desk : public Talk {
public:
    explicit Desk(bool with_receiver = false) : Talk({}) {
        config.rooms = {{.name = "ops", .id = "id-of-ops"}};
        config.delivery_wait = 0s;
        config.schedules = {{.name = "late_one", .cron = "0 8 * * *", .report = "r", .room = "ops"},
                            {.name = "next_one", .cron = "@hourly", .report = "r", .room = "ops"}};
        if (with_receiver) {
            messaging::receive::WebhookReceiver::Options options;
            options.secret = "s3cret";
            options.accept = [](const auto&, const auto& done) { done(true); };
            options.deliver = [](const auto&) {};
            receiver =
                std::move(messaging::receive::WebhookReceiver::open(std::move(options))).value();
        }
        timetable.emplace(
            Timetable::Parts{.config = config,
                             .renderer = renderer,
                             .reader = reader,
                             .messenger = *messenger,
                             .outbox = *outbox,
                             .pool = *pool,
                             .rooms = rooms,
                             .metrics = metrics,
                             .clock = clock},
            std::move(bot::schedule::Scheduler::create(config.schedules, clock.wall_now()))
                .value());
        control.emplace(bot::service::ControlParts{.config = config,
                                                   .messenger = *messenger,
                                                   .outbox = *outbox,
                                                   .sender = *sender,
                                                   .rooms = rooms,
                                                   .account = account,
                                                   .pool = *pool,
                                                   .clock = clock,
                                                   .receiving = with_receiver,
                                                   .started = clock.now()});
        pages.emplace(bot::service::PageParts{.metrics = metrics,
                                              .outbox = *outbox,
                                              .sender = *sender,
                                              .account = account,
                                              .receiver = receiver.get(),
                                              .pool = *pool,
                                              .commands = *pool,
                                              .clock = clock});
    }

    // Lets a refused token hold the queue.
    void refuse_token() {
        send_answer = [](const auto&) {
            return Response{.status = 401, .body = R"({"message":"*no* token"})"};
        };
        send_until([this] { return sender->held(); });
    }

    void sign_in() {
        answer_with([](const auto& request) {
            const bool me = request.url.find("/people/me") != std::string::npos;
            return Response{
                .status = 200,
                .body = me ? R"({"id":"b","emails":["b@webex.bot"]})" : R"({"items":[]})"};
        });
        std::stop_source once;
        account.run(once.get_token(), [&] { once.request_stop(); });
    }

    std::string status() const { return status_text(*control, *timetable); }
    bot::web::Check check(const std::vector<bot::web::Check>& all, const std::string& name) const {
        for (const auto& one : all) {
            if (one.name == name) return one;
        }
        FAIL("no check called " << name);
        return {};
    }

    bot::service::RoomBook rooms{config};
    std::unique_ptr<messaging::receive::WebhookReceiver> receiver;
    Account account{{.webex = *webex,
                     .conversation = *conversation,
                     .sender = *sender,
                     .rooms = rooms,
                     .clock = clock,
                     .hooks = std::nullopt}};
    std::optional<Timetable> timetable;
    std::optional<bot::service::ControlParts> control;
    std::optional<bot::service::PageParts> pages;
};

bot::cli::SendRequest request_to(std::string room) {
    bot::cli::SendRequest request;
    request.room = std::move(room);
    request.markdown = "hi";
    return request;
}

}  // namespace

TEST_CASE("status in chat says first what is wrong", "[status]") {
    Desk desk;
    REQUIRE(desk.messenger->post(messaging::room("r"), {.text = "t"}).ok());
    desk.refuse_token();
    CHECK_THAT(desk.status(), Catch::StartsWith("**Sending is held**: ") && Contains("401") &&
                                  !Contains("All is well"));
    CHECK_THAT(desk.status(), !Contains("*no* token"));  // what others say is no markdown
}

TEST_CASE("status in chat counts what waits and names the next report", "[status]") {
    Desk desk;
    REQUIRE(desk.messenger->post(messaging::room("r"), {.text = "t"}).ok());
    desk.clock.advance(3min);
    const auto text = desk.status();
    CHECK_THAT(text, Catch::StartsWith("**All is well.**"));
    CHECK_THAT(text, Contains("up for 3 minutes"));
    CHECK_THAT(text, Contains("1 waiting, 0 being sent, 0 uncertain, 0 delivered, 0 not delivered; "
                              "the oldest waits for 3 minutes"));
    CHECK_THAT(text, Contains("- Hearing: off: no webhook address"));
    CHECK_THAT(text, Contains("- Next report: next\\_one at "));
}

TEST_CASE("a bot that cannot hear says so in its status", "[status]") {
    Desk desk(true);
    CHECK_THAT(desk.status(), Contains("- Hearing: not yet"));
}

TEST_CASE("send refuses what cannot be sent before it accepts anything", "[status]") {
    Desk desk;
    const auto refused = [&](const bot::cli::SendRequest& request) {
        const auto reply =
            send_now(request, desk.config, desk.rooms, *desk.messenger, *desk.sender);
        REQUIRE_FALSE(reply.ok());
        return reply.error().message;
    };
    CHECK_THAT(refused(request_to("obs")), Contains("did you mean ops?"));
    auto with_file = request_to("ops");
    with_file.files = {"/nosuch/file.png"};
    CHECK_THAT(refused(with_file), Contains("/nosuch/file.png"));
    CHECK(desk.posted().empty());
}

TEST_CASE("send tells when the token is refused, and keeps the message", "[status]") {
    Desk desk;
    REQUIRE(desk.messenger->post(messaging::room("r"), {.text = "t"}).ok());
    desk.refuse_token();
    const auto reply =
        send_now(request_to("ops"), desk.config, desk.rooms, *desk.messenger, *desk.sender);
    REQUIRE(reply.ok());
    CHECK(reply.value().outcome == SendOutcome::kAuth);
    CHECK_THAT(reply.value().detail, Contains("sending is held") && Contains("401"));
    CHECK(desk.posted().back().destination == "room:id-of-ops");
}

TEST_CASE("send without an outcome in time is queued and has an id", "[status]") {
    Desk desk;
    const auto reply =
        send_now(request_to("ops"), desk.config, desk.rooms, *desk.messenger, *desk.sender);
    REQUIRE(reply.ok());
    CHECK(reply.value().outcome == SendOutcome::kQueued);
    CHECK(reply.value().id == to_string(desk.posted().front().id));
}

TEST_CASE("when too many requests wait the next one is told so", "[status]") {
    Desk desk;
    bot::commands::WorkerPool full({.threads = 1, .queue_max = 0});
    const auto& parts = *desk.control;
    const bot::service::ControlParts busy{.config = parts.config,
                                          .messenger = parts.messenger,
                                          .outbox = parts.outbox,
                                          .sender = parts.sender,
                                          .rooms = parts.rooms,
                                          .account = parts.account,
                                          .pool = full,
                                          .clock = parts.clock,
                                          .started = parts.started};
    const auto sources = control_sources(busy);
    int refused = 0;
    const auto count = [&](const auto& result) {
        if (!result.ok() && result.error().message.find("too many requests") == 0) ++refused;
    };
    sources.send(request_to("ops"), count);
    sources.status(count);
    sources.timeline(messaging::outbox::DeliveryId{1}, count);
    CHECK(refused == 3);
}

TEST_CASE("the control socket answers status and timelines", "[status]") {
    Desk desk;
    const auto posted = desk.messenger->post(messaging::room("r"), {.text = "t"});
    const auto sources = control_sources(*desk.control);
    std::promise<std::uint64_t> pending;
    sources.status([&](const auto& status) { pending.set_value(status.value().pending); });
    CHECK(pending.get_future().get() == 1);
    std::promise<std::string> destination;
    sources.timeline(posted.value().ids.front(), [&](const auto& found) {
        destination.set_value(found.value()->delivery.destination);
    });
    CHECK(destination.get_future().get() == "room:r");
    std::promise<bool> known;
    sources.timeline(messaging::outbox::DeliveryId{1},
                     [&](const auto& found) { known.set_value(found.value().has_value()); });
    CHECK_FALSE(known.get_future().get());
}

TEST_CASE("the bot is ready only with its token, its sender and its webhooks", "[status]") {
    Desk desk(true);
    const auto sources = page_sources(*desk.pages);
    auto ready = sources.ready();
    CHECK_FALSE(desk.check(ready, "token").ok);
    CHECK_FALSE(desk.check(ready, "webhooks").ok);
    CHECK(desk.check(ready, "sending").ok);
    REQUIRE(desk.messenger->post(messaging::room("r"), {.text = "t"}).ok());
    desk.refuse_token();
    ready = sources.ready();
    CHECK_FALSE(desk.check(ready, "sending").ok);
    CHECK_THAT(desk.check(ready, "sending").reason, Contains("401"));
    CHECK(sources.hold().held);
    CHECK_THAT(sources.metrics(), Contains("stentor_bot_held 1"));
}

TEST_CASE("a token that is refused after the start is no longer called good", "[status]") {
    Desk desk;
    desk.sign_in();
    const auto sources = page_sources(*desk.pages);
    CHECK(desk.check(sources.ready(), "token").ok);
    REQUIRE(desk.messenger->post(messaging::room("r"), {.text = "t"}).ok());
    desk.refuse_token();
    CHECK_FALSE(desk.check(sources.ready(), "token").ok);
    CHECK_THAT(desk.check(sources.ready(), "token").reason, Contains("401"));
}

TEST_CASE("a bot whose store cannot be read any more is not alive", "[status]") {
    Desk desk;
    tests::TroubledStore disk;
    messaging::outbox::Outbox outbox(disk, desk.clock, {.inline_commits = true});
    const bot::service::PageParts parts{.metrics = desk.metrics,
                                        .outbox = outbox,
                                        .sender = *desk.sender,
                                        .account = desk.account,
                                        .receiver = nullptr,
                                        .pool = *desk.pool,
                                        .commands = *desk.pool,
                                        .clock = desk.clock};
    const auto sources = page_sources(parts);
    CHECK(desk.check(sources.alive(), "store").ok);
    disk.unreadable = true;
    CHECK_FALSE(desk.check(sources.alive(), "store").ok);
    CHECK_THAT(desk.check(sources.alive(), "store").reason, Contains("the disk does not answer"));
}

TEST_CASE("a sender whose loop does not turn is not alive", "[status]") {
    Desk desk;
    desk.send_answer = [](const auto&) { return Response{.status = 500}; };
    desk.send_until([] { return true; });
    const auto sources = page_sources(*desk.pages);
    CHECK(desk.check(sources.alive(), "sender").ok);
    desk.clock.advance(11s);
    CHECK_FALSE(desk.check(sources.alive(), "sender").ok);
}

TEST_CASE("commands that hang make the bot ill once no thread can take their place", "[status]") {
    Desk desk;
    const auto sources = page_sources(*desk.pages);
    CHECK(desk.check(sources.alive(), "commands").ok);
    std::promise<void> go;
    auto gate = go.get_future().share();
    for (int i = 0; i < 18; ++i) {
        desk.pool->submit({std::to_string(i), [&, gate](bot::commands::Turn& turn) {
                               turn.limit(60s);
                               gate.wait();
                           }});
    }
    while (desk.pool->stuck() < 18) {
        desk.patience.advance(60s);
        std::this_thread::yield();
    }
    const auto ill = desk.check(sources.alive(), "commands");
    go.set_value();
    CHECK_FALSE(ill.ok);
    CHECK_THAT(ill.reason, Contains("hang"));
}

TEST_CASE("without a receiver there is no address for webhooks", "[status]") {
    CHECK_FALSE(page_sources(*Desk().pages).webhook);
    CHECK(page_sources(*Desk(true).pages).webhook);
}

TEST_CASE("the page lists deliveries, newest first", "[status]") {
    Desk desk;
    for (const auto* room : {"first", "second"}) {
        REQUIRE(desk.messenger->post(messaging::room(room), {.text = "t"}).ok());
    }
    std::promise<std::vector<std::string>> listed;
    page_sources(*desk.pages)
        .deliveries(10, [&](const resilience::Result<bot::web::Deliveries>& found) {
            std::vector<std::string> destinations;
            for (const auto& one : found.value())
                destinations.push_back(one.destination);
            listed.set_value(destinations);
        });
    CHECK(listed.get_future().get() == std::vector<std::string>{"room:second", "room:first"});
}
