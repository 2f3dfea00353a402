// What is asked about before it is done, from the question to the effect.
#include "bot/commands/standard.hpp"
#include "tests/bot/service/talk.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using bot::commands::Command;
using Catch::Contains;
using messaging::http::Response;
using messaging::outbox::RunEnd;
using messaging::receive::InboundEvent;
using tests::Talk;
using Json = nlohmann::json;

using namespace std::chrono_literals;

namespace {

// A command with an effect that the test can count.
class Asked : public Talk {
public:
    int done = 0;

    Asked()
        : Talk({{.name = "wipe",
                 .summary = "S",
                 .arguments = {{.name = "what", .required = true}},
                 .confirm = [](const auto&, const auto& arguments, const auto&)
                     -> resilience::Result<std::string> {
                     const auto& what = arguments.text("what");
                     if (what == "nothing") return resilience::permanent_error("There is nothing.");
                     return what == "dust" ? "" : "Wipe **" + what + "**?";
                 },
                 .handler =
                     [this](const auto&, const auto&, const auto&) {
                         ++done;
                         return bot::commands::say("wiped");
                     }}}) {}

    std::string ask(const std::string& text, const Json& more = Json::object()) {
        const auto id = "q" + std::to_string(++number_);
        write(id, text, "ops", more);
        tell(event(id));
        return answers().back();
    }
    /// The card that was posted last.
    Json card() {
        drain();
        return Json::parse(posted().back().payload)["attachments"][0]["content"];
    }
    std::string code() {
        const auto command = card()["actions"][0]["data"]["command"].get<std::string>();
        return command.substr(command.find(' ') + 1);
    }
    std::string press(const std::string& command, const std::string& person = "robin") {
        answer_with([=, this](const messaging::http::Request& request) -> messaging::http::Outcome {
            if (request.method == "DELETE") return Response{.status = 204};
            if (request.url.find("/messages/") != std::string::npos) {
                return shown_message(request.url);
            }
            if (request.url.find("/memberships") != std::string::npos) {
                return Response{.status = 200, .body = R"({"items":[]})"};
            }
            return Response{.status = 200,
                            .body = Json{{"id", "a"},
                                         {"type", "submit"},
                                         {"messageId", "the-card"},
                                         {"personId", person},
                                         {"roomId", "ops"},
                                         {"inputs", {{"command", command}}}}
                                        .dump()};
        });
        auto pressed = event("a" + std::to_string(++number_));
        pressed.kind = InboundEvent::Kind::kCardAction;
        pressed.person_id = person;
        pressed.person_email.clear();
        tell(pressed);
        const auto said = answers().back();
        notices.look();
        return said;
    }
    bool card_deleted() {
        for (const auto& one : asked()) {
            if (one == "DELETE /messages/the-card") return true;
        }
        return false;
    }

private:
    int number_ = 0;
};

}  // namespace

TEST_CASE("nothing is done without a yes of whoever asked", "[confirm]") {
    Asked talk;
    CHECK_THAT(talk.ask("wipe all"), Contains("Wipe **all**?") && Contains("`confirm "));
    const auto code = talk.code();
    CHECK(talk.ask("confirm nosuch") ==
          "I am not waiting for that code in this room, or no longer. Ask again.");
    CHECK(talk.ask("confirm " + code, {{"personId", "ann"}, {"personEmail", "a@example.com"}}) ==
          "Somebody else was asked; only they can answer.");
    CHECK(talk.press("confirm " + code, "ann") == "Somebody else was asked; only they can answer.");
    CHECK_FALSE(talk.card_deleted());
    CHECK(talk.ask("decline " + code) == "It is left undone.");
    CHECK_THAT(talk.ask("confirm " + code), Contains("not waiting for that code"));
    CHECK(talk.ask("wipe nothing") == "There is nothing.");
    CHECK(talk.done == 0);
}

