#include "bot/service/conversation.hpp"

#include "bot/commands/standard.hpp"
#include "tests/bot/service/talk.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <stdexcept>

using bot::commands::Arguments;
using bot::commands::Command;
using bot::commands::Invocation;
using bot::commands::say;
using bot::commands::Services;
using Catch::Contains;
using messaging::http::Response;
using messaging::outbox::RunEnd;
using messaging::outbox::Store;
using messaging::receive::InboundEvent;
using resilience::Result;
using tests::Talk;

using namespace std::chrono_literals;

namespace {

using Answers = std::vector<std::string>;

Command command(std::string name, bot::commands::Handler handler) {
    return {.name = name, .summary = "S", .handler = std::move(handler)};
}

Command ping() {
    return command("ping", [](const auto&, const auto&, const auto&) { return say("pong"); });
}

// Hangs until the test lets it go.
struct Hanging {
    std::promise<void> go;
    std::shared_future<void> gate = go.get_future().share();
    std::promise<void> hung;
    std::atomic<bool> returned{false};

    void wait_until_hung() { hung.get_future().wait(); }
    Command command() {
        return ::command("hang", [this](const auto&, const auto&, const auto&) {
            hung.set_value();
            gate.wait();
            returned = true;
            return say("at last");
        });
    }
};

}  // namespace

TEST_CASE("a handler that throws costs its user one notice and nobody else anything",
          "[conversation]") {
    Talk talk(
        {ping(), command("boom", [](const auto&, const auto&, const auto&) -> bot::commands::Reply {
             throw std::runtime_error("secret detail");
         })});
    talk.say("m1", "boom");
    talk.say("m2", "ping");
    talk.say("m3", "ping", "other");
    const auto answers = talk.answers();
    REQUIRE(answers.size() == 2);
    CHECK_THAT(answers[0], Contains("Something went wrong") && !Contains("secret detail"));
    CHECK(answers[1] == "pong");
    CHECK(talk.answers("other") == Answers{"pong"});
    CHECK_THAT(talk.log(), Contains("secret detail"));
    CHECK(talk.open_events() == 0);
}

TEST_CASE("a handler that hangs costs its user one notice and nobody else anything",
          "[conversation]") {
    Hanging hanging;
    Talk talk({ping(), hanging.command()});
    talk.say("m1", "hang");
    hanging.wait_until_hung();
    talk.say("m2", "ping");
    talk.patience.advance(60s);
    talk.say("m3", "ping", "other");
    const auto answers = talk.answers();  // though the first still hangs
    REQUIRE(answers.size() == 2);
    CHECK_THAT(answers[0], Contains("Something went wrong"));
    CHECK(answers[1] == "pong");
    CHECK(talk.answers("other") == Answers{"pong"});
    CHECK_THAT(talk.log(), Contains("it hangs"));
    CHECK(talk.open_events() == 0);

    hanging.go.set_value();
    while (talk.pool->stuck() > 0)
        std::this_thread::yield();
    CHECK(hanging.returned);
    CHECK(talk.answers().size() == 2);  // what came too late is dropped
}

TEST_CASE("a chart without usable data is answered in words, the log has the detail",
          "[conversation]") {
    Talk talk(bot::commands::standard_commands());
    bot::charts::Spec chart;
    chart.name = "mttr";
    chart.title = "T";
    chart.x = "week";
    chart.series = {{"p1"}};
    std::string reason;
    SECTION("missing") {
        chart.data = bot::sources::file(talk.folder.path("gone.csv"));
        reason = "its file gone.csv is missing";
    }
    SECTION("empty") {
        chart.data = bot::sources::file(talk.folder.write("e.csv", ""));
        reason = "its file e.csv is empty";
    }
    SECTION("broken") {
        chart.data = bot::sources::file(talk.folder.write("b.csv", "week,p1\nW1\n"));
        reason = "its data file is broken, row 2 has 1 fields where the first row has 2";
    }
    SECTION("without numbers") {
        chart.data = bot::sources::file(talk.folder.write("n.csv", "week,p1\nW1,many\n"));
        reason = "its data does not fit, row 2";
    }
    talk.config.charts = {chart};
    talk.say("m1", "chart mttr");
    talk.say("m2", "ping");
    const auto answers = talk.answers();
    REQUIRE(answers.size() == 2);
    CHECK_THAT(answers[0], Contains("I cannot draw the chart mttr: " + reason));
    CHECK_THAT(answers[0], !Contains(talk.folder.path("")));
    CHECK_THAT(answers[1], Contains("pong"));
    CHECK_THAT(talk.log(), Contains("chart mttr failed: "));
}

TEST_CASE("an answer that cannot be sent leaves a sentence in its place", "[conversation]") {
    Talk talk({command("long", [](const auto&, const auto&, const auto&) {
        return say("caf\xE9");  // no UTF-8, which Webex refuses
    })});
    talk.say("m1", "long");
    const auto answers = talk.answers();
    REQUIRE(answers.size() == 1);
    CHECK_THAT(answers[0], Contains("cannot be sent"));
    CHECK_THAT(talk.log(), Contains("an answer was not accepted"));
    CHECK(talk.open_events() == 0);
}

