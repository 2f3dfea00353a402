#pragma once

#include "bot/config/config.hpp"

#include <span>
#include <string>

namespace bot::config {

/// A configuration in the making: the secret files are read once all sources have spoken.
struct Draft {
    Config config = {};
    std::string token_file = {};
    std::string webhook_secret_file = {};
};

/// A variable with its parser.
struct VariableRow {
    Variable variable;
    /// Puts a value into the draft. Returns what is wrong with it, to follow "NAME is …" ("not a
    /// whole number from 1 to 9"), or nothing.
    std::string (*apply)(Draft& draft, const std::string& value) = nullptr;
};

/// Every variable there is; `variables()` shows the same list.
std::span<const VariableRow> variable_rows();

}  // namespace bot::config
