#include "messaging/webex/limits.hpp"

#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace messaging;
using webex::check_message;

namespace {

std::string mistake(const Target& to, const Message& message) {
    const auto checked = check_message(to, message);
    if (checked.ok()) return {};
    CHECK(checked.error().cls == resilience::ErrorClass::kPermanent);
    CHECK(checked.error().message.find('\n') == std::string::npos);
    return checked.error().message;
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string card_with(int actions) {
    std::string card = R"({"type":"AdaptiveCard","version":"1.3","body":[],"actions":[)";
    for (int i = 0; i < actions; ++i) {
        card += std::string{i > 0 ? "," : ""} + R"({"type":"Action.Submit","title":"ok"})";
    }
    return card + "]}";
}

const Target kRoom = room("Y2lz");

}  // namespace

TEST_CASE("a message without content or destination is refused", "[limits]") {
    CHECK(has(mistake(kRoom, {}), "empty"));
    CHECK(has(mistake(room(""), {.text = "x"}), "no destination"));
    CHECK(has(mistake(room("a b"), {.text = "x"}), "blank"));
    CHECK(has(mistake(room("a\n"), {.text = "x"}), "blank"));
    CHECK(has(mistake(email("nobody"), {.text = "x"}), "no e-mail address"));
    CHECK(has(mistake(email("@host"), {.text = "x"}), "no e-mail address"));
    CHECK(has(mistake(person("a@b.test"), {.text = "x"}), "not an id"));
}

TEST_CASE("texts are limited in bytes, each field for itself", "[limits]") {
    const std::string longest(webex::kTextBytesMax, 'x');
    CHECK(mistake(kRoom, {.text = longest, .markdown = longest}).empty());
    CHECK(has(mistake(kRoom, {.text = longest + "x"}), "text has 7440 bytes, Webex takes 7439"));
    CHECK(has(mistake(kRoom, {.markdown = longest + "x"}), "markdown has 7440"));
    std::string umlauts;
    for (int i = 0; i < 3'720; ++i)
        umlauts += "\xC3\xBC";
    CHECK(has(mistake(kRoom, {.text = umlauts}), "7440 bytes"));
    CHECK(has(mistake(kRoom, {.text = "\xC3"}), "UTF-8"));
}

TEST_CASE("cards are checked before they are accepted", "[limits]") {
    const auto card = [](std::string json) {
        return Message{.text = "fallback", .card_json = std::move(json)};
    };
    CHECK(mistake(kRoom, card(card_with(5))).empty());
    CHECK(has(mistake(kRoom, card(card_with(6))), "6 actions, Webex takes 5"));
    CHECK(has(mistake(kRoom, card("{")), "no JSON object"));
    CHECK(has(mistake(kRoom, card("[]")), "no JSON object"));
    CHECK(has(mistake(kRoom, card(R"({"type":1})")), "no JSON object"));
    CHECK(has(mistake(kRoom, card(R"({"type":"AdaptiveCard"})")), "version"));
    CHECK(has(mistake(kRoom, card(R"({"type":"AdaptiveCard","version":"1.5"})")), "version"));
    CHECK(has(mistake(kRoom, card(std::string(30'000, ' ') + card_with(0))), "bytes"));
    CHECK(has(mistake(kRoom, {.card_json = card_with(1)}), "no text beside it"));
    CHECK(has(mistake(kRoom, card(card_with(1) + ",")), "no JSON object"));
    CHECK(has(mistake(kRoom, card(R"({"type":"AdaptiveCard","version":{"version":"1.3"}})")),
              "version"));
    const auto nested = [&](std::size_t depth) {
        auto text = card_with(0);
        text.insert(1, R"("x":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + ",");
        return card(text);
    };
    CHECK(mistake(kRoom, nested(webex::kCardDepthMax)).empty());
    CHECK(has(mistake(kRoom, nested(webex::kCardDepthMax + 1)), "nested more than 100 deep"));
    CHECK(has(mistake(kRoom, nested(10'000)), "nested"));
    // Only the card's own actions count, not those of what it shows.
    const std::string inner = R"({"type":"ActionSet","actions":[1,2,3,4,5,6,7]})";
    CHECK(mistake(kRoom, card(R"({"body":[)" + inner + R"(],"actions":[{"actions":[1,2,3,4,5]}],)" +
                              R"("type":"AdaptiveCard","version":"1.2"})"))
              .empty());
}

TEST_CASE("files must be there, readable and small enough", "[limits]") {
    const tests::TempFolder folder;
    const auto file = [](std::string path) {
        Message message;
        message.files.push_back({.path = std::move(path)});
        return message;
    };
    const auto small = folder.write("small.png", "x");
    CHECK(mistake(kRoom, file(small)).empty());
    CHECK(has(mistake(kRoom, file(folder.path("gone.png"))), "gone.png"));
    CHECK(has(mistake(kRoom, file(folder.path("."))), "not a plain file"));
    std::filesystem::resize_file(small, webex::kFileBytesMax);  // a hole, not 100 MB
    CHECK(mistake(kRoom, file(small)).empty());
    std::filesystem::resize_file(small, webex::kFileBytesMax + 1);
    CHECK(has(mistake(kRoom, file(small)), "100000001 bytes"));
    auto both = file(folder.write("b", ""));
    both.text = "x";
    both.card_json = card_with(0);
    CHECK(has(mistake(kRoom, both), "send two"));
}
