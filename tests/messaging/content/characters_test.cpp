#include "messaging/content/characters.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace messaging;

namespace {

std::vector<std::string> characters(const std::string& text) {
    std::vector<std::string> found;
    Characters rule;
    for (std::size_t at = 0; at < text.size();) {
        const auto next = code_point_at(text, at);
        if (rule.begins(next.value) || found.empty()) found.emplace_back();
        found.back() += text.substr(at, next.length);
        at += next.length;
    }
    return found;
}

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("bytes that are no UTF-8 are characters by themselves", "[content]") {
    CHECK(characters("\xC3") == List{"\xC3"});
    CHECK(characters("\x80\xC3(") == List{"\x80", "\xC3", "("});
    CHECK(characters("\xED\xA0\x80") == List{"\xED", "\xA0", "\x80"});  // a surrogate
    CHECK(characters("\xF0\x9F\x91") == List{"\xF0", "\x9F", "\x91"});  // cut short
    CHECK(code_point_at("\xFF", 0).value == 0xFFFD);
}

TEST_CASE("what a reader sees as one character is one", "[content]") {
    CHECK(characters("ae\xCC\x81z") == List{"a", "e\xCC\x81", "z"});  // e and an acute accent
    CHECK(characters("\r\n\n") == List{"\r\n", "\n"});
    const std::string family = "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7";  // joined by ZWJ
    CHECK(characters(family + "!") == List{family, "!"});
    const std::string thumb = "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD";  // with a skin tone
    CHECK(characters(thumb + thumb) == List{thumb, thumb});
    const std::string de = "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA";
    const std::string fr = "\xF0\x9F\x87\xAB\xF0\x9F\x87\xB7";
    CHECK(characters(de + fr) == List{de, fr});
    CHECK(characters("\xE0\xA4\x95\xE0\xA4\xBF") == List{"\xE0\xA4\x95\xE0\xA4\xBF"});  // ki
    CHECK(characters("\xE0\xB8\x81\xE0\xB8\xB3").size() == 2);
}

TEST_CASE("code points are read as they are defined", "[content]") {
    CHECK(code_point_at("A", 0).value == 'A');
    CHECK(code_point_at("\xC3\xA9", 0).value == 0xE9);
    CHECK(code_point_at("\xE2\x82\xAC", 0).value == 0x20AC);
    CHECK(code_point_at("\xF0\x9F\x91\x8D", 0).value == 0x1F44D);
    CHECK(code_point_at("\xF0\x9F\x91\x8D", 0).length == 4);
    CHECK(is_ideograph(0x6F22));
    CHECK_FALSE(is_ideograph('a'));
}
