#include "bot/text/closest.hpp"
#include "bot/text/markdown.hpp"
#include "bot/text/time_text.hpp"
#include "bot/text/utf8.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace std::chrono_literals;
namespace text = bot::text;

TEST_CASE("echoed text cannot mention, format or break out", "[text]") {
    CHECK(text::escape_markdown("<@all>") == "&lt;@all&gt;");
    CHECK(text::escape_markdown("<@personEmail:a@b.c|x>").find('<') == std::string::npos);
    CHECK(text::escape_markdown("`x` **b** _i_") == "\\`x\\` \\*\\*b\\*\\* \\_i\\_");
    CHECK(text::escape_markdown("[a](javascript:b)") == "\\[a\\](javascript:b)");
    CHECK(text::escape_markdown("a\n# b\r\tc\x01") == "a # b  c");
    CHECK(text::escape_markdown("&lt;@all") == "&amp;lt;@all");
    CHECK(text::escape_markdown("\xff\xfe ok") == "?? ok");
    CHECK(text::escape_markdown("Grüße, 1 2 3") == "Grüße, 1 2 3");
    CHECK(text::escape_markdown(" # big") == " \\# big");
    CHECK(text::escape_markdown("- item") == "\\- item");
    CHECK(text::escape_markdown("12. item") == "12\\. item");
    CHECK(text::escape_markdown("9.8") == "9.8");
    CHECK(text::escape_markdown("12 items.") == "12 items.");
    CHECK(text::escape_code("``` <@all>\n\x1b[0m") == "''' < @all>  [0m");
}

TEST_CASE("the closest candidate is found, or none", "[text]") {
    const std::vector<std::string> charts = {"mttr", "aging", "flow", "sla-breach"};
    CHECK(text::closest("mtr", charts) == "mttr");
    CHECK(text::closest("MTTR", charts) == "mttr");
    CHECK(text::closest("agign", charts) == "aging");
    CHECK(text::closest("sla_breech", charts) == "sla-breach");
    CHECK(text::closest("weather", charts).empty());
    CHECK(text::closest("", charts).empty());
    CHECK(text::closest("x", {}).empty());
    CHECK(text::nearest("weather", charts) == "mttr");
    CHECK(text::nearest("x", {}).empty());
    CHECK(text::edit_distance("ab", "ba") == 1);
    CHECK(text::edit_distance("", "abc") == 3);
    CHECK(text::edit_distance(std::string(5000, 'a'), std::string(5000, 'b')) == 64);
}

TEST_CASE("UTF-8 is told from other bytes", "[text]") {
    CHECK(text::is_utf8("a ü € 😀"));
    for (const std::string bad : {"\x80", "\xc0\xaf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                                  "\xf4\x90\x80\x80", "\xe2\x82", "\xf0\x9f\x98", "\xff"}) {
        CHECK_FALSE(text::is_utf8(bad));
    }
    CHECK(text::length("a€😀") == 3);
    CHECK(text::shorten("a€😀x", 3) == "a€…");
    CHECK(text::shorten("a€😀", 3) == "a€😀");
    CHECK(text::shorten("abc", 0).empty());
}

TEST_CASE("times read well", "[text]") {
    CHECK(text::utc(std::chrono::system_clock::time_point(1'795'312'800s)) ==
          "22 Nov 2026, 02:00 UTC");
    CHECK(text::utc(std::chrono::system_clock::time_point(-1s)) == "31 Dec 1969, 23:59 UTC");
    CHECK(text::duration(-5s) == "0 seconds");
    CHECK(text::duration(1s) == "1 second");
    CHECK(text::duration(119s) == "1 minute");
    CHECK(text::duration(47h) == "47 hours");
    CHECK(text::duration(48h) == "2 days");
}