TEST_CASE("a yes that comes too late does nothing", "[confirm]") {
    Asked talk;
    talk.ask("wipe all");
    const auto code = talk.code();
    talk.clock.advance(5min);
    CHECK_THAT(talk.ask("confirm " + code), Contains("or no longer"));
    CHECK(talk.done == 0);
}

TEST_CASE("a yes has it done once, in words or by the button, and the card goes", "[confirm]") {
    Asked talk;
    talk.config.cool_downs = {{.command = "wipe", .user = 60s}};
    talk.ask("wipe all");
    const auto code = talk.code();
    SECTION("in words") {
        CHECK(talk.ask("Confirm " + code) == "wiped");
        CHECK_FALSE(talk.card_deleted());
    }
    SECTION("by the button") {
        const auto card = talk.card();
        CHECK(card["actions"][1]["data"]["command"] == "decline " + code);
        CHECK_THAT(card["body"][0]["text"].get<std::string>(), Contains("Wipe **all**?"));
        CHECK(talk.press("confirm " + code) == "wiped");
        CHECK(talk.card_deleted());
    }
    CHECK(talk.done == 1);
    const auto runs = talk.ledger.list({}).value();
    CHECK(runs.front().reason == "confirmed: wipe all");
    CHECK(runs.back().reason == "asked back");
    CHECK_THAT(talk.press("confirm " + code), Contains("not waiting for that code"));
    CHECK(talk.done == 1);
}

TEST_CASE("what needs no question is done at once, and without confirmations nothing is",
          "[confirm]") {
    Asked talk;
    CHECK(talk.ask("wipe dust") == "wiped");
    talk.services.confirmations = nullptr;
    CHECK_THAT(talk.ask("wipe all"), Contains("cannot do that here"));
    CHECK(talk.done == 1);
}

TEST_CASE("a permission that was taken away since the question counts", "[confirm]") {
    Asked talk;
    talk.ask("wipe all");
    const auto code = talk.code();
    talk.config.permissions = {{.command = "wipe", .emails = {"sam@example.com"}}};
    CHECK_THAT(talk.ask("confirm " + code), Contains("You may not use `wipe`"));
    CHECK(talk.done == 0);
}

TEST_CASE("post puts a report into another room, for admins, once they have said yes",
          "[confirm]") {
    Talk talk(bot::commands::standard_commands());
    bot::reports::Spec report;
    report.name = "aging";
    report.title = "Aging";
    report.template_path = talk.folder.write("t.mustache", "{{title}}: {{total}}");
    report.data = bot::sources::file(talk.folder.write("t.csv", "ticket,owner,age\nT1,ann,3\n"));
    report.item = "ticket";
    report.group_by = "owner";
    report.measure = "age";
    talk.config.reports = {report};
    talk.config.rooms = {{.name = "boss", .id = "BOSS", .title = "Management"}};
    std::vector<std::string> posted;
    talk.services.post = [&](const std::string& room, const auto& messages, const auto& key) {
        posted.push_back(room + ": " + messages.at(0).markdown + " " + key);
        return resilience::Result<resilience::Done>(resilience::Done{});
    };
    int number = 0;
    const auto ask = [&](const std::string& text) {
        talk.say("m" + std::to_string(++number), text);
        return talk.answers().back();
    };
    CHECK_THAT(ask("post aging boss"), Contains("Only admins may use `post`"));
    talk.config.admins = {"robin@example.com"};
    CHECK_THAT(ask("post aging"), Contains("needs ROOM"));
    CHECK_THAT(ask("post agin boss"), Contains("Did you mean `aging`?"));
    CHECK(ask("post aging bos") ==
          "There is no room \"bos\" in my configuration. Did you mean `boss`?");
    const auto question = ask("post aging boss");
    CHECK_THAT(question, Contains("Post the report **Aging** into **Management**?"));
    CHECK(posted.empty());
    const auto at = question.find("`confirm ") + 9;
    CHECK(ask("confirm " + question.substr(at, 6)) ==
          "The report **Aging** is posted into **Management**.");
    CHECK(posted == std::vector<std::string>{"boss: Aging: 1 post:m6"});
}
