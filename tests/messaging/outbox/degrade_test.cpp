#include "messaging/outbox/degrade.hpp"

#include "messaging/outbox/dispatcher.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace std::chrono_literals;
using namespace messaging::outbox;
using Catch::Matchers::Contains;
using messaging::webex::Refusal;

namespace {

std::string card(const std::string& body, const std::string& text = "three tickets") {
    return R"({"attachments":[{"content":{"body":[)" + body +
           R"(],"type":"AdaptiveCard"},"contentType":"x"}],"roomId":"r","text":")" + text + "\"}";
}

const std::string kLine = R"({"text":"a","type":"TextBlock"})";
const std::string kPicture = R"({"type":"Image","url":"http://a.example/b.png"})";
const SpooledFile kFile{"hash", "big <@all>`.bin", "x", 99'000'000};

std::string long_text() {
    std::string text;
    while (text.size() < 2000)
        text += "One more sentence of the text. ";
    return text;
}

std::string field(const std::string& name, const std::string& text) {
    return R"({")" + name + R"(":")" + text + R"("})";
}

}  // namespace

TEST_CASE("what is not in the table ends the message", "[degrade]") {
    CHECK_FALSE(degrade(Refusal::kOther, card(kLine), {}));
    CHECK_FALSE(degrade(Refusal::kContent, field("text", long_text()), {}));
    CHECK_FALSE(degrade(Refusal::kTooLong, field("text", "short"), {}));
    CHECK_FALSE(degrade(Refusal::kTooBig, field("text", "short"), {}));
    CHECK_FALSE(degrade(Refusal::kTooLong, field("text", long_text()), kFile));
    CHECK_FALSE(degrade(Refusal::kUnreachable, field("text", "short"), {}));
    CHECK_FALSE(degrade(Refusal::kContent, "no json", {}));
    CHECK_FALSE(degrade(Refusal::kContent, "[]", {}));
    CHECK(degrade_row(Refusal::kEditLimit, Content::kText) == nullptr);
}

TEST_CASE("a card whose pictures cannot be fetched goes out without them", "[degrade]") {
    const std::string nested = R"({"columns":[{"items":[)" + kPicture + "," + kLine +
                               R"(],"type":"Column"}],)" +
                               R"("backgroundImage":"http://a.example/c.png","type":"ColumnSet"})";
    const auto made = degrade(Refusal::kUnreachable, card(kPicture + "," + nested), {});
    REQUIRE(made);
    CHECK(made->row->instead == Instead::kCardWithoutPictures);
    CHECK(made->payload ==
          card(R"({"columns":[{"items":[)" + kLine + R"(],"type":"Column"}],"type":"ColumnSet"})"));
    CHECK(content_of(made->payload, false) == Content::kPlainCard);
    // The next refusal takes the next row.
    CHECK(degrade(Refusal::kUnreachable, made->payload, {})->row->instead == Instead::kTextOfCard);
}

TEST_CASE("a card that is refused goes out as its text", "[degrade]") {
    const auto refusal = GENERATE(Refusal::kTooBig, Refusal::kTooLong, Refusal::kContent);
    const std::string body = GENERATE(true, false) ? kLine : kPicture;
    const auto made = degrade(refusal, card(body), {});
    REQUIRE(made);
    CHECK(made->payload == R"({"roomId":"r","text":"three tickets"})");
    CHECK(made->attachment.empty());
    CHECK(made->row->rule == "degrade_card");
}

