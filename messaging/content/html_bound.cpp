#include "messaging/content/html_bound.hpp"

#include "messaging/content/text_lines.hpp"
#include "resilience/ascii.hpp"

#include <algorithm>

namespace messaging {

namespace {

using resilience::ascii::is_blank;
using resilience::ascii::is_digit;
using resilience::ascii::is_letter;

// Tags that stand for something in the markdown, opening and closing ones together.
constexpr std::size_t kLeaf = 9;          // <h1></h1>; a paragraph has 7
constexpr std::size_t kCodeBlock = 25;    // <pre><code></code></pre> and a line end
constexpr std::size_t kFence = 45;        // … with class="language-"
constexpr std::size_t kQuote = 25;        // <blockquote></blockquote>
constexpr std::size_t kList = 9;          // <ul></ul>
constexpr std::size_t kOrderedList = 26;  // <ol start="123456789"></ol> without its digits
constexpr std::size_t kItem = 9;          // <li></li>
constexpr std::size_t kEmphasis = 5;      // half of <em></em>, a quarter of <strong></strong>
constexpr std::size_t kCode = 7;          // half of <code></code>
constexpr std::size_t kLink = 29;         // <a href="" rel="nofollow"></a>
constexpr std::size_t kMailTo = 7;
constexpr std::size_t kBreak = 5;      // <br/>
constexpr std::size_t kMention = 600;  // <spark-mention …></spark-mention>, id and name
constexpr std::size_t kMentionAll = 90;
constexpr std::size_t kLabelMax = 1000;  // CommonMark: of a link reference
constexpr std::size_t kSlack = 16;

std::size_t escaped(char c) {
    switch (c) {
        case '&':
            return 5;
        case '<':
        case '>':
            return 4;
        case '"':
            return 6;
        case '\0':
            return 3;
        default:
            return 1;
    }
}

std::size_t escaped(std::string_view text) {
    std::size_t sum = 0;
    for (const char c : text)
        sum += escaped(c);
    return sum;
}

// What a line begins with, before any text.
struct Start {
    std::size_t cost = 0;    // of the containers that it may open
    std::size_t body = 0;    // where the text begins
    std::size_t quotes = 0;  // leading '>' at the very left
    char marker = 0;         // the only list marker: - + * . )
    bool one = false;        // an ordered item with the number 1
    bool plain = false;      // text, and nothing else, begins with a letter
    bool code = false;       // may be indented code
    bool tabs = false;
};

class Bound {
public:
    explicit Bound(std::string_view text) : text_(text) {}

    std::size_t compute() {
        definition_ = definition_cost();
        uncertain_ = has_tag_over_lines();
        for (std::size_t at = 0; at < text_.size();) {
            const LineSpan line = line_at(text_, at);
            sum_ += line.end - line.text_end;  // a line end stays one
            add_line(text_.substr(at, line.text_end - at));
            at = line.end;
        }
        return sum_ + kSlack;
    }

private:
    // A fence at the very left is in no list and no quote, so its lines are code for certain. Any
    // other fence makes everything behind it uncertain: nothing is taken for code any more.
    void add_line(std::string_view line) {
        if (fence_ != 0) return add_fenced(line);
        if (!uncertain_ && open_fence(line)) return;
        add_text(line);
    }

    bool open_fence(std::string_view line) {
        const auto run = fence_run(line);
        if (run == 0) return false;
        const auto info = line.substr(run);
        if (line.front() == '`' && info.find('`') != kNowhere) return false;
        fence_ = line.front();
        fence_run_ = run;
        sum_ += kFence + escaped(info);
        previous_ = {};
        previous_blank_ = true;
        return true;
    }

    void add_fenced(std::string_view line) {
        const auto indent = std::min(line.find_first_not_of(" \t"), line.size());
        for (const char c : line.substr(0, indent))
            sum_ += c == '\t' ? 4 : 1;
        const auto rest = line.substr(indent);
        sum_ += escaped(rest);
        const auto run = fence_run(rest);
        if (run < fence_run_ || rest.front() != fence_) return;
        const auto after = rest.substr(run);
        const bool spaces = after.find_first_not_of(' ') == kNowhere;
        const bool closes = spaces && indent <= 3 && line.substr(0, indent).find('\t') == kNowhere;
        if (closes) {
            fence_ = 0;
        } else if (after.find_first_not_of(" \t") == kNowhere) {
            uncertain_ = true;  // a tab decides, and parsers differ
            fence_ = 0;
        }
    }

