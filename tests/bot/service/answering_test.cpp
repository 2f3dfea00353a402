// What people see of commands that take long, are taken back, or fail.
#include "bot/service/answering.hpp"

#include "bot/commands/standard.hpp"
#include "bot/sources/child.hpp"
#include "tests/bot/service/talk.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <stdexcept>

using bot::commands::Arguments;
using bot::commands::Command;
using bot::commands::Invocation;
using bot::commands::Reply;
using bot::commands::say;
using bot::commands::Services;
using Catch::Contains;
using messaging::http::Response;
using messaging::outbox::RunEnd;
using messaging::outbox::State;
using tests::Talk;
using Answers = std::vector<std::string>;

using namespace std::chrono_literals;

namespace {

Command command(std::string name, bot::commands::Handler handler) {
    return {.name = std::move(name), .summary = "S", .handler = std::move(handler)};
}

Command ping() {
    return command("ping", [](const auto&, const auto&, const auto&) { return say("pong"); });
}

// Works until the test lets it go on, or until it is taken back.
struct Slow {
    std::promise<void> begun;
    std::promise<void> go;
    std::shared_future<void> gate = go.get_future().share();
    bool heeds_stop = true;
    std::function<Reply(const Invocation&)> answer = [](const auto&) { return say("done"); };

    Command command() {
        return ::command("slow", [this](const Invocation& invocation, const auto&, const auto&) {
            if (invocation.retrying) invocation.retrying({.attempt = 2, .of = 3, .wait = 30s});
            begun.set_value();
            while (gate.wait_for(0s) != std::future_status::ready) {
                if (heeds_stop && invocation.stop.stop_requested()) return say("stopped");
                std::this_thread::yield();
            }
            return answer(invocation);
        });
    }
};

// A talk whose notices stand in the room as soon as they are posted.
class Shown : public Talk {
public:
    explicit Shown(std::vector<Command> commands) : Talk(std::move(commands)) {}

    std::vector<std::string> edits;

    /// Two seconds pass.
    void wait_for_notice() {
        clock.advance(2s);
        notices.look();
        const auto now = resilience::since_epoch(clock.wall_now());
        messaging::outbox::Batch claim;
        claim.claim = {.max = 10, .now = now};
        const auto applied = outbox->apply(std::move(claim)).value();
        for (const auto& delivery : posted()) {
            if (delivery.state != State::kSending) continue;
            messaging::outbox::Batch done;
            messaging::outbox::Transition sent;
            sent.id = delivery.id;
            sent.attempt = delivery.attempts;
            sent.at = now;
            sent.message_id = "posted";
            done.transitions = {sent};
            REQUIRE(outbox->apply(std::move(done)).value().stale.empty());
        }
        answer_with([this](const messaging::http::Request& request) -> messaging::http::Outcome {
            if (request.method == "GET") return shown_message(request.url);
            if (request.method == "PUT") {
                edits.push_back(nlohmann::json::parse(*request.body).value("markdown", ""));
            }
            return Response{.status = request.method == "PUT" ? 200 : 204,
                            .body = R"({"id":"posted","roomId":"ops"})"};
        });
    }
    Answers notices_posted() {
        Answers texts;
        for (const auto& delivery : posted()) {
            if (!delivery.origin.starts_with("notice ")) continue;
            texts.push_back(nlohmann::json::parse(delivery.payload).value("markdown", ""));
        }
        return texts;
    }
    bool deleted() {
        for (const auto& one : asked()) {
            if (one == "DELETE /messages/posted") return true;
        }
        return false;
    }
};

}  // namespace

TEST_CASE("[S1.17] a slow command has a notice with its attempts, which its answer replaces",
          "[answering]") {
    Slow slow;
    Shown talk({slow.command()});
    talk.say("m1", "slow");
    slow.begun.get_future().wait();
    talk.wait_for_notice();
    CHECK(talk.notices_posted() == Answers{"Working on `slow`… attempt 2 of 3, next in 28 s"});
    slow.go.set_value();
    CHECK(talk.answers().empty());
    CHECK(talk.edits == Answers{"done"});
    CHECK(talk.open_events() == 0);
    CHECK(talk.ledger.list({}).value().front().end == RunEnd::kOk);
}

