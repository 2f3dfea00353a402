#pragma once

#include "bot/config/config.hpp"
#include "resilience/clock.hpp"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bot::log {

/// One fact beside a message: `delivered id=42 tries=2`. Holds views, so build it in the call:
///
///     log::info("delivered", {{"id", id}, {"room", room}, {"tries", 2}});
struct Field {
    using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, bool>;

    Field(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
    template <std::integral Number>
    Field(std::string_view field_name, Number number) : name(field_name), value(widened(number)) {}

    std::string_view name;  ///< Letters, digits and `_`. JSON's own members get a `_` appended.
    Value value;

private:
    template <std::integral Number>
    static Value widened(Number number) {
        if constexpr (std::same_as<Number, bool>) {
            return number;
        } else if constexpr (std::signed_integral<Number>) {
            return static_cast<std::int64_t>(number);
        } else {
            return static_cast<std::uint64_t>(number);
        }
    }
};

using Fields = std::initializer_list<Field>;

/// Where lines go and how they look.
struct Options {
    config::LogLevel level = config::LogLevel::kInfo;
    config::LogFormat format = config::LogFormat::kHuman;
    bool standard_output = true;
    /// Lines are appended to this file too; empty: no file. It is opened anew when it was moved or
    /// removed, so that logrotate needs no signal. A file that cannot be written is reported on
    /// standard error, once until it works again; its lines go there if there is no other place.
    std::string file = {};
    /// Texts that appear as `***` wherever they would be logged. What follows "Bearer " is hidden
    /// without being listed.
    std::vector<std::string> secrets = {};
    /// Stamps the lines; none: the system's clock.
    std::shared_ptr<const resilience::Clock> clock = nullptr;
};

/// Takes the place of whatever was open. Libraries that log through spdlog are heard from `warn`
/// on, under the name "library". Call it before threads start; the functions below are safe to
/// call from any thread at any time. Until the first call only `warn` and `error` are written,
/// to standard error.
void open(const Options& options) noexcept;

/// Hides a further secret, until the next `open`: a token that was replaced.
void hide(const std::string& secret) noexcept;

/// One line each, in one piece; it is written when the call returns. They never throw: a line that
/// cannot be written is lost. Ids, not contents; line breaks and control characters are escaped.
/// Blocks while standard output or the disk do.
///
/// human:  2026-11-22 10:00:00.123 - stentor - INFO - delivered id=42 room=operations     (UTC)
/// json:   {"time":"2026-11-22T10:00:00.123Z","logger":"stentor","level":"info",
///          "message":"delivered","id":"42","room":"operations"}
void debug(std::string_view message, Fields fields = {}) noexcept;  ///< Per request.
void info(std::string_view message, Fields fields = {}) noexcept;   ///< State has changed.
void warn(std::string_view message, Fields fields = {}) noexcept;   ///< Degraded, healing itself.
void error(std::string_view message, Fields fields = {}) noexcept;  ///< A person must act.

}  // namespace bot::log
