#include "bot/commands/command_line.hpp"

#include <catch2/catch.hpp>

using bot::commands::CommandLine;
using bot::commands::parse_command_line;
using Words = std::vector<std::string>;
using Options = std::map<std::string, std::string>;

namespace {

CommandLine parse(const std::string& text) {
    return parse_command_line(text).value();
}

}  // namespace

TEST_CASE("command lines beyond reason are refused with a sentence", "[commands]") {
    CHECK(parse_command_line(std::string(2001, 'x')).error().message.find("too long") !=
          std::string::npos);
    std::string many;
    for (int i = 0; i < 65; ++i)
        many += "x ";
    CHECK(parse_command_line(many).error().message.find("too many words") != std::string::npos);
    CHECK(parse_command_line("chart a=1 --A=2").error().message ==
          "The option a is there twice; give it once.");
}

TEST_CASE("a message is taken apart at blanks", "[commands]") {
    CHECK(parse("").verb.empty());
    CHECK(parse(" \n\t\xC2\xA0 ").verb.empty());
    CHECK(parse("  CHART\n mttr\xC2\xA0x ").verb == "chart");
    CHECK(parse("chart mttr\xC2\xA0x").words == Words{"mttr", "x"});
    CHECK(parse("Ärger x").verb == "Ärger");
}

TEST_CASE("quotes keep blanks together where they begin a word or value", "[commands]") {
    CHECK(parse("c \"a b\" 'c  d' “e f” „g h“").words == Words{"a b", "c  d", "e f", "g h"});
    CHECK(parse("c don't say 5\" x").words == Words{"don't", "say", "5\"", "x"});
    CHECK(parse("c \"open end").words == Words{"\"open", "end"});
    CHECK(parse("c \"\"").words == Words{""});
    CHECK(parse("c \"a=b\" \"--x\"").words == Words{"a=b", "--x"});
    CHECK(parse("c k=\"a b\"").options == Options{{"k", "a b"}});
}

TEST_CASE("options", "[commands]") {
    CHECK(parse("c Theme=dark --size=big --from W1 --all").options ==
          Options{{"theme", "dark"}, {"size", "big"}, {"from", "W1"}, {"all", "true"}});
    CHECK(parse("c --a --b").options == Options{{"a", "true"}, {"b", "true"}});
    CHECK(parse("c x= y==z").options == Options{{"x", ""}, {"y", "=z"}});
    CHECK(parse("c -- --a b=c").words == Words{"--a", "b=c"});
    CHECK(parse("c 1=2 =x a.b=c --=x").words == Words{"1=2", "=x", "a.b=c", "--=x"});
    CHECK(parse("a=b").verb == "a=b");
}
