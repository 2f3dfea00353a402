#include "bot/sources/attempt.hpp"
#include "bot/sources/json_table.hpp"

#include <utility>

namespace bot::sources {

resilience::Result<Reading> decode(const Spec& spec,
                                   std::string bytes,
                                   resilience::Clock::WallTime as_of) {
    if (spec.format == Format::kPng) {
        if (bytes.size() > kPictureMax) {
            return resilience::permanent_error("its picture is larger than 1 MiB");
        }
        return Reading{std::move(bytes), as_of};
    }
    auto table =
        spec.format == Format::kJson ? parse_json_table(bytes, spec.rows) : parse_csv(bytes);
    if (!table.ok()) {
        const bool file = std::holds_alternative<File>(spec.from);
        return resilience::permanent_error(std::string(file ? "its data file" : "its data") +
                                           " is broken, " + table.error().message);
    }
    return Reading{std::move(table).value(), as_of};
}

}  // namespace bot::sources
