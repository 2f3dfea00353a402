#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bot::config {

struct YamlEntry;

/// A YAML document as plain data. Scalars stay texts as written: what they mean is decided where
/// they are used, so that `no` and `012` surprise nobody.
struct YamlValue {
    enum class Kind : std::uint8_t { kNothing, kText, kList, kMap };
    Kind kind = Kind::kNothing;
    int line = 0;  ///< From 1.
    std::string text = {};
    std::vector<YamlValue> items;
    std::vector<YamlEntry> entries;  ///< In the order of the file, each key once.
};

struct YamlEntry {
    std::string key;
    int line = 0;
    YamlValue value;
};

struct YamlMistake {
    int line = 0;
    std::string what;
    std::string cure;
};

struct YamlDocument {
    YamlValue root;
    std::vector<YamlMistake> mistakes;
};

/// Reads one YAML document. Syntax errors, duplicate keys, keys that are not texts, and documents
/// of more than 20 000 values or 16 levels are mistakes with their line.
YamlDocument parse_yaml(std::string_view text);

}  // namespace bot::config
