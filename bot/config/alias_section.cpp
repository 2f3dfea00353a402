#include "bot/config/alias_section.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace bot::config {

namespace {

constexpr std::size_t kAliasMax = 64;
constexpr std::size_t kAliasesMax = 500;

bool is_name(const std::string& name) {
    return !name.empty() && name.size() <= kAliasMax && name.front() != '-' &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
           });
}

}  // namespace

void read_aliases(const YamlEntry& section, std::vector<Alias>& aliases, ProblemList& problems) {
    const YamlMapping entries(section.value, "the section aliases", {}, problems);
    if (entries.entries().size() > kAliasesMax) {
        problems.add(section.line, "There are more than 500 aliases", "Remove some");
        return;
    }
    for (const auto& entry : entries.entries()) {
        if (!is_name(entry.key)) {
            problems.add(entry.line, "\"" + entry.key + "\" cannot be an alias",
                         "Use up to 64 of a-z, 0-9, - and _; people type it in chat");
            continue;
        }
        auto text = entries.required_text(entry.key);
        if (!text.empty()) aliases.push_back({entry.key, std::move(text), entry.line});
    }
}

}  // namespace bot::config