TEST_CASE("a slow command that fails replaces its notice by an honest sentence", "[answering]") {
    Slow slow;
    SECTION("in words") {
        slow.answer = [](const auto&) {
            return bot::commands::refuse("The source is down.", "connect refused");
        };
    }
    SECTION("by an exception") {
        slow.answer = [](const auto&) -> Reply { throw std::runtime_error("secret detail"); };
    }
    Shown talk({slow.command()});
    talk.say("m1", "slow");
    slow.begun.get_future().wait();
    talk.wait_for_notice();
    slow.go.set_value();
    CHECK(talk.answers().empty());
    REQUIRE(talk.edits.size() == 1);
    CHECK_THAT(talk.edits.front(), Contains("The source is down.") || Contains("went wrong"));
    CHECK_THAT(talk.edits.front(), !Contains("secret"));
    CHECK(talk.ledger.list({}).value().front().end == RunEnd::kFailed);
}

TEST_CASE("an answer with a file is posted, and the notice goes", "[answering]") {
    Slow slow;
    Shown talk({slow.command()});
    const auto file = talk.folder.write("chart.png", "png");
    slow.answer = [&file](const auto&) {
        auto reply = say("the chart");
        reply.messages.front().files.push_back({.path = file});
        return reply;
    };
    talk.say("m1", "slow");
    slow.begun.get_future().wait();
    talk.wait_for_notice();
    slow.go.set_value();
    CHECK(talk.answers() == Answers{"the chart"});
    talk.notices.look();
    CHECK(talk.edits.empty());
    CHECK(talk.deleted());
}

TEST_CASE("a handler that hangs loses its notice and gets one sentence", "[answering]") {
    Slow slow;
    Shown talk({slow.command()});
    talk.say("m1", "slow");
    slow.begun.get_future().wait();
    talk.wait_for_notice();
    talk.patience.advance(60s);
    const auto answers = talk.answers();
    REQUIRE(answers.size() == 1);
    CHECK_THAT(answers.front(), Contains("Something went wrong"));
    talk.notices.look();
    CHECK(talk.deleted());
    slow.go.set_value();
    while (talk.pool->stuck() > 0)
        std::this_thread::yield();
    CHECK(talk.answers().size() == 1);
}

TEST_CASE("cancel ends what its asker has running and waiting in the room", "[answering]") {
    Slow slow;
    Shown talk({slow.command(), ping(), bot::commands::cancel_command()});
    talk.say("m1", "slow");
    slow.begun.get_future().wait();
    talk.wait_for_notice();
    talk.say("m2", "ping");
    talk.hearing->drain();  // both were heard; the second waits for the first
    talk.say("m3", "cancel");
    CHECK(talk.answers() == Answers{"Cancelled `slow` and `ping`."});
    talk.notices.look();
    CHECK(talk.edits.empty());
    CHECK(talk.deleted());
    CHECK(talk.open_events() == 0);
    const auto runs = talk.ledger.list({}).value();
    REQUIRE(runs.size() == 3);
    for (const auto& run : runs)
        CHECK(run.end == (run.name == "cancel" ? RunEnd::kOk : RunEnd::kCancelled));
    talk.say("m4", "cancel");
    CHECK(talk.answers().back() == "You are not waiting for anything in this room.");
}

TEST_CASE("cancel leaves alone what others have running, or the asker elsewhere", "[answering]") {
    Slow slow;
    Shown talk({slow.command(), bot::commands::cancel_command()});
    talk.say("m1", "slow");
    slow.begun.get_future().wait();
    talk.write("m2", "cancel", "ops", {{"personId", "ann"}, {"personEmail", "ann@example.com"}});
    talk.tell(Talk::event("m2"));
    talk.say("m3", "cancel", "other");
    talk.hearing->drain();
    slow.go.set_value();
    CHECK(talk.answers() == Answers{"You are not waiting for anything in this room.", "done"});
    CHECK(talk.answers("other") == Answers{"You are not waiting for anything in this room."});
}

