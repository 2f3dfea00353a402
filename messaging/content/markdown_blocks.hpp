#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace messaging {

/// One line of a markdown text, as far as it matters for cutting between or inside of lines.
struct MarkdownLine {
    enum class Kind : std::uint8_t {
        kBlank,
        kText,
        kCode,  ///< Indented code.
        kHeading,
        kUnderline,  ///< Makes a heading of the line before.
        kRule,       ///< A thematic break.
        kItem,
        kFenceOpen,
        kFenced,
        kFenceClose,
        kTableHead,
        kTableRule,
        kTableRow
    };
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    std::size_t begin = 0;
    std::size_t text_end = 0;
    std::size_t end = 0;
    Kind kind = Kind::kBlank;
    std::size_t quote = 0;         ///< Bytes of the quote marks that it begins with ("> ").
    std::size_t indent = 0;        ///< Columns of white space behind them.
    std::size_t body = 0;          ///< Where its text begins, behind all markers.
    std::size_t depth = 0;         ///< List items that it is in, its own included.
    std::size_t item = kNone;      ///< The innermost of them.
    std::size_t items_before = 0;  ///< How many items begin in the lines before it.
    std::size_t fence = kNone;     ///< The fence that is open where this line begins.
    std::size_t table = kNone;
    /// Of an ordered item: the list it belongs to, and the number that readers see.
    std::size_t list = kNone;
    std::uint64_t number = 0;
    std::size_t digits_begin = 0;  ///< The number as it is written.
    std::size_t digits_end = 0;
};

struct MarkdownBlocks {
    struct Item {
        std::size_t parent = MarkdownLine::kNone;
        std::size_t indent = 0;  ///< Columns before its marker.
        std::size_t list = 0;
        char delimiter = 0;  ///< - + * . )
        std::uint64_t number = 0;
    };
    struct Fence {
        std::string quote;  ///< Quote marks that each of its lines begins with.
        std::size_t indent = 0;
        std::string marker;  ///< "```"
        std::string info;    ///< "sh"
        std::size_t quote_depth = 0;
        std::size_t offset = 0;  ///< Of the list item that it is in.
    };
    struct Table {
        std::size_t begin = 0;  ///< Header and delimiter row.
        std::size_t end = 0;
    };
    std::vector<MarkdownLine> lines;
    std::vector<Item> items;
    std::vector<Fence> fences;
    std::vector<Table> tables;
    std::vector<std::size_t> list_begins;  ///< By number of the list: its first line.
};

/// Reads the blocks of CommonMark, and GitHub's tables, line by line. Approximate where the two
/// depend on more than one line (lazy continuation, link definitions). Pure.
MarkdownBlocks read_blocks(std::string_view text);

}  // namespace messaging
