#pragma once

#include "resilience/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bot::sources {

/// A CSV file in memory: named columns and rows of equally many texts.
struct Table {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
    /// Line in the file at which each row begins, from 1; for error texts.
    std::vector<std::size_t> lines;

    /// Index of the column with exactly this name.
    std::optional<std::size_t> find(std::string_view column) const;
};

/// Reads CSV as RFC 4180 has it: first row names, quotes doubled inside quotes, LF or CRLF, a byte
/// order mark allowed; blank lines are skipped and texts trimmed outside quotes. A header with
/// semicolons and no commas makes the semicolon the separator (as spreadsheets in much of Europe
/// write it). Takes any bytes; an error names the line.
/// Limits: 4 MiB, 100 columns, 20 000 rows.
resilience::Result<Table> parse_csv(std::string_view text);

/// Drops all rows but the last `count`; 0: keeps them all.
void keep_last(Table& table, std::size_t count);

/// Reads a number as written in a cell: "12", "-3.5", "1e3". Empty for everything else, also for
/// texts that stand for infinity, and beyond 1e15 where neighbours no longer differ in a picture.
std::optional<double> parse_number(std::string_view cell);

}  // namespace bot::sources