TEST_CASE("a text that is refused as too long goes out as its beginning and a file", "[degrade]") {
    const auto refusal = GENERATE(Refusal::kTooLong, Refusal::kTooBig);
    const auto made = degrade(refusal, field("markdown", long_text()), {});
    REQUIRE(made);
    CHECK(made->attachment == long_text());
    CHECK(made->attachment_name == "message.md");
    CHECK(made->payload.size() < 1100);
    CHECK_THAT(made->payload, Contains("One more sentence") && Contains("attached as message.md"));
    const auto plain = degrade(refusal, field("text", long_text()), {});
    CHECK(plain->attachment_name == "message.txt");
    CHECK_THAT(plain->payload, Contains(R"("text":"One more)"));
}

TEST_CASE("a file that is too big is named instead", "[degrade]") {
    const auto made = degrade(Refusal::kTooBig, field("markdown", "**see**"), kFile);
    REQUIRE(made);
    CHECK(made->attachment.empty());
    CHECK_THAT(made->payload, Contains("**see**") && Contains("99000000 bytes"));
    CHECK(made->payload.find("<@all>") == std::string::npos);  // nobody is called by a file's name
    CHECK(made->payload.find('`') == std::string::npos);
    CHECK_THAT(degrade(Refusal::kTooBig, R"({"roomId":"r"})", kFile)->payload,
               Contains(R"("text":"(The file big)"));
}

TEST_CASE("whatever is refused again and again, it ends after a few steps", "[degrade]") {
    for (const auto refusal : {Refusal::kTooBig, Refusal::kTooLong, Refusal::kUnreachable,
                               Refusal::kContent, Refusal::kEditLimit, Refusal::kOther}) {
        for (const auto& first : {card(kPicture, long_text()), field("markdown", long_text()),
                                  field("text", std::string(7439, 'x'))}) {
            auto payload = first;
            std::optional<SpooledFile> file;
            int steps = 0;
            while (const auto made = degrade(refusal, payload, file)) {
                REQUIRE(++steps < 12);
                payload = made->payload;
                file.reset();
                if (!made->attachment.empty()) file = kFile;
            }
        }
    }
}

TEST_CASE("every row of the table is there once, with a rule for the journal", "[degrade]") {
    std::set<std::pair<Refusal, Content>> seen;
    for (const auto& row : kDegradeTable) {
        CHECK(seen.emplace(row.refusal, row.content).second);
        CHECK(degrade_row(row.refusal, row.content) == &row);
        CHECK(row.rule.starts_with("degrade_"));
        CHECK_FALSE(row.what.empty());
    }
}

namespace {

/// A dispatcher with one delivery on its way.
class Desk {
public:
    explicit Desk(std::uint32_t repeats) : dispatcher({}, now, [] { return 0.0; }) {
        Intent intent;
        intent.id = DeliveryId{1};
        intent.destination = "room:ops";
        intent.deadline = Millis{1h};
        intent.repeats = repeats;
        dispatcher.take(now);
        dispatcher.on_claimed({intent}, Millis{0}, now);
        dispatcher.take(now);
    }

    Actions refuse(resilience::ErrorClass cls) {
        Answer answer;
        answer.error.cls = cls;
        answer.note = {.status = 400, .rule = "http_400", .detail = "refused"};
        answer.instead = NewContent{"{}"};
        answer.instead_rule = "degrade_card";
        answer.instead_what = "its text goes out";
        dispatcher.on_answer(DeliveryId{1}, std::move(answer), now);
        return dispatcher.take(now);
    }

    Now now{resilience::Clock::Instant{1h}, Millis{1'000}};
    Dispatcher dispatcher;
};

}  // namespace

TEST_CASE("nothing else is sent unless the refusal is definite", "[degrade][dispatcher]") {
    using resilience::ErrorClass;
    SECTION("not for an answer that says nothing about what happened") {
        const auto actions = Desk(0).refuse(ErrorClass::kAmbiguous);
        CHECK(actions.batch.transitions.at(0).to == State::kUncertain);
    }
    SECTION("not when an earlier attempt may have arrived") {
        const auto actions = Desk(1).refuse(ErrorClass::kPermanent);
        CHECK(actions.batch.transitions.at(0).to == State::kDead);
    }
    SECTION("but then at once, with the reason in the journal") {
        const auto actions = Desk(0).refuse(ErrorClass::kPermanent);
        const auto& change = actions.batch.transitions.at(0);
        CHECK(change.to == State::kPending);
        CHECK(change.next == Millis{1'000});
        REQUIRE(change.content);
        CHECK(change.content->payload == "{}");
        CHECK(change.note.rule == "degrade_card");
        CHECK(change.note.detail == "refused; its text goes out");
        CHECK(actions.notices.at(0).kind == Notice::Kind::kDegraded);
    }
}
