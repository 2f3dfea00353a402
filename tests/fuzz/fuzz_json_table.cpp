// Whatever JSON a source gives: every row has a field for every column, or the error says why not.
#include "bot/sources/json_table.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    for (const auto* place : {"", "/data", "rows"}) {
        const auto parsed = bot::sources::parse_json_table(text, place);
        if (!parsed.ok()) {
            if (parsed.error().message.empty()) std::abort();
            continue;
        }
        const auto& table = parsed.value();
        if (table.columns.size() > 100 || table.lines.size() != table.rows.size()) std::abort();
        for (const auto& row : table.rows) {
            if (row.size() != table.columns.size()) std::abort();
        }
    }
    return 0;
}