    void add_text(std::string_view line) {
        if (line.find_first_not_of(" \t") == kNowhere) {
            for (const char c : line)
                sum_ += c == '\t' ? 4 : 1;
            previous_blank_ = true;
            return;
        }
        const Start start = read_start(line);
        const bool goes_on = !previous_blank_ && !uncertain_;
        const auto body = line.substr(start.body);
        sum_ += start.cost + indentation_cost(line.substr(0, start.body));
        // The second line of a list or quote opens no second one.
        if (goes_on && start.quotes > 0 && previous_.quotes > 0) {
            sum_ -= kQuote * std::min(start.quotes, previous_.quotes);
        }
        if (goes_on && is_sibling(line, start))
            sum_ -= start.marker == '.' || start.marker == ')' ? kOrderedList : kList;
        const bool continues = goes_on && start.plain && previous_.plain;
        if (!continues) sum_ += start.code ? kCodeBlock : kLeaf;
        if (fence_run(body) != 0) {
            uncertain_ = true;
            sum_ += kFence;
        }
        add_spans(body);
        previous_ = start;
        previous_line_ = line;
        previous_blank_ = false;
    }

    static std::size_t indentation_cost(std::string_view start) {
        std::size_t sum = 0;
        for (const char c : start)
            sum += c == '\t' ? 4 : escaped(c);
        return sum;
    }

    // Another item of the list that the line before belongs to, whatever that line is.
    bool is_sibling(std::string_view line, const Start& start) const {
        if (start.marker == 0 || start.marker != previous_.marker || start.one) return false;
        const auto indent = line.find_first_not_of(" \t");
        const auto before = previous_line_.find_first_not_of(" \t");
        return line.substr(0, indent) == previous_line_.substr(0, before) && !is_rule(line) &&
               !is_rule(previous_line_);
    }

    // May be a thematic break, an underline or an empty item.
    static bool is_rule(std::string_view line) {
        return line.find_first_not_of(" \t-*+_=.)0123456789") == kNowhere;
    }

    static Start read_start(std::string_view line) {
        Start start;
        std::size_t markers = 0;
        std::size_t at = 0;
        for (;;) {
            const auto next = std::min(line.find_first_not_of(" \t", at), line.size());
            const auto gap = line.substr(at, next - at);
            const bool tab = gap.find('\t') != kNowhere;
            start.code = start.code || tab || gap.size() >= 4;
            at = next;
            const auto marker = read_marker(line, at, start);
            if (marker == 0) break;
            const bool pure = markers == start.quotes && line[at] == '>' && !start.code;
            if (pure && (markers > 0 || at == 0)) ++start.quotes;
            ++markers;
            at += marker;
        }
        if (markers != 1) start.marker = 0;
        start.body = at;
        start.plain = markers == 0 && !start.code && at < line.size() && is_letter(line[at]);
        return start;
    }

    // The length of the container marker at `at`, 0 for none; its cost is added.
    static std::size_t read_marker(std::string_view line, std::size_t at, Start& start) {
        if (at >= line.size()) return 0;
        const auto ends = [&](std::size_t i) { return i >= line.size() || is_blank(line[i]); };
        const char c = line[at];
        if (c == '>') {
            start.cost += kQuote;
            return 1;
        }
        if ((c == '-' || c == '+' || c == '*') && ends(at + 1)) {
            start.cost += kList + kItem;
            start.marker = c;
            return 1;
        }
        std::size_t digits = 0;
        while (digits < 9 && at + digits < line.size() && is_digit(line[at + digits]))
            ++digits;
        const auto stop = at + digits;
        if (digits == 0 || stop >= line.size() || !ends(stop + 1)) return 0;
        if (line[stop] != '.' && line[stop] != ')') return 0;
        start.cost += kOrderedList + kItem + digits;
        start.marker = line[stop];
        const auto number = line.substr(at, digits);
        start.one = number.find_first_not_of('0') == digits - 1 && number.back() == '1';
        return digits + 1;
    }