TEST_CASE("a handler that does not heed the cancel is dropped without another word",
          "[answering]") {
    Slow slow;
    slow.heeds_stop = false;
    Shown talk({slow.command(), ping(), bot::commands::cancel_command()});
    talk.say("m1", "slow");
    slow.begun.get_future().wait();
    talk.say("m2", "cancel");
    talk.hearing->drain();
    SECTION("when it ends") {
        slow.go.set_value();
    }
    SECTION("when it hangs") {
        talk.patience.advance(60s);
    }
    talk.say("m3", "ping");
    CHECK(talk.answers() == Answers{"Cancelled `slow`.", "pong"});
    CHECK(talk.ledger.list({.name = "slow"}).value().front().end == RunEnd::kCancelled);
    if (talk.pool->stuck() > 0) slow.go.set_value();
    while (talk.pool->stuck() > 0)
        std::this_thread::yield();
}

TEST_CASE("cancel ends the program that a handler waits for", "[answering]") {
    std::promise<void> begun;
    Talk talk({command("draw",
                       [&begun](const Invocation& invocation, const auto&, const auto&) {
                           const resilience::SystemClock clock;
                           begun.set_value();
                           const auto drawn =
                               bot::sources::run_child({.program = "/bin/sh",
                                                        .arguments = {"-c", "sleep 1000"},
                                                        .environment = {"PATH=/usr/bin:/bin"},
                                                        .time_max = 1h,
                                                        .stop = invocation.stop},
                                                       clock);
                           return say(drawn.ok() ? "drawn" : drawn.error().message);
                       }),
               bot::commands::cancel_command()});
    talk.say("m1", "draw");
    begun.get_future().wait();
    talk.say("m2", "cancel");
    CHECK(talk.answers() == Answers{"Cancelled `draw`."});
    CHECK(talk.ledger.list({.name = "draw"}).value().front().end == RunEnd::kCancelled);
}

TEST_CASE("each wrong question gets the sentence that says what to do, and nothing else stops",
          "[answering]") {
    Talk talk(bot::commands::standard_commands());
    talk.config.cool_downs = {{.command = "ping", .user = 10s}};
    talk.config.permissions = {{.command = "status", .emails = {"sam@example.com"}}};
    bot::charts::Spec chart;
    chart.name = "mttr";
    chart.title = "T";
    talk.config.charts = {chart};
    const std::vector<std::pair<std::string, std::string>> said{
        {"chrat mttr",
         "I do not know \"chrat\". Did you mean `chart`? `help` lists what I can do."},
        {"chart mtrr", "There is no chart \"mtrr\". Did you mean `mttr`? `charts` lists all."},
        {"chart mttr --weeks six",
         "`--weeks` must be a whole number from 1 to 400, not \"six\". `help chart` shows how to "
         "ask."},
        {"chart mttr --weeks 0",
         "`--weeks` must be a whole number from 1 to 400, not \"0\". `help chart` shows how to "
         "ask."},
        {"chart mttr --wekes 6",
         "I do not know the option \"wekes\" here. Did you mean `--weeks`? `help chart` shows how "
         "to ask."},
        {"chart mttr a=1 a=2", "The option a is there twice; give it once."},
        {"status", "You may not use `status`; the operators say in my configuration who may."},
        {"why 6H0BRCQYW0000",
         "Only admins may use `why`; who they are is in my configuration, which the operators "
         "keep."},
        {"ping pong",
         "I do not know what \"pong\" is for: `ping` takes nothing here. `help ping` shows how to "
         "ask."},
    };
    Answers wanted;
    int number = 0;
    for (const auto& [question, answer] : said) {
        talk.say("m" + std::to_string(++number), question);
        wanted.push_back(answer);
    }
    CHECK(talk.answers() == wanted);
    talk.say("last", "ping");
    talk.say("too-fast", "ping");
    const auto answers = talk.answers();
    REQUIRE(answers.size() == wanted.size() + 2);
    CHECK_THAT(answers[wanted.size()], Contains("pong, "));
    CHECK(answers.back() == "`ping` was asked 0 s ago; again in 10 s.");
    CHECK(talk.open_events() == 0);
}
