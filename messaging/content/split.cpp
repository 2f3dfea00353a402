#include "messaging/content/split.hpp"

#include "messaging/content/cut_ranks.hpp"
#include "messaging/content/html_bound.hpp"
#include "messaging/content/part_text.hpp"
#include "messaging/content/text_lines.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace messaging {

namespace {

constexpr std::size_t kRanks = static_cast<std::size_t>(CutRank::kNever);

std::size_t rank_number(CutRank rank) {
    return static_cast<std::size_t>(rank);
}

std::string number(std::size_t part, std::size_t of) {
    return "(" + std::to_string(part) + "/" + std::to_string(of) + ")";
}

class Splitter {
public:
    Splitter(std::string_view text, const SplitOptions& options)
        : text_(text),
          options_(options),
          markdown_(options.syntax == SplitOptions::Syntax::kMarkdown) {
        if (markdown_) blocks_ = read_blocks(text);
        ranks_ = markdown_ ? rank_cuts(text, blocks_) : rank_cuts(text);
    }

    /// The end of the part that begins at `begin` and is followed by `closing`.
    std::size_t next_cut(std::size_t begin, std::string_view closing) const {
        if (part_fits(begin, text_.size(), closing)) return text_.size();
        auto most = std::min(text_.size() - 1, begin + options_.bytes_max);
        for (;;) {
            const auto cut = best_cut(begin, most);
            const auto end = skip_blank_lines(cut);
            const auto excess = excess_of(begin, end, closing);
            if (excess == 0) return end;
            if (cut == first_cut(begin)) return cut;
            // Less of the text makes less html, about in proportion.
            const auto length = cut - begin;
            const auto less = std::min(excess, std::max<std::size_t>(length / 2, 1));
            most = std::max(cut - less, first_cut(begin));
        }
    }

    std::string render(std::size_t begin, std::size_t end, std::string_view closing) const {
        return render_part(text_, markdown_ ? &blocks_ : nullptr,
                           {.begin = begin,
                            .end = end,
                            .closing = closing,
                            .additions_max = options_.bytes_max / 2});
    }

private:
    bool part_fits(std::size_t begin, std::size_t end, std::string_view closing) const {
        // White space at the end is not sent, so a longer rest may fit.
        const auto last = text_.find_last_not_of(" \t\r\n");
        const auto sent = last == kNowhere || last < begin ? 0 : last + 1 - begin;
        return sent <= options_.bytes_max && excess_of(begin, end, closing) == 0;
    }

    // By how many bytes of the text this part is too long, about; 0: it fits.
    std::size_t excess_of(std::size_t begin, std::size_t end, std::string_view closing) const {
        const auto text = render(begin, end, closing);
        if (text.size() > options_.bytes_max) return text.size() - options_.bytes_max;
        if (!markdown_) return 0;
        const auto html = html_bound(text);
        if (html <= options_.html_max) return 0;
        const auto share = (html - options_.html_max) * (end - begin) / html;
        return std::max<std::size_t>(share, 1);
    }

    // The best place from behind `begin` to `most`: in the later half if there is a good one.
    std::size_t best_cut(std::size_t begin, std::size_t most) const {
        const auto half = begin + (most - begin) / 2;
        std::array<std::size_t, kRanks> last{};
        last.fill(kNowhere);
        for (auto at = most; at > begin; --at) {
            const auto rank = rank_number(ranks_[at]);
            if (rank < kRanks && last.at(rank) == kNowhere) last.at(rank) = at;
        }
        const auto word = rank_number(CutRank::kWord);
        for (std::size_t rank = 0; rank <= word; ++rank) {
            if (last.at(rank) != kNowhere && last.at(rank) > half) return last.at(rank);
        }
        for (const auto at : last) {
            if (at != kNowhere) return at;
        }
        return first_cut(begin);
    }

    // The end of the code point at `begin`.
    std::size_t first_cut(std::size_t begin) const {
        auto at = begin + 1;
        while (at < text_.size() && ranks_[at] == CutRank::kNever)
            ++at;
        return at;
    }

    // They are not sent at the end of a part, and would be at the beginning of one.
    std::size_t skip_blank_lines(std::size_t cut) const {
        if (markdown_ && is_in_fence(blocks_, cut)) return cut;
        const auto next = std::min(text_.find_first_not_of(" \t\r\n", cut), text_.size());
        if (next == text_.size()) return next;
        const auto line = text_.substr(0, next).find_last_of("\r\n");
        return line == kNowhere || line < cut ? cut : line + 1;
    }

    const std::string_view text_;
    const SplitOptions options_;
    const bool markdown_;
    MarkdownBlocks blocks_;
    std::vector<CutRank> ranks_;
};

// Cuts for numbers with so many digits; empty when there are more parts than that, or than allowed.
std::optional<std::vector<std::size_t>> cuts_for(const Splitter& splitter,
                                                 std::size_t size,
                                                 std::size_t parts_max,
                                                 std::size_t highest) {
    std::vector<std::size_t> cuts{0};
    const auto closing = number(highest, highest);
    while (cuts.back() < size) {
        if (cuts.size() > std::min(highest, parts_max)) return std::nullopt;
        cuts.push_back(splitter.next_cut(cuts.back(), closing));
    }
    return cuts;
}

}  // namespace

bool fits(std::string_view text, const SplitOptions& options) {
    if (text.size() > options.bytes_max) return false;
    return options.syntax == SplitOptions::Syntax::kPlain || html_bound(text) <= options.html_max;
}

std::vector<TextPart> split_text(std::string_view text, const SplitOptions& options) {
    std::vector<TextPart> parts;
    if (fits(text, options)) {
        parts.push_back({text, std::string(text)});
        return parts;
    }
    const Splitter splitter(text, options);
    const auto parts_max = options.parts_max == 0 ? kNowhere : options.parts_max;
    std::optional<std::vector<std::size_t>> cuts;
    for (std::size_t highest = 9; !cuts; highest = highest * 10 + 9) {
        cuts = cuts_for(splitter, text.size(), parts_max, highest);
        if (!cuts && highest >= parts_max) return parts;
    }
    const auto count = cuts->size() - 1;
    for (std::size_t i = 0; i < count; ++i) {
        const auto begin = (*cuts)[i];
        const auto end = (*cuts)[i + 1];
        const auto closing = count == 1 ? std::string() : number(i + 1, count);
        parts.push_back({text.substr(begin, end - begin), splitter.render(begin, end, closing)});
    }
    return parts;
}

TextPart first_part(std::string_view text, std::string_view closing, const SplitOptions& options) {
    const Splitter splitter(text, options);
    const auto end = splitter.next_cut(0, closing);
    return {text.substr(0, end), splitter.render(0, end, closing)};
}

}  // namespace messaging
