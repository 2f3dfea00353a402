#pragma once

#include "messaging/outbox/delivery.hpp"
#include "resilience/result.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>

/// Reading and writing the bodies of the control socket. For the .cpp files of this room.
namespace bot::cli {

/// Reads fields of one object, remembers the first thing that is wrong and which were asked for. A
/// field that is missing or null leaves its target as it is. Keeps a reference to the object.
class JsonReader {
public:
    explicit JsonReader(const nlohmann::json& object) : object_(object) {}

    void text(const char* name, std::string& into) {
        const auto* value = field(name);
        if (value == nullptr) return;
        if (const auto* text = value->get_ptr<const std::string*>()) {
            into = *text;
        } else {
            refuse(name, "is not a string");
        }
    }
    void flag(const char* name, bool& into) {
        const auto* value = field(name);
        if (value == nullptr) return;
        if (value->is_boolean()) {
            into = value->get<bool>();
        } else {
            refuse(name, "is not true or false");
        }
    }
    template <class Number>
    void number(const char* name, Number& into) {
        const auto* value = field(name);
        if (value == nullptr) return;
        if (value->is_number_unsigned() &&
            value->get<std::uint64_t>() <= std::numeric_limits<Number>::max()) {
            into = static_cast<Number>(value->get<std::uint64_t>());
        } else {
            refuse(name, "is not a number from 0");
        }
    }
    template <class Duration>
    void time(const char* name, Duration& into) {
        std::uint64_t count = 0;
        number(name, count);
        constexpr std::uint64_t kMax = std::uint64_t{1} << 53U;
        if (count > kMax) return refuse(name, "is too large");
        if (field(name) != nullptr) into = Duration{static_cast<typename Duration::rep>(count)};
    }
    template <class Value>
    void named(const char* name,
               Value& into,
               const std::function<std::optional<Value>(std::string_view)>& parse) {
        std::string word;
        text(name, word);
        if (field(name) == nullptr || !wrong_.empty()) return;
        if (const auto value = parse(word)) {
            into = *value;
        } else {
            refuse(name, "has an unknown value");
        }
    }
    const nlohmann::json* field(const char* name) {
        known_.insert(name);
        const auto found = object_.find(name);
        return found == object_.end() || found->is_null() ? nullptr : &*found;
    }
    void refuse(const std::string& name, const std::string& what) {
        if (wrong_.empty()) wrong_ = "\"" + name + "\" " + what;
    }
    void refuse_others() {
        for (const auto& item : object_.items()) {
            if (!known_.contains(item.key())) refuse(item.key(), "is not a known field");
        }
    }
    /// What is wrong with the object; empty: nothing.
    const std::string& wrong() const { return wrong_; }

    /// `value`, or an error that says what is wrong with `what`.
    template <class T>
    resilience::Result<T> result(const char* what, T value) const {
        if (wrong_.empty()) return value;
        return resilience::permanent_error(std::string(what) + " not understood: " + wrong_);
    }

private:
    const nlohmann::json& object_;
    std::set<std::string> known_;
    std::string wrong_;
};

/// Whatever bytes the texts hold, JSON comes out.
std::string dump(const nlohmann::json& json);

/// Fails when the text is something else than one JSON object; `what` names it.
resilience::Result<nlohmann::json> parse_json_object(std::string_view body, const char* what);

template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<Enum, N>& values, std::string_view name) {
    for (const auto value : values) {
        if (to_string(value) == name) return value;
    }
    return std::nullopt;
}

std::optional<messaging::outbox::UncertainPolicy> parse_policy(std::string_view name);
std::optional<messaging::outbox::State> parse_state(std::string_view name);
std::optional<messaging::outbox::DeadReason> parse_reason(std::string_view name);

/// What `web::delivery_object` wrote.
messaging::outbox::Delivery read_delivery(JsonReader& reader);

}  // namespace bot::cli
