#include "messaging/webex/json_fields.hpp"

#include "messaging/webex/message_json.hpp"

#include <nlohmann/json.hpp>

namespace messaging::webex {

using nlohmann::json;

std::string text_field(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

bool flag_field(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::vector<std::string> texts_field(const json& object, const char* name) {
    std::vector<std::string> texts;
    const auto found = object.find(name);
    if (found == object.end() || !found->is_array()) return texts;
    for (const auto& item : *found) {
        if (item.is_string()) texts.push_back(item.get<std::string>());
    }
    return texts;
}

std::size_t count_field(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_array() ? found->size() : 0;
}

std::chrono::milliseconds time_field(const json& object, const char* name) {
    return parse_timestamp(text_field(object, name));
}

json parse_json(std::string_view text) {
    return json::parse(text, nullptr, false);
}

const json* items_of(const json& list) {
    if (!list.is_object()) return nullptr;
    const auto items = list.find("items");
    return items != list.end() && items->is_array() ? &*items : nullptr;
}

}  // namespace messaging::webex
