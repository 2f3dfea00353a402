#include "messaging/content/split.hpp"

#include "messaging/content/html_bound.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace messaging;
using Syntax = SplitOptions::Syntax;

namespace {

std::string times(std::size_t count, const std::string& text) {
    std::string all;
    for (; count > 0; --count)
        all += text;
    return all;
}

std::vector<std::string> texts(const std::string& text, std::size_t bytes_max) {
    std::vector<std::string> sent;
    std::string all;
    for (const auto& part : split_text(text, {.bytes_max = bytes_max})) {
        CHECK(part.text.size() <= bytes_max);
        all += part.content;
        sent.push_back(part.text);
    }
    CHECK(all == text);
    return sent;
}

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("one thing that is too long is cut last of all, and still fits", "[content][split]") {
    SECTION("a word") {
        CHECK(texts(std::string(100, 'x'), 64) ==
              List{std::string(57, 'x') + "\n\n(1/2)", std::string(43, 'x') + "\n\n(2/2)"});
    }
    SECTION("an address, at a slash") {
        const auto parts = texts("https://a.example/" + times(10, "abcdefghi/"), 64);
        REQUIRE(parts.size() == 3);
        CHECK(parts[0].ends_with("/\n\n(1/3)"));
        CHECK(parts[1].ends_with("/\n\n(2/3)"));
    }
    SECTION("a character with a thousand accents") {
        CHECK(texts("e" + times(100, "\xCC\x81"), 64).size() == 4);
    }
    SECTION("nothing but blanks") {
        CHECK(texts(std::string(100, ' '), 64) == List{""});
        CHECK(texts("a" + std::string(100, '\n'), 64) == List{"a"});
    }
    SECTION("bytes that are no UTF-8") {
        CHECK(texts(times(100, "\x80"), 64).size() == 2);
    }
}

TEST_CASE("more parts than are wanted are not made", "[content][split]") {
    const auto text = times(40, "some words in a row, ");
    CHECK(split_text(text, {.bytes_max = 200, .parts_max = 4}).empty());
    CHECK(split_text(text, {.bytes_max = 200, .parts_max = 5}).size() == 5);
    CHECK(split_text(text, {.bytes_max = 64}).size() > 9);
}

TEST_CASE("a text that fits is left alone", "[content][split]") {
    CHECK(texts("", 64) == List{""});
    CHECK(texts("a \n\n", 64) == List{"a \n\n"});
    CHECK(texts(std::string(64, 'x'), 64) == List{std::string(64, 'x')});
    const SplitOptions plain{.syntax = Syntax::kPlain};
    CHECK(fits(std::string(7439, 'x'), plain));
    CHECK_FALSE(fits(std::string(7440, 'x'), plain));
    CHECK(fits(std::string(7400, 'x')));
    CHECK_FALSE(fits(std::string(7433, 'x')));  // the tags of its paragraph count as well
}

TEST_CASE("the derived html counts as well, of markdown alone", "[content][split]") {
    const auto text = times(3000, "& ");
    CHECK(html_bound(text) > 15'000);
    CHECK_FALSE(fits(text));
    const auto parts = split_text(text);
    CHECK(parts.size() == 3);
    for (const auto& part : parts)
        CHECK(html_bound(part.text) <= 7439);
    CHECK(split_text(text, {.syntax = Syntax::kPlain}).size() == 1);
}

TEST_CASE("cuts are made where a reader would make them", "[content][split]") {
    SECTION("between paragraphs rather than between lines") {
        CHECK(texts("One line of this text.\nAnother line.\n\nThe next paragraph.\nIts second line "
                    "is long.",
                    64) == List{"One line of this text.\nAnother line.\n\n(1/2)",
                                "The next paragraph.\nIts second line is long.\n\n(2/2)"});
    }
    SECTION("between sentences rather than between words") {
        CHECK(texts("This is the first of the sentences here. And this is the second one.", 64) ==
              List{"This is the first of the sentences here.\n\n(1/2)",
                   "And this is the second one.\n\n(2/2)"});
    }
    SECTION("between words rather than inside of one") {
        const auto parts =
            texts("aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee ffffffffff gg", 64);
        CHECK(parts == List{"aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee\n\n(1/2)",
                            "ffffffffff gg\n\n(2/2)"});
    }
    SECTION("not behind a heading") {
        CHECK(texts("A paragraph of some length stands here.\n\n# Title\n\nMore words here follow.",
                    64) == List{"A paragraph of some length stands here.\n\n(1/2)",
                                "# Title\n\nMore words here follow.\n\n(2/2)"});
    }
    SECTION("not where the rest would become a list") {
        const auto parts =
            texts("the sum of all the numbers that were counted was a - b + c - d in all", 64);
        REQUIRE(parts.size() == 2);
        CHECK(parts[1].front() != '-');
        CHECK(parts[1].front() != '+');
    }
    SECTION("between ideographs, which have no blanks") {
        const auto parts = texts(times(30, "\xE6\xBC\xA2"), 64);
        CHECK(parts[0] == times(19, "\xE6\xBC\xA2") + "\n\n(1/2)");
    }
    SECTION("not inside of emphasis") {
        CHECK(
            texts("some words to begin with, and then **all of these are bold** yes", 64).front() ==
            "some words to begin with, and then **all of these are bold** yes");
        CHECK(texts("some words to begin with, and then **all of these are bold** yes!", 64) ==
              List{"some words to begin with, and then\n\n(1/2)",
                   "**all of these are bold** yes!\n\n(2/2)"});
    }
}

TEST_CASE("links, addresses, mentions and code spans are never broken", "[content][split]") {
    const std::string whole = GENERATE(
        as<std::string>{}, "[some label](https://a.example/x)", "[a [b] c](<d e> \"f g\")",
        "<https://a.example/x y>", "https://a.example/x?y=1&z=2", "<@personEmail:a@b.example|A B>",
        "<@personId:Y2lzY29zcGFyazovL3Vz|A B>", "`a few words`", "``a ` b c``", "![a b](c)",
        "\\*\\*\\*\\*\\*\\*\\*\\*\\*\\*", "&amp;&quot;&lt;&gt;&amp;&amp;",
        "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7",
        "<blockquote class=\"danger\">");
    // Wherever it stands, it is in one of the parts.
    for (std::size_t before = 0; before < 60; ++before) {
        const auto text = std::string(before, 'x') + " " + whole + " " + std::string(30, 'y');
        if (text.size() <= 64) continue;
        const auto parts = texts(text, 64);
        const bool found = std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
            return part.find(whole.substr(0, 4)) == std::string::npos ||
                   part.find(whole) != std::string::npos || whole[0] == '\\' || whole[0] == '&';
        });
        CAPTURE(before, parts);
        CHECK(found);
        for (const auto& part : parts) {
            CHECK_FALSE(part.find("\\\n\n(") != std::string::npos);
            const auto open = part.rfind('&');
            if (whole[0] == '&' && open != std::string::npos)
                CHECK(part.find(';', open) != std::string::npos);
        }
    }
}