TEST_CASE("a question that cannot be read for ten minutes gets a sentence", "[conversation]") {
    Talk talk({ping()});
    talk.answer_with(
        [](const auto&) { return Response{.status = 503, .body = R"({"message":"down"})"}; });
    const auto start = talk.clock.now();
    talk.tell(Talk::event("m1"));
    const auto answers = talk.answers();
    REQUIRE(answers.size() == 1);
    CHECK_THAT(answers[0], Contains("could not read"));
    CHECK(talk.clock.now() - start <= 10min);
    CHECK(talk.clock.now() - start > 9min);
    CHECK(talk.open_events() == 0);
}

TEST_CASE("a message that the bot may not see is none of its business", "[conversation]") {
    Talk talk({ping()});
    const std::string text = GENERATE("", R"({"message":"Unable to get message."})");
    talk.answer_with([&](const auto&) { return Response{.status = 404, .body = text}; });
    talk.tell(Talk::event("nosuch"));
    CHECK(talk.answers().empty());
    CHECK(talk.asked().size() == 5);  // it may only be late
    CHECK(talk.open_events() == 0);
}

TEST_CASE("an event that comes before its data is answered once the data is there",
          "[conversation]") {
    Talk talk({ping()});
    const auto shown = talk.write("m1", "ping");
    int looks = 0;
    talk.answer_with([&](const auto&) {
        if (++looks < 4)
            return Response{.status = 404, .body = R"({"message":"Unable to get message."})"};
        return Response{.status = 200, .body = shown};
    });
    talk.tell(Talk::event("m1"));
    CHECK(talk.answers() == Answers{"pong"});
}

TEST_CASE("while the bot does not know who it is every event is refused", "[conversation]") {
    Talk talk({ping()});
    bot::service::Conversation fresh(talk.conversation_parts(), {});
    bool refused = false;
    fresh.accept(Talk::event("m1"), [&](const Result<bool>& told) { refused = !told.ok(); });
    CHECK(refused);
    CHECK(talk.open_events() == 0);
}

TEST_CASE("the bot never answers itself or another bot", "[conversation]") {
    Talk talk({ping()});
    talk.write("m1", "ping");
    talk.write("m2", "ping");
    auto own = Talk::event("m1");
    own.person_id = tests::kBotId;
    own.person_email = "stentor@webex.bot";
    CHECK_FALSE(talk.tell(own));
    auto other = Talk::event("m2");
    other.person_id = "somebody";
    other.person_email = "other@webex.bot";
    talk.tell(other);
    CHECK(talk.answers().empty());
    CHECK(talk.open_events() == 0);
}

TEST_CASE("an event that is told twice is answered once", "[conversation]") {
    Talk talk({ping()});
    talk.say("m1", "ping");
    CHECK_FALSE(talk.tell(Talk::event("m1")));
    CHECK(talk.answers() == Answers{"pong"});
}

TEST_CASE("an event that cannot be recorded is not accepted", "[conversation]") {
    Talk talk({ping()});
    talk.store.stop_accepting(true);
    std::string why;
    talk.conversation->accept(Talk::event("m1"), [&](const Result<bool>& told) {
        if (!told.ok()) why = told.error().message;
    });
    CHECK_FALSE(why.empty());
}

TEST_CASE("a crash between answer and record does not answer twice", "[conversation]") {
    int asked = 0;
    Talk talk({command("count", [&](const auto&, const auto&, const auto&) {
        return say("answer " + std::to_string(++asked));
    })});
    talk.write("m1", "count");
    talk.tell(Talk::event("m1"));
    CHECK(talk.answers() == Answers{"answer 1"});
    // As if the crash had come before the event was marked as done.
    talk.conversation->deliver(Talk::event("m1"));
    CHECK(talk.answers() == Answers{"answer 1"});
    CHECK(asked == 2);
}

TEST_CASE("after a restart open questions are answered, old ones closed", "[conversation]") {
    Talk talk({ping()});
    talk.write("m1", "ping");
    talk.write("m2", "ping");
    const auto now = resilience::since_epoch(talk.clock.wall_now());
    messaging::outbox::Batch batch;
    batch.inbound = {{.id = "m1", .event = to_json(Talk::event("m1")), .received = now - 11min},
                     {.id = "broken", .event = "{", .received = now},
                     {.id = "m2", .event = to_json(Talk::event("m2")), .received = now - 9min}};
    REQUIRE(talk.outbox->apply(std::move(batch)).ok());
    talk.conversation->resume();
    CHECK(talk.answers() == Answers{"pong"});
    CHECK(talk.asked() == Answers{"GET /messages/m2"});
    CHECK(talk.open_events() == 0);
    CHECK_THAT(talk.log(), Contains("too old to be answered"));
}

