#include "messaging/content/cut_ranks.hpp"

#include "messaging/content/characters.hpp"
#include "messaging/content/markdown_spans.hpp"
#include "messaging/content/text_lines.hpp"

#include <algorithm>

namespace messaging {

namespace {

using Kind = MarkdownLine::Kind;
using Ranks = std::vector<CutRank>;

void worsen(CutRank& rank, CutRank at_least) {
    rank = std::max(rank, at_least);
}

bool is_gap(char c) {
    return c == ' ' || c == '\t';
}

bool ends_sentence(char32_t c) {
    return c == '.' || c == '!' || c == '?' || c == 0x2026;
}

// Of scripts without blanks, where a sentence ends right behind the sign.
bool is_wide_stop(char32_t c) {
    return c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF0E;
}

// What would be something else at the beginning of a line.
bool looks_like_block(std::string_view rest) {
    if (rest.empty()) return false;
    const char c = rest.front();
    if (std::string_view("#>|=~`").find(c) != kNowhere) return true;
    const auto digits = rest.find_first_not_of("0123456789");
    if (digits == kNowhere) return false;
    const bool item = digits > 0 && (rest[digits] == '.' || rest[digits] == ')');
    const bool bullet = digits == 0 && std::string_view("-+*").find(c) != kNowhere;
    if (rest.starts_with("--") || rest.starts_with("***") || rest.starts_with("___")) return true;
    if (!item && !bullet) return false;
    const auto next = digits + 1;
    return next >= rest.size() || is_gap(rest[next]) || rest[next] == '\n' || rest[next] == '\r';
}

/// What the characters alone say, of a text without line ends.
class InLine {
public:
    InLine(std::string_view text, Ranks& ranks) : text_(text), ranks_(ranks) {}

    void rank(std::size_t begin, std::size_t end) {
        Characters characters;
        char32_t previous = 0;
        char32_t before_gap = 0;
        for (std::size_t at = begin; at < end;) {
            const auto next = code_point_at(text_, at);
            for (std::size_t i = 1; i < next.length; ++i)
                ranks_[at + i] = CutRank::kNever;
            const bool begins = characters.begins(next.value);
            if (at > begin) {
                ranks_[at] =
                    begins ? between(previous, before_gap, next.value, at) : CutRank::kCharacter;
            }
            const bool gap = next.value == ' ' || next.value == '\t';
            if (!gap) before_gap = next.value;
            previous = next.value;
            at += next.length;
        }
    }

private:
    CutRank between(char32_t previous, char32_t before_gap, char32_t next, std::size_t at) const {
        const bool gap = previous == ' ' || previous == '\t';
        if (next == ' ' || next == '\t') return CutRank::kInside;
        if (gap) {
            if (looks_like_block(text_.substr(at))) return CutRank::kPoor;
            return ends_sentence(before_gap) ? CutRank::kSentence : CutRank::kWord;
        }
        if (is_wide_stop(previous)) return CutRank::kSentence;
        return is_ideograph(previous) && is_ideograph(next) ? CutRank::kWord : CutRank::kInside;
    }

    const std::string_view text_;
    Ranks& ranks_;
};

// In an address or another atom: where it may be cut when it must be.
void rank_in_atom(std::string_view text, std::size_t at, CutRank& rank) {
    const char before = text[at - 1];
    const bool joint =
        is_gap(before) || before == '/' || before == '&' || before == '?' || before == ',';
    if (rank <= CutRank::kInside) rank = joint ? CutRank::kAtom : CutRank::kInside;
}

class Ranker {
public:
    Ranker(std::string_view text, const MarkdownBlocks& blocks)
        : text_(text),
          lines_(blocks.lines),
          ranks_(text.size() + 1, CutRank::kInside),
          atoms_(text.size() + 2),
          emphasis_(text.size() + 2) {}

    Ranks rank() {
        InLine in_line(text_, ranks_);
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            const auto& line = lines_[i];
            in_line.rank(line.begin, line.text_end);
            ranks_[line.begin] = line_rank(i);
            keep_markers(line);
            for (auto at = line.text_end + 1; at < line.end; ++at)
                ranks_[at] = CutRank::kCharacter;
            if (line.text_end > line.begin) worsen(ranks_[line.text_end], CutRank::kPoor);
        }
        for (std::size_t i = 0; i < lines_.size();)
            i = rank_spans(i);
        apply_spans();
        return std::move(ranks_);
    }

private:
    CutRank line_rank(std::size_t i) const {
        if (i == 0) return CutRank::kBlock;
        const auto& line = lines_[i];
        const auto& before = lines_[i - 1];
        switch (line.kind) {
            case Kind::kBlank:
                return CutRank::kSoftLine;
            case Kind::kFenced:
                return before.kind == Kind::kFenceOpen ? CutRank::kCharacter : CutRank::kLine;
            case Kind::kFenceClose:
            case Kind::kUnderline:
            case Kind::kTableRule:
                return CutRank::kCharacter;
            case Kind::kTableRow:
                return before.kind == Kind::kTableRule ? CutRank::kCharacter : CutRank::kLine;
            default:
                return after_text(i, line, before);
        }
    }