    void add_spans(std::string_view body) {
        for (std::size_t i = 0; i < body.size();) {
            const char c = body[i];
            if (c == '`' || c == '_' || c == '*') {
                const auto run = std::min(body.find_first_not_of(c, i), body.size()) - i;
                sum_ += c == '`' ? std::max(run, kCode) : run * delimiter_cost(body, i, run);
                i += run;
                continue;
            }
            sum_ += escaped(c);
            if (c == '<') sum_ += tag_cost(body.substr(i));
            if (c == ']') sum_ += bracket_cost(body, i);
            ++i;
        }
        const bool broken = body.ends_with('\\') || body.ends_with("  ");
        if (broken) sum_ += kBreak;
    }

    static std::size_t delimiter_cost(std::string_view body, std::size_t at, std::size_t run) {
        const auto word = [&](std::size_t i) {
            return i < body.size() && (is_letter(body[i]) || is_digit(body[i]));
        };
        const auto gap = [&](std::size_t i) { return i < body.size() && is_blank(body[i]); };
        const auto before = at - 1;  // wraps at the beginning, which is outside as well
        const auto after = at + run;
        if (body[at] == '_' && word(before) && word(after)) return 1;
        return gap(before) && gap(after) ? 1 : kEmphasis;
    }

    std::size_t bracket_cost(std::string_view body, std::size_t at) const {
        std::size_t cost = definition_ == 0 ? 0 : kLink + definition_;
        if (at + 1 < body.size() && body[at + 1] == '(') cost += kLink;
        return cost;
    }

    static std::size_t tag_cost(std::string_view rest) {
        if (rest.starts_with("<@all")) return kMentionAll;
        if (rest.starts_with("<@person")) return kMention;
        const auto end = rest.find_first_of("<> \t", 1);
        if (end == kNowhere || rest[end] != '>') return 0;
        const auto inner = rest.substr(1, end - 1);
        // An address appears twice, as the target and as the text.
        if (inner.find_first_of(":@") == kNowhere) return 0;
        return kLink + kMailTo + escaped(inner);
    }

    // A link reference can be used many times, in few bytes: the longest target that one defines.
    std::size_t definition_cost() const {
        std::size_t most = 0;
        for (std::size_t at = 0; at < text_.size();) {
            const LineSpan line = line_at(text_, at);
            const auto start = text_.find_first_not_of(" \t>-+*.)0123456789", at);
            if (start < line.text_end && text_[start] == '[') {
                most = std::max(most, definition_at(start));
            }
            at = line.end;
        }
        return most;
    }

    std::size_t definition_at(std::size_t open) const {
        const auto last = std::min(text_.size(), open + kLabelMax);
        std::size_t i = open + 1;
        while (i < last && text_[i] != ']' && text_[i] != '[')
            i += text_[i] == '\\' ? 2U : 1U;
        if (i + 1 >= text_.size() || text_[i] != ']' || text_[i + 1] != ':') return 0;
        const LineSpan same = line_at(text_, i + 2);
        const LineSpan next = line_at(text_, same.end);
        return std::max(escaped(text_.substr(i + 2, same.text_end - i - 2)),
                        escaped(text_.substr(same.end, next.text_end - same.end)));
    }

    // A mention is taken out before the lines are looked at, so it may hide where they end.
    bool has_tag_over_lines() const {
        for (auto at = text_.find("<@"); at != kNowhere; at = text_.find("<@", at + 2)) {
            const auto end = text_.find_first_of(">\r\n", at);
            if (end != kNowhere && text_[end] != '>') return true;
        }
        return false;
    }

    const std::string_view text_;
    std::size_t sum_ = 0;
    std::size_t definition_ = 0;
    bool uncertain_ = false;
    char fence_ = 0;
    std::size_t fence_run_ = 0;
    bool previous_blank_ = true;
    Start previous_ = {};
    std::string_view previous_line_;
};

}  // namespace

std::size_t html_bound(std::string_view markdown) {
    return Bound(markdown).compute();
}

}  // namespace messaging
