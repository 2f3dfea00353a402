#pragma once

#include "bot/reports/spec.hpp"
#include "bot/sources/csv.hpp"
#include "resilience/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace bot::reports {

/// Items of one group: the tickets of one owner.
struct Group {
    std::string name;
    std::size_t count = 0;
    std::size_t over = 0;     ///< Items above the limit.
    double oldest = 0;        ///< Largest measure.
    std::string oldest_item;  ///< The item that has it, the first of several.
};

/// What the rows of a report's data add up to.
struct Summary {
    std::vector<Group> groups;  ///< Largest measure first, then most items, then by name.
    Group all;                  ///< Everything together; its name is the oldest item's group.
    double mean = 0;
};

/// Adds up the rows of `table` as the report wants. Fails with a reason that names the row or
/// column: a column is missing, a cell is no number. No rows at all is no failure.
resilience::Result<Summary> summarize(const Text& spec, const sources::Table& table);

/// The groups as a table in a fenced code block, 34 characters wide so that it fits a phone. At
/// most `rows_max` groups are listed; the others are one line.
std::string code_table(const Text& spec, const Summary& summary);

/// A number without needless zeros, "12" or "12.5".
std::string shown(double number);

}  // namespace bot::reports
