#pragma once

#include "messaging/sandbox/rich_text.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

/// Texts to cut, from a seed.
namespace content_tests {

/// How many documents each random test reads; STENTOR_DOCUMENTS=1000000 is the long form.
inline std::uint64_t documents(std::uint64_t usual) {
    const char* wanted = std::getenv("STENTOR_DOCUMENTS");  // NOLINT(concurrency-mt-unsafe)
    return wanted == nullptr ? usual : std::strtoull(wanted, nullptr, 10);
}

/// Everybody who is mentioned exists, and has a long name.
inline std::optional<messaging::sandbox::Mentioned> anybody(std::string_view, std::string_view) {
    return messaging::sandbox::Mentioned{std::string(100, 'i'), std::string(64, '&')};
}

inline messaging::sandbox::RichText rendered(std::string_view markdown) {
    return messaging::sandbox::render_markdown(markdown, anybody);
}

class Chance {
public:
    explicit Chance(std::uint64_t seed) : random_{seed} {}

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    bool once_in(std::uint64_t n) { return below(n) == 0; }
    template <class List>
    auto& one_of(const List& list) {
        return list[below(std::size(list))];
    }

private:
    std::mt19937_64 random_;
};

/// Pieces that mean something to a parser, in any order.
inline std::string noise(Chance& chance, std::size_t pieces) {
    static const std::vector<std::string> kPieces = {"a",
                                                     "word",
                                                     " ",
                                                     "  ",
                                                     "\n",
                                                     "\n\n",
                                                     "\r\n",
                                                     "\r",
                                                     "\t",
                                                     "    ",
                                                     "- ",
                                                     "* ",
                                                     "+ ",
                                                     "1. ",
                                                     "2) ",
                                                     "10. ",
                                                     "> ",
                                                     ">",
                                                     "# ",
                                                     "### ",
                                                     "```",
                                                     "```sh\n",
                                                     "~~~",
                                                     "~~~~ x\n",
                                                     "`",
                                                     "``",
                                                     "*",
                                                     "**",
                                                     "***",
                                                     "_",
                                                     "__",
                                                     "[",
                                                     "]",
                                                     "(",
                                                     ")",
                                                     "[x](http://a.example/b)",
                                                     "](",
                                                     "[r]: /u\n",
                                                     "[r]",
                                                     "![",
                                                     "<",
                                                     ">",
                                                     "<http://a.example/c_d>",
                                                     "<a@b.example>",
                                                     "<@all>",
                                                     "<@personEmail:a@b.example|A B>",
                                                     "<@personId:x>",
                                                     "<@",
                                                     "|",
                                                     "|-|-|\n",
                                                     "a|b\n",
                                                     "---\n",
                                                     "===\n",
                                                     "&",
                                                     "&amp;",
                                                     "&#1;",
                                                     "\"",
                                                     "\\",
                                                     "\\*",
                                                     "https://a.example/x?y=z&w",
                                                     "é",
                                                     "漢字",
                                                     "e\xCC\x81",
                                                     "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA9",
                                                     "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA",
                                                     "\x80",
                                                     "\xC3",
                                                     std::string(1, '\0'),
                                                     "<blockquote class=info>",
                                                     "</blockquote>",
                                                     "1",
                                                     "9"};
    std::string text;
    for (; pieces > 0; --pieces)
        text += chance.one_of(kPieces);
    return text;
}

/// Well-formed markdown, as programs write it.
class Document {
public:
    explicit Document(Chance& chance) : chance_(chance) {}

    std::string make(std::size_t blocks) {
        std::string text;
        for (; blocks > 0; --blocks) {
            text += block();
            text += "\n";
        }
        return text;
    }

private:
    std::string word() {
        static const std::vector<std::string> kWords = {
            "the",    "server",
            "db1",    "answers",
            "slowly", "naïve",
            "日本語", "50%",
            "a_b_c",  "x=1",
            "disk",   "full",
            "up",     "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD",
            "Ende",   "e\xCC\x81t\xC3\xA9"};
        return chance_.one_of(kWords);
    }
    std::string phrase() {
        switch (chance_.below(12)) {
            case 0:
                return "**" + word() + " " + word() + "**";
            case 1:
                return "[" + word() + " " + word() + "](https://a.example/" + word() + ")";
            case 2:
                return "`" + word() + " " + word() + "`";
            case 3:
                return "https://a.example/x?y=1";
            case 4:
                return "<@personEmail:ann@a.example|Ann Example>";
            case 5:
                return word() + ".";
            default:
                return word();
        }
    }
    std::string line(std::size_t phrases) {
        std::string text = word();
        for (; phrases > 0; --phrases)
            text += " " + phrase();
        return text;
    }
    std::string block() {
        switch (chance_.below(8)) {
            case 0:
                return "## " + line(2) + "\n";
            case 1:
                return code();
            case 2:
                return table();
            case 3:
                return list("");
            case 4:
                return "> " + line(4) + "\n> " + line(9) + "\n";
            default:
                return line(4) + "\n" + line(12) + "\n";
        }
    }
    std::string code() {
        const std::string fence = chance_.once_in(2) ? "```" : "~~~~";
        std::string text = fence + (chance_.once_in(2) ? "sh" : "") + "\n";
        for (auto n = chance_.below(12); n > 0; --n)
            text += "  if *x* < `y` { [a](b) } " + word() + "\n";
        return text + fence + "\n";
    }
    std::string table() {
        std::string text = "| name | value |\n|---|---:|\n";
        for (auto n = chance_.below(12); n > 0; --n)
            text += "| " + word() + " | " + phrase() + " |\n";
        return text;
    }
    std::string list(const std::string& indent) {
        const bool numbered = chance_.once_in(2);
        std::string text;
        for (std::size_t n = 1; n < 2 + chance_.below(9); ++n) {
            const auto marker = numbered ? std::to_string(n) + ". " : std::string("- ");
            text += indent + marker + line(3) + "\n";
            if (indent.size() < 8 && chance_.once_in(5)) text += list(indent + "    ");
        }
        return text;
    }

    Chance& chance_;
};

}  // namespace content_tests
