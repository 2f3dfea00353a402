#include "messaging/sandbox/rich_text.hpp"

#include <catch2/catch.hpp>

using messaging::sandbox::Mentioned;
using messaging::sandbox::render_markdown;

namespace {

std::optional<Mentioned> find(std::string_view kind, std::string_view value) {
    if (kind == "personEmail" && value == "a_b_c@example.com") return Mentioned{"ID1", "Ann"};
    if (kind == "personId" && value == "ID2") return Mentioned{"ID2", "Bob <b>"};
    return std::nullopt;
}

std::string html(const std::string& markdown) {
    return render_markdown(markdown, find).html;
}
std::string text(const std::string& markdown) {
    return render_markdown(markdown, find).text;
}

}  // namespace

TEST_CASE("markup of users does not become html", "[sandbox][richtext]") {
    CHECK(html("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>");
    CHECK(html("a & b < c") == "<p>a &amp; b &lt; c</p>");
    CHECK(html("[x](javascript:alert(1))") == "<p>x</p>");
    CHECK(html("[x](data:text/html,y)") == "<p>x</p>");
    CHECK(html("![alt](http://a/b.png)") == "<p>alt</p>");
    CHECK(html("<@personId:ID2>").find("Bob &lt;b&gt;") != std::string::npos);
    CHECK(html("<@all|<i>>").find("<i>") == std::string::npos);
}

TEST_CASE("the markdown that Webex knows", "[sandbox][richtext]") {
    CHECK(html("**b** *i* `c`") == "<p><strong>b</strong> <em>i</em> <code>c</code></p>");
    CHECK(html("[label](https://a.example/x)") ==
          "<p><a href=\"https://a.example/x\" rel=\"nofollow\">label</a></p>");
    CHECK(html("1. a\n2. b") == "<ol><li>a</li><li>b</li></ol>");
    CHECK(html("- a\n- b") == "<ul><li>a</li><li>b</li></ul>");
    CHECK(html("> q") == "<blockquote><p>q</p></blockquote>");
    CHECK(html("## h") == "<h2>h</h2>");
    CHECK(html("```sh\nls <x>\n```") ==
          "<pre><code class=\"language-sh\">ls &lt;x&gt;\n</code></pre>");
    CHECK(html("a  \nb") == "<p>a<br/>b</p>");
    CHECK(html("<blockquote class=danger>x</blockquote>") ==
          "<p><blockquote class=\"danger\">x</blockquote></p>");
}

TEST_CASE("derived text is one line", "[sandbox][richtext]") {
    CHECK(text("# Title\n\npara **one**\nstill\n\n- a\n- b") == "Title para one still a b");
    CHECK(text("a &amp; b") == "a & b");
    CHECK(text("```\nx\ny\n```") == "x y");
    CHECK(text("").empty());
}

TEST_CASE("mentions become elements, except in code", "[sandbox][richtext]") {
    const auto rich = render_markdown(
        "<@personEmail:a_b_c@example.com|Annie> and <@personId:ID2> and <@all>", find);
    CHECK(rich.html ==
          "<p><spark-mention data-object-type=\"person\" data-object-id=\"ID1\">Annie"
          "</spark-mention> and <spark-mention data-object-type=\"person\" data-object-id=\"ID2\">"
          "Bob &lt;b&gt;</spark-mention> and <spark-mention data-object-type=\"groupMention\" "
          "data-object-id=\"all\">All</spark-mention></p>");
    CHECK(rich.text == "Annie and Bob <b> and All");
    CHECK(rich.person_ids == std::vector<std::string>{"ID1", "ID2"});
    CHECK(rich.everyone);
    CHECK(html("`<@personId:ID2>`") == "<p><code>&lt;@personId:ID2&gt;</code></p>");
    CHECK(html("<@personId:nobody|Nobody>") == "<p>Nobody</p>");
    CHECK(html("<@unfinished") == "<p>&lt;@unfinished</p>");
    CHECK(html("\xEE\x80\x80"
               "0"
               "\xEE\x80\x81 <@all>")
              .find("spark-mention") == std::string::npos);
}
