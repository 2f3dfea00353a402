#include "messaging/content/part_text.hpp"

#include "messaging/content/text_lines.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace messaging {

namespace {

using Kind = MarkdownLine::Kind;

constexpr std::size_t kNone = MarkdownLine::kNone;
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

// The line that `at` is in; at the end of the text, the last one.
std::size_t line_of(const MarkdownBlocks& blocks, std::size_t at) {
    const auto after =
        std::upper_bound(blocks.lines.begin(), blocks.lines.end(), at,
                         [](std::size_t wanted, const auto& line) { return wanted < line.begin; });
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - blocks.lines.begin(), 1) - 1);
}

// The fence that is open at `at`, or kNone.
std::size_t fence_at(const MarkdownBlocks& blocks, std::size_t at) {
    if (blocks.lines.empty()) return kNone;
    const auto index = line_of(blocks, at);
    const auto& line = blocks.lines[index];
    if (at <= line.begin) return line.fence;
    if (line.kind == Kind::kFenced) return line.fence;
    // Behind the end of a text that ends with the beginning of a fence.
    const bool last = at == line.end && index + 1 == blocks.lines.size();
    return last && line.kind == Kind::kFenceOpen ? blocks.fences.size() - 1 : kNone;
}

bool is_ordered(const MarkdownBlocks::Item& item) {
    return item.delimiter == '.' || item.delimiter == ')';
}

std::string part_marker_of(const MarkdownBlocks::Item& item) {
    return (is_ordered(item) ? std::to_string(item.number) : std::string()) + item.delimiter + ' ';
}

class Part {
public:
    Part(std::string_view text, const MarkdownBlocks& blocks, const PartPlan& plan)
        : text_(text),
          blocks_(blocks),
          plan_(plan),
          first_(line_of(blocks, plan.begin)),
          mid_(plan.begin > blocks.lines[first_].begin),
          budget_(plan.additions_max) {}

    std::string render() {
        reopen();
        for (auto i = first_; i < blocks_.lines.size() && blocks_.lines[i].begin < plan_.end; ++i)
            add_line(blocks_.lines[i]);
        close();
        return std::move(out_);
    }

private:
    bool afford(std::size_t bytes) {
        if (bytes > plan_.additions_max / 2 || bytes > budget_) return false;
        budget_ -= bytes;
        return true;
    }

    // What makes the beginning of the part mean what it meant in the text.
    void reopen() {
        if (plan_.begin == 0) return;
        const auto& line = blocks_.lines[first_];
        reopen_items(line);
        const auto fence = fence_at(blocks_, plan_.begin);
        if (fence != kNone) {
            const auto& open = blocks_.fences[fence];
            add_fence(open, true);
            if (mid_ && afford(open.quote.size())) out_ += open.quote;
        } else if (mid_) {
            if (afford(line.quote)) out_ += text_.substr(line.begin, line.quote);
        } else if (line.kind == Kind::kTableRow) {
            const auto& table = blocks_.tables[line.table];
            const auto size = table.end - table.begin;
            if (afford(size)) out_ += text_.substr(table.begin, size);
        }
    }

    // The items around the beginning, each with an ellipsis for what it said.
    void reopen_items(const MarkdownLine& line) {
        const bool own = line.kind == Kind::kItem || line.kind == Kind::kFenceOpen;
        auto item = line.item;
        // Of a line with several markers all are its own.
        if (!mid_ && own && item != kNone) item = outer_item(line);
        std::vector<std::size_t> chain;
        for (; item != kNone; item = blocks_.items[item].parent)
            chain.push_back(item);
        if (chain.empty()) return;
        std::string opened;
        const auto quote = text_.substr(line.begin, line.quote);
        for (auto it = chain.rbegin(); it != chain.rend(); ++it) {
            const auto& open = blocks_.items[*it];
            // In a paragraph only an item with the number 1 begins a list.
            if (it != chain.rbegin() && is_ordered(open)) opened.append(quote) += '\n';
            opened += quote;
            opened.append(open.indent, ' ');
            opened += part_marker_of(open);
            opened += kEllipsis;
            opened += '\n';
        }
        if (!mid_ && needs_gap(line)) opened.append(quote) += '\n';
        if (!afford(opened.size())) return;
        out_ += opened;
        for (const auto seen : chain)
            seen_.insert(blocks_.items[seen].list);
    }

    // The item around a line that begins with one or more markers, or with a fence in an item.
    std::size_t outer_item(const MarkdownLine& line) const {
        auto item = line.item;
        while (item != kNone && item >= line.items_before)
            item = blocks_.items[item].parent;
        return item;
    }

    // Without a blank line it would go on with the paragraph of the ellipsis.
    bool needs_gap(const MarkdownLine& line) const {
        const bool after_blank = first_ > 0 && blocks_.lines[first_ - 1].kind == Kind::kBlank;
        return after_blank || line.list != kNone || line.kind == Kind::kTableRow;
    }

    void add_fence(const MarkdownBlocks::Fence& fence, bool opens) {
        const auto size = fence.quote.size() + fence.indent + fence.marker.size();
        if (!afford(size)) return;
        out_ += fence.quote;
        out_.append(fence.indent, ' ');
        out_ += fence.marker;
        if (!opens) return;
        if (afford(fence.info.size())) out_ += fence.info;
        out_ += '\n';
    }

    void add_line(const MarkdownLine& line) {
        auto from = std::max(line.begin, plan_.begin);
        const auto to = std::min(line.end, plan_.end);
        // The first item here of a list that began earlier: written as it would have been seen.
        if (line.list != kNone && from <= line.digits_begin && line.digits_end <= to &&
            blocks_.list_begins[line.list] < first_ && seen_.insert(line.list).second) {
            out_ += text_.substr(from, line.digits_begin - from);
            out_ += std::to_string(line.number);
            from = line.digits_end;
        }
        out_ += text_.substr(from, to - from);
    }

    void close() {
        const auto fence = fence_at(blocks_, plan_.end);
        const auto trimmed = out_.find_last_not_of(" \t\r\n");
        if (fence == kNone) {
            out_.resize(trimmed == kNowhere ? 0 : trimmed + 1);
        } else if (plan_.end < text_.size() || !plan_.closing.empty()) {
            if (!out_.ends_with('\n') && !out_.ends_with('\r')) out_ += '\n';
            add_fence(blocks_.fences[fence], false);
        }
        if (plan_.closing.empty()) return;
        if (!out_.empty()) out_ += "\n\n";
        out_ += plan_.closing;
    }

    const std::string_view text_;
    const MarkdownBlocks& blocks_;
    const PartPlan& plan_;
    const std::size_t first_;
    const bool mid_;
    std::size_t budget_;
    std::set<std::size_t> seen_;  // lists that have an item in this part
    std::string out_;
};

}  // namespace

bool is_in_fence(const MarkdownBlocks& blocks, std::size_t at) {
    return fence_at(blocks, at) != kNone;
}

std::string render_part(std::string_view text, const MarkdownBlocks* blocks, const PartPlan& plan) {
    if (blocks != nullptr && !blocks->lines.empty()) return Part(text, *blocks, plan).render();
    std::string out(text.substr(plan.begin, plan.end - plan.begin));
    const auto trimmed = out.find_last_not_of(" \t\r\n");
    out.resize(trimmed == kNowhere ? 0 : trimmed + 1);
    if (plan.closing.empty()) return out;
    if (!out.empty()) out += "\n\n";
    out += plan.closing;
    return out;
}

}  // namespace messaging
