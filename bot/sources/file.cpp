#include "bot/sources/attempt.hpp"
#include "bot/sources/data_file.hpp"

#include <utility>

namespace bot::sources {

resilience::Result<Reading> read_file(const File& file, const Attempt& attempt) {
    auto read = read_data_file(file.path);
    if (!read.ok()) return read.error();
    return decode(attempt.spec, std::move(read.value().text), read.value().written);
}

}  // namespace bot::sources
