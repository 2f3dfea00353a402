#include "messaging/content/markdown_spans.hpp"

#include "messaging/content/text_lines.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

namespace messaging {

namespace {

constexpr std::size_t kMentionMax = 1000;  // bytes; longer ones are none
constexpr std::size_t kTagMax = 300;
constexpr std::size_t kNestingMax = 32;  // of parentheses in a link's target, as in CommonMark
constexpr std::size_t kEntityMax = 34;

bool is_white(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_punctuation(char c) {
    return c > ' ' && c < 0x7F && !is_word(c);
}

class Finder {
public:
    Finder(std::string_view text,
           std::size_t begin,
           std::size_t end,
           const std::function<void(const MarkdownSpan&)>& found)
        : text_(text.substr(0, end)), begin_(begin), end_(end), found_(found) {
        for (std::size_t i = begin; i < end;) {
            const auto run = text_[i] == '`' ? run_at(i) : 0;
            if (run > 0) code_runs_[run].push_back(i);
            i += std::max<std::size_t>(run, 1);
        }
    }

    void find() {
        for (std::size_t i = begin_; i < end_;)
            i = step(i);
    }

private:
    std::size_t step(std::size_t i) {
        switch (text_[i]) {
            case '\\':
                return i + 1 < end_ && is_punctuation(text_[i + 1]) ? atom(i, i + 2) : i + 1;
            case '`':
                return code(i);
            case '<':
                return tag(i);
            case '&':
                return entity(i);
            case '[':
                brackets_.push_back(i > begin_ && text_[i - 1] == '!' ? i - 1 : i);
                return i + 1;
            case ']':
                return close_bracket(i);
            case '*':
            case '_':
                return emphasis(i);
            default: {
                const auto address = end_of_address(text_, i, end_);
                return address > i ? atom(i, address) : i + 1;
            }
        }
    }

    std::size_t atom(std::size_t from, std::size_t to) {
        found_({MarkdownSpan::Kind::kAtom, from, to});
        return to;
    }

    std::size_t run_at(std::size_t i) const {
        return std::min(text_.find_first_not_of(text_[i], i), end_) - i;
    }

    std::size_t code(std::size_t i) {
        const auto run = run_at(i);
        auto& same = code_runs_[run];
        auto& next = code_next_[run];
        while (next < same.size() && same[next] <= i)
            ++next;
        return atom(i, next < same.size() ? same[next] + run : i + run);
    }

    std::size_t tag(std::size_t i) {
        const bool mention = i + 1 < end_ && text_[i + 1] == '@';
        const auto most = std::min(end_, i + (mention ? kMentionMax : kTagMax));
        const auto stop = text_.substr(0, most).find_first_of("<>", i + 1);
        if (stop == kNowhere || text_[stop] == '<') return i + 1;
        const char first = text_[i + 1];
        const bool named = mention || is_word(first) || first == '/';
        return named ? atom(i, stop + 1) : i + 1;
    }

    std::size_t entity(std::size_t i) {
        const auto most = std::min(end_, i + kEntityMax);
        auto stop = i + 1;
        while (stop < most && (is_word(text_[stop]) || text_[stop] == '#'))
            ++stop;
        const bool ends = stop < end_ && stop > i + 1 && text_[stop] == ';';
        return ends ? atom(i, stop + 1) : i + 1;
    }

    std::size_t close_bracket(std::size_t i) {
        if (brackets_.empty()) return i + 1;
        const auto open = brackets_.back();
        brackets_.pop_back();
        if (i + 1 == end_) return i + 1;
        if (text_[i + 1] == '(') {
            const auto end = link_end(i + 1);
            return end == 0 ? i + 1 : atom(open, end);
        }
        if (text_[i + 1] != '[') return i + 1;
        const auto close = text_.substr(0, std::min(end_, i + kMentionMax)).find(']', i + 1);
        return close == kNowhere ? i + 1 : atom(open, close + 1);
    }

    // The end of a link's target and title, from its parenthesis; 0 if it is no link.
    std::size_t link_end(std::size_t open) const {
        auto i = skip_blanks(open + 1);
        if (i < end_ && text_[i] == '<') {
            const auto stop = text_.find_first_of("<>\n", i + 1);
            if (stop >= end_ || text_[stop] != '>') return 0;
            i = stop + 1;
        } else {
            i = bare_target_end(i);
        }
        i = skip_blanks(i);
        if (i < end_ && (text_[i] == '"' || text_[i] == '\'')) {
            const auto quote =
                text_.substr(0, std::min(end_, i + kMentionMax)).find(text_[i], i + 1);
            if (quote == kNowhere) return 0;
            i = skip_blanks(quote + 1);
        }
        return i < end_ && text_[i] == ')' ? i + 1 : 0;
    }

    std::size_t bare_target_end(std::size_t i) const {
        std::size_t depth = 0;
        for (; i < end_ && !is_white(text_[i]); ++i) {
            const char c = text_[i];
            if (c == '\\') {
                ++i;
                continue;
            }
            if (c == '(') ++depth;
            if (depth > kNestingMax || (c == ')' && depth-- == 0)) break;
        }
        return std::min(i, end_);
    }

    std::size_t skip_blanks(std::size_t i) const {
        while (i < end_ && is_white(text_[i]))
            ++i;
        return i;
    }

    struct Opener {
        std::size_t begin = 0;
        std::size_t length = 0;
    };

    std::size_t emphasis(std::size_t i) {
        auto left = run_at(i);
        const auto end = i + left;
        const char before = i > begin_ ? text_[i - 1] : ' ';
        const char after = end < end_ ? text_[end] : ' ';
        if (text_[i] == '_' && is_word(before) && is_word(after)) return end;
        auto& same = openers_[text_[i] == '*' ? 0 : 1];
        auto& other = openers_[text_[i] == '*' ? 1 : 0];
        while (left > 0 && !is_white(before) && !same.empty()) {
            auto& opener = same.back();
            const auto used = std::min(opener.length, left);
            found_({MarkdownSpan::Kind::kEmphasis, opener.begin, end});
            left -= used;
            opener.length -= used;
            while (!other.empty() && other.back().begin > opener.begin)
                other.pop_back();
            if (opener.length == 0) same.pop_back();
        }
        if (left > 0 && !is_white(after)) same.push_back({i, left});
        return end;
    }

    const std::string_view text_;
    const std::size_t begin_;
    const std::size_t end_;
    const std::function<void(const MarkdownSpan&)>& found_;
    std::map<std::size_t, std::vector<std::size_t>> code_runs_;  // by length: where they begin
    std::map<std::size_t, std::size_t> code_next_;
    std::vector<std::size_t> brackets_;
    std::array<std::vector<Opener>, 2> openers_;
};

}  // namespace

void find_spans(std::string_view text,
                std::size_t begin,
                std::size_t end,
                const std::function<void(const MarkdownSpan&)>& found) {
    Finder(text, begin, end, found).find();
}

std::size_t end_of_address(std::string_view text, std::size_t at, std::size_t end) {
    constexpr std::array<std::string_view, 4> kSchemes = {"http://", "https://", "mailto:", "www."};
    if (at > 0 && is_word(text[at - 1])) return at;
    const auto rest = text.substr(at, end - at);
    const auto* const scheme =
        std::find_if(kSchemes.begin(), kSchemes.end(),
                     [rest](std::string_view known) { return rest.starts_with(known); });
    if (scheme == kSchemes.end()) return at;
    auto stop = std::min(rest.find_first_of(" \t\r\n<>`"), rest.size());
    while (stop > scheme->size()) {
        const char last = rest[stop - 1];
        const bool opened = last == ')' && rest.substr(0, stop).find('(') != kNowhere;
        if (opened || std::string_view(".,;:!?)*_'\"").find(last) == kNowhere) break;
        --stop;
    }
    return stop > scheme->size() ? at + stop : at;
}

}  // namespace messaging
