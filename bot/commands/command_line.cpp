#include "bot/commands/command_line.hpp"

#include "resilience/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace bot::commands {
namespace {

using resilience::ascii::lower;
using resilience::ascii::lowered;

constexpr std::size_t kLineBytesMax = 2000;
constexpr std::size_t kPartsMax = 64;
constexpr std::string_view kHardBlank = "\xC2\xA0";  // What phones put between words.

bool starts(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
}

// One word of the message; `plain` says how much of its front stood outside quotes.
struct Part {
    std::string text;
    std::size_t plain = 0;
};

class Splitter {
public:
    explicit Splitter(std::string_view text) : text_(text) {}

    std::optional<Part> next() {
        while (blank_size() > 0)
            at_ += blank_size();
        if (at_ >= text_.size()) return std::nullopt;
        Part part;
        bool quote_allowed = true;
        bool quoted = false;
        while (at_ < text_.size() && blank_size() == 0) {
            if (quote_allowed && read_quoted(part.text)) {
                quoted = true;
                quote_allowed = false;
                continue;
            }
            const char c = text_[at_++];
            part.text += c;
            if (!quoted) part.plain = part.text.size();
            quote_allowed = c == '=' && !quoted;
        }
        return part;
    }

private:
    std::size_t blank_size() const {
        if (at_ >= text_.size()) return 0;
        const char c = text_[at_];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') return 1;
        return starts(text_.substr(at_), kHardBlank) ? kHardBlank.size() : 0;
    }

    bool read_quoted(std::string& out) {
        constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kQuotes = {
            {{"\"", "\""}, {"'", "'"}, {"“", "”"}, {"„", "“"}, {"‘", "’"}}};
        for (const auto& [open, close] : kQuotes) {
            if (!starts(text_.substr(at_), open)) continue;
            const auto start = at_ + open.size();
            const auto end = text_.find(close, start);
            if (end == std::string_view::npos) return false;
            out += text_.substr(start, end - start);
            at_ = end + close.size();
            return true;
        }
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

bool is_option_name(std::string_view name) {
    if (name.empty() || lower(name[0]) < 'a' || lower(name[0]) > 'z') return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    });
}

class Assembler {
public:
    resilience::Result<CommandLine> run(const std::vector<Part>& parts) {
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const auto& part = parts[i];
            const std::string_view text = part.text;
            const auto plain = text.substr(0, part.plain);
            if (i == 0) {
                line_.verb = lowered(text);
            } else if (!words_only_ && plain == "--" && text == "--") {
                words_only_ = true;
            } else if (!words_only_ && is_option(plain)) {
                i += read_option(part, i + 1 < parts.size() ? &parts[i + 1] : nullptr);
            } else if (!words_only_ && is_pair(plain)) {
                add_pair(text);
            } else {
                line_.words.push_back(part.text);
            }
        }
        if (!twice_.empty()) {
            return resilience::permanent_error("The option " + twice_ +
                                               " is there twice; give it once.");
        }
        return std::move(line_);
    }

private:
    // "--name" or "--name=value".
    static bool is_option(std::string_view plain) {
        return starts(plain, "--") && is_option_name(plain.substr(2, plain.find('=') - 2));
    }
    // "name=value".
    static bool is_pair(std::string_view plain) {
        const auto equals = plain.find('=');
        return equals != std::string_view::npos && is_option_name(plain.substr(0, equals));
    }

    // How many of the parts behind it belong to it: the value, if it stands alone.
    std::size_t read_option(const Part& part, const Part* next) {
        const std::string_view text = part.text;
        const auto plain = text.substr(0, part.plain);
        if (plain.find('=') != std::string_view::npos) {
            add_pair(text.substr(2));
            return 0;
        }
        if (next == nullptr || starts(next->text, "--")) {
            line_.bare.insert(lowered(plain.substr(2)));
            add(plain.substr(2), "true");
            return 0;
        }
        add(plain.substr(2), next->text);
        return 1;
    }

    void add_pair(std::string_view pair) {
        const auto equals = pair.find('=');
        add(pair.substr(0, equals), std::string(pair.substr(equals + 1)));
    }

    void add(std::string_view name, std::string value) {
        auto key = lowered(name);
        if (!line_.options.emplace(key, std::move(value)).second) twice_ = std::move(key);
    }

    CommandLine line_;
    bool words_only_ = false;
    std::string twice_;
};

}  // namespace

resilience::Result<CommandLine> parse_command_line(std::string_view text) {
    if (text.size() > kLineBytesMax) {
        return resilience::permanent_error("That is too long for a command (2000 bytes at most).");
    }
    Splitter splitter(text);
    std::vector<Part> parts;
    while (auto part = splitter.next()) {
        if (parts.size() == kPartsMax) {
            return resilience::permanent_error("That has too many words for a command.");
        }
        parts.push_back(std::move(*part));
    }
    return Assembler().run(parts);
}

}  // namespace bot::commands