TEST_CASE("a code block that is cut is closed and opened again", "[content][split]") {
    SECTION("with its language") {
        const auto text = "```sh\n" + times(10, "echo a word\n") + "```\n";
        CHECK(texts(text, 80) == List{"```sh\n" + times(5, "echo a word\n") + "```\n\n(1/2)",
                                      "```sh\n" + times(5, "echo a word\n") + "```\n\n(2/2)"});
    }
    SECTION("of tildes, in a quote") {
        const auto parts = texts("> ~~~\n" + times(6, "> some code here\n") + "> ~~~", 90);
        REQUIRE(parts.size() == 2);
        CHECK(parts[0].ends_with("> some code here\n> ~~~\n\n(1/2)"));
        CHECK(parts[1].starts_with("> ~~~\n> some code here\n"));
    }
    SECTION("in a list item") {
        const auto parts =
            texts("- item\n\n  ```c\n" + times(8, "  int a;\n  int b;\n") + "  ```\n- b", 100);
        REQUIRE(parts.size() == 3);
        CHECK(parts[0].ends_with("\n  ```\n\n(1/3)"));
        CHECK(parts[1].starts_with("- \xE2\x80\xA6\n  ```c\n  int "));
        CHECK(parts[1].ends_with("  int b;\n  ```\n\n(2/3)"));
        CHECK(parts[2] == "- b\n\n(3/3)");
    }
    SECTION("that its author did not close, so that the number stands behind it") {
        const auto parts = texts("```\n" + times(9, "some code\n"), 64);
        REQUIRE(parts.size() == 2);
        CHECK(parts[1].ends_with("some code\n```\n\n(2/2)"));
    }
    SECTION("in the middle of a line that is too long, when it must") {
        const auto parts = texts("```\n" + std::string(120, 'x') + "\n```", 90);
        REQUIRE(parts.size() == 2);
        CHECK(parts[0].ends_with("x\n```\n\n(1/2)"));
        CHECK(parts[1].starts_with("```\nx"));
    }
    SECTION("but text that only looks like a fence is none") {
        CHECK(texts("```a``` " + times(12, "words "), 64).front().ends_with("words\n\n(1/2)"));
    }
}

