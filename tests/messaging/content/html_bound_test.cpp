#include "messaging/content/html_bound.hpp"

#include "tests/messaging/content/random_text.hpp"

#include <catch2/catch.hpp>

using namespace content_tests;
using messaging::html_bound;

namespace {

/// How far the bound is above the truth.
double ratio(const std::string& markdown) {
    return static_cast<double>(html_bound(markdown)) /
           static_cast<double>(rendered(markdown).html.size());
}

std::string times(int count, const std::string& text) {
    std::string all;
    for (; count > 0; --count)
        all += text;
    return all;
}

}  // namespace

TEST_CASE("html is never longer than the bound: what makes it grow", "[content][html]") {
    const std::string text = GENERATE(
        as<std::string>{}, "", "a", "&\"<>'", "*a*", "**a**", "***a***", "*a**b*", "`a`", "``a``",
        "[a](b)", "[a](http://b.example)", "![a](b)", "<http://a.example/?b&c>", "<a@b.example>",
        "[r][r][r]\n\n[r]: https://a.example/&&&&&&&&", "[r]\n\n[r]:\nhttps://a.example/&&&&&&",
        "[a\nb][A b] [a b]\n\n> [a\nb]: https://a.example/&&&&", "- [r]: http://a.example/x\n\n[r]",
        "- - - - a", "1. 2) 3. 4) a", "> > > > a", ">>>>a\n>a", "- a\n- b\n- c", "7. a\n8. b",
        "1. a\n1) b\n1. c", "- a\n+ b\n* c", "# a\n## b\n###### c", "a\n===\nb\n---",
        "---\n***\n___", "    a\n\n    b", "-      code", "\ta", "```\n\ta\n\t\tb\n```", "```",
        "~~~x&y\n<", "- ```\n  &\na *b*", "> ```\n&&\n```\n*a*", "```\na\n```\t\n*a* *b*\n```\n*a*",
        "a  \nb\\\nc", "a\\", "<@all>", "<@personId:x>", "<@personEmail:a@b.example|A&B>",
        "`<@personId:x>`", "<blockquote class=info>a</blockquote>", "a_b_c _d_",
        "<@personId:a\n```\n> *b* *c* *d*", "&amp;&lt;", "para\n2. x\n3. y", "para\n*\n* b",
        "para\n    - a\n    - b", "*a _b* c_");
    CAPTURE(text);
    CHECK(html_bound(text) >= rendered(text).html.size());
}

TEST_CASE("html is never longer than the bound: whatever is written", "[content][html]") {
    Chance chance(20260101);
    const auto wanted = documents(15'000);
    for (std::uint64_t i = 0; i < wanted; ++i) {
        const auto text = chance.once_in(3) ? Document(chance).make(1 + chance.below(6))
                                            : noise(chance, 1 + chance.below(40));
        const auto html = rendered(text).html.size();
        if (html_bound(text) >= html) continue;
        CAPTURE(i, text, rendered(text).html);
        REQUIRE(html_bound(text) >= html);
    }
}

TEST_CASE("the bound is near the truth for what programs write", "[content][html]") {
    CHECK(ratio(times(90, "The disk of db1 is full, and nobody has noticed for an hour. ")) < 1.02);
    CHECK(ratio(times(60, "2026-11-22 [INFO] sshd[12]: foo_bar is <up> & \"well\" *now*\n")) < 1.2);
    CHECK(ratio("```sh\n" + times(60, "2026-11-22 [INFO] a_b [x](y) *z* <up>\n") + "```") < 1.02);
    CHECK(ratio(times(60, "- an item of a list, as reports have many of them\n")) < 1.25);
    CHECK(ratio(times(
              40,
              "Two lines of a paragraph, **one** of which\nhas [a link](http://a.example).\n\n")) <
          1.15);
}
