#include "bot/cli/json_line.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace bot::cli {

using nlohmann::json;

json parse_object(const std::string& line) {
    json object = json::parse(line, nullptr, false);
    if (object.is_discarded()) throw LineError("is not JSON");
    if (!object.is_object()) throw LineError("is not a JSON object");
    return object;
}

const json* find(const json& object, const char* key) {
    const auto at = object.find(key);
    return at == object.end() || at->is_null() ? nullptr : &*at;
}

std::string text_at(const json& object, const char* key, std::string otherwise) {
    const json* value = find(object, key);
    if (value == nullptr) return otherwise;
    if (!value->is_string()) throw LineError(std::string("\"") + key + "\" is not a string");
    return value->get<std::string>();
}

std::string needed_text_at(const json& object, const char* key) {
    if (find(object, key) == nullptr) throw LineError(std::string("\"") + key + "\" is missing");
    return text_at(object, key, {});
}

std::optional<double> number_at(const json& object, const char* key) {
    const json* value = find(object, key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) throw LineError(std::string("\"") + key + "\" is not a number");
    return value->get<double>();
}

std::optional<std::int64_t> whole_at(const json& object,
                                     const char* key,
                                     std::int64_t min,
                                     std::int64_t max) {
    const auto value = number_at(object, key);
    if (!value) return std::nullopt;
    const bool whole = std::nearbyint(*value) == *value && *value >= static_cast<double>(min) &&
                       *value <= static_cast<double>(max);
    if (!whole) {
        throw LineError(std::string("\"") + key + "\" is not a whole number from " +
                        std::to_string(min) + " to " + std::to_string(max));
    }
    return static_cast<std::int64_t>(*value);
}

}  // namespace bot::cli
