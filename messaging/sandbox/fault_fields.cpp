#include "messaging/sandbox/fault_fields.hpp"

#include <algorithm>

namespace messaging::sandbox {
namespace {

constexpr std::uint64_t kMillisecondsMax = 7ULL * 24 * 3'600'000;

}  // namespace

const nlohmann::json* Fields::find(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
}

void Fields::wrong(const std::string& name, const std::string& what) {
    if (problem_.empty()) problem_ = where_ + ": " + name + " " + what;
}

void Fields::text(const char* name, std::string& out) {
    const auto* value = find(name);
    if (value == nullptr) return;
    if (!value->is_string()) return wrong(name, "must be a text");
    out = value->get<std::string>();
}

void Fields::flag(const char* name, bool& out) {
    const auto* value = find(name);
    if (value == nullptr) return;
    if (!value->is_boolean()) return wrong(name, "must be true or false");
    out = value->get<bool>();
}

bool Fields::whole_number(const char* name,
                          std::uint64_t& out,
                          std::uint64_t min,
                          std::uint64_t max) {
    const auto* value = find(name);
    if (value == nullptr) return false;
    out = value->is_number_unsigned() ? value->get<std::uint64_t>() : 0;
    if (value->is_number_unsigned() && out >= min && out <= max) return true;
    wrong(name,
          "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return false;
}

void Fields::duration(const char* name, std::chrono::milliseconds& out) {
    std::uint64_t value = 0;
    if (whole_number(name, value, 0, kMillisecondsMax)) out = std::chrono::milliseconds{value};
}

void Fields::share(const char* name, double& out) {
    const auto* value = find(name);
    if (value == nullptr) return;
    const double number = value->is_number() ? value->get<double>() : -1.0;
    if (!(number >= 0.0 && number <= 1.0)) return wrong(name, "must be between 0 and 1");
    out = number;
}

std::string Fields::finish(std::initializer_list<const char*> names) {
    for (const auto& item : object_.items()) {
        const bool known = std::any_of(names.begin(), names.end(),
                                       [&](const char* name) { return item.key() == name; });
        if (!known) wrong(item.key(), "is not a known field");
    }
    return problem_;
}

}  // namespace messaging::sandbox
