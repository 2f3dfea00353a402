#pragma once

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

/// Reading one line of JSON, for the filters of the command line. All of it throws `LineError`; the
/// filters catch it line by line.
namespace bot::cli {

/// What is wrong with a line.
class LineError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

template <class T, std::size_t N>
T named(const std::string& name,
        const std::array<std::pair<std::string_view, T>, N>& names,
        const char* what) {
    for (const auto& [known, value] : names) {
        if (known == name) return value;
    }
    throw LineError(std::string("unknown ") + what + " \"" + name + "\"");
}

/// The object on a line.
nlohmann::json parse_object(const std::string& line);

/// The value of a key; null where it is absent or null.
const nlohmann::json* find(const nlohmann::json& object, const char* key);

std::string text_at(const nlohmann::json& object, const char* key, std::string otherwise);
std::string needed_text_at(const nlohmann::json& object, const char* key);
std::optional<double> number_at(const nlohmann::json& object, const char* key);
/// A whole number from `min` to `max`; numbers such as 3.0 count as whole.
std::optional<std::int64_t> whole_at(const nlohmann::json& object,
                                     const char* key,
                                     std::int64_t min,
                                     std::int64_t max);

}  // namespace bot::cli
