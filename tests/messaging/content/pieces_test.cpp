#include "messaging/content/pieces.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace messaging;

namespace {

std::string words(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes)
        text += "several words in a row, ";
    text.resize(bytes);
    return text;
}

constexpr PieceOptions kSmall{.bytes_max = 200, .html_max = 2000, .parts_max = 3};

}  // namespace

TEST_CASE("a message that cannot be split is left as it is", "[content][pieces]") {
    SECTION("the text beside a card, which only stands in for it") {
        const Message card{.text = words(900), .card_json = "{}"};
        const auto pieces = pieces_of(card, kSmall);
        REQUIRE(pieces.size() == 1);
        CHECK(pieces[0].message.text == card.text);
        CHECK(pieces[0].message.card_json == "{}");
    }
    SECTION("nothing at all") {
        CHECK(pieces_of({}, kSmall).size() == 1);
    }
}

TEST_CASE("what fits stays one piece", "[content][pieces]") {
    const Message message{.text = "plain", .markdown = "**m**", .parent_id = "p"};
    const auto pieces = pieces_of(message, kSmall);
    REQUIRE(pieces.size() == 1);
    CHECK(pieces[0].message.text == "plain");
    CHECK(pieces[0].message.markdown == "**m**");
    CHECK(pieces[0].message.parent_id == "p");
    CHECK_FALSE(pieces[0].continues);
}

TEST_CASE("a long text goes on in the thread of its first piece", "[content][pieces]") {
    const auto pieces = pieces_of({.markdown = words(400), .parent_id = "p"}, kSmall);
    REQUIRE(pieces.size() == 3);
    CHECK_FALSE(pieces[0].continues);
    CHECK(pieces[1].continues);
    CHECK(pieces[2].message.markdown.ends_with("(3/3)"));
    CHECK(pieces[2].message.parent_id == "p");
    CHECK(pieces[2].message.text.empty());
}

TEST_CASE("of two texts the markdown is split, and Webex derives the other", "[content][pieces]") {
    const auto long_markdown = pieces_of({.text = "plain", .markdown = words(300)}, kSmall);
    REQUIRE(long_markdown.size() == 2);
    CHECK(long_markdown[0].message.text.empty());
    const auto long_text = pieces_of({.text = words(300), .markdown = "short"}, kSmall);
    REQUIRE(long_text.size() == 1);
    CHECK(long_text[0].message.text.empty());
    CHECK(long_text[0].message.markdown == "short");
}

TEST_CASE("a text of too many parts becomes its beginning and a file", "[content][pieces]") {
    const auto text = words(2000);
    const auto pieces = pieces_of({.markdown = text}, kSmall);
    REQUIRE(pieces.size() == 1);
    CHECK(pieces[0].attachment == text);
    CHECK(pieces[0].attachment_name == "message.md");
    CHECK(pieces[0].message.markdown.size() <= 200);
    CHECK(pieces[0].message.markdown.ends_with(
        "_Shortened; the full text is attached as message.md._"));
    const auto plain = pieces_of({.text = text}, kSmall);
    CHECK(plain.at(0).attachment_name == "message.txt");
    auto unlimited = kSmall;
    unlimited.parts_max = 0;
    CHECK(pieces_of({.markdown = text}, unlimited).size() > 9);
}

TEST_CASE("each file is a piece, the text goes with the first", "[content][pieces]") {
    const std::vector<File> files = {{.path = "a"}, {.path = "b"}};
    SECTION("a short text") {
        const auto pieces = pieces_of({.markdown = "two files", .files = files}, kSmall);
        REQUIRE(pieces.size() == 2);
        CHECK(pieces[0].message.markdown == "two files");
        CHECK(pieces[0].message.files.at(0).path == "a");
        CHECK(pieces[1].message.markdown.empty());
        CHECK(pieces[1].message.files.at(0).path == "b");
        CHECK_FALSE(pieces[1].continues);
    }
    SECTION("a text of two parts") {
        const auto pieces = pieces_of({.markdown = words(300), .files = files}, kSmall);
        REQUIRE(pieces.size() == 3);
        CHECK(pieces[0].message.files.at(0).path == "a");
        CHECK(pieces[1].continues);
        CHECK(pieces[1].message.files.empty());
        CHECK(pieces[2].message.files.at(0).path == "b");
    }
    SECTION("a text that becomes a file itself") {
        const auto pieces = pieces_of({.markdown = words(3000), .files = files}, kSmall);
        REQUIRE(pieces.size() == 3);
        CHECK(pieces[0].message.files.empty());
        CHECK_FALSE(pieces[0].attachment.empty());
        CHECK(pieces[1].message.files.at(0).path == "a");
    }
    SECTION("no text") {
        CHECK(pieces_of({.files = files}, kSmall).size() == 2);
    }
}
