// Whatever is written: nothing is lost, and every part fits.
#include "messaging/content/html_bound.hpp"
#include "messaging/content/split.hpp"
#include "messaging/content/utf8.hpp"
#include "tests/messaging/content/random_text.hpp"

#include <catch2/catch.hpp>

using namespace content_tests;
using namespace messaging;
using Syntax = SplitOptions::Syntax;

namespace {

SplitOptions options(Chance& chance) {
    SplitOptions options;
    options.bytes_max = 64 + chance.below(chance.once_in(4) ? 1000 : 100);
    options.html_max = 1200 + chance.below(2000);
    if (chance.once_in(5)) options.syntax = Syntax::kPlain;
    return options;
}

std::string joined(const std::vector<TextPart>& parts) {
    std::string all;
    for (const auto& part : parts)
        all += part.content;
    return all;
}

// What readers see, without white space.
std::string seen(std::string_view markdown) {
    std::string text;
    for (const char c : rendered(markdown).text) {
        if (c != ' ') text += c;
    }
    return text;
}

// The text of all parts as readers see it, without what was added.
std::string seen_in(const std::vector<TextPart>& parts) {
    std::string all;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        std::string text = seen(parts[i].text);
        const auto number = "(" + std::to_string(i + 1) + "/" + std::to_string(parts.size()) + ")";
        if (parts.size() > 1) {
            REQUIRE(text.ends_with(number));
            text.resize(text.size() - number.size());
        }
        // What stands for an item that began earlier.
        for (auto at = text.find("\xE2\x80\xA6"); at != std::string::npos;
             at = text.find("\xE2\x80\xA6"))
            text.erase(at, 3);
        const std::string header = "|name|value||---|---:|";
        const auto& content = parts[i].content;
        if (content.starts_with("| ") && !content.starts_with("| name")) {
            REQUIRE(text.starts_with(header));
            text.erase(0, header.size());
        }
        all += text;
    }
    return all;
}

}  // namespace

TEST_CASE("parts in a row are the text, and every part fits", "[content][split]") {
    Chance chance(7);
    const auto wanted = documents(15'000);
    for (std::uint64_t i = 0; i < wanted; ++i) {
        const auto limits = options(chance);
        const auto text = chance.once_in(3) ? Document(chance).make(1 + chance.below(8))
                                            : noise(chance, 1 + chance.below(200));
        const auto parts = split_text(text, limits);
        CAPTURE(i, limits.bytes_max, limits.html_max, text);
        if (joined(parts) != text) REQUIRE(joined(parts) == text);
        const bool valid = is_valid_utf8(text);
        for (const auto& part : parts) {
            if (part.text.size() > limits.bytes_max) {
                CAPTURE(part.text);
                REQUIRE(part.text.size() <= limits.bytes_max);
            }
            const bool html = limits.syntax == Syntax::kPlain || part.content.size() <= 4 ||
                              html_bound(part.text) <= limits.html_max;
            if (!html) REQUIRE(html_bound(part.text) <= limits.html_max);
            if (valid && !is_valid_utf8(part.text)) REQUIRE(is_valid_utf8(part.text));
        }
    }
}

TEST_CASE("readers see the same in parts as in the whole", "[content][split]") {
    Chance chance(11);
    const auto wanted = documents(5'000);
    for (std::uint64_t i = 0; i < wanted; ++i) {
        SplitOptions limits;
        limits.bytes_max = 220 + chance.below(400);
        limits.html_max = 4000;
        const auto text = Document(chance).make(1 + chance.below(8));
        const auto parts = split_text(text, limits);
        const auto whole = seen(text);
        const auto pieces = seen_in(parts);
        if (pieces == whole) continue;
        std::string sent;
        for (const auto& part : parts)
            sent += part.text + "\n=========\n";
        CAPTURE(i, limits.bytes_max, text, sent);
        REQUIRE(pieces == whole);
    }
}

TEST_CASE("links, mentions and code in well-formed texts stay whole", "[content][split]") {
    Chance chance(13);
    const auto wanted = documents(5'000);
    for (std::uint64_t i = 0; i < wanted; ++i) {
        SplitOptions limits;
        limits.bytes_max = 200 + chance.below(300);
        const auto text = Document(chance).make(1 + chance.below(8));
        for (const auto& part : split_text(text, limits)) {
            std::size_t opened = 0;
            for (auto at = part.content.find("<@"); at != std::string_view::npos;
                 at = part.content.find("<@", at + 1))
                ++opened;
            std::size_t closed = 0;
            for (auto at = part.content.find("Ann Example>"); at != std::string_view::npos;
                 at = part.content.find("Ann Example>", at + 1))
                ++closed;
            CAPTURE(i, limits.bytes_max, text, part.content);
            if (opened != closed) REQUIRE(opened == closed);
        }
    }
}
