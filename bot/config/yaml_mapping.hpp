#pragma once

#include "bot/config/config.hpp"
#include "bot/config/yaml_tree.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bot::config {

/// What is found in one file: problems, and things to look at.
struct ProblemList {
    std::string file;
    std::vector<ConfigProblem>& all;
    std::vector<ConfigProblem>& warnings;

    void add(int line, std::string what, std::string cure) {
        all.push_back({file, line, std::move(what), std::move(cure)});
    }
    void warn(int line, std::string what, std::string cure) {
        warnings.push_back({file, line, std::move(what), std::move(cure)});
    }
};

/// Typed, checked access to one mapping of the file. Each getter reports what is wrong with its
/// key (missing, other kind, out of range) and then gives the fallback.
class YamlMapping {
public:
    /// `where` names the mapping in problems: "chart mttr". Keys outside `known` are problems with
    /// the closest known key as the cure; no known keys: any key goes.
    YamlMapping(const YamlValue& value,
                std::string where,
                const std::vector<std::string>& known,
                ProblemList& problems);

    const std::vector<YamlEntry>& entries() const;
    const YamlEntry* find(std::string_view key) const;
    /// Line of the key, or of the mapping when the key is missing.
    int line(std::string_view key) const;

    std::string text(std::string_view key, std::string fallback = {}) const;
    std::string required_text(std::string_view key) const;
    std::uint32_t number(std::string_view key,
                         std::uint32_t min,
                         std::uint32_t max,
                         std::uint32_t fallback) const;
    /// Index of the value in `names`.
    std::size_t choice(std::string_view key,
                       const std::vector<std::string>& names,
                       std::size_t fallback) const;
    /// Texts of a list; a single text counts as a list of one.
    std::vector<std::string> texts(std::string_view key) const;

private:
    std::string label(std::string_view key) const;

    const YamlValue& value_;
    std::string where_;
    ProblemList& problems_;
};

}  // namespace bot::config
