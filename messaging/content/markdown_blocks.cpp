#include "messaging/content/markdown_blocks.hpp"

#include "messaging/content/text_lines.hpp"
#include "resilience/ascii.hpp"

#include <algorithm>
#include <optional>

namespace messaging {

namespace {

using resilience::ascii::is_blank;
using resilience::ascii::is_digit;
using Kind = MarkdownLine::Kind;

struct Indent {
    std::size_t bytes = 0;
    std::size_t columns = 0;
};

Indent indent_of(std::string_view text) {
    Indent indent;
    for (; indent.bytes < text.size() && is_blank(text[indent.bytes]); ++indent.bytes)
        indent.columns += text[indent.bytes] == '\t' ? 4 - indent.columns % 4 : 1;
    return indent;
}

bool is_rule(std::string_view body) {
    const char c = body.empty() ? ' ' : body.front();
    if (c != '-' && c != '*' && c != '_') return false;
    std::size_t count = 0;
    for (const char other : body) {
        if (other == c) ++count;
        if (other != c && !is_blank(other)) return false;
    }
    return count >= 3;
}

bool is_underline(std::string_view body) {
    const auto stop = body.find_last_not_of(" \t");
    if (stop == kNowhere || (body.front() != '=' && body.front() != '-')) return false;
    return body.substr(0, stop + 1).find_first_not_of(body.front()) == kNowhere;
}

bool is_heading(std::string_view body) {
    const auto run = std::min(body.find_first_not_of('#'), body.size());
    return run >= 1 && run <= 6 && (run == body.size() || is_blank(body[run]));
}

// "|---|:--:|"
bool is_table_rule(std::string_view body) {
    if (body.find_first_not_of("|-: \t") != kNowhere) return false;
    return body.find('|') != kNowhere && body.find('-') != kNowhere;
}

struct Marker {
    std::size_t bytes = 0;  // with the blanks behind it, unless the item begins with code
    std::size_t digits = 0;
    char delimiter = 0;
    bool empty = false;
    std::uint64_t number = 0;
};

std::optional<Marker> marker_of(std::string_view body) {
    Marker marker;
    while (marker.digits < 9 && marker.digits < body.size() && is_digit(body[marker.digits])) {
        marker.number = marker.number * 10 + static_cast<unsigned>(body[marker.digits++] - '0');
    }
    if (marker.digits == body.size()) return std::nullopt;
    marker.delimiter = body[marker.digits];
    const std::string_view wanted = marker.digits > 0 ? ".)" : "-+*";
    if (wanted.find(marker.delimiter) == kNowhere) return std::nullopt;
    marker.bytes = marker.digits + 1;
    const auto gap = indent_of(body.substr(marker.bytes));
    marker.empty = marker.bytes + gap.bytes == body.size();
    if (!marker.empty && gap.bytes == 0) return std::nullopt;
    marker.bytes +=
        marker.empty || gap.columns > 4 ? std::min<std::size_t>(gap.bytes, 1) : gap.bytes;
    return marker;
}

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    MarkdownBlocks read() {
        for (std::size_t at = 0; at < text_.size();) {
            const LineSpan span = line_at(text_, at);
            MarkdownLine line;
            line.begin = at;
            line.text_end = span.text_end;
            line.end = span.end;
            line.items_before = blocks_.items.size();
            add(line);
            at = span.end;
        }
        return std::move(blocks_);
    }

private:
    struct Open {
        std::size_t offset = 0;  // columns at which its text begins
        std::size_t item = 0;
    };

    std::string_view body(const MarkdownLine& line) const {
        return text_.substr(line.body, line.text_end - line.body);
    }

    // Reads quote marks, `most` of them at the most, and the white space behind them.
    std::size_t read_quotes(MarkdownLine& line, std::size_t most) const {
        std::size_t count = 0;
        std::size_t at = line.begin;
        while (count < most) {
            const auto indent = indent_of(text_.substr(at, line.text_end - at));
            const auto mark = at + indent.bytes;
            if (indent.columns > 3 || mark >= line.text_end || text_[mark] != '>') break;
            ++count;
            at = mark + 1;
            if (at < line.text_end && text_[at] == ' ') ++at;
        }
        line.quote = at - line.begin;
        const auto indent = indent_of(text_.substr(at, line.text_end - at));
        line.indent = indent.columns;
        line.body = at + indent.bytes;
        return count;
    }

