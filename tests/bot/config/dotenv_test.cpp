#include "bot/config/dotenv.hpp"

#include <catch2/catch.hpp>

using bot::config::parse_dotenv;

namespace {

std::string value_of(const std::string& text) {
    const auto dotenv = parse_dotenv(text);
    REQUIRE(dotenv.mistakes.empty());
    REQUIRE(dotenv.entries.size() == 1);
    return dotenv.entries[0].value;
}

}  // namespace

TEST_CASE("mistakes of an .env file name their line and never a value", "[config]") {
    SECTION("a line that is no assignment") {
        const auto dotenv = parse_dotenv("A=1\nhello world\n2B=3\n=4\n");
        REQUIRE(dotenv.mistakes.size() == 3);
        CHECK(dotenv.mistakes[0].line == 2);
        CHECK(dotenv.mistakes[1].line == 3);
        CHECK(dotenv.mistakes[2].line == 4);
        CHECK(dotenv.entries.size() == 1);
    }
    SECTION("an open quote, and the lines behind it are still read") {
        const auto dotenv = parse_dotenv("TOKEN=\"s3cr3t\nB=2\n");
        REQUIRE(dotenv.mistakes.size() == 1);
        CHECK(dotenv.mistakes[0].line == 1);
        CHECK(dotenv.mistakes[0].what.find("s3cr3t") == std::string::npos);
        REQUIRE(dotenv.entries.size() == 1);
        CHECK(dotenv.entries[0].line == 2);
    }
    SECTION("text behind a quote") {
        CHECK(parse_dotenv("A='x'y\n").mistakes.size() == 1);
    }
    SECTION("a name that is set twice keeps the first value") {
        const auto dotenv = parse_dotenv("A=1\n\nA=2\n");
        REQUIRE(dotenv.mistakes.size() == 1);
        CHECK(dotenv.mistakes[0].line == 3);
        CHECK(dotenv.entries[0].value == "1");
    }
}

TEST_CASE("values of an .env file", "[config]") {
    CHECK(value_of("A=plain") == "plain");
    CHECK(value_of("  export A = spaced out \r\n") == "spaced out");
    CHECK(value_of("\xEF\xBB\xBF"
                   "A=1") == "1");
    CHECK(value_of("A=value # comment") == "value");
    CHECK(value_of("A=has#hash") == "has#hash");
    CHECK(value_of("A=# only a comment").empty());
    CHECK(value_of("A=").empty());
    CHECK(value_of("A='$HOME # \\n \"'   # comment") == "$HOME # \\n \"");
    CHECK(value_of("A=\"a\\n\\t\\\"\\\\\\$b\"") == "a\n\t\"\\$b");
    CHECK(value_of("A=\"two\nlines\"") == "two\nlines");
    CHECK(value_of("export=1") == "1");
}

TEST_CASE("line numbers count the lines inside quotes", "[config]") {
    const auto dotenv = parse_dotenv("A='x\ny'\n# c\nB=2\nbroken\n");
    REQUIRE(dotenv.entries.size() == 2);
    CHECK(dotenv.entries[1].line == 4);
    REQUIRE(dotenv.mistakes.size() == 1);
    CHECK(dotenv.mistakes[0].line == 5);
}
