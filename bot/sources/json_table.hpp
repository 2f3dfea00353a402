#pragma once

#include "bot/sources/csv.hpp"
#include "resilience/result.hpp"

#include <string>
#include <string_view>

namespace bot::sources {

/// Reads rows from JSON: a list of objects, whose keys name the columns in the order in which they
/// first occur, or a list of lists of which the first names the columns. `rows` says where in the
/// document the list is ("/data/items", RFC 6901); empty: the document itself.
///
/// Texts, numbers, true and false become cells; null and what is missing become empty ones. Fails
/// with a reason that names the row on anything else. `Table::lines` counts rows from 1. Takes any
/// bytes. The limits are those of `parse_csv`.
resilience::Result<Table> parse_json_table(std::string_view text, const std::string& rows);

}  // namespace bot::sources