    CutRank after_text(std::size_t i, const MarkdownLine& line, const MarkdownLine& before) const {
        const bool heading = line.kind == Kind::kHeading;
        if (before.kind == Kind::kHeading || before.kind == Kind::kUnderline ||
            (before.kind == Kind::kBlank && heads(i))) {
            return heading ? CutRank::kLine : CutRank::kPoor;
        }
        const bool apart = before.kind == Kind::kBlank || before.kind == Kind::kFenceClose ||
                           before.kind == Kind::kRule;
        if (heading || (apart && line.depth == 0 && line.kind != Kind::kCode)) {
            return CutRank::kBlock;
        }
        if (line.kind == Kind::kItem) return line.depth > 1 ? CutRank::kSoftLine : CutRank::kLine;
        if (apart || line.kind == Kind::kFenceOpen || line.kind == Kind::kTableHead ||
            line.kind == Kind::kCode) {
            return line.depth > 1 ? CutRank::kSoftLine : CutRank::kLine;
        }
        return looks_like_block(text_.substr(line.body)) ? CutRank::kPoor : CutRank::kSoftLine;
    }

    // True if the last line before the blank ones before `i` is a heading.
    bool heads(std::size_t i) const {
        std::size_t looked = 0;
        while (i > 0 && lines_[i - 1].kind == Kind::kBlank && ++looked < 4)
            --i;
        return i > 0 &&
               (lines_[i - 1].kind == Kind::kHeading || lines_[i - 1].kind == Kind::kUnderline);
    }

    void keep_markers(const MarkdownLine& line) {
        const bool whole = line.kind == Kind::kFenceOpen || line.kind == Kind::kFenceClose ||
                           line.kind == Kind::kTableHead || line.kind == Kind::kTableRule ||
                           line.kind == Kind::kUnderline || line.kind == Kind::kRule;
        // The body of a code line begins behind its indentation, which is a part of the code.
        const bool code = line.kind == Kind::kFenced || line.kind == Kind::kCode;
        const auto stop = whole ? line.text_end : code ? line.begin + line.quote : line.body;
        for (auto at = line.begin + 1; at <= stop && at < line.end; ++at)
            worsen(ranks_[at], CutRank::kCharacter);
        if (line.kind != Kind::kTableRow) return;
        for (auto at = line.begin + 1; at < line.text_end; ++at)
            worsen(ranks_[at], CutRank::kPoor);
    }

    static bool has_spans(const MarkdownLine& line) {
        return line.kind == Kind::kText || line.kind == Kind::kItem ||
               line.kind == Kind::kHeading || line.kind == Kind::kTableHead ||
               line.kind == Kind::kTableRow;
    }

    // Ranks the paragraph that begins with line `first`; returns the line behind it.
    std::size_t rank_spans(std::size_t first) {
        const auto& line = lines_[first];
        if (!has_spans(line)) return first + 1;
        auto last = first + 1;
        const bool paragraph = line.kind == Kind::kText || line.kind == Kind::kItem;
        while (paragraph && last < lines_.size() && lines_[last].kind == Kind::kText)
            ++last;
        find_spans(text_, line.body, lines_[last - 1].text_end,
                   [this](const MarkdownSpan& span) { keep(span); });
        return last;
    }

    // Counted at their ends: spans may lie in spans, as deep as somebody likes.
    void keep(const MarkdownSpan& span) {
        auto& depth = span.kind == MarkdownSpan::Kind::kAtom ? atoms_ : emphasis_;
        ++depth[span.begin + 1];
        --depth[span.end];
    }

    void apply_spans() {
        std::int64_t atoms = 0;
        std::int64_t emphasis = 0;
        for (std::size_t at = 0; at < ranks_.size(); ++at) {
            atoms += atoms_[at];
            emphasis += emphasis_[at];
            if (atoms > 0) {
                rank_in_atom(text_, at, ranks_[at]);
            } else if (emphasis > 0) {
                worsen(ranks_[at], CutRank::kPoor);
            }
        }
    }

    const std::string_view text_;
    const std::vector<MarkdownLine>& lines_;
    Ranks ranks_;
    std::vector<std::int32_t> atoms_;
    std::vector<std::int32_t> emphasis_;
};

}  // namespace

Ranks rank_cuts(std::string_view text, const MarkdownBlocks& blocks) {
    return Ranker(text, blocks).rank();
}

Ranks rank_cuts(std::string_view text) {
    Ranks ranks(text.size() + 1, CutRank::kInside);
    InLine in_line(text, ranks);
    bool blank = true;
    for (std::size_t at = 0; at < text.size();) {
        const LineSpan line = line_at(text, at);
        in_line.rank(at, line.text_end);
        const bool empty = line.text_end == at;
        ranks[at] = empty || !blank ? CutRank::kSoftLine : CutRank::kBlock;
        blank = empty;
        for (auto i = line.text_end + 1; i < line.end; ++i)
            ranks[i] = CutRank::kCharacter;
        for (std::size_t i = at; i < line.text_end;) {
            const auto address = end_of_address(text, i, line.text_end);
            for (auto inside = i + 1; inside < address; ++inside)
                rank_in_atom(text, inside, ranks[inside]);
            i = std::max(address, i + 1);
        }
        at = line.end;
    }
    return ranks;
}

}  // namespace messaging
