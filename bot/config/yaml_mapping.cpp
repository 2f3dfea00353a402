#include "bot/config/yaml_mapping.hpp"

#include "bot/text/closest.hpp"

#include <algorithm>
#include <charconv>

namespace bot::config {
namespace {

std::string join(const std::vector<std::string>& words) {
    std::string joined;
    for (const auto& word : words)
        joined += (joined.empty() ? "" : ", ") + word;
    return joined;
}

}  // namespace

YamlMapping::YamlMapping(const YamlValue& value,
                         std::string where,
                         const std::vector<std::string>& known,
                         ProblemList& problems)
    : value_(value), where_(std::move(where)), problems_(problems) {
    if (value.kind != YamlValue::Kind::kMap) {
        if (value.kind != YamlValue::Kind::kNothing) {
            problems_.add(value.line, where_ + " is not a list of \"key: value\" lines",
                          "Indent its keys below it, one \"key: value\" a line");
        }
        return;
    }
    if (known.empty()) return;
    for (const auto& entry : value.entries) {
        if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
        const auto near = text::closest(entry.key, known);
        problems_.add(
            entry.line, where_ + " has no key \"" + entry.key + "\"",
            near.empty() ? "Known keys: " + join(known) : "Did you mean \"" + near + "\"?");
    }
}

const std::vector<YamlEntry>& YamlMapping::entries() const {
    static const std::vector<YamlEntry> none;
    return value_.kind == YamlValue::Kind::kMap ? value_.entries : none;
}

const YamlEntry* YamlMapping::find(std::string_view key) const {
    for (const auto& entry : entries()) {
        if (entry.key == key) return &entry;
    }
    return nullptr;
}

int YamlMapping::line(std::string_view key) const {
    const auto* entry = find(key);
    return entry == nullptr ? value_.line : entry->line;
}

std::string YamlMapping::text(std::string_view key, std::string fallback) const {
    const auto* entry = find(key);
    if (entry == nullptr) return fallback;
    if (entry->value.kind == YamlValue::Kind::kText) return entry->value.text;
    if (entry->value.kind == YamlValue::Kind::kNothing) {
        problems_.add(entry->line, label(key) + " has no value", "Give it one or remove the key");
    } else {
        problems_.add(entry->line, label(key) + " is not a single text", "Write one text");
    }
    return fallback;
}

std::string YamlMapping::required_text(std::string_view key) const {
    const auto* entry = find(key);
    if (entry == nullptr) {
        problems_.add(value_.line, where_ + " has no \"" + std::string(key) + "\"",
                      "Add \"" + std::string(key) + ": …\" to it");
        return {};
    }
    auto value = text(key);
    if (value.empty() && entry->value.kind == YamlValue::Kind::kText) {
        problems_.add(entry->line, label(key) + " is empty", "Give it a value");
    }
    return value;
}

std::uint32_t YamlMapping::number(std::string_view key,
                                  std::uint32_t min,
                                  std::uint32_t max,
                                  std::uint32_t fallback) const {
    const auto* entry = find(key);
    if (entry == nullptr) return fallback;
    const auto value = text(key);
    if (value.empty()) return fallback;
    std::uint32_t number = 0;
    const auto* end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, number);
    // A leading zero means octal to some YAML readers and nothing to others: refused.
    const bool octal = value.size() > 1 && value[0] == '0';
    if (error != std::errc() || rest != end || octal || number < min || number > max) {
        problems_.add(
            entry->line, label(key) + " is \"" + value + "\"",
            "Write a whole number from " + std::to_string(min) + " to " + std::to_string(max));
        return fallback;
    }
    return number;
}

std::size_t YamlMapping::choice(std::string_view key,
                                const std::vector<std::string>& names,
                                std::size_t fallback) const {
    const auto* entry = find(key);
    if (entry == nullptr) return fallback;
    const auto value = text(key);
    const auto found = std::find(names.begin(), names.end(), value);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    if (!value.empty()) {
        problems_.add(entry->line, label(key) + " is \"" + value + "\"",
                      "Write one of: " + join(names));
    }
    return fallback;
}

std::vector<std::string> YamlMapping::texts(std::string_view key) const {
    const auto* entry = find(key);
    if (entry == nullptr) return {};
    if (entry->value.kind != YamlValue::Kind::kList) return {text(key)};
    std::vector<std::string> texts;
    for (const auto& item : entry->value.items) {
        if (item.kind == YamlValue::Kind::kText) {
            texts.push_back(item.text);
        } else {
            problems_.add(item.line, label(key) + " holds something that is not a text",
                          "Write a list of texts: [one, two]");
        }
    }
    return texts;
}

std::string YamlMapping::label(std::string_view key) const {
    return "\"" + std::string(key) + "\" of " + where_;
}

}  // namespace bot::config