TEST_CASE("what the end of the process cuts short is kept for the next start", "[conversation]") {
    Talk talk({ping()});
    talk.answer_with([&](const auto&) {
        talk.stop.request_stop();
        return Response{.status = 503, .body = "{}"};
    });
    talk.tell(Talk::event("m1"));
    CHECK(talk.answers().empty());
    CHECK(talk.open_events() == 1);
}

TEST_CASE("in a group room only what mentions the bot is answered", "[conversation]") {
    Talk talk({ping()});
    const auto write = [&](const std::string& id, const std::string& html) {
        nlohmann::json more{{"roomType", "group"}};
        if (!html.empty()) more["html"] = html;
        talk.write(id, "Stentor ping", "ops", more);
        talk.tell(Talk::event(id));
    };
    const auto mention = [](const std::string& id) {
        return R"(<spark-mention data-object-type="person" data-object-id=")" + id +
               R"(">Stentor</spark-mention> ping)";
    };
    write("m1", "");
    write("m2", "<p>Stentor ping</p>");
    write("m3", mention("somebody-else"));
    CHECK(talk.answers().empty());
    write("m4", mention(tests::kBotId));
    CHECK(talk.answers() == Answers{"pong"});
}

TEST_CASE("a crowd that fills the queue is answered in the end, each room in order",
          "[conversation]") {
    std::promise<void> go;
    auto gate = go.get_future().share();
    Talk talk({{.name = "echo",
                .summary = "S",
                .arguments = {{.name = "word"}},
                .handler =
                    [gate](const Invocation&, const Arguments& arguments, const Services&) {
                        gate.wait();
                        return say(arguments.text("word"));
                    }}},
              2);
    Answers spoken;
    for (int i = 0; i < 20; ++i) {
        const auto word = "w" + std::to_string(i);
        spoken.push_back(word);
        for (const auto* room : {"ops", "other"})
            talk.say(room + word, "echo " + word, room);
    }
    go.set_value();
    while (talk.open_events() > 0)
        std::this_thread::yield();
    CHECK(talk.answers() == spoken);
    CHECK(talk.answers("other") == spoken);
}

TEST_CASE("a question in a thread is answered there", "[conversation]") {
    Talk talk({ping()});
    talk.write("m1", "ping");
    auto event = Talk::event("m1");
    event.parent_id = "the-thread";
    talk.tell(event);
    REQUIRE(talk.answers().size() == 1);
    CHECK_THAT(talk.posted().front().payload, Contains(R"("parentId":"the-thread")"));
}

TEST_CASE("a pressed button is a command where it carries one", "[conversation]") {
    Talk talk({ping()});
    std::string inputs;
    talk.answer_with([&](const auto&) {
        return Response{.status = 200,
                        .body = R"({"id":"a1","type":"submit","messageId":"m1","personId":"robin",)"
                                R"("roomId":"ops","inputs":)" +
                                inputs + "}"};
    });
    const auto press = [&](const std::string& id, std::string given) {
        inputs = std::move(given);
        auto event = Talk::event(id);
        event.kind = InboundEvent::Kind::kCardAction;
        event.person_email.clear();  // Webex sends none
        talk.tell(event);
        return talk.answers();
    };
    CHECK(press("a1", R"({"vote":"yes"})").empty());
    CHECK(press("a2", R"({"command":"ping"})") == Answers{"pong"});
    CHECK_THAT(talk.asked().front(), Contains("/attachment/actions/a1"));
}

TEST_CASE("commands are counted by name and end, never by what was said", "[conversation]") {
    Talk talk({ping(), command("no", [](const auto&, const auto&, const auto&) {
                   return bot::commands::refuse("no");
               })});
    talk.say("m1", "ping");
    talk.say("m2", "no");
    talk.say("m3", "rm -rf /");
    CHECK(talk.answers().size() == 3);
    const auto text = talk.metrics.text();
    CHECK_THAT(text, Contains(R"(stentor_commands_total{command="ping",result="ok"} 1)"));
    CHECK_THAT(text, Contains(R"(stentor_commands_total{command="no",result="failed"} 1)"));
    CHECK_THAT(text, Contains(R"(stentor_commands_total{command="unknown",result="failed"} 1)"));
    CHECK_THAT(text, !Contains("rm"));
}

TEST_CASE("a handler that hangs is in the ledger as timed out, whatever comes of it later",
          "[conversation]") {
    Hanging hanging;
    Talk talk({hanging.command()});
    talk.say("m1", "hang");
    hanging.wait_until_hung();
    CHECK(talk.ledger.list({}).value().front().end == RunEnd::kRunning);
    talk.patience.advance(60s);
    CHECK(talk.answers().size() == 1);
    hanging.go.set_value();
    while (talk.pool->stuck() > 0)
        std::this_thread::yield();
    const auto run = talk.ledger.list({}).value().front();
    CHECK(run.end == RunEnd::kTimedOut);
    CHECK_THAT(run.reason, Contains("no answer within 60 s"));
}
