// Whatever a data file holds: every row has a field for every column, or the error says why not.
#include "bot/sources/csv.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const auto parsed = bot::sources::parse_csv(text);
    if (!parsed.ok()) return parsed.error().message.empty() ? (std::abort(), 0) : 0;
    const auto& table = parsed.value();
    if (table.columns.empty() || table.lines.size() != table.rows.size()) std::abort();
    for (const auto& row : table.rows) {
        if (row.size() != table.columns.size()) std::abort();
        for (const auto& cell : row) {
            const auto number = bot::sources::parse_number(cell);
            if (number && !std::isfinite(*number)) std::abort();
        }
    }
    return 0;
}
