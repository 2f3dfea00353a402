#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace messaging::webex {

// Members of a JSON object as Webex sends it: fields appear and disappear freely, so one that is
// missing or of another type reads as empty. For this room's .cpp files.

std::string text_field(const nlohmann::json& object, const char* name);
bool flag_field(const nlohmann::json& object, const char* name);
std::vector<std::string> texts_field(const nlohmann::json& object, const char* name);
/// Number of elements of an array, else 0.
std::size_t count_field(const nlohmann::json& object, const char* name);
std::chrono::milliseconds time_field(const nlohmann::json& object, const char* name);

/// Parses without throwing; the result is_discarded() for anything that is no JSON.
nlohmann::json parse_json(std::string_view text);

/// The array "items" of a list answer, or null when this is none.
const nlohmann::json* items_of(const nlohmann::json& list);

}  // namespace messaging::webex
