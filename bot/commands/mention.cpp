#include "bot/commands/mention.hpp"

#include "messaging/webex/ids.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

namespace bot::commands {
namespace {

constexpr std::size_t kBytesMax = 64U << 10U;
// Longest entity looked for, "&thetasym;" and "&#x10FFFF;" among them.
constexpr std::size_t kEntityMax = 12;

std::string_view trim(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto start = text.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(kBlanks) - start + 1);
}

void append_utf8(std::string& out, std::uint32_t point) {
    const auto tail = [&](unsigned shift) {
        return static_cast<char>(0x80U | ((point >> shift) & 0x3FU));
    };
    if (point < 0x80U) {
        out += static_cast<char>(point);
    } else if (point < 0x800U) {
        out += static_cast<char>(0xC0U | (point >> 6U));
        out += tail(0);
    } else if (point < 0x10000U) {
        out += static_cast<char>(0xE0U | (point >> 12U));
        out += tail(6);
        out += tail(0);
    } else {
        out += static_cast<char>(0xF0U | (point >> 18U));
        out += tail(12);
        out += tail(6);
        out += tail(0);
    }
}

bool name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

// The value of an attribute inside a tag, without its quotes; empty if it is not there.
std::string_view attribute(std::string_view tag, std::string_view name) {
    std::size_t at = 0;
    while (at < tag.size()) {
        while (at < tag.size() && !name_char(tag[at]))
            ++at;
        const auto start = at;
        while (at < tag.size() && name_char(tag[at]))
            ++at;
        const auto found = tag.substr(start, at - start);
        if (at >= tag.size() || tag[at] != '=') continue;
        ++at;
        const char quote = at < tag.size() ? tag[at] : ' ';
        const bool quoted = quote == '"' || quote == '\'';
        const auto value_start = quoted ? at + 1 : at;
        auto value_end =
            quoted ? tag.find(quote, value_start) : tag.find_first_of(" \t\n>", value_start);
        value_end = std::min(value_end, tag.size());
        if (found == name) return tag.substr(value_start, value_end - value_start);
        at = std::min(value_end + 1, tag.size());
    }
    return {};
}

class Html {
public:
    Html(std::string_view html, std::span<const std::string> bot_ids)
        : html_(html), bot_ids_(bot_ids) {}

    Spoken run() {
        while (at_ < html_.size()) {
            if (html_[at_] == '<') {
                read_tag();
            } else if (html_[at_] == '&') {
                read_entity();
            } else {
                put(html_[at_++]);
            }
        }
        spoken_.text = trim(spoken_.text);
        // "@Stentor, help" and "@Stentor: help".
        if (spoken_.mentioned && spoken_.text.find_first_of(",:;") == 0) {
            spoken_.text = trim(std::string_view(spoken_.text).substr(1));
        }
        return std::move(spoken_);
    }

private:
    void put(char c) {
        if (!inside_mention_) spoken_.text += c;
    }

    void read_tag() {
        const auto end = tag_end();
        if (end == std::string_view::npos) {  // A lone '<', not a tag.
            put(html_[at_++]);
            return;
        }
        auto tag = html_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        const bool closing = !tag.empty() && tag[0] == '/';
        if (closing) tag.remove_prefix(1);
        const auto* const name_end = std::find_if_not(tag.begin(), tag.end(), name_char);
        const auto name = tag.substr(0, static_cast<std::size_t>(name_end - tag.begin()));
        if (name == "spark-mention") {
            if (closing || is_ours(tag.substr(name.size()))) {
                // The place of the mention stays a gap between words.
                inside_mention_ = false;
                put(' ');
                inside_mention_ = !closing;
            }
        } else if (name == "br" || name == "p" || name == "div" || name == "li") {
            put(' ');
        }
    }

    // Position of the '>' that ends the tag at `at_`. A '<' before it means that this one was none:
    // so each byte is looked at once, however many lone '<' there are.
    std::size_t tag_end() const {
        const auto stop = html_.find_first_of("<>", at_ + 1);
        if (stop == std::string_view::npos || html_[stop] == '<') return std::string_view::npos;
        return stop;
    }

    bool is_ours(std::string_view attributes) {
        const auto id = attribute(attributes, "data-object-id");
        const bool ours = attribute(attributes, "data-object-type") == "person" &&
                          std::any_of(bot_ids_.begin(), bot_ids_.end(), [&](const auto& own) {
                              return messaging::webex::same_id(id, own);
                          });
        spoken_.mentioned = spoken_.mentioned || ours;
        return ours;
    }

    void read_entity() {
        constexpr std::array<std::pair<std::string_view, std::uint32_t>, 6> kNamed = {
            {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", ' '}}};
        const auto semicolon = html_.substr(at_, kEntityMax).find(';');
        if (semicolon == std::string_view::npos) {
            put(html_[at_++]);
            return;
        }
        const auto name = html_.substr(at_ + 1, semicolon - 1);
        std::uint32_t point = 0;
        for (const auto& [known, meaning] : kNamed) {
            if (name == known) point = meaning;
        }
        if (point == 0) point = numeric(name);
        if (point == 0) {
            put(html_[at_++]);
            return;
        }
        std::string decoded;
        append_utf8(decoded, point == 0xA0U ? ' ' : point);
        for (const char c : decoded)
            put(c);
        at_ += semicolon + 1;
    }

    // "#228" or "#xE4"; 0 for what is no character.
    static std::uint32_t numeric(std::string_view name) {
        if (name.size() < 2 || name[0] != '#') return 0;
        const bool hex = name[1] == 'x' || name[1] == 'X';
        name.remove_prefix(hex ? 2 : 1);
        std::uint32_t point = 0;
        const auto* end = name.data() + name.size();
        const auto [rest, error] = std::from_chars(name.data(), end, point, hex ? 16 : 10);
        const bool surrogate = point >= 0xD800U && point < 0xE000U;
        if (error != std::errc() || rest != end || point > 0x10FFFFU || surrogate) return 0;
        return point;
    }

    std::string_view html_;
    std::span<const std::string> bot_ids_;
    std::size_t at_ = 0;
    bool inside_mention_ = false;
    Spoken spoken_;
};

}  // namespace

Spoken spoken_text(std::string_view html,
                   std::string_view text,
                   std::span<const std::string> bot_ids) {
    if (html.empty()) return {std::string(trim(text.substr(0, kBytesMax))), false};
    return Html(html.substr(0, kBytesMax), bot_ids).run();
}

}  // namespace bot::commands