    void add(MarkdownLine& line) {
        if (fence_ != MarkdownLine::kNone && add_fenced(line)) return push(line);
        const auto quotes = read_quotes(line, kQuotesMax);
        if (line.body == line.text_end) {
            paragraph_ = table_ = false;
            was_blank_ = true;
            place(line);
            return push(line);
        }
        if (quotes != quotes_) {
            table_ = false;
            if (quotes > quotes_ || was_blank_) items_.clear();
            paragraph_ = paragraph_ && quotes < quotes_;
        }
        quotes_ = quotes;
        classify(line);
        was_blank_ = false;
        push(line);
    }

    void push(const MarkdownLine& line) { blocks_.lines.push_back(line); }

    void place(MarkdownLine& line) const {
        line.depth = items_.size();
        line.item = items_.empty() ? MarkdownLine::kNone : items_.back().item;
    }

    // False if the fence has ended before this line, because its list item or quote has.
    bool add_fenced(MarkdownLine& line) {
        const auto& fence = blocks_.fences[fence_];
        const auto quotes = read_quotes(line, fence.quote_depth);
        const auto text = body(line);
        const bool left = fence.offset > 0 && !text.empty() && line.indent < fence.offset;
        if (quotes < fence.quote_depth || left) {
            fence_ = MarkdownLine::kNone;
            paragraph_ = false;
            return false;
        }
        line.kind = Kind::kFenced;
        line.fence = fence_;
        place(line);
        const auto run = fence_run(text);
        const bool closes = run >= fence.marker.size() && text.front() == fence.marker.front() &&
                            line.indent <= fence.offset + 3 &&
                            text.find_first_not_of(" \t", run) == kNowhere;
        if (closes) {
            line.kind = Kind::kFenceClose;
            fence_ = MarkdownLine::kNone;
        }
        return true;
    }

    void classify(MarkdownLine& line) {
        const bool lazy = paragraph_ && !was_blank_;
        auto text = body(line);
        const auto base = base_of(line.indent);
        const bool deep = line.indent > base + 3;
        if (!deep && lazy && is_underline(text) && line.indent >= current_offset()) {
            paragraph_ = false;
            return finish(line, Kind::kUnderline);
        }
        if (!deep && is_rule(text)) {
            leave_items(line.indent);
            paragraph_ = table_ = false;
            return finish(line, Kind::kRule);
        }
        bool item = false;
        while (!deep && read_item(line, text, lazy && !item)) {
            item = true;
            text = body(line);
        }
        if (item) {
            paragraph_ = !text.empty();
            table_ = false;
            if (!open_fence(line, text)) finish(line, Kind::kItem);
            return;
        }
        if (!lazy || starts_block(text)) leave_items(line.indent);
        if (!deep && open_fence(line, text)) return;
        if (!deep && is_heading(text)) {
            paragraph_ = table_ = false;
            return finish(line, Kind::kHeading);
        }
        if (line.indent > current_offset() + 3 && !lazy) return finish(line, Kind::kCode);
        add_paragraph(line, text);
    }

    void add_paragraph(MarkdownLine& line, std::string_view text) {
        paragraph_ = true;
        if (table_) {
            line.table = blocks_.tables.size() - 1;
            auto& table = blocks_.tables.back();
            const bool rule = table.end == 0;
            if (rule) table.end = line.end;
            return finish(line, rule ? Kind::kTableRule : Kind::kTableRow);
        }
        if (text.find('|') == kNowhere || !rule_follows(line)) return finish(line, Kind::kText);
        table_ = true;
        line.table = blocks_.tables.size();
        blocks_.tables.push_back({.begin = line.begin});
        finish(line, Kind::kTableHead);
    }

    bool rule_follows(const MarkdownLine& line) const {
        if (line.end >= text_.size()) return false;
        MarkdownLine next;
        next.begin = line.end;
        next.text_end = line_at(text_, line.end).text_end;
        return read_quotes(next, kQuotesMax) == quotes_ && is_table_rule(body(next));
    }