TEST_CASE("a table that is cut repeats its header", "[content][split]") {
    const std::string head = "| host | state |\n|---|---|\n";
    const auto parts = texts(head + times(8, "| db-one | fine |\n"), 240);
    CHECK(parts == List{head + times(8, "| db-one | fine |\n")});
    const auto cut = texts(head + times(20, "| db-one | fine |\n"), 344);
    REQUIRE(cut.size() == 2);
    CHECK(cut[1].starts_with(head + "| db-one | fine |\n"));
    SECTION("but not one that would take most of the part") {
        const auto wide =
            "|" + std::string(60, 'x') + "|\n|---|\n" + times(9, "| db-one | fine |\n");
        CHECK(texts(wide, 100).back().starts_with("| db-one"));
    }
}

TEST_CASE("a list goes on in the next part", "[content][split]") {
    SECTION("with the numbers that are written") {
        const auto parts =
            texts("1. the first item\n2. the second item\n3. the third item\n4. and so on", 64);
        CHECK(parts[1] == "4. and so on\n\n(2/2)");
    }
    SECTION("with the numbers that are seen when all are written as one") {
        const auto parts =
            texts("1. the first item\n1. the second item\n1. the third item\n1. and so on", 64);
        CHECK(parts[1] == "4. and so on\n\n(2/2)");
    }
    SECTION("also when the cut was inside of an item") {
        const auto parts = texts(
            "1. the first item\n1. the second\n   item is a longer one\n   and has lines\n1. last",
            64);
        REQUIRE(parts.size() == 2);
        CHECK(parts[1] == "2. \xE2\x80\xA6\n   and has lines\n1. last\n\n(2/2)");  // seen as 3.
    }
    SECTION("with an ellipsis for the item that what is nested belongs to") {
        const auto parts = texts(
            "- servers\n    - the database one\n    - the database two\n    - three\n- b", 64);
        REQUIRE(parts.size() == 2);
        CHECK(parts[1] == "- \xE2\x80\xA6\n    - three\n- b\n\n(2/2)");
    }
}

TEST_CASE("a quote that is cut goes on as a quote", "[content][split]") {
    const auto parts = texts("> " + times(20, "words "), 64);
    REQUIRE(parts.size() > 1);
    for (const auto& part : parts)
        CHECK(part.starts_with("> words"));
}

TEST_CASE("plain text is not read as markdown", "[content][split]") {
    const SplitOptions plain{.syntax = Syntax::kPlain, .bytes_max = 64};
    const auto parts = split_text("```\n" + times(10, "some code\n"), plain);
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].text == "```\n" + times(5, "some code\n").substr(0, 49) + "\n\n(1/2)");
    const auto links =
        split_text("look at the page https://a.example/x?y=1 when there is some time", plain);
    for (const auto& part : links)
        CHECK((part.text.find("https") == std::string::npos ||
               part.text.find("https://a.example/x?y=1") != std::string::npos));
}

TEST_CASE("the first part alone ends with what it is told", "[content][split]") {
    const auto part = first_part("One paragraph.\n\n" + times(20, "More words. "),
                                 "_The rest is attached._", {.bytes_max = 100});
    CHECK(part.text.size() <= 100);
    CHECK(part.text.starts_with("One paragraph.\n\nMore words."));
    CHECK(part.text.ends_with(".\n\n_The rest is attached._"));
}
