#pragma once

// Inside of the fault plan's reader; nothing else needs nlohmann's header.

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>

namespace messaging::sandbox {

/// Reads the fields of one JSON object and remembers the first that is wrong. A field that is
/// absent leaves what was there.
class Fields {
public:
    /// `object` must outlive the reader. `where` begins each complaint: "rule 3.action".
    Fields(const nlohmann::json& object, std::string where)
        : object_(object), where_(std::move(where)) {}

    void text(const char* name, std::string& out);
    void flag(const char* name, bool& out);
    void duration(const char* name, std::chrono::milliseconds& out);
    /// A number from 0 to 1.
    void share(const char* name, double& out);
    template <class Integer>
    void number(const char* name, Integer& out, std::uint64_t min, std::uint64_t max) {
        std::uint64_t value = 0;
        if (whole_number(name, value, min, max)) out = static_cast<Integer>(value);
    }
    /// One of some words, each with its value.
    template <class Value>
    void word(const char* name,
              Value& out,
              std::initializer_list<std::pair<const char*, Value>> words) {
        const auto* given = find(name);
        if (given == nullptr) return;
        std::string all;
        for (const auto& [key, value] : words) {
            if (*given == key) {
                out = value;
                return;
            }
            all += (all.empty() ? "" : ", ") + std::string(key);
        }
        wrong(name, "must be one of " + all);
    }

    const nlohmann::json* find(const char* name) const;
    void wrong(const std::string& name, const std::string& what);
    /// The first problem, or empty. A field that is not among `names` is one.
    std::string finish(std::initializer_list<const char*> names);

private:
    bool whole_number(const char* name, std::uint64_t& out, std::uint64_t min, std::uint64_t max);

    const nlohmann::json& object_;
    std::string where_;
    std::string problem_;
};

}  // namespace messaging::sandbox