    void finish(MarkdownLine& line, Kind kind) {
        line.kind = kind;
        place(line);
    }

    static bool starts_block(std::string_view text) {
        return fence_run(text) != 0 || is_heading(text);
    }

    std::size_t current_offset() const { return items_.empty() ? 0 : items_.back().offset; }

    // The offset of the innermost item that a line with this indent can be in.
    std::size_t base_of(std::size_t indent) const {
        std::size_t base = 0;
        for (const auto& item : items_) {
            if (item.offset <= indent) base = item.offset;
        }
        return base;
    }

    void leave_items(std::size_t indent) {
        while (!items_.empty() && items_.back().offset > indent)
            items_.pop_back();
    }

    bool read_item(MarkdownLine& line, std::string_view text, bool lazy) {
        const auto marker = marker_of(text);
        if (!marker || is_rule(text) || items_.size() == kDepthMax) return false;
        const auto column = column_of(line);
        auto items = items_;
        const MarkdownBlocks::Item* sibling = nullptr;
        while (!items.empty() && items.back().offset > column) {
            sibling = &blocks_.items[items.back().item];
            items.pop_back();
        }
        if (sibling && sibling->delimiter != marker->delimiter) sibling = nullptr;
        const bool interrupts = !marker->empty && (marker->digits == 0 || marker->number == 1);
        if (lazy && !sibling && items.size() == items_.size() && !interrupts) return false;
        items_ = std::move(items);
        const MarkdownBlocks::Item item{
            .parent = items_.empty() ? MarkdownLine::kNone : items_.back().item,
            .indent = column,
            .list = sibling ? sibling->list : blocks_.list_begins.size(),
            .delimiter = marker->delimiter,
            .number = sibling ? sibling->number + 1 : marker->number};
        Open open{.offset = column + columns_of(text.substr(0, marker->bytes)),
                  .item = blocks_.items.size()};
        if (marker->empty) open.offset = column + marker->digits + 2;
        if (!sibling) blocks_.list_begins.push_back(blocks_.lines.size());
        if (marker->digits > 0) {
            line.list = item.list;
            line.number = item.number;
            line.digits_begin = line.body;
            line.digits_end = line.body + marker->digits;
        }
        blocks_.items.push_back(item);
        items_.push_back(open);
        line.body += marker->bytes;
        const auto gap = indent_of(body(line));
        line.body += gap.bytes;
        return true;
    }

    static std::size_t columns_of(std::string_view text) {
        std::size_t columns = 0;
        for (const char c : text)
            columns += c == '\t' ? 4 - columns % 4 : 1;
        return columns;
    }

    // The column of the body, behind the quote marks.
    std::size_t column_of(const MarkdownLine& line) const {
        const auto start = line.begin + line.quote;
        return columns_of(text_.substr(start, line.body - start));
    }

    bool open_fence(MarkdownLine& line, std::string_view text) {
        const auto run = fence_run(text);
        if (run == 0) return false;
        const auto info = text.substr(run);
        if (text.front() == '`' && info.find('`') != kNowhere) return false;
        finish(line, Kind::kFenceOpen);
        fence_ = blocks_.fences.size();
        blocks_.fences.push_back({.quote = std::string(text_.substr(line.begin, line.quote)),
                                  .indent = column_of(line),
                                  .marker = std::string(text.substr(0, run)),
                                  .info = std::string(info),
                                  .quote_depth = quotes_,
                                  .offset = current_offset()});
        paragraph_ = table_ = false;
        return true;
    }

    // Deeper ones are taken for text: nobody writes them, and they would take long.
    static constexpr std::size_t kQuotesMax = 20;
    static constexpr std::size_t kDepthMax = 20;

    const std::string_view text_;
    MarkdownBlocks blocks_;
    std::vector<Open> items_;
    std::size_t fence_ = MarkdownLine::kNone;
    std::size_t quotes_ = 0;
    bool paragraph_ = false;
    bool table_ = false;
    bool was_blank_ = true;
};

}  // namespace

MarkdownBlocks read_blocks(std::string_view text) {
    return Reader(text).read();
}

}  // namespace messaging
